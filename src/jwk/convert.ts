/** A key in any form to a KeyObject, a JWK or PEM. */

import { KeyObject, type webcrypto } from 'node:crypto';
import { types } from 'node:util';
import { requireKey } from '../core/keys/import-key.ts';
import { type Key, type KeyRole, preparedKeyArgument } from '../core/keys/key.ts';
import type { Jwk, KeyInput } from '../core/keys/key-input.ts';
import { checkOptions, isPlainObject, type OptionRules } from '../core/option-rules.ts';
import { usageError } from '../errors.ts';

/**
 * Which key is meant.
 *
 * @example
 * ```ts
 * const options: KeyTypeOptions<'private'> = { type: 'private' };
 * const pem = exportPem(privateKey, options);
 * ```
 */
export interface KeyTypeOptions<Type extends KeyType = KeyType> {
  /** Default: `public`, also of a private key. A private key or a secret is asked for by name. */
  type?: Type;
}

/**
 * What a key is.
 *
 * @example
 * ```ts
 * const type: KeyType = 'private';
 * const jwk = exportJwk(privateKey, { type });
 * ```
 */
export type KeyType = 'public' | 'private' | 'secret';

const rules: OptionRules = {
  type: {
    expected: 'one of public, private, secret',
    test: (value) => value === 'public' || value === 'private' || value === 'secret',
  },
};

/** Without a prototype: a polluted one adds no passphrase. */
const bare = <Options extends object>(options: Options): Options => {
  return Object.assign(Object.create(null), options);
};
const JWK = bare({ format: 'jwk' as const });
const SPKI = bare({ type: 'spki' as const, format: 'pem' as const });
const PKCS8 = bare({ type: 'pkcs8' as const, format: 'pem' as const });

/**
 * Reads a key in any form that the library takes: PEM, DER, JWK, CryptoKey, KeyObject, or the text or
 * bytes of a secret.
 *
 * Answers with the public key, or its public half of a private one, unless `type` names another. A
 * KeyObject carries no `alg`: where that of a JWK shall bind, use the JWK itself as the key.
 *
 * Throws TypeError where the key is unreadable, of another type, or may not be used for signatures.
 *
 * @example
 * ```ts
 * const key = importKey(publicPem);
 * const secretKey = importKey(secret, { type: 'secret' });
 * ```
 */
export function importKey(key: KeyInput, options: KeyTypeOptions = {}): KeyObject {
  const { type = 'public' } = checkOptions(options, rules) as KeyTypeOptions;
  return keyOfType(key, type);
}

/**
 * A key as a JWK (RFC 7517): the public half, unless `type` names another. `kid`, `alg` and `use` of a
 * JWK that is given are kept, and `key_ops` are those of the half that is asked for.
 *
 * Throws TypeError as {@link importKey}, for RSA-PSS keys, which have no JWK form, for a CryptoKey that is
 * not extractable, and for algorithms that the runtime cannot write as a JWK.
 *
 * @example
 * ```ts
 * const jwk = exportJwk(publicPem);
 * const stored = JSON.stringify(exportJwk(privatePem, { type: 'private' }));
 * ```
 */
export function exportJwk(
  key: KeyInput,
  options: KeyTypeOptions = {},
): Jwk & { key_ops?: string[] } {
  const { type = 'public' } = checkOptions(options, rules) as KeyTypeOptions;
  const object = keyOfType(key, type);
  checkExtractable(key, type);
  return { ...jwkOf(object), ...metadataOf(key, type) };
}

/**
 * A key as PEM (RFC 7468): SPKI of the public half, or PKCS#8 with `type: 'private'`. To encrypt a private
 * key, use the `export` of the KeyObject that {@link importKey} answers with.
 *
 * Throws TypeError as {@link importKey}, and for a CryptoKey that is not extractable. A secret has no PEM.
 *
 * @example
 * ```ts
 * const pem = exportPem(privateKey); // -----BEGIN PUBLIC KEY-----
 * ```
 */
export function exportPem(
  key: KeyInput,
  options: KeyTypeOptions<'public' | 'private'> = {},
): string {
  const { type = 'public' } = checkOptions(options, rules) as KeyTypeOptions;
  const isSecret = readKey(key, roleOf(type)).kind === 'secret';
  if (isSecret || type === 'secret') throw usageError('ERR_KEY_TYPE', 'a secret has no PEM form');
  const object = keyOfType(key, type);
  checkExtractable(key, type);
  return object.export(type === 'private' ? PKCS8 : SPKI).toString();
}

/** The members of a JWK that make the key. */
export function jwkOf(object: KeyObject): Jwk & { key_ops?: string[] } {
  try {
    return object.export(JWK) as ReturnType<typeof jwkOf>;
  } catch {
    const type = object.asymmetricKeyType;
    throw usageError('ERR_KEY_TYPE', `a key of type "${type}" has no JWK form in this runtime`);
  }
}

function roleOf(type: KeyType): KeyRole {
  return type === 'private' ? 'sign' : 'verify';
}

function keyOfType(input: KeyInput, type: KeyType): KeyObject {
  const { kind, object } = readKey(input, roleOf(type));
  if (kind === type) return object;
  const hint =
    kind === 'secret' || type === 'secret'
      ? `: ask for it with type "${kind}"`
      : ', which has no private half';
  throw usageError('ERR_KEY_TYPE', `the key is a ${kind} key${hint}`);
}

/** A key as the library understands it, whichever half it was made for. */
export function readKey(input: KeyInput, role: KeyRole): Key {
  return requireKey(forEitherRole(input, role), preparedKeyArgument(role));
}

/** The halves of a pair have different operations: a key that may sign has one that may verify. */
function forEitherRole(input: KeyInput, role: KeyRole): KeyInput {
  if (types.isCryptoKey(input)) return KeyObject.from(input);
  const ops = ownMember(input, 'key_ops');
  const signs = Array.isArray(ops) && (ops.includes('sign') || ops.includes('verify'));
  return signs ? { ...(input as Jwk), key_ops: [role] } : input;
}

function checkExtractable(input: KeyInput, type: KeyType): void {
  if (type === 'public' || !types.isCryptoKey(input)) return;
  if (!(input as webcrypto.CryptoKey).extractable) {
    throw usageError('ERR_KEY_TYPE', 'the CryptoKey is not extractable');
  }
}

/** What a JWK says about itself beside the key. */
function metadataOf(input: KeyInput, type: KeyType): { key_ops?: string[] } {
  if (typeof ownMember(input, 'kty') !== 'string') return {};
  const { kid, alg, use, key_ops } = Object.assign(Object.create(null), input) as Jwk;
  const ops = { public: ['verify'], private: ['sign'], secret: [...(key_ops ?? [])] }[type];
  return {
    ...(typeof kid === 'string' && { kid }),
    ...(typeof alg === 'string' && { alg }),
    ...(typeof use === 'string' && { use }),
    ...(key_ops !== undefined && { key_ops: ops }),
  };
}

function ownMember(input: unknown, name: string): unknown {
  return isPlainObject(input) && Object.hasOwn(input, name) ? input[name] : undefined;
}
