/** Imports the public keys of a JWK Set (RFC 7517 §5), and lists the skipped ones. */

import type { KeyObject } from 'node:crypto';
import { type Algorithm, allAlgorithms } from '../../core/keys/algorithms.ts';
import { toKey } from '../../core/keys/import-key.ts';
import { allowOnly, preparedKeyArgument } from '../../core/keys/key.ts';
import { isCompatible } from '../../core/keys/key-checks.ts';
import { isPlainObject, typeNameOf } from '../../core/option-rules.ts';
import { usageError } from '../../errors.ts';
import { privateMembers } from '../jwk-members.ts';

/** A public key of a set. */
export interface SetKey {
  readonly kid: string | undefined;
  /** Algorithms that its type, curve, `alg`, `use` and `key_ops` allow. */
  readonly algorithms: readonly Algorithm[];
  readonly key: KeyObject;
}

/**
 * A key of a JWK Set that is not used.
 *
 * @example
 * ```ts
 * const { JWT_PUBLIC_KEY = '' } = process.env;
 * const keys = [exportJwk(JWT_PUBLIC_KEY), { kty: 'oct', k: 'c2VjcmV0' }];
 * const first: SkippedKey | undefined = createLocalJwks({ keys }).skipped[0];
 * console.log(first?.index); // → 1
 * ```
 */
export interface SkippedKey {
  /** Index in `keys`. */
  readonly index: number;
  readonly kid: string | undefined;
  /** Why it is not used. Contains nothing of the key. */
  readonly reason: string;
}

/** Finds keys by `kid` or algorithm, at a cost that does not depend on their number. */
export interface KeyIndex {
  /** RFC 7517 §4.5 lets keys of different types share a `kid`. */
  readonly byKid: ReadonlyMap<string, readonly SetKey[]>;
  readonly byAlgorithm: ReadonlyMap<string, readonly SetKey[]>;
}

/** The keys of a JWK Set. */
export interface KeySet extends KeyIndex {
  /** In the order of the document. */
  readonly keys: readonly SetKey[];
  readonly skipped: readonly SkippedKey[];
}

const setKeyArgument = preparedKeyArgument('verify', 'it');

/**
 * Imports a JWK Set. Skips keys that are malformed, of an unknown type, private or secret. Throws
 * TypeError if the document is not a JWK Set or has more than `maxKeys` keys.
 */
export function readJwks(document: unknown, maxKeys = Number.POSITIVE_INFINITY): KeySet {
  const members: unknown =
    isPlainObject(document) && Object.hasOwn(document, 'keys') ? document['keys'] : undefined;
  if (!Array.isArray(members)) {
    const got = isPlainObject(document) ? `"keys" is ${typeNameOf(members)}` : typeNameOf(document);
    const message = `a JWK Set must be an object with an array "keys", got ${got}`;
    throw usageError('ERR_KEY_INVALID', message);
  }
  if (members.length > maxKeys) {
    const message = `a JWK Set must have at most ${maxKeys} keys, got ${members.length}`;
    throw usageError('ERR_KEY_INVALID', message);
  }
  const keys: SetKey[] = [];
  const skipped: SkippedKey[] = [];
  for (const [index, member] of [...members].entries()) {
    const kid = kidOfMember(member);
    try {
      keys.push(importMember(member, kid));
    } catch (error) {
      skipped.push({ index, kid, reason: (error as Error).message });
    }
  }
  return { keys, skipped, ...indexKeys(keys) };
}

/** The own `kid`, if it is a string. */
export function kidOfMember(member: unknown): string | undefined {
  const kid = isPlainObject(member) && Object.hasOwn(member, 'kid') ? member['kid'] : undefined;
  return typeof kid === 'string' ? kid : undefined;
}

/** Throws the reason to skip it. */
function importMember(member: unknown, kid: string | undefined): SetKey {
  const problem = memberProblem(member, kid);
  if (problem !== undefined) throw skipReason(problem);
  const key = toKey(member, setKeyArgument);
  // A key that is too small stays: the verifier rejects it, or accepts it with allowInsecureKeySizes.
  const algorithms = allAlgorithms.filter(
    (alg) => alg !== 'none' && isCompatible(alg, key, 'verify'),
  );
  if (algorithms.length === 0) throw skipReason('it fits no algorithm that can verify');
  return { kid, algorithms, key: allowOnly(key.object, key.only) };
}

/** Returns why a member of a set is skipped whatever its key is, or undefined. */
export function memberProblem(member: unknown, kid: string | undefined): string | undefined {
  if (!isPlainObject(member)) return `it must be an object, got ${typeNameOf(member)}`;
  const { kty } = Object.assign(Object.create(null), member);
  if (typeof kty !== 'string') return `"kty" must be a string, got ${typeNameOf(kty)}`;
  // Null counts as absent, as for every member of a JWK.
  if (Object.hasOwn(member, 'kid') && kid === undefined && member['kid'] !== null) {
    return `"kid" must be a string, got ${typeNameOf(member['kid'])}`;
  }
  // A published secret lets every reader of the set sign tokens.
  if (kty === 'oct') return 'a secret does not belong in a set of public keys';
  // JSON libraries write absent members as null.
  const leaked = privateMembers.filter(
    (name) => Object.hasOwn(member, name) && member[name] !== null,
  );
  if (leaked.length === 0) return undefined;
  return `a private key does not belong in a set of public keys: ${leaked.join(', ')}`;
}

function skipReason(message: string): TypeError {
  return usageError('ERR_KEY_INVALID', message);
}

/** Returns the reasons of up to three skipped keys, for messages. */
export function skippedReasons(skipped: readonly SkippedKey[]): string {
  const reasons = skipped.slice(0, 3).map(({ index, reason }) => ` ${index}: ${reason}`);
  const more = skipped.length > 3 ? `; and ${skipped.length - 3} more` : '';
  return reasons.join(';') + more;
}

/** Indexes keys by `kid` and algorithm. */
export function indexKeys(keys: readonly SetKey[]): KeyIndex {
  const byKid = new Map<string, SetKey[]>();
  const byAlgorithm = new Map<string, SetKey[]>();
  for (const key of keys) {
    if (key.kid !== undefined) appendTo(byKid, key.kid, key);
    for (const alg of key.algorithms) appendTo(byAlgorithm, alg, key);
  }
  return { byKid, byAlgorithm };
}

function appendTo<Name, Item>(index: Map<Name, Item[]>, name: Name, item: Item): void {
  const list = index.get(name);
  if (list) list.push(item);
  else index.set(name, [item]);
}
