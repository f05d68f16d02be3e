/** Tells which tokens an authorization server may describe. */

import { Fault } from '../core/token/fault.ts';
import { looksLikeJwt } from '../core/token/looks-like-jwt.ts';

/** Longer ones are rejected, so that no sender makes this server send kilobytes. */
const MAX_OPAQUE_LENGTH = 4096;

/** RFC 6750 §2.1. */
export const B64TOKEN = /^[\w.~+/-]+=*$/;

/** Whether the token can be an opaque one. A JWT is verified, and never sent to an authorization server as one. */
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
