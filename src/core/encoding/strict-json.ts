/** Parses base64url to JSON values, and rejects what two parsers could read differently. */

import { isUtf8 } from 'node:buffer';
import { decodeInto, scratch } from './base64url.ts';
import { readUtf8 } from './direct-buffer.ts';

export const MAX_DEPTH = 64;

/** Without a prototype: a polluted `get` would make the definition throw. */
const NOT_ENUMERABLE: PropertyDescriptor = Object.assign(Object.create(null), {
  enumerable: false,
});

/** Captured: V8 omits the call in a loop over the names of an object that has only own ones. */
const hasOwn = Object.prototype.hasOwnProperty;

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** Result of {@link decodeText} for text that is not the base64url encoding of its own bytes. */
export const NOT_CANONICAL = Symbol('not canonical');

/** Decodes ASCII to text; `undefined` for invalid UTF-8 or a byte order mark (RFC 8259 §8.1). */
export function decodeText(segment: string): string | undefined | typeof NOT_CANONICAL {
  const bytes = segment.length <= scratch.length ? scratch : Buffer.alloc(segment.length);
  const length = decodeInto(bytes, segment);
  if (length < 0) return NOT_CANONICAL;
  const text = readUtf8(bytes, length);
  // Invalid UTF-8 becomes U+FFFD, which valid text can contain as well.
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(0, length))) return undefined;
  return text.charCodeAt(0) === 0xfeff ? undefined : text;
}

/** Result of {@link parseJson} for text that is not JSON; no JSON value is a symbol. */
export const NOT_JSON = Symbol('not JSON');

/** Result of {@link parseJson} for an object with two members of one name. */
export const DUPLICATE_MEMBER = Symbol('duplicate member');

/** Result of {@link parseJson} for nesting beyond {@link MAX_DEPTH}. */
export const TOO_DEEP = Symbol('too deep');

/**
 * Parses JSON without duplicate members and of bounded depth; other text yields one of the symbols.
 * The SyntaxError of the engine is dropped, because its message quotes the text.
 */
export function parseJson(text: string): unknown {
  if (mayNestTooDeep(text) && isTooDeep(text)) return TOO_DEEP;
  let value: unknown;
  try {
    value = text.includes('\\') ? parseEscaped(text) : JSON.parse(text);
  } catch {
    return isTooDeep(text) ? TOO_DEEP : NOT_JSON;
  }
  const kept = countOwnKeys(value);
  return kept === mostMembers(text) || kept === countMembers(text) ? value : DUPLICATE_MEMBER;
}

/**
 * Parses text with escapes, each name alone. V8 from 12.8 on can read an escaped name as another name
 * that it parsed at that place before (nodejs/node#63785): `"ex\\u0070"` would not be `exp`.
 */
function parseEscaped(text: string): unknown {
  const names: string[] = [];
  let plain = '';
  let copied = 0;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== QUOTE) continue;
    const start = i;
    i = endOfString(text, start);
    if (!/^[ \t\n\r]*:/.test(text.slice(i + 1, nextNonSpace(text, i + 1) + 1))) continue;
    plain += `${text.slice(copied, start)}"n${names.length}"`;
    copied = i + 1;
    names.push(JSON.parse(text.slice(start, copied)));
  }
  return restoreNames(JSON.parse(plain + text.slice(copied)), names);
}

function nextNonSpace(text: string, at: number): number {
  let i = at;
  while (i < text.length && text.charCodeAt(i) <= 0x20) i++;
  return i;
}

function restoreNames(value: unknown, names: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => restoreNames(element, names));
  const object = {};
  for (const [key, member] of Object.entries(value)) {
    const name = names[Number(key.slice(1))] as string;
    // Assigning to __proto__ would set the prototype.
    const descriptor = {
      __proto__: null,
      value: restoreNames(member, names),
      enumerable: true,
      writable: true,
      configurable: true,
    };
    Object.defineProperty(object, name, descriptor);
  }
  return object;
}

/** Whether the value is a JSON object, as JOSE headers and claims sets are. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Returns a number that an object in valid JSON cannot exceed with its members: the colons that follow a
 * quote directly. Infinity if there may be others, with white space before the colon. A value that has as
 * many members has lost none; {@link countMembers} decides where strings contain `":`.
 */
function mostMembers(text: string): number {
  let count = 0;
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) {
    const before = text.charCodeAt(at - 1);
    if (before === QUOTE) count++;
    else if (before <= 0x20) return Number.POSITIVE_INFINITY;
  }
  return count;
}

/** Counts the members in a JSON text: its colons outside strings. */
function countMembers(text: string): number {
  let members = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfString(text, i);
    else if (code === COLON) members++;
  }
  return members;
}

/** Whether the text has enough characters and enough opening brackets for {@link isTooDeep}. */
function mayNestTooDeep(text: string): boolean {
  if (text.length <= 2 * MAX_DEPTH) return false;
  let brackets = 0;
  for (const bracket of '{[') {
    let at = text.indexOf(bracket);
    while (at !== -1 && brackets <= MAX_DEPTH) {
      brackets++;
      at = text.indexOf(bracket, at + 1);
    }
  }
  return brackets > MAX_DEPTH;
}

/** Whether brackets nest beyond {@link MAX_DEPTH}. This loop runs before anything recursive reads the text. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfString(text, i);
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > MAX_DEPTH) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
}

/** Returns the index of the quote that closes the string opened at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  // indexOf is many times faster than a loop.
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

/** Whether an odd number of backslashes precedes the index. */
function isEscaped(text: string, at: number): boolean {
  let i = at - 1;
  while (text.charCodeAt(i) === BACKSLASH) i--;
  return (at - 1 - i) % 2 === 1;
}

/**
 * Counts the members of a parsed value: fewer than in the text if one is duplicated. A `__proto__`
 * member stays, but not enumerable, so that `Object.assign({}, claims)` cannot set a prototype.
 */
function countOwnKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) count += countOwnKeys(value[i]);
    return count;
  }
  for (const key in value) {
    if (!hasOwn.call(value, key)) continue;
    count += 1 + countOwnKeys((value as Record<string, unknown>)[key]);
    if (key === '__proto__') Object.defineProperty(value, key, NOT_ENUMERABLE);
  }
  return count;
}

/** Freezes a parsed value and all values in it; its depth is bounded. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    // By index: the own names of 64 KB of `[],` take five times as long.
    for (let i = 0; i < value.length; i++) deepFreeze(value[i]);
  } else {
    // Not Object.keys: a __proto__ member is not enumerable.
    for (const key of Object.getOwnPropertyNames(value)) deepFreeze(Reflect.get(value, key));
  }
  return Object.freeze(value);
}
