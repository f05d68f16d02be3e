/** An imported key, bound to its algorithms, and the errors about a key argument. */

import type { KeyObject } from 'node:crypto';
import { type ErrorCode, usageError } from '../../errors.ts';
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

const bindings = new WeakMap<Key, Map<Algorithm, BoundKey>>();

/** Returns the key bound to an algorithm that it fits. Binds once for each algorithm. */
export function bind(alg: Algorithm, key: Key): BoundKey {
  const bound = bindings.get(key);
  const result = bound?.get(alg) ?? rowOf(alg).bind(key.object);
  if (bound) bound.set(alg, result);
  else bindings.set(key, new Map([[alg, result]]));
  return result;
}

export type KeyRole = 'sign' | 'verify';

/** What an API calls its key argument, and which errors it throws about it. */
export interface KeyArgument {
  readonly role: KeyRole;
  readonly name: string;
  /** The message for an empty key. */
  readonly missing: string;
  /** Creates the error for a key that cannot be read, or is of the wrong kind or size. */
  invalid(code: ErrorCode, message: string): Error;
  /** Creates the error for a key that does not fit its algorithm or purpose. */
  mismatch(code: ErrorCode, message: string): Error;
}

/** The key argument of an API that throws TypeErrors. */
export function preparedKeyArgument(role: KeyRole, name = 'key'): KeyArgument {
  return {
    role,
    name,
    missing: `${name} must have a value`,
    invalid: usageError,
    mismatch: usageError,
  };
}
