/** A cache of imported keys: `sign` and `verify` receive the same secret or PEM at every call. */

import { KeyObject, X509Certificate } from 'node:crypto';
import { types } from 'node:util';
import { asBuffer } from '../encoding/base64url.ts';
import { wipeBytes } from '../encoding/token-bytes.ts';
import { LruMap } from '../lru-map.ts';
import { onlyKey, toKeys } from './import-key.ts';
import type { Key, KeyArgument, KeyRole } from './key.ts';

/** Keys that are cached for each form and role. */
const MAX_KEYS = 500;

/** Longest key material that is cached, in characters. */
const MAX_CACHED_LENGTH = 16_384;

/** Strings and bytes are found by content, because bytes may change in place. */
interface KeyCache {
  readonly text: LruMap<string, readonly Key[]>;
  readonly bytes: LruMap<string, readonly Key[]>;
  readonly members: LruMap<string, readonly Key[]>;
  /** Immutable objects, held weakly. */
  objects: WeakMap<object, readonly Key[]>;
}

const caches: Record<KeyRole, KeyCache> = { sign: emptyCache(), verify: emptyCache() };

function emptyCache(): KeyCache {
  return {
    text: new LruMap(MAX_KEYS),
    bytes: new LruMap(MAX_KEYS),
    members: new LruMap(MAX_KEYS),
    objects: new WeakMap(),
  };
}

/**
 * Clears the cache of imported keys. Secrets and private keys leave memory once your own code, signers and
 * verifiers hold them no longer.
 *
 * @example
 * ```ts
 * clearKeyCache(); // after a secret was found to have leaked
 * ```
 */
export function clearKeyCache(): void {
  caches.sign = emptyCache();
  caches.verify = emptyCache();
  wipeBytes();
}

/**
 * {@link toKeys} with a cache. A key that is found by content is imported from that content, not from the
 * argument: bytes that changed meanwhile would be cached under the content of another key.
 */
export function cachedKeys(input: unknown, argument: KeyArgument): readonly Key[] {
  const { text, bytes, members, objects } = caches[argument.role];
  if (typeof input === 'string') return getOrImport(text, input, () => input, argument);
  if (typeof input !== 'object' || input === null) return toKeys(input, argument);
  const isImmutable = input instanceof KeyObject || input instanceof X509Certificate;
  if (isImmutable || types.isCryptoKey(input)) {
    return getOrImport(objects, input, () => input, argument);
  }
  if (ArrayBuffer.isView(input) || types.isAnyArrayBuffer(input)) {
    const content = asBuffer(input).toString('latin1');
    return getOrImport(bytes, content, () => Buffer.from(content, 'latin1'), argument);
  }
  const prototype: unknown = Object.getPrototypeOf(input);
  // Of an array or a class, the members alone would make another input.
  if (prototype !== null && prototype !== Object.prototype) return toKeys(input, argument);
  const content = contentOf(input);
  if (content === undefined) return toKeys(input, argument);
  return getOrImport(members, content, () => Object.fromEntries(JSON.parse(content)), argument);
}

/** The only key of {@link cachedKeys}. */
export function cachedKey(input: unknown, argument: KeyArgument): Key {
  return onlyKey(cachedKeys(input, argument), argument);
}

interface CacheOf<Name> {
  get(name: Name): readonly Key[] | undefined;
  set(name: Name, keys: readonly Key[]): unknown;
}

function getOrImport<Name extends string | object>(
  cache: CacheOf<Name>,
  name: Name,
  read: () => unknown,
  argument: KeyArgument,
): readonly Key[] {
  const cached = cache.get(name);
  if (cached) return cached;
  const keys = toKeys(read(), argument);
  if (typeof name !== 'string' || name.length <= MAX_CACHED_LENGTH) cache.set(name, keys);
  return keys;
}

/** The members of a JWK or descriptor as JSON. Undefined unless all are strings or lists of strings. */
function contentOf(input: object): string | undefined {
  const members: string[] = [];
  for (const [name, value] of Object.entries(input)) {
    const isList = Array.isArray(value);
    const items: unknown[] = isList ? [...value] : [value];
    if (!items.every((item) => typeof item === 'string')) return undefined;
    // One by one: a toJSON on a polluted prototype would give two keys one name.
    const quoted = items.map((item) => JSON.stringify(item)).join();
    members.push(`[${JSON.stringify(name)},${isList ? `[${quoted}]` : quoted}]`);
  }
  return `[${members}]`;
}
