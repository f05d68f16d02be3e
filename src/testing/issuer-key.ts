/** Lets the attack kit sign with the key of a test issuer, which is in no public member. */

import type { Jwk } from '../core/keys/key-input.ts';

/** What a genuine token of an issuer is made of. */
export interface SigningKey {
  /** The private key. */
  readonly key: Jwk;
  readonly algorithm: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly header: Readonly<Record<string, unknown>>;
}

const signingKeys = new WeakMap<object, () => SigningKey>();

/** Stores the function that returns the current key. */
export function rememberSigningKey(issuer: object, current: () => SigningKey): void {
  signingKeys.set(issuer, current);
}

/** Returns the current key of a test issuer; `undefined` for other objects. */
export function signingKeyOf(issuer: object): SigningKey | undefined {
  return signingKeys.get(issuer)?.();
}
