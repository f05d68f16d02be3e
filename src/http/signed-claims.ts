/** Returns the claims of a token as its issuer wrote them. */

import { ownClaim } from '../core/token/claim-checks.ts';
import { Fault, orThrow } from '../core/token/fault.ts';
import { looksLikeJwt } from '../core/token/looks-like-jwt.ts';
import { type JwtPayload, parsePaddedOrNot } from '../core/token/token.ts';
import type { Auth } from './auth.ts';

type Verified = Pick<Auth<object, unknown>, 'kind' | 'payload' | 'token'>;

/**
 * Not the payload, which can be the output of a schema. Of a token that is no signed JWT, such as an API key, only
 * the caller's verifier knows claims. Throws JsonWebTokenError for a JWT that cannot be parsed.
 */
export function signedClaimsOf({ kind, payload, token }: Verified): JwtPayload {
  if (kind === 'opaque') return payload;
  const parsed = parsePaddedOrNot(token, Number.POSITIVE_INFINITY);
  if (!(parsed instanceof Fault)) return parsed.payload;
  const isEncrypted = parsed.code === 'ERR_TOKEN_ENCRYPTED';
  return isEncrypted || !looksLikeJwt(token) ? payload : orThrow(parsed);
}

/**
 * Returns the claims that say what the token is bound to. A binding that only the verifier reports counts, too:
 * without it, a stolen token would be a bearer token.
 */
export function bindingClaimsOf(auth: Verified): object {
  const signed = signedClaimsOf(auth);
  // A schema can write null for what a token does not have.
  const isReported = (ownClaim(auth.payload, 'cnf') ?? null) !== null;
  return isReported && !Object.hasOwn(signed, 'cnf') ? auth.payload : signed;
}
