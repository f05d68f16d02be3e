/** Makes the keys under which stores have identifiers, and says how long after its end each stays. */

import { createHash } from 'node:crypto';

/** Servers whose clocks differ by less agree on what was used. */
export const CLOCK_SKEW_MS = 60_000;

/**
 * Returns a digest of the identifier: 43 characters, so that no sender chooses the length or the characters
 * of a key. UTF-16, because UTF-8 has one form for all lone surrogates.
 */
export function keyOf(id: string): string {
  return createHash('sha256').update(id, 'utf16le').digest('base64url');
}
