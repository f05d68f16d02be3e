/** Reads a key that was pasted: a secret, PEM, a certificate, a JWK or a JWK Set. */

import { decodeBase64url, isBase64url } from '../../src/core/encoding/base64url.ts';
import { isJsonObject } from '../../src/core/encoding/strict-json.ts';
import { derElement, isNearlyDer } from '../../src/core/keys/asn1.ts';
import { preparedKeyArgument, purposeMismatch } from '../../src/core/keys/key.ts';
import { textFault } from '../../src/core/keys/key-formats.ts';
import { nameFault } from '../../src/core/keys/key-names.ts';
import { findPemBlocks, type PemBlock } from '../../src/core/keys/pem.ts';
import { privateMembers } from '../../src/jwk/jwk-members.ts';
import {
  indexKeys,
  type KeySet,
  kidOfMember,
  memberProblem,
  type SetKey,
  type SkippedKey,
} from '../../src/jwk/jwks/jwk-set.ts';
import {
  checkImport,
  detectType,
  isCompatible,
  type KeyType,
  typeOf,
  type WebKey,
  webNames,
  withSynonyms,
} from './web-algorithms.ts';

type Jwk = Readonly<Record<string, unknown>>;

/** How the text of a secret becomes bytes. */
export type SecretEncoding = 'text' | 'base64url';

export interface PastedKey {
  readonly keys: readonly WebKey[];
  /** Its keys are selected by `kid` and `alg`. Undefined unless a JWK Set was pasted. */
  readonly set: KeySet | undefined;
  /** What was pasted, in words. */
  readonly description: string;
  /** A secret as `createVerifier` takes it. Undefined for other keys. */
  readonly secretInput: unknown;
}

/** Why what was pasted is no key for this page. The message completes "The key". */
export class PastedKeyError extends Error {
  /** Whether it can sign: the page forgets it. */
  readonly isPrivate: boolean;

  constructor(message: string, isPrivate = false) {
    super(message);
    this.isPrivate = isPrivate;
  }
}

const IS_PRIVATE =
  'is private, and was removed. Verifying needs the public key only: never paste a private key into a web page.';

const NOT_IN_BROWSERS =
  'is of a type that browsers do not verify, such as secp256k1, Ed448 or ML-DSA. Use "npx jotkit explain".';

/** Rejects with {@link PastedKeyError}. Resolves to undefined if nothing was pasted. */
export async function readPastedKey(
  text: string,
  encoding: SecretEncoding,
): Promise<PastedKey | undefined> {
  const plain = text.trim();
  if (plain === '') return undefined;
  if (plain.startsWith('{')) return readJson(plain);
  const blocks = findPemBlocks(text);
  if (blocks.length > 0) return readPem(blocks);
  if (isPrivateText(plain)) throw new PastedKeyError(IS_PRIVATE, true);
  const problem = notASecret(plain) ?? (encoding === 'text' && derOf(plain) ? NO_LINES : undefined);
  if (problem) throw new PastedKeyError(problem);
  return readSecret(text, encoding);
}

const NO_LINES = 'is PEM without its first or last line. Paste it whole.';

/** Whether text holds a private key, readable or damaged. */
function isPrivateText(plain: string): boolean {
  const der = derOf(plain);
  return PRIVATE.test(plain) || (der !== undefined && hasVersion(der));
}

/** Labels of PEM, and members of a JWK. */
const PRIVATE = /PRIVATE[ _]KEY|["'](?:d|p|q|dp|dq|qi|priv)\\?["']\s*:/;

/** Returns the bytes of base64 if they are a key. */
function derOf(plain: string): Buffer | undefined {
  const der = Buffer.from(plain.replace(/\s/g, ''), 'base64');
  return isNearlyDer(der) ? der : undefined;
}

/** Private keys in PKCS#1, PKCS#8 and SEC1 start with a version, and public keys do not. */
function hasVersion(der: Buffer): boolean {
  const start = derElement(der, 0)?.start ?? 0;
  return der[start] === 2 && der[start + 1] === 1;
}

/** What must not become an HMAC secret by mistake. */
function notASecret(plain: string): string | undefined {
  if (/-----\s*(BEGIN|END)/.test(plain)) {
    return NO_LINES;
  }
  if (/^(ssh|ecdsa-sha2|sk)-\S+ AAAA/.test(plain)) {
    return 'is an SSH key. Convert it with "ssh-keygen -e -m PKCS8 -f FILE".';
  }
  if (nameFault(plain))
    return 'is a URL or a path. This page fetches nothing: paste the key itself.';
  return (
    textFault(plain) && 'is in a form that this page does not read. Paste PEM, a JWK or a JWK Set.'
  );
}

function readSecret(text: string, encoding: SecretEncoding): PastedKey {
  const data = encoding === 'text' ? Buffer.from(text) : decodeSecret(text);
  const secretInput = encoding === 'text' ? text : { key: text, encoding };
  return oneKey(secretOf(data, undefined), '', secretInput);
}

function oneKey(key: WebKey, place: string, secretInput?: unknown): PastedKey {
  const description = `${describe(key)}${place}`;
  return { keys: [key], set: undefined, description, secretInput };
}

function secretOf(data: Uint8Array, only: WebKey['only']): WebKey {
  return { type: 'secret', material: { format: 'raw', data }, bits: data.length * 8, only };
}

function decodeSecret(text: string): Uint8Array {
  const letters = text.replace(/\s/g, '');
  if (!/^[\w+/-]*={0,2}$/.test(letters)) throw new PastedKeyError('is not base64 or base64url.');
  return Buffer.from(letters, 'base64');
}

/** The first certificate is that of the signer; the others sign no token. */
async function readPem(blocks: readonly PemBlock[]): Promise<PastedKey> {
  if (blocks.some(({ label }) => label.endsWith('PRIVATE KEY'))) {
    throw new PastedKeyError(IS_PRIVATE, true);
  }
  if (blocks.some(({ label }) => label === 'RSA PUBLIC KEY')) {
    const command = 'openssl rsa -RSAPublicKey_in -in FILE -pubout';
    throw new PastedKeyError(`is PKCS#1. Convert it with "${command}".`);
  }
  const certificate = blocks.find(({ label }) => label === 'CERTIFICATE');
  const own = blocks.filter(({ label }) => label === 'PUBLIC KEY');
  const keys: WebKey[] = [];
  for (const block of certificate ? [...own, certificate] : own) {
    const der = Buffer.from(block.body, 'base64');
    keys.push(await readSpki(block === certificate ? spkiOf(der) : der));
  }
  const [first] = keys;
  if (!first) throw new PastedKeyError('has a PEM label that is of no public key.');
  if (keys.length === 1) return oneKey(first, certificate ? ' of a certificate' : ' in PEM');
  const description = `${keys.length} public keys in PEM`;
  return { keys, set: undefined, description, secretInput: undefined };
}

async function readSpki(data: Uint8Array | undefined): Promise<WebKey> {
  if (!data?.length) throw new PastedKeyError('is damaged: its PEM cannot be decoded.');
  const alg = await detectType(data);
  if (!alg) {
    throw new PastedKeyError(`is damaged, or ${NOT_IN_BROWSERS}`);
  }
  const material = { format: 'spki', data } as const;
  const bits = await checkImport(alg, material);
  return { type: typeOf(alg), material, bits, only: undefined };
}

/** RFC 5280 §4.1: the public key follows version, serial, algorithm, issuer, validity and subject. */
function spkiOf(certificate: Buffer): Uint8Array | undefined {
  const outer = derElement(certificate, 0);
  const body = outer && derElement(certificate, outer.start);
  let at = body?.start ?? 0;
  const hasVersion = certificate[at] === 0xa0;
  for (let skipped = 0; skipped < (hasVersion ? 6 : 5); skipped++) {
    at = derElement(certificate, at)?.end ?? certificate.length;
  }
  const end = derElement(certificate, at)?.end;
  return end === undefined ? undefined : certificate.subarray(at, end);
}

function describe({ type, bits }: WebKey): string {
  if (type === 'secret') return `Secret of ${bits} bits`;
  if (type === 'RSA') return `RSA public key of ${bits} bits`;
  return type === 'Ed25519' ? 'Ed25519 public key' : `EC public key on ${type}`;
}

async function readJson(text: string): Promise<PastedKey> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    if (isPrivateText(text)) throw new PastedKeyError(IS_PRIVATE, true);
    throw new PastedKeyError('is not JSON: a JWK or a JWK Set is expected.');
  }
  if (isPrivate(value)) throw new PastedKeyError(IS_PRIVATE, true);
  const { keys } = value as { keys?: unknown };
  if (Array.isArray(keys)) return readSet(keys);
  try {
    const key = await readJwk(value as Jwk, 'the key');
    return oneKey(key, ' in a JWK', key.type === 'secret' ? value : undefined);
  } catch (error) {
    if (error instanceof PastedKeyError) throw error;
    throw new PastedKeyError(`is no key for this: ${(error as Error).message}.`);
  }
}

/** Whether a JWK, or one of a set, can sign for a public key. */
function isPrivate(value: unknown): boolean {
  const { keys } = value as { keys?: unknown };
  return (Array.isArray(keys) ? keys : [value]).some((jwk) => {
    return (
      isJsonObject(jwk) &&
      jwk['kty'] !== 'oct' &&
      privateMembers.some((name) => name !== 'k' && Object.hasOwn(jwk, name) && jwk[name] !== null)
    );
  });
}

/** As readJwks of jotkit/jwk, with keys of WebCrypto. */
async function readSet(members: readonly unknown[]): Promise<PastedKey> {
  const found: WebKey[] = [];
  const keys: SetKey[] = [];
  const skipped: SkippedKey[] = [];
  for (const [index, member] of members.entries()) {
    const kid = kidOfMember(member);
    try {
      const problem = memberProblem(member, kid);
      if (problem) throw new TypeError(problem);
      const key = await readJwk(member as Jwk, 'it');
      const algorithms = webNames.filter((alg) => isCompatible(alg, key));
      if (algorithms.length === 0) throw new TypeError('it fits no algorithm that can verify');
      found.push(key);
      // Only selected here, and bound by explainPasted: a WebKey will do.
      keys.push({ kid, algorithms, key: key as never });
    } catch (error) {
      skipped.push({ index, kid, reason: (error as Error).message });
    }
  }
  if (keys.length === 0) throw new PastedKeyError('is a JWK Set without a key for this page.');
  const more = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
  const description = `JWK Set, ${keys.length} public key${keys.length > 1 ? 's' : ''}${more}`;
  const set = { keys, skipped, ...indexKeys(keys) };
  return { keys: found, set, description, secretInput: undefined };
}

/** The public members of each type, RFC 7518 §6 and RFC 8037 §2. */
const PUBLIC_MEMBERS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['RSA', ['kty', 'n', 'e']],
  ['EC', ['kty', 'crv', 'x', 'y']],
  ['OKP', ['kty', 'crv', 'x']],
]);

/** Throws TypeError with the reasons of jotkit, or PastedKeyError. */
async function readJwk(jwk: Jwk, name: string): Promise<WebKey> {
  // JSON libraries write absent members as null.
  const own = Object.fromEntries(Object.entries(jwk).filter(([, value]) => value !== null));
  const { kty, crv, use, key_ops, alg, k } = own;
  const argument = preparedKeyArgument('verify', name);
  if (use !== undefined && use !== 'sig') throw purposeMismatch('use', argument);
  if (key_ops !== undefined && !(Array.isArray(key_ops) && key_ops.includes('verify'))) {
    throw purposeMismatch('key_ops', argument);
  }
  const only = alg === undefined ? undefined : withSynonyms(String(alg));
  if (kty === 'oct') {
    if (typeof k !== 'string' || k === '' || !isBase64url(k)) {
      throw new TypeError('its "k" must be base64url without padding, RFC 7515 §2');
    }
    return secretOf(decodeBase64url(k), only);
  }
  const members = PUBLIC_MEMBERS.get(kty);
  const type = (kty === 'RSA' ? kty : crv) as KeyType;
  const row = members && webNames.find((alg) => typeOf(alg) === type);
  if (!row) throw new PastedKeyError(NOT_IN_BROWSERS);
  const data = Object.fromEntries(members.map((member) => [member, own[member]]));
  const material = { format: 'jwk', data } as const;
  try {
    return { type, material, bits: await checkImport(row, material), only };
  } catch {
    throw new TypeError('its members make no key');
  }
}
