/** Tells opaque tokens from JWTs by their form. */

import { decodeText, isJsonObject, parseJson } from '../core/encoding/strict-json.ts';
import { Fault } from '../core/token/fault.ts';

/** Longer ones are rejected, so that no sender makes this server send kilobytes. */
const MAX_OPAQUE_LENGTH = 4096;

/** RFC 6750 §2.1. */
const B64TOKEN = /^[\w.~+/-]+=*$/;

/** The header of a JWT is a few hundred characters; only so many are decoded. */
const MAX_HEADER_LENGTH = 8192;

/**
 * Whether the token is a JWT: its first part is a JSON object in base64url, also if the rest is not valid. Such a
 * token is verified, and never sent to an authorization server as an opaque one.
 */
export function looksLikeJwt(token: string): boolean {
  const end = token.indexOf('.');
  if (end <= 0) return false;
  if (end > MAX_HEADER_LENGTH) return true;
  const text = decodeText(token.slice(0, end));
  return typeof text === 'string' && isJsonObject(parseJson(text));
}

/** Whether the token can be an opaque one. */
export function isOpaque(token: unknown): token is string {
  return (
    typeof token === 'string' &&
    token.length <= MAX_OPAQUE_LENGTH &&
    B64TOKEN.test(token) &&
    !looksLikeJwt(token)
  );
}

export const NOT_OPAQUE = new Fault(
  'ERR_TOKEN_MALFORMED',
  `the token must be opaque: at most ${MAX_OPAQUE_LENGTH} characters of RFC 6750 §2.1, and no JWT`,
);
