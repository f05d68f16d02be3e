/** Header and key set to the keys that may have signed the token. */

import type { KeyIndex, SetKey } from './jwk-set.ts';

/** More keys than this are not tried for one token: each costs a signature check. */
export const MAX_CANDIDATES = 16;

/** What a header says of its key. */
export interface KeyHint {
  readonly alg: string;
  readonly kid?: string | undefined;
}

/**
 * The keys that fit the header, in the order of the set. With a `kid` these are the keys of that name
 * which may be used with `alg`; without, all which may, up to a bound. A key without a `kid` is not
 * found by one.
 */
export function selectKeys(header: KeyHint, { byKid, byAlgorithm }: KeyIndex): readonly SetKey[] {
  // Own members: a polluted prototype names no key.
  const alg = Object.hasOwn(header, 'alg') ? header.alg : '';
  const kid = Object.hasOwn(header, 'kid') ? header.kid : undefined;
  const keys =
    kid === undefined
      ? byAlgorithm.get(alg)
      : byKid.get(kid)?.filter(({ algorithms }) => algorithms.some((name) => name === alg));
  return keys?.slice(0, MAX_CANDIDATES) ?? [];
}
