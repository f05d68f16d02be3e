/** Selects the keys of a set that may have signed a token. */

import { type KeyIndex, type KeySet, type SetKey, skippedReasons } from './jwk-set.ts';

/** Most keys per token: each costs a signature check. */
export const MAX_CANDIDATES = 16;

/** Header parameters that select a key. */
export interface KeyHint {
  readonly alg: string;
  readonly kid?: string | undefined;
}

/**
 * Returns the keys that fit the header, in the order of the set, at most {@link MAX_CANDIDATES}. A `kid`
 * in the header selects only keys with that `kid`.
 */
export function selectKeys(header: KeyHint, { byKid, byAlgorithm }: KeyIndex): readonly SetKey[] {
  // Own members: a polluted prototype selects no key.
  const alg = Object.hasOwn(header, 'alg') ? header.alg : '';
  const kid = Object.hasOwn(header, 'kid') ? header.kid : undefined;
  const keys =
    kid === undefined
      ? byAlgorithm.get(alg)
      : byKid.get(kid)?.filter(({ algorithms }) => algorithms.some((name) => name === alg));
  return keys?.slice(0, MAX_CANDIDATES) ?? [];
}

/** Says why {@link selectKeys} selects nothing. */
export function whyNoKey(header: KeyHint, { byKid, skipped }: KeySet): string {
  const kid = Object.hasOwn(header, 'kid') ? header.kid : undefined;
  if (kid === undefined) {
    const hint = skipped.length > 0 ? `; skipped keys:${skippedReasons(skipped)}` : '';
    return `no key of the set fits the "alg" of the token${hint}`;
  }
  const skippedKey = skipped.find((key) => key.kid === kid);
  if (skippedKey) return `that key of the set is skipped: ${skippedKey.reason}`;
  if (!byKid.has(kid)) return 'the set has no such key';
  return 'that key of the set does not fit the "alg" of the token: see its "kty", "alg" and "use"';
}
