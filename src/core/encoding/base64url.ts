/** Encodes and decodes strict base64url, in which bytes have exactly one spelling. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const ALPHABET_ONLY = /^[\w-]*$/;

/** Most payloads fit: coding in one shared buffer saves an allocation per token. */
export const scratch = Buffer.alloc(8192);

/** Encodes as base64url without padding (RFC 7515 §2), strings as UTF-8. */
export function encodeBase64url(data: string | Uint8Array): string {
  if (typeof data !== 'string') return asBuffer(data).toString('base64url');
  // A UTF-16 unit takes three bytes of UTF-8 at most.
  if (data.length * 3 > scratch.length) return Buffer.from(data).toString('base64url');
  return scratch.toString('base64url', 0, scratch.write(data));
}

/**
 * Whether the text is the encoding of its own bytes. Node.js also decodes padding, `+/`, white space and
 * loose trailing bits; a token with two spellings passes a deny list that has one of them.
 */
export function isBase64url(text: string): boolean {
  if (!ALPHABET_ONLY.test(text)) return false;
  const last = ALPHABET.indexOf(text.charAt(text.length - 1));
  switch (text.length % 4) {
    case 0:
      return true;
    case 2:
      return (last & 0b1111) === 0;
    case 3:
      return (last & 0b11) === 0;
    default:
      return false;
  }
}

/** Decodes text for which {@link isBase64url} is true. */
export function decodeBase64url(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}

/** Returns a Buffer over the same memory. */
export function asBuffer(data: ArrayBufferView | ArrayBufferLike): Buffer {
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(data);
}
