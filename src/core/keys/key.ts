/** An imported key, bound to its algorithms, and the errors about a key argument. */

import type { KeyObject } from 'node:crypto';
import { defineHidden, type ErrorCode, plainError, tokenError, usageError } from '../../errors.ts';
import { type Algorithm, type BoundKey, rowOf } from './algorithms.ts';

/** An imported key. Every member is own: an absent one would be read from a polluted prototype. */
export interface Key {
  readonly kind: 'secret' | 'public' | 'private' | 'none';
  readonly object: KeyObject;
  /** The only algorithms that a JWK or a CryptoKey allows. */
  readonly only: readonly string[] | undefined;
}

/** The absent key of an unsecured token. The row of `none` never reads `object`. */
export const NO_KEY: Key = {
  kind: 'none',
  object: undefined as unknown as KeyObject,
  only: undefined,
};

const allowed = new WeakMap<KeyObject, readonly string[]>();

/**
 * Binds a key object to algorithms, because it has lost the `alg` of its JWK. For objects that the library
 * created: one of the caller's may be in use elsewhere.
 */
export function allowOnly(object: KeyObject, algorithms: readonly string[] | undefined): KeyObject {
  if (algorithms) allowed.set(object, algorithms);
  return object;
}

/** The algorithms of {@link allowOnly}. */
export function allowedAlgorithms(object: KeyObject): readonly string[] | undefined {
  return allowed.get(object);
}

const bindings = new WeakMap<Key, Map<Algorithm, BoundKey>>();

/** Returns the key bound to an algorithm that it fits. Binds once for each algorithm. */
export function bind(alg: Algorithm, key: Key): BoundKey {
  const bound = bindings.get(key);
  const result = bound?.get(alg) ?? rowOf(alg).bind(key.object);
  if (bound) bound.set(alg, result);
  else bindings.set(key, new Map([[alg, result]]));
  return result;
}

/** `equals` of keys of two types leaves an error in OpenSSL, which the next import of a private key throws. */
export function isSameKey(one: KeyObject, other: KeyObject): boolean {
  return one.asymmetricKeyType === other.asymmetricKeyType && one.equals(other);
}

export type KeyRole = 'sign' | 'verify';

/** What an API calls its key argument, and which errors it throws about it. */
export interface KeyArgument {
  readonly role: KeyRole;
  readonly name: string;
  /** The message for an empty key. */
  readonly missing: string;
  /** Whether messages are those of jsonwebtoken. The reason is then the `cause`. */
  readonly classic?: boolean;
  /** Creates the error for a key that cannot be read, or is of the wrong kind or size. */
  invalid(code: ErrorCode, message: string): Error;
  /** Creates the error for a key that does not fit its algorithm or purpose. */
  mismatch(code: ErrorCode, message: string): Error;
}

/** The key argument of an API that throws TypeErrors. */
export function preparedKeyArgument(role: KeyRole, name = 'key'): KeyArgument {
  const missing = `${name} must have a value`;
  return { role, name, missing, classic: false, invalid: usageError, mismatch: usageError };
}

/** The key argument of `sign`. */
export const classicSigningKey: KeyArgument = {
  role: 'sign',
  name: 'secretOrPrivateKey',
  missing: 'secretOrPrivateKey must have a value',
  classic: true,
  invalid: plainError,
  mismatch: plainError,
};

/** The key argument of `verify`. */
export const classicVerifyingKey: KeyArgument = {
  role: 'verify',
  name: 'secretOrPublicKey',
  missing: 'secret or public key must be provided',
  classic: true,
  invalid: tokenError,
  mismatch: plainError,
};

/**
 * The error for a key that cannot be used, and why. Only jsonwebtoken's messages omit the reason. It says
 * what the key is, and never quotes it.
 */
export function invalidKey(
  argument: KeyArgument,
  reason: string,
  code: ErrorCode = 'ERR_KEY_INVALID',
  message = `${argument.name} is not valid key material`,
): Error {
  if (!argument.classic) return argument.invalid(code, `${message}: ${reason}`);
  const error = argument.invalid(code, message);
  defineHidden(error, 'cause', usageError(code, `${argument.name} is unusable: ${reason}`));
  return error;
}

/** The error for a key that is undefined, null or empty. */
export function missingKey(argument: KeyArgument, input: unknown): Error {
  const { classic, invalid, missing } = argument;
  const what = input === undefined ? 'undefined' : 'an empty secret';
  const hint = input === null ? 'got null' : `got ${what}: is the environment variable set?`;
  if (!classic) return invalid('ERR_KEY_MISSING', `${missing}, ${hint}`);
  const error = invalid('ERR_KEY_MISSING', missing);
  defineHidden(error, 'cause', usageError('ERR_KEY_MISSING', hint));
  return error;
}

/** The error for a key whose own metadata excludes what it is used for. */
export function purposeMismatch(member: string, { name, role, mismatch }: KeyArgument): Error {
  return mismatch(
    'ERR_KEY_TYPE',
    `${name} may not be used to ${role}: its "${member}" does not allow it`,
  );
}

/** What an import returns: keys to try in order, or what is wrong with the input. */
export type Imported = readonly Key[] | string;
