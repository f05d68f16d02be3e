/** Imports a key from any form that a caller may hold. */

import { createPublicKey, KeyObject, type webcrypto } from 'node:crypto';
import { types } from 'node:util';
import { usageError } from '../../errors.ts';
import { asBuffer } from '../encoding/base64url.ts';
import { secretBytes } from './hmac.ts';
import { asn1Encodings, importAsn1 } from './import-asn1.ts';
import { importJwk, importSecret, purposeMismatch } from './import-jwk.ts';
import type { Key, KeyArgument } from './key.ts';
import { findPem, looksLikeKey } from './key-formats.ts';
import type { Jwk } from './key-input.ts';

/** Imports a key. Throws an error of the argument if it cannot be used. */
export function toKey(input: unknown, argument: KeyArgument): Key {
  if (isThenable(input)) {
    // Handled, so that a later rejection does not end the process.
    if (types.isPromise(input)) input.catch(() => {});
    throw usageError('ERR_KEY_INVALID', `${argument.name} is a promise: await it first`);
  }
  const key = importAny(input, argument);
  if (!key || hasWeakExponent(key)) {
    throw argument.invalid('ERR_KEY_INVALID', `${argument.name} is not valid key material`);
  }
  if (key.kind === 'secret' && key.object.symmetricKeySize === 0) {
    throw argument.invalid('ERR_KEY_MISSING', argument.missing);
  }
  return key;
}

/** {@link toKey} for a key that must not be undefined or null. */
export function requireKey(input: unknown, argument: KeyArgument): Key {
  if (input === undefined || input === null) {
    throw argument.invalid('ERR_KEY_MISSING', argument.missing);
  }
  return toKey(input, argument);
}

/** Whether a value must be awaited. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

function importAny(input: unknown, argument: KeyArgument): Key | undefined {
  if (typeof input === 'string') {
    const pem = findPem(input);
    if (pem !== undefined) return importAsn1([{ key: pem }], argument);
    return looksLikeKey(input) ? undefined : importSecret(Buffer.from(input));
  }
  if (isBytes(input)) {
    const bytes = asBuffer(input);
    const encodings = asn1Encodings(bytes);
    return encodings ? importAsn1(encodings, argument) : importSecret(bytes);
  }
  if (typeof input !== 'object' || input === null) return undefined;
  if (input instanceof KeyObject) return importKeyObject(input, argument);
  if (types.isCryptoKey(input)) return importCryptoKey(input, argument);
  return importMembers(input, argument);
}

/** A JWK or a KeyDescriptor. */
function importMembers(input: object, argument: KeyArgument): Key | undefined {
  // Own members, on an object without a prototype: a polluted one adds no passphrase and no format.
  const own: Record<string, unknown> = Object.assign(Object.create(null), input);
  if (typeof own['kty'] === 'string') return importJwk(own as Jwk, argument);
  const { key, format, type, passphrase, encoding = 'utf8' } = own;
  if (typeof key === 'object' && key !== null && !isBytes(key)) {
    return key instanceof KeyObject || Object.hasOwn(key, 'kty')
      ? importAny(key, argument)
      : undefined;
  }
  const isReadable = typeof key === 'string' ? Buffer.isEncoding(String(encoding)) : isBytes(key);
  if (format === 'jwk' || !isReadable) return undefined;
  const bytes =
    typeof key === 'string'
      ? Buffer.from(key, encoding as BufferEncoding)
      : asBuffer(key as Buffer);
  const encodings = type ? [{ key: bytes, format, type }] : (asn1Encodings(bytes) ?? []);
  return importAsn1(
    encodings.map((encoding) => ({ ...encoding, passphrase })),
    argument,
  );
}

function isBytes(input: unknown): input is ArrayBufferView | ArrayBufferLike {
  return ArrayBuffer.isView(input) || types.isAnyArrayBuffer(input);
}

/** The key itself; for verification the public half of a private one. */
function importKeyObject(object: KeyObject, { role }: KeyArgument): Key | undefined {
  const bytes = object.type === 'secret' ? secretBytes(object) : undefined;
  if (bytes && looksLikeKey(bytes)) return undefined;
  if (role === 'verify' && object.type === 'private') {
    return { kind: 'public', object: createPublicKey(object), only: undefined };
  }
  return { kind: object.type, object, only: undefined };
}

const CRYPTO_KEY_FAMILIES: ReadonlyMap<string, string> = new Map([
  ['HMAC', 'HS'],
  ['RSASSA-PKCS1-v1_5', 'RS'],
  ['RSA-PSS', 'PS'],
]);

/** WebCrypto binds a key to its usages and, for some schemes, to a hash. */
function importCryptoKey(input: webcrypto.CryptoKey, argument: KeyArgument): Key | undefined {
  if (!input.usages.includes(argument.role)) throw purposeMismatch('usages', argument);
  const key = importKeyObject(KeyObject.from(input), argument);
  const { name, hash } = input.algorithm as { name: string; hash?: { name: string } };
  const family = CRYPTO_KEY_FAMILIES.get(name);
  // Only SHA-2 has rows: a key of another hash fits no algorithm.
  const only = [`${family}${hash?.name.replace(/^SHA-/, '')}`];
  return key && family ? { ...key, only } : key;
}

/** RSA with the exponent 1 signs nothing: the signature is the padded hash itself. */
function hasWeakExponent({ kind, object }: Key): boolean {
  const exponent =
    kind === 'none' || kind === 'secret' ? undefined : object.asymmetricKeyDetails?.publicExponent;
  return exponent !== undefined && exponent < 3n;
}
