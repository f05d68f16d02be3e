/** What the runtimes beside Node.js do differently. */

import {
  generateKeyPairSync,
  type KeyObject,
  type SigningOptions,
  sign as signBytes,
} from 'node:crypto';

/** The name and version of this runtime, for messages. */
export function runtimeName(): string {
  const { bun, deno, node } = process.versions;
  return bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node.js ${node}`;
}

/**
 * Whether a request may await a promise that another one made. In workerd it may not: there a promise that
 * waits for the network belongs to the request that made it, and may never settle for others.
 */
export function sharesPromises(): boolean {
  const navigator: unknown = Reflect.get(globalThis, 'navigator');
  return (navigator as { userAgent?: string } | undefined)?.userAgent !== 'Cloudflare-Workers';
}

/** A key with the options of a signature, for `crypto.sign` and `crypto.verify`. */
type WithOptions = (key: KeyObject, options: SigningOptions) => KeyObject;

/**
 * As members of a copy of the key. Node.js 24 takes 30 to 40 µs longer for a key that stands among its
 * options. Every option that is read is an own member, so that Object.prototype adds none.
 */
const onCopy: WithOptions = (key, options) => {
  const none = { padding: undefined, saltLength: undefined, dsaEncoding: undefined };
  return Object.assign(structuredClone(key), none, { context: undefined }, options);
};

/** Among its options, without a prototype: in Bun and Deno, whose keys cannot be copied. */
const amongOptions: WithOptions = (key, options) => {
  return Object.assign(Object.create(null), options, { key });
};

/** Inherited by its options: in workerd, which takes nothing else, and ignores a padding among them. */
const asPrototype: WithOptions = (key, options) => Object.assign(Object.create(key), options);

let known: WithOptions | undefined;

/** The first way in which the runtime heeds an option. */
function waysOfRuntime(): WithOptions {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ways = [onCopy, amongOptions].filter((way) => {
    try {
      const key = way(privateKey, { dsaEncoding: 'ieee-p1363' });
      return signBytes('sha256', Buffer.alloc(0), key).length === 64;
    } catch {
      return false;
    }
  });
  return ways[0] ?? asPrototype;
}

export const withOptions: WithOptions = (key, options) => {
  known ??= waysOfRuntime();
  return known(key, options);
};

/** Whether the padding of RSA can be chosen. */
export function heedsPadding(): boolean {
  known ??= waysOfRuntime();
  return known !== asPrototype;
}

const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** Of s and n − s, which are both good, the lower one: Deno takes no other for secp256k1. */
export function withLowS(signature: Buffer): Buffer {
  const s = BigInt(`0x${signature.toString('hex', 32)}`);
  if (s <= SECP256K1_ORDER / 2n || s >= SECP256K1_ORDER) return signature;
  const low = (SECP256K1_ORDER - s).toString(16).padStart(64, '0');
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(low, 'hex')]);
}
