/** Strict base64url: bytes to text, and text back to the only bytes it can stand for. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Sextet of each character code; 64 for what is not in the alphabet. */
const SEXTETS = new Uint8Array(128).fill(64);
for (let i = 0; i < ALPHABET.length; i++) SEXTETS[ALPHABET.charCodeAt(i)] = i;

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
 * Whether the text from `start` to `end` is the encoding of its own bytes. Node's decoder also takes
 * padding, `+/`, white space and loose trailing bits; a token that may be spelt twice is a token that
 * slips past a deny list.
 */
export function isBase64url(text: string, start = 0, end = text.length): boolean {
  let sextet = 0;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    // The table ends before the codes of what is not ASCII.
    sextet = code < 128 ? (SEXTETS[code] as number) : 64;
    if (sextet === 64) return false;
  }
  switch ((end - start) % 4) {
    case 0:
      return true;
    case 2:
      return (sextet & 0b1111) === 0;
    case 3:
      return (sextet & 0b11) === 0;
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
