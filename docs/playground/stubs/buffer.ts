/** What the engine uses of `node:buffer`, on Uint8Array. */

type Encoding = 'utf8' | 'latin1' | 'base64' | 'base64url' | 'hex';

const encoder = new TextEncoder();
// A byte order mark stays, as in Node.js: the engine rejects it.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const strictDecoder = new TextDecoder('utf-8', { fatal: true });

class PageBuffer extends Uint8Array {
  /** Writes UTF-8 from an offset, or base64url from the start. Returns the number of bytes. */
  write(text: string, at: number | Encoding = 0): number {
    if (typeof at === 'number') return encoder.encodeInto(text, this.subarray(at)).written;
    const bytes = bytesOf(text, at).subarray(0, this.length);
    this.set(bytes);
    return bytes.length;
  }

  override toString(encoding: Encoding = 'utf8', start = 0, end = this.length): string {
    const bytes = this.subarray(start, end);
    if (encoding === 'utf8') return decoder.decode(bytes);
    if (encoding === 'hex') {
      return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    }
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    if (encoding === 'latin1') return text;
    const base64 = btoa(text);
    if (encoding === 'base64') return base64;
    return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  }

  readUIntBE(at: number, length: number): number {
    return this.subarray(at, at + length).reduce((value, byte) => value * 256 + byte, 0);
  }
}

/** Node.js decodes what it can of base64. Here other text has no bytes, which the engine rejects as well. */
function bytesOf(text: string, encoding: Encoding): Uint8Array {
  if (encoding === 'utf8') return encoder.encode(text);
  if (encoding === 'hex') {
    return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  }
  let binary = text;
  if (encoding !== 'latin1') {
    const [, letters] = /^([\w+/-]*)={0,2}$/.exec(text) ?? ['', ''];
    const whole = letters?.length % 4 === 1 ? letters.slice(0, -1) : letters;
    binary = atob(whole.replaceAll('-', '+').replaceAll('_', '/'));
  }
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

interface BufferStub {
  readonly prototype: PageBuffer;
  alloc(length: number): PageBuffer;
  concat(parts: readonly Uint8Array[]): PageBuffer;
  from(data: string | ArrayBuffer | ArrayLike<number>, encoding?: Encoding): PageBuffer;
}

export const Buffer: BufferStub = Object.assign(PageBuffer, {
  alloc: (length: number) => new PageBuffer(length),
  concat: (parts: readonly Uint8Array[]) => new PageBuffer(parts.flatMap((part) => [...part])),
  from(data: string | ArrayBuffer | ArrayLike<number>, encoding: Encoding = 'utf8') {
    return new PageBuffer(typeof data === 'string' ? bytesOf(data, encoding) : data);
  },
} as never);

export function isUtf8(bytes: Uint8Array): boolean {
  try {
    strictDecoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
