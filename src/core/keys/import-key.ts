/** Every form of key a caller may hold, to one: a Key. */

import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type JsonWebKeyInput,
  KeyObject,
  type webcrypto,
  X509Certificate,
} from 'node:crypto';
import { types } from 'node:util';
import { type ErrorCode, usageError } from '../../errors.ts';
import { asBuffer, decodeBase64url, isBase64url } from '../encoding/base64url.ts';
import type { UnverifiedToken } from '../token/token.ts';
import { type Algorithm, type BoundKey, rowOf } from './algorithms.ts';
import { secretBytes } from './hmac.ts';
import { findPem, isDer, looksLikeKey } from './key-formats.ts';

/**
 * A JSON Web Key, RFC 7517. Its `alg`, `use` and `key_ops` are honoured.
 *
 * @example
 * ```ts
 * const jwk: Jwk = { kty: 'oct', k: Buffer.from(secret).toString('base64url'), alg: 'HS256' };
 * console.log(verify(sign({}, jwk), jwk) instanceof Object); // → true
 * ```
 */
export interface Jwk {
  kty: string;
  kid?: string;
  alg?: string;
  use?: string;
  key_ops?: readonly string[];
  [member: string]: unknown;
}

/**
 * A key with what is needed to read it: a passphrase, or the format of its bytes.
 *
 * @example
 * ```ts
 * const pem = privateKey
 *   .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' })
 *   .toString();
 * const key: KeyDescriptor = { key: pem, passphrase: 'open' };
 * const signWithKey = createSigner(key);
 * ```
 */
export interface KeyDescriptor {
  key: string | ArrayBufferView | ArrayBuffer | KeyObject | Jwk | JsonWebKeyInput['key'];
  passphrase?: string | Buffer | undefined;
  format?: 'pem' | 'der' | 'jwk' | undefined;
  type?: 'pkcs1' | 'pkcs8' | 'spki' | 'sec1' | undefined;
  /** Of a `key` that is text. Default UTF-8. */
  encoding?: string | undefined;
}

/**
 * Whatever a key can be given as: secret or PEM text, bytes of a secret, of PEM or of DER, a JWK, a
 * KeyObject, a CryptoKey, or one of these in a {@link KeyDescriptor}.
 *
 * @example
 * ```ts
 * const inputs: KeyInput[] = [secret, privatePem, Buffer.from(secret), privateKey];
 * console.log(inputs.map((key) => createSigner(key)({ sub: 'ada' }).split('.').length)); // → [ 3, 3, 3, 3 ]
 * ```
 */
export type KeyInput =
  | string
  | ArrayBufferView
  | ArrayBuffer
  | KeyObject
  | webcrypto.CryptoKey
  | Jwk
  // As node:crypto, WebCrypto and jose type a JWK. That "kty" is there is seen to when it is read.
  | { readonly kty?: string | undefined }
  | KeyDescriptor;

/**
 * Finds the key of a token that is not verified yet, by its header or claims. A list is tried in
 * order; null, undefined or an empty list means that there is none. What it throws is taken for a
 * failure to find out, not for a bad token.
 *
 * @example
 * ```ts
 * const source: KeySource = ({ header }) => keysByKid.get(header.kid ?? '');
 * ```
 */
export type KeySource<Answer = FoundKey | Promise<FoundKey>> = (
  token: UnverifiedToken,
  context?: unknown,
) => Answer;

/**
 * What a {@link KeySource} answers with.
 *
 * @example
 * ```ts
 * const answer: FoundKey = [publicKey, keysByKid.get('main') ?? publicKey]; // tried in order
 * createVerifier(() => answer);
 * ```
 */
export type FoundKey = KeyInput | readonly KeyInput[] | null | undefined;

/** A key that has been understood. */
export interface Key {
  readonly kind: 'secret' | 'public' | 'private' | 'none';
  readonly object: KeyObject;
  /** The only algorithms it may be used with, where a JWK or a CryptoKey says so. */
  readonly only: readonly string[] | undefined;
}

/** Stands for the absent key of an unsecured token; the row of `none` never looks into it. */
export const NO_KEY: Key = {
  kind: 'none',
  object: undefined as unknown as KeyObject,
  only: undefined,
};

const bindings = new WeakMap<Key, Map<Algorithm, BoundKey>>();

/** The key bound to an algorithm that it fits: done once for each. */
export function bind(alg: Algorithm, key: Key): BoundKey {
  const known = bindings.get(key);
  const use = known?.get(alg) ?? rowOf(alg).bind(key.object);
  if (known) known.set(alg, use);
  else bindings.set(key, new Map([[alg, use]]));
  return use;
}

export type KeyRole = 'sign' | 'verify';

/** How an entrance names its key argument, and whom it blames. */
export interface KeyArgument {
  readonly role: KeyRole;
  readonly name: string;
  /** What it says of a key that is empty. */
  readonly missing: string;
  /** Makes the error for a key that cannot be read, or is of the wrong kind or size. */
  invalid(code: ErrorCode, message: string): Error;
  /** Makes the error for a key that does not fit its algorithm or purpose. */
  mismatch(code: ErrorCode, message: string): Error;
}

/** Understands a key; throws what the argument says where it cannot be used. */
export function toKey(input: unknown, argument: KeyArgument): Key {
  if (isThenable(input)) {
    // It is refused here, and shall not end the process where it is rejected later.
    if (types.isPromise(input)) input.catch(() => {});
    throw usageError('ERR_KEY_INVALID', `${argument.name} is a promise: await it first`);
  }
  const key = readKey(input, argument);
  if (!key || hasWeakExponent(key)) {
    throw argument.invalid('ERR_KEY_INVALID', `${argument.name} is not valid key material`);
  }
  if (key.kind === 'secret' && key.object.symmetricKeySize === 0) {
    throw argument.invalid('ERR_KEY_MISSING', argument.missing);
  }
  return key;
}

/** {@link toKey} for a key that must be there. */
export function requireKey(input: unknown, argument: KeyArgument): Key {
  if (input === undefined || input === null) {
    throw argument.invalid('ERR_KEY_MISSING', argument.missing);
  }
  return toKey(input, argument);
}

/** Whether a value has to be waited for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

function readKey(input: unknown, argument: KeyArgument): Key | undefined {
  if (typeof input === 'string') {
    const pem = findPem(input);
    if (pem !== undefined) return readAsn1([{ key: pem }], argument);
    return looksLikeKey(input) ? undefined : secretKey(Buffer.from(input));
  }
  if (isBytes(input)) {
    const bytes = asBuffer(input);
    const encodings = asn1Encodings(bytes);
    return encodings ? readAsn1(encodings, argument) : secretKey(bytes);
  }
  if (typeof input !== 'object' || input === null) return undefined;
  if (input instanceof KeyObject) return fromKeyObject(input, argument);
  if (types.isCryptoKey(input)) return fromCryptoKey(input, argument);
  return fromMembers(input, argument);
}

/** A JWK or a {@link KeyDescriptor}. */
function fromMembers(input: object, argument: KeyArgument): Key | undefined {
  // Own members, on an object without a prototype: a polluted one adds no passphrase and no format.
  const own: Record<string, unknown> = Object.assign(Object.create(null), input);
  if (typeof own['kty'] === 'string') return fromJwk(own as Jwk, argument);
  const { key, format, type, passphrase, encoding = 'utf8' } = own;
  if (typeof key === 'object' && key !== null && !isBytes(key)) {
    return key instanceof KeyObject || Object.hasOwn(key, 'kty')
      ? readKey(key, argument)
      : undefined;
  }
  const isReadable = typeof key === 'string' ? Buffer.isEncoding(String(encoding)) : isBytes(key);
  if (format === 'jwk' || !isReadable) return undefined;
  const bytes =
    typeof key === 'string'
      ? Buffer.from(key, encoding as BufferEncoding)
      : asBuffer(key as Buffer);
  const encodings = type ? [{ key: bytes, format, type }] : (asn1Encodings(bytes) ?? []);
  return readAsn1(
    encodings.map((encoding) => ({ ...encoding, passphrase })),
    argument,
  );
}

function isBytes(input: unknown): input is ArrayBufferView | ArrayBufferLike {
  return ArrayBuffer.isView(input) || types.isAnyArrayBuffer(input);
}

function secretKey(bytes: Buffer): Key | undefined {
  return looksLikeKey(bytes) ? undefined : newKey('secret', createSecretKey(bytes));
}

/** The ways to read bytes as PEM or DER; undefined where they are neither. */
function asn1Encodings(bytes: Buffer): object[] | undefined {
  const pem = findPem(bytes.toString('latin1'));
  if (pem !== undefined) return [{ key: pem }];
  if (!isDer(bytes)) return undefined;
  const structures = ['pkcs8', 'spki', 'pkcs1', 'sec1'];
  return structures.map((type) => ({ key: bytes, format: 'der', type }));
}

/** The first reading that succeeds: for signing a private key goes before a public one. */
function readAsn1(encodings: object[], { role }: KeyArgument): Key | undefined {
  // Without a prototype, as above.
  const inputs = encodings.map((encoding) => Object.assign(Object.create(null), encoding));
  const readings: Array<() => Key> = [
    ...inputs.map((input) => () => newKey('public', createPublicKey(input))),
    ...inputs.map(
      ({ key }) =>
        () =>
          newKey('public', new X509Certificate(key).publicKey),
    ),
  ];
  if (role === 'sign') {
    readings.unshift(...inputs.map((input) => () => newKey('private', createPrivateKey(input))));
  }
  for (const read of readings) {
    try {
      return read();
    } catch {
      // The next reading may fit; what OpenSSL says about this one helps nobody.
    }
  }
  return undefined;
}

/** Every member is own: an absent one would be read from a polluted prototype. */
function newKey(kind: Key['kind'], object: KeyObject, only?: readonly string[]): Key {
  return { kind, object, only };
}

/** The key itself; for verification the public half of a private one. */
function fromKeyObject(object: KeyObject, { role }: KeyArgument): Key | undefined {
  const bytes = object.type === 'secret' ? secretBytes(object) : undefined;
  if (bytes && looksLikeKey(bytes)) return undefined;
  if (role === 'verify' && object.type === 'private') {
    return newKey('public', createPublicKey(object));
  }
  return newKey(object.type, object);
}

const CRYPTO_KEY_FAMILIES: ReadonlyMap<string, string> = new Map([
  ['HMAC', 'HS'],
  ['RSASSA-PKCS1-v1_5', 'RS'],
  ['RSA-PSS', 'PS'],
]);

/** WebCrypto binds a key to its usages and, where the scheme has one, to a hash. */
function fromCryptoKey(input: webcrypto.CryptoKey, argument: KeyArgument): Key | undefined {
  if (!input.usages.includes(argument.role)) throw purposeMismatch('usages', argument);
  const key = fromKeyObject(KeyObject.from(input), argument);
  const { name, hash } = input.algorithm as { name: string; hash?: { name: string } };
  const family = CRYPTO_KEY_FAMILIES.get(name);
  // Only SHA-2 has rows: with another hash nothing fits.
  const only = [`${family}${hash?.name.replace(/^SHA-/, '')}`];
  return key && family ? newKey(key.kind, key.object, only) : key;
}

/** RFC 7517 §4: what the key says about its own use binds. */
function fromJwk(jwk: Jwk, argument: KeyArgument): Key | undefined {
  const { use, key_ops, alg } = jwk;
  if (use !== undefined && use !== 'sig') throw purposeMismatch('use', argument);
  if (key_ops !== undefined && !(Array.isArray(key_ops) && key_ops.includes(argument.role))) {
    throw purposeMismatch('key_ops', argument);
  }
  const key = jwk.kty === 'oct' ? octKey(jwk) : asymmetricJwk(jwk, argument);
  return key && alg !== undefined ? newKey(key.kind, key.object, [String(alg)]) : key;
}

function octKey({ k }: Jwk): Key | undefined {
  return typeof k === 'string' && isBase64url(k) ? secretKey(decodeBase64url(k)) : undefined;
}

function asymmetricJwk(jwk: Jwk, { role }: KeyArgument): Key | undefined {
  const { d, p, q, dp, dq, qi, oth, priv, ...open } = jwk;
  try {
    if (role === 'sign' && (d ?? priv) !== undefined) {
      return newKey('private', createPrivateKey(asJwk(jwk)));
    }
    return newKey('public', createPublicKey(asJwk(open)));
  } catch {
    // Node's message may quote a member of the key.
    return undefined;
  }
}

function asJwk(key: object): JsonWebKeyInput {
  const own = Object.assign(Object.create(null), key);
  return Object.assign(Object.create(null), { key: own, format: 'jwk' });
}

function purposeMismatch(member: string, { name, role, mismatch: misfit }: KeyArgument): Error {
  return misfit(
    'ERR_KEY_TYPE',
    `${name} may not be used to ${role}: its "${member}" does not allow it`,
  );
}

/** RSA with the exponent 1 signs nothing: the signature is the padded hash itself. */
function hasWeakExponent({ kind, object }: Key): boolean {
  const exponent =
    kind === 'none' || kind === 'secret' ? undefined : object.asymmetricKeyDetails?.publicExponent;
  return exponent !== undefined && exponent < 3n;
}
