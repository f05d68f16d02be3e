/** HMAC, RFC 2104, from one-shot hashes if the runtime has them. */

import * as crypto from 'node:crypto';
import { writeLatin1 } from '../encoding/direct-buffer.ts';
import {
  bytesOf,
  clearFront,
  putInFront,
  type SignedText,
  TEXT_START,
  viewOf,
} from '../encoding/token-bytes.ts';

/** A secret bound to its hash. Input is an ASCII string, a MAC a base64url string. */
export interface Hmac {
  mac(input: string): string;
  /** Whether the text ends with a dot and the MAC of its first `end` characters. */
  matches(signed: SignedText): boolean;
}

const { hash, timingSafeEqual } = crypto;

const IPAD = 0x36;
const OPAD = 0x5c;

/** One-shot hash: Node.js 20.12. Bun gains little from it, Deno nothing. */
export const hasFastHash = 'hash' in crypto && !process.versions.bun && !process.versions.deno;

export function bindHmac(bits: number, secret: crypto.KeyObject): Hmac {
  const bytes = hasFastHash ? secretBytes(secret) : undefined;
  return bytes ? oneShotHmac(bits, bytes) : streamHmac(bits, secret);
}

/** Returns the bytes of a secret. Undefined if it is not extractable, which only workerd enforces. */
export function secretBytes(secret: crypto.KeyObject): Buffer | undefined {
  try {
    return secret.export();
  } catch {
    return undefined;
  }
}

/** HMAC by `createHmac`. */
export function streamHmac(bits: number, secret: crypto.KeyObject | Buffer): Hmac {
  const mac = (input: string) => {
    return crypto.createHmac(`sha${bits}`, secret).update(input).digest('base64url');
  };
  return {
    mac,
    matches({ text, end }) {
      const expected = Buffer.from(mac(text.slice(0, end)));
      const given = Buffer.from(text.slice(end + 1));
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}

/**
 * The same from two one-shot hashes over memory that holds the padded key: H(K ⊕ opad ‖ H(K ⊕ ipad ‖
 * input)). createHmac creates a stream for every call.
 */
export function oneShotHmac(bits: number, secret: Buffer): Hmac {
  const name = `sha${bits}`;
  const block = bits === 256 ? 64 : 128;
  const key = secret.length > block ? crypto.createHash(name).update(secret).digest() : secret;
  const inner = Buffer.alloc(block, 0);
  const outer = Buffer.alloc(block + bits / 8, 0);
  for (let i = 0; i < block; i++) {
    inner[i] = (key[i] ?? 0) ^ IPAD;
    outer[i] = (key[i] ?? 0) ^ OPAD;
  }
  const length = Math.ceil(bits / 6);
  const expected = Buffer.alloc(length);

  const macOf = (bytes: Buffer, end: number): string => {
    putInFront(inner);
    const input = viewOf(bytes, TEXT_START - block, TEXT_START + end);
    // As a latin1 string the inner digest costs less than as a Buffer.
    writeLatin1(outer, hash(name, input, 'binary'), block);
    clearFront();
    return hash(name, outer, 'base64url');
  };

  return {
    mac: (input) => macOf(bytesOf({ text: input, end: input.length }), input.length),
    matches(signed) {
      const { text, end } = signed;
      // The length of a MAC is public.
      if (text.length - end - 1 !== length) return false;
      const bytes = bytesOf(signed);
      writeLatin1(expected, macOf(bytes, end), 0);
      const start = TEXT_START + end + 1;
      return timingSafeEqual(expected, viewOf(bytes, start, start + length));
    },
  };
}
