/** HMAC, RFC 2104, from one-shot hashes if the runtime has them. */

import * as crypto from 'node:crypto';

/** A secret bound to its hash. Input is an ASCII string, a MAC a base64url string. */
export interface Hmac {
  mac(input: string): string;
  matches(input: string, mac: string): boolean;
}

/** Longest signing input for the prepared buffer. Longer input goes to createHmac. */
const MAX_BUFFERED_BYTES = 2048;

const { hash, timingSafeEqual } = crypto;

const IPAD = 0x36;
const OPAD = 0x5c;

/** One-shot hash: Node.js 20.12. Bun gains little from it, Deno nothing. */
export const hasFastHash = 'hash' in crypto && !process.versions.bun && !process.versions.deno;

export function bindHmac(bits: number, secret: crypto.KeyObject): Hmac {
  const name = `sha${bits}`;
  const bytes = hasFastHash ? secretBytes(secret) : undefined;
  const mac = bytes ? oneShotMac(name, bits, bytes) : streamMac(name, secret);
  return { mac, matches: compareWith(mac, Math.ceil(bits / 6)) };
}

/** Returns the bytes of a secret. Undefined if it is not extractable, which only workerd enforces. */
export function secretBytes(secret: crypto.KeyObject): Buffer | undefined {
  try {
    return secret.export();
  } catch {
    return undefined;
  }
}

/** Returns the MAC function of `createHmac`. */
export function streamMac(name: string, secret: crypto.KeyObject | Buffer): Hmac['mac'] {
  return (input) => crypto.createHmac(name, secret).update(input, 'latin1').digest('base64url');
}

/**
 * Returns the same function from two one-shot hashes over buffers that hold the padded key: H(K ⊕ opad ‖
 * H(K ⊕ ipad ‖ input)). createHmac creates a stream for every call.
 */
export function oneShotMac(name: string, bits: number, secret: Buffer): Hmac['mac'] {
  const block = bits === 256 ? 64 : 128;
  const key = secret.length > block ? crypto.createHash(name).update(secret).digest() : secret;
  const inner = Buffer.alloc(block + MAX_BUFFERED_BYTES, 0);
  const outer = Buffer.alloc(block + bits / 8, 0);
  for (let i = 0; i < block; i++) {
    inner[i] = (key[i] ?? 0) ^ IPAD;
    outer[i] = (key[i] ?? 0) ^ OPAD;
  }
  const longMac = streamMac(name, secret);

  return (input) => {
    if (input.length > MAX_BUFFERED_BYTES) return longMac(input);
    const end = block + inner.write(input, block, 'latin1');
    // As a latin1 string the inner digest costs less than as a Buffer.
    outer.write(hash(name, inner.subarray(0, end), 'binary'), block, 'latin1');
    return hash(name, outer, 'base64url');
  };
}

/** Compares in constant time over equal lengths; the length of a MAC is public. */
function compareWith(mac: Hmac['mac'], length: number): Hmac['matches'] {
  const expected = Buffer.alloc(length);
  const actual = Buffer.alloc(length);
  return (input, given) => {
    if (given.length !== length) return false;
    expected.write(mac(input), 0, 'latin1');
    actual.write(given, 0, 'latin1');
    return timingSafeEqual(expected, actual);
  };
}
