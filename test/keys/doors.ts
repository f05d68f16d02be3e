/** The classic and the prepared entrance under one shape, so that a rule is tested at both. */

import {
  type Algorithm,
  createSigner,
  createVerifier,
  type KeyInput,
  sign,
  verify,
} from '../../src/index.ts';

export interface Door {
  name: string;
  /** What its messages call the key. */
  signingName: string;
  verifyingName: string;
  /** Without an algorithm the entrance chooses its own default. */
  sign(key: unknown, algorithm?: Algorithm, options?: Sizes): string;
  verify(token: string, key: unknown, algorithm?: Algorithm, options?: Sizes): unknown;
}

export interface Sizes {
  allowInsecureKeySizes?: boolean;
}

export const claims = { sub: 'ada' };

export const classic: Door = {
  name: 'classic',
  signingName: 'secretOrPrivateKey',
  verifyingName: 'secretOrPublicKey',
  sign: (key, algorithm, options) =>
    sign(claims, key as KeyInput, { ...(algorithm && { algorithm }), ...options }),
  verify: (token, key, algorithm, options) =>
    verify(token, key as KeyInput, { ...(algorithm && { algorithms: [algorithm] }), ...options }),
};

export const prepared: Door = {
  name: 'prepared',
  signingName: 'key',
  verifyingName: 'key',
  sign: (key, algorithm, options) =>
    createSigner(key as KeyInput, { ...(algorithm && { algorithm }), ...options })(claims),
  verify: (token, key, algorithm, options) =>
    createVerifier(key as KeyInput, {
      ...(algorithm && { algorithms: [algorithm] }),
      ...options,
    })(token),
};

export const doors: readonly Door[] = [classic, prepared];

/** What a call throws. */
export function thrownBy(call: () => unknown): Error & { code?: string } {
  let outcome: unknown;
  try {
    outcome = call();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error(`nothing was thrown; the call answered with a ${typeof outcome}`);
}
