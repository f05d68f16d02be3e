/** A JWK Set (RFC 7517 §5) to the public keys in it, each understood once, and to what was skipped. */

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
  /** What it may verify, by its type and curve and by its own `alg`, `use` and `key_ops`. */
  readonly algorithms: readonly Algorithm[];
  readonly key: KeyObject;
}

/**
 * A member of a set that is not used.
 *
 * @example
 * ```ts
 * const { skipped } = createLocalJwks({ keys: [...jwks.keys, { kty: 'oct', k: 'c2VjcmV0' }] });
 * const first: SkippedKey | undefined = skipped[0];
 * console.log(first?.index); // → 1
 * ```
 */
export interface SkippedKey {
  /** Its place in `keys`. */
  readonly index: number;
  readonly kid: string | undefined;
  /** Why, without anything of the key itself. */
  readonly reason: string;
}

/** Keys found by `kid` or by algorithm, at a cost that does not depend on their number. */
export interface KeyIndex {
  /** RFC 7517 §4.5 lets keys of different types share a `kid`. */
  readonly byKid: ReadonlyMap<string, readonly SetKey[]>;
  readonly byAlgorithm: ReadonlyMap<string, readonly SetKey[]>;
}

/** What a JWK Set holds. */
export interface KeySet extends KeyIndex {
  /** In the order of the document. */
  readonly keys: readonly SetKey[];
  readonly skipped: readonly SkippedKey[];
}

const keyArgument = preparedKeyArgument('verify', 'it');

/**
 * Reads a JWK Set. A member that is malformed, unknown, private or a secret is skipped: the good ones
 * beside it count. Throws TypeError where the document is no JWK Set or holds more than `maxKeys`.
 */
export function readJwks(document: unknown, maxKeys = Number.POSITIVE_INFINITY): KeySet {
  const members: unknown =
    isPlainObject(document) && Object.hasOwn(document, 'keys') ? document['keys'] : undefined;
  if (!Array.isArray(members)) {
    const came = isPlainObject(document)
      ? `"keys" is ${typeNameOf(members)}`
      : typeNameOf(document);
    const message = `a JWK Set must be an object with an array "keys", got ${came}`;
    throw usageError('ERR_KEY_INVALID', message);
  }
  if (members.length > maxKeys) {
    const message = `a JWK Set may hold at most ${maxKeys} keys, got ${members.length}`;
    throw usageError('ERR_KEY_INVALID', message);
  }
  const keys: SetKey[] = [];
  const skipped: SkippedKey[] = [];
  for (const [index, member] of [...members].entries()) {
    const kid = kidOf(member);
    try {
      keys.push(readMember(member, kid));
    } catch (error) {
      skipped.push({ index, kid, reason: (error as Error).message });
    }
  }
  return { keys, skipped, ...indexKeys(keys) };
}

function kidOf(member: unknown): string | undefined {
  const kid = isPlainObject(member) && Object.hasOwn(member, 'kid') ? member['kid'] : undefined;
  return typeof kid === 'string' ? kid : undefined;
}

/** Throws, for the reason to skip it. */
function readMember(member: unknown, kid: string | undefined): SetKey {
  if (!isPlainObject(member)) throw unusable(`it must be an object, got ${typeNameOf(member)}`);
  const { kty } = Object.assign(Object.create(null), member);
  if (typeof kty !== 'string') throw unusable(`"kty" must be a string, got ${typeNameOf(kty)}`);
  if (Object.hasOwn(member, 'kid') && kid === undefined) {
    throw unusable(`"kid" must be a string, got ${typeNameOf(member['kid'])}`);
  }
  // A secret that was published is no secret: whoever reads the set could sign with it.
  if (kty === 'oct') throw unusable('a secret does not belong into a set of public keys');
  const leaked = privateMembers.filter(
    (name) => (Object.hasOwn(member, name) ? member[name] : null) != null,
  );
  if (leaked.length > 0) {
    throw unusable(`a private key does not belong into a set of public keys: ${leaked.join(', ')}`);
  }
  const key = toKey(member, keyArgument);
  // Too small a key stays, so that the verifier says so, or accepts it where it was told to.
  const algorithms = allAlgorithms.filter(
    (alg) => alg !== 'none' && isCompatible(alg, key, 'verify'),
  );
  if (algorithms.length === 0) throw unusable('it fits no algorithm that can verify');
  return { kid, algorithms, key: allowOnly(key.object, key.only) };
}

function unusable(message: string): TypeError {
  return usageError('ERR_KEY_INVALID', message);
}

/** Finds keys by name and use. */
export function indexKeys(keys: readonly SetKey[]): KeyIndex {
  const byKid = new Map<string, SetKey[]>();
  const byAlgorithm = new Map<string, SetKey[]>();
  for (const key of keys) {
    if (key.kid !== undefined) append(byKid, key.kid, key);
    for (const alg of key.algorithms) append(byAlgorithm, alg, key);
  }
  return { byKid, byAlgorithm };
}

function append<Name, Item>(index: Map<Name, Item[]>, name: Name, item: Item): void {
  const list = index.get(name);
  if (list) list.push(item);
  else index.set(name, [item]);
}
