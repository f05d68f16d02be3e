/** The responses of the session handlers. */

import { JsonWebTokenError, KeySourceError } from '../errors.ts';
import { AuthError } from '../http/auth-error.ts';
import { codeDescriptions } from './code-descriptions.ts';
import { SessionError } from './error.ts';
import { BodyError } from './request-body.ts';

/** RFC 6749 §5.1 requires both. */
export const NO_STORE = { 'Cache-Control': 'no-store', Pragma: 'no-cache' };

/** `Retry-After` of a 503 response. */
const STORE_RETRY_SECONDS = '5';

/** `Retry-After` of a 409 response: by then, the browser has the cookies of the other refresh. */
const SUPERSEDED_RETRY_SECONDS = '1';

export function jsonResponse(status: number, body: object, headers: object = {}): Response {
  return Response.json(body, { status, headers: { ...NO_STORE, ...headers } });
}

export function emptyResponse(status: 200 | 204): Response {
  return new Response(null, { status, headers: NO_STORE });
}

/** A response without a user, of `login` or of a session that ended: RFC 6749 §5.2, for browsers with 401. */
export function invalidGrant(
  body: { error_description: string; reason?: string | undefined },
  hasCookies: boolean,
): Response {
  const all = { error: 'invalid_grant', ...body };
  if (!hasCookies) return jsonResponse(400, all);
  return jsonResponse(401, all, { 'WWW-Authenticate': 'Bearer error="invalid_token"' });
}

/** Responds to errors of the request and of the store, without a value of either. Throws all others. */
export function errorResponse(error: unknown, hasCookies: boolean): Response {
  if (error instanceof AuthError) return error.getResponse();
  if (error instanceof BodyError) {
    const body = { error: 'invalid_request', error_description: error.message };
    return jsonResponse(error.status, body);
  }
  if (error instanceof JsonWebTokenError || error instanceof SessionError) {
    const { code } = error;
    const reason = code?.replace(/^ERR_/, '').toLowerCase();
    const description = code ? codeDescriptions[code] : 'the token is rejected';
    const body = { error_description: description, reason };
    if (error instanceof SessionError && error.status !== 401)
      return retryResponse(error.status, body);
    return invalidGrant(body, hasCookies);
  }
  if (error instanceof KeySourceError) return retryResponse(503, { reason: 'key_source' });
  throw error;
}

function retryResponse(status: 409 | 503, body: object): Response {
  const seconds = status === 409 ? SUPERSEDED_RETRY_SECONDS : STORE_RETRY_SECONDS;
  const error = { error: 'temporarily_unavailable', ...body };
  return jsonResponse(status, error, { 'Retry-After': seconds });
}
