/** The algorithms that browsers verify, and keys bound to them with WebCrypto. */

import { decodeBase64url, isBase64url } from '../../src/core/encoding/base64url.ts';
import type { Algorithm, BoundKey } from '../../src/core/keys/algorithms.ts';

export type KeyType = 'secret' | 'RSA' | 'P-256' | 'P-384' | 'P-521' | 'Ed25519';

/** A public key or a secret that was pasted. */
export interface WebKey {
  readonly type: KeyType;
  readonly material: Material;
  /** Bits of a secret or a modulus. Undefined if the type has one size. */
  readonly bits: number | undefined;
  /** The only algorithms that its JWK allows. */
  readonly only: readonly string[] | undefined;
}

/** A key as WebCrypto imports it. */
export type Material =
  | { readonly format: 'raw' | 'spki'; readonly data: Uint8Array }
  | { readonly format: 'jwk'; readonly data: Record<string, unknown> };

interface WebAlgorithm {
  readonly type: KeyType;
  /** Smallest secret or modulus in bits: RFC 7518 §3.2, §3.3. */
  readonly minBits: number;
  /** For the import and for the verification. */
  readonly parameters: { readonly name: string } & Readonly<Record<string, unknown>>;
}

const hash = (bits: number) => `SHA-${bits}`;

const hmac = (bits: number): WebAlgorithm => {
  return { type: 'secret', minBits: bits, parameters: { name: 'HMAC', hash: hash(bits) } };
};

const rsa = (bits: number): WebAlgorithm => {
  const parameters = { name: 'RSASSA-PKCS1-v1_5', hash: hash(bits) };
  return { type: 'RSA', minBits: 2048, parameters };
};

const pss = (bits: number): WebAlgorithm => {
  const parameters = { name: 'RSA-PSS', hash: hash(bits), saltLength: bits / 8 };
  return { type: 'RSA', minBits: 2048, parameters };
};

const ecdsa = (bits: number, curve: 'P-256' | 'P-384' | 'P-521'): WebAlgorithm => {
  const parameters = { name: 'ECDSA', namedCurve: curve, hash: hash(bits) };
  return { type: curve, minBits: 0, parameters };
};

const ed25519: WebAlgorithm = { type: 'Ed25519', minBits: 0, parameters: { name: 'Ed25519' } };

/** All algorithms of jotkit, in its order. Undefined if WebCrypto has no such algorithm. */
const rows: Readonly<Record<Exclude<Algorithm, 'none'>, WebAlgorithm | undefined>> = {
  HS256: hmac(256),
  HS384: hmac(384),
  HS512: hmac(512),
  RS256: rsa(256),
  RS384: rsa(384),
  RS512: rsa(512),
  PS256: pss(256),
  PS384: pss(384),
  PS512: pss(512),
  ES256: ecdsa(256, 'P-256'),
  ES384: ecdsa(384, 'P-384'),
  ES512: ecdsa(512, 'P-521'),
  ES256K: undefined,
  EdDSA: ed25519,
  Ed25519: ed25519,
  Ed448: undefined,
  'ML-DSA-44': undefined,
  'ML-DSA-65': undefined,
  'ML-DSA-87': undefined,
};

type Name = keyof typeof rows;

export const allNames = Object.keys(rows) as readonly Name[];

/** The names that this page verifies. */
export const webNames = allNames.filter((name) => rows[name]);

/** Whether jotkit verifies it, and this page does not. */
export function isOnlyInNode(alg: unknown): boolean {
  return allNames.includes(alg as Name) && !webNames.includes(alg as Name);
}

export function isCompatible(alg: Name, { type, only }: WebKey): boolean {
  return rows[alg]?.type === type && (only?.includes(alg) ?? true);
}

/** The names of one algorithm: Ed25519 is EdDSA with this curve, RFC 9864. */
export function withSynonyms(alg: string): readonly string[] {
  return alg === 'EdDSA' || alg === 'Ed25519' ? ['EdDSA', 'Ed25519'] : [alg];
}

/** The algorithms of a key that names none, as createVerifier chooses them. */
export function defaultsOf(key: WebKey): readonly Name[] {
  const names = webNames.filter((alg) => isCompatible(alg, key));
  return names.filter((alg) => withSynonyms(names[0] ?? '').includes(alg));
}

/** The algorithms that need a longer key. */
export function tooLongFor({ bits }: WebKey, names: readonly Name[]): readonly Name[] {
  return names.filter((alg) => bits !== undefined && bits < (rows[alg]?.minBits ?? 0));
}

export function minBitsOf(alg: Name): number {
  return rows[alg]?.minBits ?? 0;
}

type CryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

function importFor(alg: Name, { format, data }: Material): Promise<CryptoKey> {
  const parameters = rows[alg]?.parameters as { name: string };
  return crypto.subtle.importKey(format as 'raw', data as never, parameters, true, ['verify']);
}

/** Returns the bits of the modulus; undefined for a key without one. Rejects if the key is of another type. */
export async function checkImport(alg: Name, material: Material): Promise<number | undefined> {
  const { algorithm } = await importFor(alg, material);
  return (algorithm as { modulusLength?: number }).modulusLength;
}

/** The first algorithm whose type an SPKI has, or undefined. */
export async function detectType(data: Uint8Array): Promise<Name | undefined> {
  for (const alg of ['RS256', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const) {
    const isOfType = await importFor(alg, { format: 'spki', data }).then(
      () => true,
      () => false,
    );
    if (isOfType) return alg;
  }
  return undefined;
}

export function typeOf(alg: Name): KeyType {
  return (rows[alg] as WebAlgorithm).type;
}

/** Binds a key to an algorithm that it fits. */
export function bind(alg: Name, { material }: WebKey): BoundKey {
  const key = importFor(alg, material);
  // Reported by the verification.
  key.catch(() => {});
  const unsupported = () => {
    throw new Error('the playground verifies asynchronously, and signs nothing');
  };
  return {
    sign: unsupported,
    signAsync: undefined,
    verify: unsupported,
    async verifyAsync({ text, end }) {
      const signature = text.slice(end + 1);
      if (!isBase64url(signature)) return false;
      const input = new TextEncoder().encode(text.slice(0, end));
      const parameters = rows[alg]?.parameters as { name: string };
      const bytes = Uint8Array.from(decodeBase64url(signature));
      return crypto.subtle.verify(parameters, await key, bytes, input);
    },
  };
}
