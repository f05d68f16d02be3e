/** HMAC, RFC 2104: one place, so that it can be made faster without anyone else knowing. */

import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { decodeBase64url } from './base64url.ts';

/** The MAC of ASCII text as base64url. */
export function hmac(hash: string, secret: KeyObject, input: string): string {
  return createHmac(hash, secret).update(input, 'latin1').digest('base64url');
}

/** Compares in constant time over equal lengths; the length of a MAC is public. */
export function hmacMatches(
  hash: string,
  secret: KeyObject,
  input: string,
  signature: string,
): boolean {
  const expected = createHmac(hash, secret).update(input, 'latin1').digest();
  const given = decodeBase64url(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
