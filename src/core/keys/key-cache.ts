/** Keys that were understood before: the classic calls bring the same secret or PEM every time. */

import { KeyObject } from 'node:crypto';
import { types } from 'node:util';
import { asBuffer } from '../encoding/base64url.ts';
import { LruMap } from '../lru-map.ts';
import { isThenable, type Key, type KeyArgument, type KeyRole, toKey } from './import-key.ts';

/** Keys of each form that are kept for each role, at least. */
const MAX_KEYS = 500;

/** Longer material is not kept. */
const MAX_LENGTH = 16_384;

/** Text and bytes are found by content, because both may change under the same name. */
interface Known {
  readonly text: LruMap<string, Key>;
  readonly bytes: LruMap<string, Key>;
  readonly members: LruMap<string, Key>;
  /** Immutable objects; held as long as somebody else holds them. */
  objects: WeakMap<object, Key>;
}

const known: Record<KeyRole, Known> = { sign: emptyCache(), verify: emptyCache() };

function emptyCache(): Known {
  return {
    text: new LruMap(MAX_KEYS),
    bytes: new LruMap(MAX_KEYS),
    members: new LruMap(MAX_KEYS),
    objects: new WeakMap(),
  };
}

/**
 * Forgets every key that the library keeps prepared: secrets and private keys leave its memory as soon
 * as nobody else holds them.
 *
 * @example
 * ```ts
 * clearKeyCache(); // after a secret was found to have leaked
 * ```
 */
export function clearKeyCache(): void {
  known.sign = emptyCache();
  known.verify = emptyCache();
}

/**
 * {@link toKey}, remembered. What is found by content is made of that content, not of the argument: that
 * may have changed since, and would then be kept under the content of another key.
 */
export function cachedKey(input: unknown, argument: KeyArgument): Key {
  const { text, bytes, members, objects } = known[argument.role];
  if (typeof input === 'string') return getOrImport(text, input, () => input, argument);
  if (typeof input !== 'object' || input === null) return toKey(input, argument);
  if (input instanceof KeyObject || types.isCryptoKey(input)) {
    return getOrImport(objects, input, () => input, argument);
  }
  if (ArrayBuffer.isView(input) || types.isAnyArrayBuffer(input)) {
    const content = asBuffer(input).toString('latin1');
    return getOrImport(bytes, content, () => Buffer.from(content, 'latin1'), argument);
  }
  const content = contentOf(input);
  if (content === undefined) return toKey(input, argument);
  return getOrImport(members, content, () => Object.fromEntries(JSON.parse(content)), argument);
}

interface Memory<Name> {
  get(name: Name): Key | undefined;
  set(name: Name, key: Key): unknown;
}

function getOrImport<Name extends string | object>(
  memory: Memory<Name>,
  name: Name,
  read: () => unknown,
  argument: KeyArgument,
): Key {
  const found = memory.get(name);
  if (found) return found;
  const key = toKey(read(), argument);
  if (typeof name !== 'string' || name.length <= MAX_LENGTH) memory.set(name, key);
  return key;
}

/** The members of a JWK or descriptor as JSON, where they are text alone. */
function contentOf(input: object): string | undefined {
  // A promise has no members, and gets a message of its own.
  if (isThenable(input)) return undefined;
  const members: string[] = [];
  for (const [name, value] of Object.entries(input)) {
    const isList = Array.isArray(value);
    const texts: unknown[] = isList ? [...value] : [value];
    if (!texts.every((text) => typeof text === 'string')) return undefined;
    // Text by text: a toJSON on a polluted prototype would make one key of two.
    const quoted = texts.map((text) => JSON.stringify(text)).join();
    members.push(`[${JSON.stringify(name)},${isList ? `[${quoted}]` : quoted}]`);
  }
  return `[${members}]`;
}
