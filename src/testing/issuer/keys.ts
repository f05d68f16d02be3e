/** Creates and rotates the keys of a test issuer. */

import type { Jwk } from '../../core/keys/key-input.ts';
import { generateKey, type KeyAlgorithm } from '../../jwk/generate.ts';
import { createKeyRing, type KeyRing } from '../../jwk/ring/key-ring.ts';

/** A private key with the names that its tokens have. */
export type PrivateJwk = Jwk & { readonly kid: string; readonly alg: string };

/** The keys of a test issuer: a ring for the public ones, and the private one that signs. */
export interface IssuerKeys {
  readonly ring: KeyRing;
  /** Returns the key that signs. */
  readonly current: () => PrivateJwk;
  /** Signs with a new key from now on. Resolves to its `kid`. */
  readonly rotate: (keepOld: boolean) => Promise<string>;
}

/** Creates the first key. `lifetime` is that of a token, in seconds; `clock` returns milliseconds. */
export async function createIssuerKeys(
  algorithm: KeyAlgorithm,
  lifetime: number,
  clock: () => number,
): Promise<IssuerKeys> {
  let current = await generateTestKey(algorithm);
  const ring = createKeyRing([{ key: current }], { expiresIn: lifetime, clock });
  return {
    ring,
    current: () => current,
    async rotate(keepOld) {
      const next = await generateTestKey(algorithm);
      ring.publish({ key: next });
      ring.activate(next.kid);
      const others = ring.status().filter(({ kid }) => kid !== next.kid);
      if (!keepOld) for (const { kid } of others) ring.revoke(kid);
      current = next;
      return next.kid;
    },
  };
}

/** One for each algorithm in the process, because an RSA key takes a tenth of a second. */
const strangers = new Map<KeyAlgorithm, Promise<PrivateJwk>>();

/** Returns a key that no test issuer publishes. */
export function strangerKey(algorithm: KeyAlgorithm): Promise<PrivateJwk> {
  const key = strangers.get(algorithm) ?? generateTestKey(algorithm);
  strangers.set(algorithm, key);
  return key;
}

/** The smallest RSA key that verifiers accept: a larger one takes several times as long. */
function generateTestKey(algorithm: KeyAlgorithm): Promise<PrivateJwk> {
  return generateKey(algorithm, { modulusLength: 2048 });
}
