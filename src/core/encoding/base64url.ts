/** Strict base64url: bytes to text, and text back to the only bytes it can stand for. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const LETTERS = /^[\w-]*$/;

/** Most payloads fit: coding in one buffer saves an allocation for each. */
export const scratch = Buffer.alloc(8192);

/** RFC 7515 §2: base64url without padding. Text is encoded as UTF-8. */
export function encodeBase64url(data: string | Uint8Array): string {
  if (typeof data !== 'string') return asBuffer(data).toString('base64url');
  // A UTF-16 unit takes three bytes of UTF-8 at most.
  if (data.length * 3 > scratch.length) return Buffer.from(data).toString('base64url');
  return scratch.toString('base64url', 0, scratch.write(data));
}

/**
 * Whether the text is the encoding of its own bytes. Node's decoder also takes padding, `+/`, white space
 * and loose trailing bits; a token that may be spelt twice is a token that slips past a deny list.
 */
export function isBase64url(text: string): boolean {
  if (!LETTERS.test(text)) return false;
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

/** The bytes of text for which {@link isBase64url} holds. */
export function decodeBase64url(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}

/** The same memory, seen as a Buffer. */
export function asBuffer(data: ArrayBufferView | ArrayBufferLike): Buffer {
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(data);
}
