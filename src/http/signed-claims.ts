/** Returns the claims of a token as its issuer wrote them. */

import { type JwtPayload, reparseToken } from '../core/token/token.ts';
import type { Auth } from './auth.ts';

/** Not the payload, which can be the output of a schema. That of an opaque token never is. */
export function signedClaimsOf({
  kind,
  payload,
  token,
}: Pick<Auth<object, unknown>, 'kind' | 'payload' | 'token'>): JwtPayload {
  return kind === 'opaque' ? payload : reparseToken(token).payload;
}
