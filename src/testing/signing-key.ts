/** Remembers with which key a test issuer signs, so that an attack can forge its tokens. */

import type { Algorithm } from '../core/keys/algorithms.ts';
import type { KeyInput } from '../core/keys/key-input.ts';

/** What a test issuer signs with. Members may be getters: they are read when an attack begins. */
export interface SigningKey {
  readonly key: KeyInput;
  readonly algorithm: Algorithm;
  /** The claims of a genuine token. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** More header parameters, such as `kid`. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** The time of the issuer in milliseconds. Default `Date.now`. */
  readonly clock?: () => number;
}

// Not a member of the issuer: a logged issuer must not show a private key.
const signingKeys = new WeakMap<object, SigningKey>();

/** Stores what an issuer signs with. */
export function rememberSigningKey(issuer: object, signingKey: SigningKey): void {
  signingKeys.set(issuer, signingKey);
}

/** Returns what an issuer signs with, or undefined for another object. */
export function signingKeyOf(issuer: object): SigningKey | undefined {
  return signingKeys.get(issuer);
}
