/** HMAC, RFC 2104, from one-shot hashes where the runtime has them. */

import * as crypto from 'node:crypto';

/** A secret bound to its hash. Input is ASCII text, a MAC is base64url text. */
export interface Hmac {
  mac(input: string): string;
  matches(input: string, mac: string): boolean;
}

/** Bytes of signing input that the prepared buffer has room for; longer input goes to createHmac. */
const ROOM = 2048;

const { hash, timingSafeEqual } = crypto;

const IPAD = 0x36;
const OPAD = 0x5c;

/** One-shot hash: Node.js 20.12. Bun gains little by it and Deno nothing. */
export const hasFastHash = 'hash' in crypto && !process.versions.bun && !process.versions.deno;

export function bindHmac(bits: number, secret: crypto.KeyObject): Hmac {
  const name = `sha${bits}`;
  const bytes = hasFastHash ? secretBytes(secret) : undefined;
  const mac = bytes ? oneShotMac(name, bits, bytes) : streamMac(name, secret);
  return { mac, matches: comparison(mac, Math.ceil(bits / 6)) };
}

/** Undefined for a CryptoKey that is not extractable, in a runtime that holds to that: workerd does. */
export function secretBytes(secret: crypto.KeyObject): Buffer | undefined {
  try {
    return secret.export();
  } catch {
    return undefined;
  }
}

/** Node's own HMAC. */
export function streamMac(name: string, secret: crypto.KeyObject | Buffer): Hmac['mac'] {
  return (input) => crypto.createHmac(name, secret).update(input, 'latin1').digest('base64url');
}

/**
 * The same MAC from two one-shot hashes over buffers that already hold the padded key: H(K ⊕ opad ‖
 * H(K ⊕ ipad ‖ input)). createHmac builds a stream for every call.
 */
export function oneShotMac(name: string, bits: number, secret: Buffer): Hmac['mac'] {
  const block = bits === 256 ? 64 : 128;
  const key = secret.length > block ? crypto.createHash(name).update(secret).digest() : secret;
  const inner = Buffer.alloc(block + ROOM, 0);
  const outer = Buffer.alloc(block + bits / 8, 0);
  for (let i = 0; i < block; i++) {
    inner[i] = (key[i] ?? 0) ^ IPAD;
    outer[i] = (key[i] ?? 0) ^ OPAD;
  }
  const longMac = streamMac(name, secret);

  return (input) => {
    if (input.length > ROOM) return longMac(input);
    const end = block + inner.write(input, block, 'latin1');
    // As latin1 text the inner digest costs less than as a Buffer.
    outer.write(hash(name, inner.subarray(0, end), 'binary'), block, 'latin1');
    return hash(name, outer, 'base64url');
  };
}

/** Compares in constant time over equal lengths; the length of a MAC is public. */
function comparison(mac: Hmac['mac'], length: number): Hmac['matches'] {
  const expected = Buffer.alloc(length);
  const actual = Buffer.alloc(length);
  return (input, given) => {
    if (given.length !== length) return false;
    expected.write(mac(input), 0, 'latin1');
    actual.write(given, 0, 'latin1');
    return timingSafeEqual(expected, actual);
  };
}
