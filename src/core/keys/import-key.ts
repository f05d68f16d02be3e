/** Imports a key from any form that a caller may hold. */

import { createPublicKey, KeyObject, type webcrypto, X509Certificate } from 'node:crypto';
import { types } from 'node:util';
import { usageError } from '../../errors.ts';
import { asBuffer } from '../encoding/base64url.ts';
import { isThenable } from '../thenable.ts';
import { secretBytes } from './hmac.ts';
import { importDer, importPem, isOfOtherType } from './import-asn1.ts';
import { importJwk, importSecret, lengthFault, secretFault } from './import-jwk.ts';
import {
  allowedAlgorithms,
  type Imported,
  invalidKey,
  type Key,
  type KeyArgument,
  missingKey,
  purposeMismatch,
} from './key.ts';
import type { Jwk } from './key-input.ts';
import { keyFault } from './key-soundness.ts';
import { inputFault } from './wrong-input.ts';

/** Imports one key. Throws an error of the argument if it cannot be used. */
export function toKey(input: unknown, argument: KeyArgument): Key {
  return onlyKey(toKeys(input, argument), argument);
}

/** The key of a list of one. Only verification can try several. */
export function onlyKey(keys: readonly Key[], argument: KeyArgument): Key {
  const [key] = keys;
  if (key && keys.length === 1) return key;
  throw invalidKey(argument, `it holds ${keys.length} keys: pass one of them`);
}

/** Imports the keys of an input, to be tried in order. Only PEM holds more than one. */
export function toKeys(input: unknown, argument: KeyArgument): readonly Key[] {
  if (isThenable(input)) {
    // Handled, so that a later rejection does not end the process.
    if (types.isPromise(input)) input.catch(() => {});
    throw usageError('ERR_KEY_INVALID', `${argument.name} is a promise: await it first`);
  }
  const found = importAny(input, argument);
  if (typeof found === 'string') throw invalidKey(argument, found);
  for (const { kind, object } of found) {
    if (kind === 'secret') {
      if (object.symmetricKeySize === 0) throw missingKey(argument, '');
    } else {
      const fault = soundnessFault(object, input);
      if (fault) throw invalidKey(argument, fault);
    }
  }
  return found;
}

/** {@link toKey} for a key that must not be undefined or null. */
export function requireKey(input: unknown, argument: KeyArgument): Key {
  return onlyKey(requireKeys(input, argument), argument);
}

function soundnessFault(object: KeyObject, input: unknown): string | undefined {
  try {
    return keyFault(object);
  } catch (error) {
    // workerd exports nothing of a CryptoKey that is not extractable: WebCrypto checked it at import.
    if (types.isCryptoKey(input)) return undefined;
    throw error;
  }
}

/** {@link toKeys} for a key that must not be undefined or null. */
export function requireKeys(input: unknown, argument: KeyArgument): readonly Key[] {
  if (input === undefined || input === null) throw missingKey(argument, input);
  return toKeys(input, argument);
}

function importAny(input: unknown, argument: KeyArgument): Imported {
  if (typeof input === 'string') {
    return lengthFault(input) ?? importText(input, argument) ?? importSecret(input);
  }
  if (isBytes(input)) {
    const bytes = asBuffer(input);
    return lengthFault(bytes) ?? importMaterial(bytes, argument) ?? importSecret(bytes);
  }
  if (typeof input !== 'object' || input === null) return inputFault(input, argument);
  if (input instanceof KeyObject) return importKeyObject(input, argument);
  if (input instanceof X509Certificate) return [asPublic(input.publicKey)];
  if (types.isCryptoKey(input)) return importCryptoKey(input, argument);
  return importMembers(input, argument);
}

/** PEM, or base64 of PEM. Undefined for other text. */
function importText(
  text: string,
  argument: KeyArgument,
  passphrase?: string | Buffer,
): Imported | undefined {
  const found = importPem(text, argument, passphrase);
  // "-----" is "LS0tLS" in base64. The white space in it is lost by decoding.
  if (found || !/^\W*LS0tLS/.test(text)) return found;
  return importPem(Buffer.from(text, 'base64').toString('latin1'), argument, passphrase);
}

/** The same for bytes, and DER. */
function importMaterial(
  bytes: Buffer,
  argument: KeyArgument,
  passphrase?: string | Buffer,
): Imported | undefined {
  return (
    importDer(bytes, argument, passphrase) ??
    importText(bytes.toString('latin1'), argument, passphrase)
  );
}

/** A JWK or a KeyDescriptor. */
function importMembers(input: object, argument: KeyArgument): Imported {
  // Own members, on an object without a prototype: a polluted one adds no passphrase and no format.
  const own: Record<string, unknown> = Object.create(null);
  // JSON libraries write absent members as null.
  for (const [name, value] of Object.entries(input)) if (value !== null) own[name] = value;
  if (typeof own['kty'] === 'string') return importJwk(own as Jwk, argument);
  const { key } = own;
  if (typeof key === 'string' || isBytes(key)) return importDescriptor(key, own, argument);
  const isKey =
    key instanceof KeyObject || key instanceof X509Certificate || Object.hasOwn(Object(key), 'kty');
  return isKey ? importAny(key, argument) : inputFault(input, argument);
}

const ENCODINGS: ReadonlySet<unknown> = new Set(['base64', 'base64url', 'hex']);

/** Decodes the key of a descriptor. Without `format` and `type`, what is no key material is a secret. */
function importDescriptor(
  key: string | ArrayBufferView | ArrayBufferLike,
  { format, type, passphrase, encoding = 'utf8' }: Record<string, unknown>,
  argument: KeyArgument,
): Imported {
  if (format === 'jwk') return 'with format "jwk" the key must be an object: JSON.parse it';
  if (format !== undefined && format !== 'pem' && format !== 'der') {
    return 'its "format" must be "pem", "der" or "jwk"';
  }
  if (typeof key === 'string' && !Buffer.isEncoding(String(encoding))) {
    return 'its "encoding" is not an encoding of Node.js';
  }
  const bytes = typeof key === 'string' ? decodeKeyText(key, encoding) : asBuffer(key);
  if (typeof bytes === 'string') return bytes;
  const fault = lengthFault(bytes);
  if (fault) return fault;
  if (type !== undefined && isOfOtherType(bytes, type)) {
    return 'its "type" is not that of the bytes: omit it';
  }
  const found = importMaterial(bytes, argument, passphrase as string);
  if (found) return found;
  const isSecret = typeof key === 'string' && ENCODINGS.has(encoding);
  if (isSecret && format === undefined && type === undefined && passphrase === undefined) {
    return bytes.length === 0 ? 'its "key" is empty' : importSecret(bytes);
  }
  return (
    secretFault(bytes) ??
    'a secret is passed alone, or with encoding "base64", "base64url" or "hex"'
  );
}

/** Node.js ignores what it cannot decode: a typing error would become a shorter secret. */
function decodeKeyText(key: string, encoding: unknown): Buffer | string {
  if (!ENCODINGS.has(encoding)) return Buffer.from(key, encoding as BufferEncoding);
  // Of hex, Node.js decodes what is before the first white space.
  const text = key.replace(/\s/g, '');
  const letters = encoding === 'hex' ? /^(?:[\da-f]{2})*$/i : /^[\w+/-]*={0,2}$/;
  return letters.test(text)
    ? Buffer.from(text, encoding as BufferEncoding)
    : `its "key" is not ${encoding}`;
}

function isBytes(input: unknown): input is ArrayBufferView | ArrayBufferLike {
  return ArrayBuffer.isView(input) || types.isAnyArrayBuffer(input);
}

function asPublic(object: KeyObject): Key {
  return { kind: 'public', object, only: undefined };
}

/** The key itself; for verification the public half of a private one. */
function importKeyObject(object: KeyObject, { role }: KeyArgument): Imported {
  const bytes = object.type === 'secret' ? secretBytes(object) : undefined;
  const fault = bytes && secretFault(bytes);
  if (fault) return fault;
  if (role === 'verify' && object.type === 'private') return [asPublic(createPublicKey(object))];
  return [{ kind: object.type, object, only: allowedAlgorithms(object) }];
}

const CRYPTO_KEY_FAMILIES: ReadonlyMap<string, string> = new Map([
  ['HMAC', 'HS'],
  ['RSASSA-PKCS1-v1_5', 'RS'],
  ['RSA-PSS', 'PS'],
]);

/** WebCrypto binds a key to its usages and, for some schemes, to a hash. */
function importCryptoKey(input: webcrypto.CryptoKey, argument: KeyArgument): Imported {
  if (!input.usages.includes(argument.role)) throw purposeMismatch('usages', argument);
  const found = importKeyObject(KeyObject.from(input), argument);
  const { name, hash } = input.algorithm as { name: string; hash?: { name: string } };
  const family = CRYPTO_KEY_FAMILIES.get(name);
  if (typeof found === 'string' || !family) return found;
  // Only SHA-2 has rows: a key of another hash fits no algorithm.
  const only = [`${family}${hash?.name.replace(/^SHA-/, '')}`];
  return found.map((key) => ({ ...key, only }));
}
