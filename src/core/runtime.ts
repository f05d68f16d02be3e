/** What the runtimes beside Node.js do differently. */

import crypto from 'node:crypto';

/** The name and version of this runtime, for messages. */
export function runtimeName(): string {
  const { bun, deno, node } = process.versions;
  return bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node.js ${node}`;
}

let holding: boolean | undefined;

/**
 * Whether a KeyObject may stand among the options of a signature. In workerd it may not: there they are
 * read from the KeyObject itself, and the padding among them is ignored.
 */
export function optionsHoldKeys(): boolean {
  if (holding === undefined) {
    const { privateKey: key } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
    try {
      crypto.sign('sha256', Buffer.alloc(0), { key });
      holding = true;
    } catch {
      holding = false;
    }
  }
  return holding;
}

const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** Of s and n − s, which are both good, the lower one: Deno takes no other for secp256k1. */
export function withLowS(signature: Buffer): Buffer {
  const s = BigInt(`0x${signature.toString('hex', 32)}`);
  if (s <= SECP256K1_ORDER / 2n || s >= SECP256K1_ORDER) return signature;
  const low = (SECP256K1_ORDER - s).toString(16).padStart(64, '0');
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(low, 'hex')]);
}
