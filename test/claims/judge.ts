/** Claims under rules, through both doors at the same moment. */

import { createVerifier, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { NOW, tokenOf } from '../fixtures/tokens.ts';

type Judge = (claims: unknown, rules?: object, now?: number) => unknown;

/** `claims` is an object or the raw text of one; `now` in seconds. */
export const classic: Judge = (claims, rules = {}, now = NOW) =>
  verify(tokenOf(claims), secret, { ...rules, clockTimestamp: now });

export const prepared: Judge = (claims, rules = {}, now = NOW) =>
  createVerifier(secret, { ...rules, clock: () => now * 1000 })(tokenOf(claims));

export const doors: Array<[name: string, judge: Judge]> = [
  ['verify', classic],
  ['a prepared verifier', prepared],
];
