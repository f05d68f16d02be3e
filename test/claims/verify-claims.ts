/** Both APIs behind one signature that verifies claims at a fixed time. */

import { createVerifier, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { NOW, tokenOf } from '../fixtures/tokens.ts';

/** `claims` is an object, or JSON that is signed as it is; `now` is in seconds. */
type VerifyClaims = (claims: unknown, options?: object, now?: number) => unknown;

export const classic: VerifyClaims = (claims, options = {}, now = NOW) =>
  verify(tokenOf(claims), secret, { ...options, clockTimestamp: now });

export const prepared: VerifyClaims = (claims, options = {}, now = NOW) =>
  createVerifier(secret, { ...options, clock: () => now * 1000 })(tokenOf(claims));

export const claimApis: Array<[name: string, verifyClaims: VerifyClaims]> = [
  ['verify', classic],
  ['createVerifier', prepared],
];
