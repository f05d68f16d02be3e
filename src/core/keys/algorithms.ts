/** The table of algorithms: one row per `alg`, and no other file lists them. */

import {
  type AsymmetricKeyDetails,
  constants,
  generateKeyPairSync,
  type KeyObject,
  type SigningOptions,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';
import { promisify } from 'node:util';
import { usageError } from '../../errors.ts';
import { decodeInto, scratch } from '../encoding/base64url.ts';
import { bytesOf, type SignedText, TEXT_START, viewOf } from '../encoding/token-bytes.ts';
import { bindHmac } from './hmac.ts';
import { runtimeName, supportsPadding, withOptions } from './runtime.ts';
import { derForm, fixedLength, SAME_FORM, type SignatureForm } from './signature-form.ts';

/** One algorithm: the keys that it takes, and how it signs and verifies. */
export interface AlgorithmRow {
  /** Allowed keys: `secret`, `none`, or values of Node's `asymmetricKeyType`. */
  readonly keyTypes: readonly string[];
  /** The only allowed curve, as Node names it. */
  readonly curve: string | undefined;
  /** Bits of the digest. 0 if the algorithm has its own. */
  readonly bits: number;
  /** Smallest secret or modulus in bits, RFC 7518 §3.2, §3.3. 0 if the key type has one size. */
  readonly minBits: number;
  /** Whether jsonwebtoken has the name: its messages list those. */
  readonly classic: boolean;
  /** Throws if the runtime lacks the algorithm. Undefined if every runtime has it. */
  readonly probe: (() => unknown) | undefined;
  /** Binds a key that fits the algorithm. */
  bind(key: KeyObject): BoundKey;
}

/** A key bound to its algorithm. Input is an ASCII string, a signature a base64url string. */
export interface BoundKey {
  sign(input: string): string;
  /** Whether the text ends with a dot and a signature of its first `end` characters, in its one spelling. */
  verify(signed: SignedText): boolean;
  /** The same on the thread pool. Undefined if the work is smaller than the transfer. */
  readonly signAsync: ((input: string) => Promise<string>) | undefined;
  readonly verifyAsync: ((signed: SignedText) => Promise<boolean>) | undefined;
}

const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST } = constants;

/** Rows and bound keys own all of their members: an absent one would be read from a polluted prototype. */
const ROW_DEFAULTS = { curve: undefined, minBits: 0, classic: false, probe: undefined };
const WITHOUT_POOL = { signAsync: undefined, verifyAsync: undefined };

const rows = {
  HS256: hmacRow(256),
  HS384: hmacRow(384),
  HS512: hmacRow(512),
  RS256: rsaRow(256),
  RS384: rsaRow(384),
  RS512: rsaRow(512),
  PS256: pssRow(256),
  PS384: pssRow(384),
  PS512: pssRow(512),
  ES256: { ...ecdsaRow(256, 'prime256v1', 32), classic: true },
  ES384: { ...ecdsaRow(384, 'secp384r1', 48), classic: true },
  ES512: { ...ecdsaRow(512, 'secp521r1', 66), classic: true },
  ES256K: ecdsaRow(256, 'secp256k1', 32),
  EdDSA: ownDigestRow('ed25519', 'ed448'),
  Ed25519: ownDigestRow('ed25519'),
  Ed448: ownDigestRow('ed448'),
  'ML-DSA-44': ownDigestRow('ml-dsa-44'),
  'ML-DSA-65': ownDigestRow('ml-dsa-65'),
  'ML-DSA-87': ownDigestRow('ml-dsa-87'),
  none: noneRow(),
} satisfies Record<string, AlgorithmRow>;

/**
 * The `alg` names of this library: RFC 7518 §3.1, RFC 8037, 8812, 9864 and 9964.
 *
 * @example
 * ```ts
 * const { JWT_PUBLIC_KEY = '' } = process.env;
 * const allowed: Algorithm[] = ['EdDSA', 'Ed25519'];
 * createVerifier(JWT_PUBLIC_KEY, { algorithms: allowed });
 * ```
 */
export type Algorithm = keyof typeof rows;

/** Every name, in the order of the table. */
export const allAlgorithms = Object.keys(rows) as readonly Algorithm[];

/** Whether a value names an algorithm. Checks own members only, so `constructor` does not. */
export function isAlgorithm(name: unknown): name is Algorithm {
  return typeof name === 'string' && Object.hasOwn(rows, name);
}

export function rowOf(alg: Algorithm): AlgorithmRow {
  return rows[alg];
}

/** Computed once: `verify` without `algorithms` reads it at every call. */
const namesOfType = new Map<string, Algorithm[]>();
for (const alg of allAlgorithms) {
  for (const type of rowOf(alg).keyTypes) {
    namesOfType.set(type, [...(namesOfType.get(type) ?? []), alg]);
  }
}

/** Returns the algorithms whose keys are of a type. */
export function algorithmsOfType(keyType: string): readonly Algorithm[] {
  return namesOfType.get(keyType) ?? [];
}

/** The error of jsonwebtoken for an unknown name. */
export function unknownAlgorithm(alg: string): TypeError {
  const names = allAlgorithms.filter((name) => rowOf(name).classic && name !== 'none');
  const list = names.map((name) => `"${name}"`).join(', ');
  return usageError(
    'ERR_HEADER_ALG',
    `"${alg}" is not a valid algorithm.\n  Supported algorithms are:\n  ${list} and "none".`,
  );
}

/** RFC 9864: `EdDSA` is another name for the algorithm of each curve. */
const SYNONYMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['EdDSA', ['EdDSA', 'Ed25519', 'Ed448']],
  ['Ed25519', ['Ed25519', 'EdDSA']],
  ['Ed448', ['Ed448', 'EdDSA']],
]);

/** Returns a name with the other names of its algorithm. */
export function withSynonyms(alg: string): readonly string[] {
  return SYNONYMS.get(alg) ?? [alg];
}

const availability = new Map<Algorithm, boolean>();

/** Whether the runtime has the algorithm. Probes it once. */
export function isAvailable(alg: Algorithm): boolean {
  const { probe } = rowOf(alg);
  if (!probe) return true;
  let available = availability.get(alg);
  if (available === undefined) {
    try {
      probe();
      available = true;
    } catch {
      available = false;
    }
    availability.set(alg, available);
  }
  return available;
}

/** Throws for an algorithm that the runtime lacks. */
export function checkAvailable(alg: Algorithm): void {
  if (isAvailable(alg)) return;
  throw usageError(
    'ERR_OPTION_INVALID',
    `"${alg}" is not supported by this runtime (${runtimeName()})`,
  );
}

function hmacRow(bits: number): AlgorithmRow {
  const bind = (key: KeyObject): BoundKey => {
    const { mac, matches } = bindHmac(bits, key);
    return { ...WITHOUT_POOL, sign: mac, verify: matches };
  };
  return { ...ROW_DEFAULTS, keyTypes: ['secret'], bits, minBits: bits, classic: true, bind };
}

function rsaRow(bits: number): AlgorithmRow {
  const rsa = asymmetricRow(['rsa'], bits, { padding: RSA_PKCS1_PADDING });
  return { ...rsa, minBits: 2048, classic: true };
}

function pssRow(bits: number): AlgorithmRow {
  const scheme = { padding: RSA_PKCS1_PSS_PADDING, saltLength: RSA_PSS_SALTLEN_DIGEST };
  const rowWith = (form: SignatureForm) => asymmetricRow(['rsa', 'rsa-pss'], bits, scheme, form);
  // OpenSSL accepts a signature without its leading zeros. RFC 8017 §8.1.2 does not.
  const bind = (key: KeyObject): BoundKey => {
    const modulusBits = detailOf(key, 'modulusLength');
    return rowWith(modulusBits ? fixedLength(Math.ceil(modulusBits / 8)) : SAME_FORM).bind(key);
  };
  const probe = () => {
    if (!supportsPadding()) throw new Error('the runtime ignores the padding');
  };
  return { ...rowWith(SAME_FORM), minBits: 2048, classic: true, bind, probe };
}

/**
 * Signatures are r‖s of one length, never DER: RFC 7518 §3.4. OpenSSL receives DER all the same: its other
 * form costs Node.js 24.21 half of a signature.
 */
function ecdsaRow(bits: number, curve: string, size: number): AlgorithmRow {
  const isKoblitz = curve === 'secp256k1';
  const ecdsa = asymmetricRow(['ec'], bits, { dsaEncoding: 'der' }, derForm(size, isKoblitz));
  const fixed = { dsaEncoding: 'ieee-p1363' } as const;
  const otherCurve = asymmetricRow(['ec'], bits, fixed, fixedLength(2 * size));
  const bind = (key: KeyObject): BoundKey => {
    return detailOf(key, 'namedCurve') === curve ? ecdsa.bind(key) : otherCurve.bind(key);
  };
  const probe = () => generateKeyPairSync('ec', { namedCurve: curve });
  return { ...ecdsa, curve, bind, probe: isKoblitz ? probe : undefined };
}

/** An own member: a polluted Object.prototype adds no detail. */
export function detailOf<Name extends keyof AsymmetricKeyDetails>(
  { asymmetricKeyDetails: details }: KeyObject,
  name: Name,
): AsymmetricKeyDetails[Name] | undefined {
  return details && Object.hasOwn(details, name) ? details[name] : undefined;
}

function noneRow(): AlgorithmRow {
  const isEmpty = ({ text, end }: SignedText) => text.length === end + 1;
  const bind = (): BoundKey => ({ ...WITHOUT_POOL, sign: () => '', verify: isEmpty });
  return { ...ROW_DEFAULTS, keyTypes: ['none'], bits: 0, classic: true, bind };
}

/** The signature scheme has its own digest: RFC 8037 §3.1, RFC 9964 §4. */
function ownDigestRow(...keyTypes: [string, ...string[]]): AlgorithmRow {
  const probe = () => generateKeyPairSync(keyTypes[0] as 'ed25519');
  return { ...asymmetricRow(keyTypes, 0, {}), probe };
}

const signOnPool: (hash: string | null, data: Buffer, key: KeyObject) => Promise<Buffer> =
  promisify(signBytes) as never;
const verifyOnPool: (
  hash: string | null,
  data: Buffer,
  key: KeyObject,
  signature: Buffer,
) => Promise<boolean> = promisify(verifyBytes) as never;

function asymmetricRow(
  keyTypes: string[],
  bits: number,
  scheme: SigningOptions,
  form = SAME_FORM,
): AlgorithmRow {
  const hash = bits ? `sha${bits}` : null;
  const writeSignature = (signature: Buffer) => form.write(signature).toString('base64url');
  const readSignature = ({ text, end }: SignedText): Buffer | undefined => {
    // No signature of the table is longer than the buffer.
    const length = decodeInto(scratch, text.slice(end + 1));
    return length < 0 ? undefined : form.read(scratch.subarray(0, length));
  };
  const bind = (key: KeyObject): BoundKey => {
    const withKey = withOptions(key, scheme);
    return {
      sign(input) {
        const bytes = bytesOf({ text: input, end: input.length });
        const view = viewOf(bytes, TEXT_START, TEXT_START + input.length);
        return writeSignature(signBytes(hash, view, withKey));
      },
      verify(signed) {
        const signature = readSignature(signed);
        if (!signature) return false;
        const input = viewOf(bytesOf(signed), TEXT_START, TEXT_START + signed.end);
        try {
          return verifyBytes(hash, input, withKey, signature);
        } catch {
          // OpenSSL rejects the key. Reached only with allowInvalidAsymmetricKeyTypes.
          return false;
        }
      },
      async signAsync(input) {
        return writeSignature(await signOnPool(hash, Buffer.from(input), withKey));
      },
      async verifyAsync(signed) {
        const signature = readSignature(signed);
        if (!signature) return false;
        // Copies: other calls use the shared memory meanwhile.
        const input = Buffer.from(signed.text.slice(0, signed.end));
        return verifyOnPool(hash, input, withKey, Buffer.from(signature)).catch(() => false);
      },
    };
  };
  return { ...ROW_DEFAULTS, keyTypes, bits, bind };
}
