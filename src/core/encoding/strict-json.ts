/** Bytes to JSON values that have one reading only. */

import { isUtf8 } from 'node:buffer';
import { decodeBase64url, scratch } from './base64url.ts';

const MAX_DEPTH = 64;

/** Without a prototype, from which it could inherit a getter. */
const HIDDEN: PropertyDescriptor = Object.assign(Object.create(null), { enumerable: false });

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** What {@link decodeText} answers for text that is not the base64url encoding of its own bytes. */
export const NOT_CANONICAL = Symbol('not canonical');

/** The text of bytes in base64url; undefined for invalid UTF-8 or a byte order mark (RFC 8259 §8.1). */
export function decodeText(segment: string): string | undefined | typeof NOT_CANONICAL {
  const fits = segment.length <= scratch.length;
  const bytes = fits ? scratch : decodeBase64url(segment);
  const length = fits ? scratch.write(segment, 'base64url') : bytes.length;
  // The round trip judges alphabet and canonical ends natively; a loop costs a fifth of a call at 1 KB.
  if (bytes.toString('base64url', 0, length) !== segment) return NOT_CANONICAL;
  const text = bytes.toString('utf8', 0, length);
  // What is not UTF-8 becomes U+FFFD, which may also have been meant.
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(0, length))) return undefined;
  return text.charCodeAt(0) === 0xfeff ? undefined : text;
}

/** What {@link parseJson} answers for text that is not JSON; no JSON value is a symbol. */
export const NOT_JSON = Symbol('not JSON');

/** What it answers for JSON in which a member stands twice, or that nests too deep. */
export const NOT_SAFE = Symbol('not safe');

/**
 * Parses JSON that is bounded in depth and has no member twice, or says by one of the symbols why not:
 * the parser's own SyntaxError stays here, because its message quotes the text.
 */
export function parseJson(text: string): unknown {
  const members = countMembers(text);
  if (members < 0) return NOT_SAFE;
  let value: unknown;
  try {
    value = text.includes('\\') ? parseEscaped(text) : JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
  return countOwnKeys(value) === members ? value : NOT_SAFE;
}

/**
 * V8 from 12.8 on reads an escaped name as another, once it has read a name that ends in a backslash
 * at that place (nodejs/node#63785): `"ex\\u0070"` would not be `exp`. So names are parsed apart.
 */
function parseEscaped(text: string): unknown {
  const names: string[] = [];
  let plain = '';
  let done = 0;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== QUOTE) continue;
    const start = i;
    i = endOfString(text, start);
    if (!/^[ \t\n\r]*:/.test(text.slice(i + 1, nextNonSpace(text, i + 1) + 1))) continue;
    plain += `${text.slice(done, start)}"n${names.length}"`;
    done = i + 1;
    names.push(JSON.parse(text.slice(start, done)));
  }
  return rename(JSON.parse(plain + text.slice(done)), names);
}

function nextNonSpace(text: string, at: number): number {
  let i = at;
  while (i < text.length && text.charCodeAt(i) <= 0x20) i++;
  return i;
}

function rename(value: unknown, names: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => rename(element, names));
  const named = {};
  for (const [key, member] of Object.entries(value)) {
    const name = names[Number(key.slice(1))] as string;
    // Defined, because assigning to __proto__ would set the prototype.
    const descriptor = {
      __proto__: null,
      value: rename(member, names),
      enumerable: true,
      writable: true,
      configurable: true,
    };
    Object.defineProperty(named, name, descriptor);
  }
  return named;
}

/** A JSON object, not an array: what a JOSE header and a claims set are. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The members a JSON text spells out: its colons outside strings. -1 where brackets nest beyond the
 * bound, which is judged here, in a loop, before anything recursive sees the text.
 */
function countMembers(text: string): number {
  let members = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i);
        break;
      case COLON:
        members++;
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > MAX_DEPTH) return -1;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
    }
  }
  return members;
}

/** Index of the quote that closes the string opened at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  // The engine looks for a quote many times faster than a loop does.
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

/** Whether an odd number of backslashes stands before. */
function isEscaped(text: string, at: number): boolean {
  let i = at - 1;
  while (text.charCodeAt(i) === BACKSLASH) i--;
  return (at - 1 - i) % 2 === 1;
}

/**
 * The members a parsed value kept: fewer than were spelt where one stood twice. A `__proto__` member
 * keeps its place but is hidden from enumeration, so that `Object.assign({}, claims)` and its like
 * cannot carry it into a prototype.
 */
function countOwnKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const element of value) count += countOwnKeys(element);
    return count;
  }
  for (const key of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[key];
    count += 1 + countOwnKeys(member);
    if (key === '__proto__') Object.defineProperty(value, key, HIDDEN);
  }
  return count;
}

/** Freezes a parsed value all the way down; its depth is bounded. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    // Own keys, because a __proto__ member is hidden from enumeration.
    for (const key of Reflect.ownKeys(value)) deepFreeze(Reflect.get(value, key));
    Object.freeze(value);
  }
  return value;
}
