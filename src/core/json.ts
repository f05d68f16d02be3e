/** Bytes to JSON values that have one reading only. */

import { isUtf8 } from 'node:buffer';

const MAX_DEPTH = 64;

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** The text of UTF-8 bytes; undefined for invalid UTF-8 or a byte order mark (RFC 8259 §8.1). */
export function decodeUtf8(bytes: Buffer): string | undefined {
  if (!isUtf8(bytes)) return undefined;
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return undefined;
  return bytes.toString('utf8');
}

/** Why there is no value: the text is not JSON, or it is JSON with a double member or too deep. */
export type JsonProblem = 'not JSON' | 'not safe';

/**
 * Parses JSON that is bounded in depth and has no member twice. Answers `{ value }` or `{ problem }`;
 * the parser's own SyntaxError stays here, because its message quotes the text.
 */
export function parseJson(text: string): { value: unknown } | { problem: JsonProblem } {
  const colons = countMembers(text);
  if (colons < 0) return { problem: 'not safe' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'not JSON' };
  }
  return countOwnKeys(value) === colons ? { value } : { problem: 'not safe' };
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
  let i = start + 1;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) break;
    if (code === BACKSLASH) i++;
  }
  return i;
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
    if (key === '__proto__') Object.defineProperty(value, key, { enumerable: false });
  }
  return count;
}
