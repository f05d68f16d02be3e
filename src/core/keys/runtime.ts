/** Differences between Node.js, Bun, Deno and workerd. */

import {
  createPrivateKey,
  type KeyObject,
  type SigningOptions,
  sign as signBytes,
} from 'node:crypto';

/** Returns the name and version of this runtime, for messages. */
export function runtimeName(): string {
  const { bun, deno, node } = process.versions;
  return bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node.js ${node}`;
}

/**
 * Whether a request may await a promise that another request created. In workerd it may not: a promise that
 * waits for the network belongs to one request, and may never settle for others.
 */
export function sharesPromises(): boolean {
  const navigator: unknown = Reflect.get(globalThis, 'navigator');
  return (navigator as { userAgent?: string } | undefined)?.userAgent !== 'Cloudflare-Workers';
}

/** Combines a key with the options of a signature, for `crypto.sign` and `crypto.verify`. */
type AttachOptions = (key: KeyObject, options: SigningOptions) => KeyObject;

/**
 * Assigns them to a copy of the key. Node.js 24 takes 30 to 40 µs longer for a key that is a member of its
 * options. Every option that Node reads is an own member, so that Object.prototype adds none.
 */
const assignToCopy: AttachOptions = (key, options) => {
  const unset = { padding: undefined, saltLength: undefined, dsaEncoding: undefined };
  return Object.assign(structuredClone(key), unset, { context: undefined }, options);
};

/** Makes the key a member of its options: for Bun and Deno, whose keys cannot be copied. */
const wrapKey: AttachOptions = (key, options) => {
  return Object.assign(Object.create(null), options, { key });
};

/** Lets the options inherit from the key: for workerd, which takes nothing else and ignores a padding. */
const inheritKey: AttachOptions = (key, options) => Object.assign(Object.create(key), options);

let attachOptions: AttachOptions | undefined;

/**
 * The published key of RFC 7515 A.3. Node.js returns no KeyObject from key generation if Object.prototype has a
 * `kty`: the probe would fail, and its result stay.
 */
const PROBE_KEY = {
  __proto__: null,
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
};

/** Returns the first form in which the runtime applies an option. */
function probeOptions(): AttachOptions {
  const input = Object.assign(Object.create(null), { key: PROBE_KEY, format: 'jwk' });
  const privateKey = createPrivateKey(input);
  const supported = [assignToCopy, wrapKey].find((attach) => {
    try {
      const key = attach(privateKey, { dsaEncoding: 'ieee-p1363' });
      return signBytes('sha256', Buffer.alloc(0), key).length === 64;
    } catch {
      return false;
    }
  });
  return supported ?? inheritKey;
}

export const withOptions: AttachOptions = (key, options) => {
  attachOptions ??= probeOptions();
  return attachOptions(key, options);
};

/** Whether the runtime applies a padding of RSA. */
export function supportsPadding(): boolean {
  attachOptions ??= probeOptions();
  return attachOptions !== inheritKey;
}

const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** Replaces s by the lower of s and n − s, both valid: Deno takes no other for secp256k1. */
export function withLowS(signature: Buffer): Buffer {
  const s = BigInt(`0x${signature.toString('hex', 32)}`);
  if (s <= SECP256K1_ORDER / 2n || s >= SECP256K1_ORDER) return signature;
  const low = (SECP256K1_ORDER - s).toString(16).padStart(64, '0');
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(low, 'hex')]);
}
