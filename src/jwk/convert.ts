/** Converts a key in any form to a KeyObject, a JWK or PEM. */

import { KeyObject, type webcrypto } from 'node:crypto';
import { types } from 'node:util';
import { requireKey } from '../core/keys/import-key.ts';
import { type Key, type KeyRole, preparedKeyArgument } from '../core/keys/key.ts';
import type { Jwk, KeyInput } from '../core/keys/key-input.ts';
import { checkOptions, isPlainObject, type OptionRules } from '../core/option-rules.ts';
import { usageError } from '../errors.ts';

/**
 * Options of {@link importKey}, {@link exportJwk} and {@link exportPem}.
 *
 * @example
 * ```ts
 * const { JWT_PRIVATE_KEY = '' } = process.env;
 * const options: KeyTypeOptions<'private'> = { type: 'private' };
 * const pem = exportPem(JWT_PRIVATE_KEY, options);
 * ```
 */
export interface KeyTypeOptions<Type extends KeyType = KeyType> {
  /** Kind of key to return. Default `'public'`, also for a private key: name the others to get them. */
  type?: Type;
}

/**
 * Kind of a key.
 *
 * @example
 * ```ts
 * const { JWT_PRIVATE_KEY = '' } = process.env;
 * const type: KeyType = 'private';
 * const jwk = exportJwk(JWT_PRIVATE_KEY, { type });
 * ```
 */
export type KeyType = 'public' | 'private' | 'secret';

const keyTypeRules: OptionRules = {
  type: {
    expected: 'one of public, private, secret',
    test: (value) => value === 'public' || value === 'private' || value === 'secret',
  },
};

/** No prototype: a polluted `Object.prototype` cannot add a passphrase. */
export function withoutPrototype<Options extends object>(options: Options): Options {
  return Object.assign(Object.create(null), options);
}
const JWK_EXPORT = withoutPrototype({ format: 'jwk' as const });
const SPKI_EXPORT = withoutPrototype({ type: 'spki' as const, format: 'pem' as const });
const PKCS8_EXPORT = withoutPrototype({ type: 'pkcs8' as const, format: 'pem' as const });

/**
 * Imports a key in any form that the library accepts: PEM, DER, JWK, CryptoKey, KeyObject, or a secret
 * as a string or bytes.
 *
 * Returns the public key, also of a private one, unless `type` names another. A KeyObject has no `alg`:
 * to keep the `alg` of a JWK, use the JWK itself as the key.
 *
 * Throws TypeError if the key is unreadable, of another type, or not for signatures.
 *
 * @example
 * ```ts
 * const { JWT_PUBLIC_KEY = '', JWT_SECRET = '' } = process.env;
 * const key = importKey(JWT_PUBLIC_KEY);
 * const secret = importKey(JWT_SECRET, { type: 'secret' });
 * ```
 */
export function importKey(key: KeyInput, options: KeyTypeOptions = {}): KeyObject {
  const { type = 'public' } = checkOptions(options, keyTypeRules) as KeyTypeOptions;
  return keyOfType(key, type);
}

/**
 * Returns a key as a JWK (RFC 7517): the public half, unless `type` names another. Keeps `kid`, `alg` and
 * `use` of a JWK, and sets its `key_ops` to those of the returned half.
 *
 * Throws TypeError as {@link importKey}, for RSA-PSS keys, which have no JWK form, for a CryptoKey that is
 * not extractable, and for algorithms that the runtime cannot export as a JWK.
 *
 * @example
 * ```ts
 * const { JWT_PRIVATE_KEY = '' } = process.env;
 * const jwk = exportJwk(JWT_PRIVATE_KEY); // the public half
 * const stored = JSON.stringify(exportJwk(JWT_PRIVATE_KEY, { type: 'private' }));
 * ```
 */
export function exportJwk(
  key: KeyInput,
  options: KeyTypeOptions = {},
): Jwk & { key_ops?: string[] } {
  const { type = 'public' } = checkOptions(options, keyTypeRules) as KeyTypeOptions;
  const object = keyOfType(key, type);
  checkExtractable(key);
  return { ...toJwk(object), ...jwkMetadata(key, type) };
}

/**
 * Returns a key as PEM (RFC 7468): SPKI of the public half, or PKCS#8 with `type: 'private'`. To encrypt
 * a private key, use the `export` of the KeyObject that {@link importKey} returns.
 *
 * Throws TypeError as {@link importKey}, for a secret, and for a CryptoKey that is not extractable.
 *
 * @example
 * ```ts
 * const { JWT_PRIVATE_KEY = '' } = process.env;
 * const pem = exportPem(JWT_PRIVATE_KEY); // -----BEGIN PUBLIC KEY-----
 * ```
 */
export function exportPem(
  key: KeyInput,
  options: KeyTypeOptions<'public' | 'private'> = {},
): string {
  const { type = 'public' } = checkOptions(options, keyTypeRules) as KeyTypeOptions;
  const isSecret = requireKeyForRole(key, roleOf(type)).kind === 'secret';
  if (isSecret || type === 'secret') throw usageError('ERR_KEY_TYPE', 'a secret has no PEM form');
  const object = keyOfType(key, type);
  checkExtractable(key);
  return object.export(type === 'private' ? PKCS8_EXPORT : SPKI_EXPORT).toString();
}

/** Returns the members of a JWK that make the key. */
export function toJwk(object: KeyObject): Jwk & { key_ops?: string[] } {
  try {
    return object.export(JWK_EXPORT) as ReturnType<typeof toJwk>;
  } catch {
    const type = object.asymmetricKeyType;
    throw usageError('ERR_KEY_TYPE', `a key of type "${type}" has no JWK form in this runtime`);
  }
}

function roleOf(type: KeyType): KeyRole {
  return type === 'private' ? 'sign' : 'verify';
}

function keyOfType(input: KeyInput, type: KeyType): KeyObject {
  const { kind, object } = requireKeyForRole(input, roleOf(type));
  if (kind === type) return object;
  const hint =
    kind === 'secret' || type === 'secret'
      ? `: pass the option type "${kind}"`
      : ', which has no private half';
  throw usageError('ERR_KEY_TYPE', `the key is a ${kind} key${hint}`);
}

/** Imports a key for a role. A JWK or CryptoKey limited to one role is imported for the other, too. */
export function requireKeyForRole(input: KeyInput, role: KeyRole): Key {
  return requireKey(withKeyOpsFor(input, role), preparedKeyArgument(role));
}

/** The halves of a pair have different operations: a key that can sign has a half that can verify. */
function withKeyOpsFor(input: KeyInput, role: KeyRole): KeyInput {
  if (types.isCryptoKey(input)) return KeyObject.from(input);
  const ops = ownJwkMember(input, 'key_ops');
  const isForSignatures = Array.isArray(ops) && (ops.includes('sign') || ops.includes('verify'));
  return isForSignatures ? { ...(input as Jwk), key_ops: [role] } : input;
}

/** As WebCrypto does: a KeyObject of such a key would export it. */
function checkExtractable(input: KeyInput): void {
  if (types.isCryptoKey(input) && !(input as webcrypto.CryptoKey).extractable) {
    throw usageError('ERR_KEY_TYPE', 'the CryptoKey is not extractable');
  }
}

/** Returns the members of a JWK that describe the key. */
function jwkMetadata(input: KeyInput, type: KeyType): { key_ops?: string[] } {
  if (typeof ownJwkMember(input, 'kty') !== 'string') return {};
  const { kid, alg, use, key_ops } = Object.assign(Object.create(null), input) as Jwk;
  const ops = { public: ['verify'], private: ['sign'], secret: [...(key_ops ?? [])] }[type];
  return {
    ...(typeof kid === 'string' && { kid }),
    ...(typeof alg === 'string' && { alg }),
    ...(typeof use === 'string' && { use }),
    ...(key_ops !== undefined && { key_ops: ops }),
  };
}

function ownJwkMember(input: unknown, name: string): unknown {
  return isPlainObject(input) && Object.hasOwn(input, name) ? input[name] : undefined;
}
