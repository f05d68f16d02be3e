/** Encodes and decodes strict base64url, in which bytes have exactly one spelling. */

import { readBase64url, writeBase64url, writeUtf8 } from './direct-buffer.ts';

const ALPHABET_ONLY = /^[\w-]*$/;

/** Most payloads fit: coding in one shared buffer saves an allocation per token. */
export const scratch = Buffer.alloc(8192);

/** Encodes as base64url without padding (RFC 7515 §2), strings as UTF-8. */
export function encodeBase64url(data: string | Uint8Array): string {
  if (typeof data !== 'string') return asBuffer(data).toString('base64url');
  // A UTF-16 unit takes three bytes of UTF-8 at most.
  if (data.length * 3 > scratch.length) return Buffer.from(data).toString('base64url');
  return readBase64url(scratch, writeUtf8(scratch, data, 0));
}

/**
 * Whether the text is the encoding of its own bytes. Node.js also decodes padding, `+/`, white space and
 * loose trailing bits; a token with two spellings passes a deny list that has one of them.
 */
export function isBase64url(text: string): boolean {
  return ALPHABET_ONLY.test(text) && hasCanonicalEnd(text);
}

/** Whether the last character has no loose bits: the bits of 4 characters are those of 3 bytes. */
function hasCanonicalEnd(text: string): boolean {
  const rest = text.length % 4;
  return rest === 0 || (ENDS[rest] as string).includes(text.charAt(text.length - 1));
}

/** The last characters that are allowed, by the number of characters after whole groups of four. */
const ENDS = ['', '', 'AQgw', 'AEIMQUYcgkosw048'];

/** Decodes text for which {@link isBase64url} is true. */
export function decodeBase64url(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}

/**
 * Decodes ASCII into `target`, and returns the number of bytes; -1 unless {@link isBase64url} is true.
 * It counts instead of looking at each character: Node.js skips or ends at characters that it does not
 * know, except `+` and `/`, so that each of them makes the result shorter.
 */
export function decodeInto(target: Buffer, text: string): number {
  const length = writeBase64url(target, text);
  const isWhole = length === Math.floor((text.length * 3) / 4) && hasCanonicalEnd(text);
  return isWhole && !text.includes('+') && !text.includes('/') ? length : -1;
}

/** Returns a Buffer over the same memory. */
export function asBuffer(data: ArrayBufferView | ArrayBufferLike): Buffer {
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(data);
}
