/** The response that carries the tokens of a login or a refresh: in cookies, in the body, or in both. */

import { usageError } from '../errors.ts';
import { cookieDetailsOf } from '../http/cookie-details.ts';
import { allowsOrigin, type Origins } from '../http/origins.ts';
import type { IssuedTokens } from './issued-tokens.ts';
import { jsonResponse, NO_STORE } from './responses.ts';
import type { SessionCookies } from './session-cookies.ts';

/** The members of the body: RFC 6749 §5.1. */
export const TOKEN_MEMBERS = ['access_token', 'token_type', 'expires_in', 'refresh_token'];

interface ResponseParts {
  /** Members beside those of the tokens. */
  readonly body?: Record<string, unknown> | undefined;
  /** Where to redirect instead of a body. */
  readonly redirect?: string | undefined;
}

/** With all members, so that a polluted Object.prototype adds none. */
const NO_PARTS: ResponseParts = { body: undefined, redirect: undefined };

export function createTokenResponse(cookies: SessionCookies | false) {
  const details = cookies ? cookieDetailsOf(cookies) : undefined;
  const isAccessInBody = !cookies || (details !== undefined && details.access === undefined);

  return (
    request: Request,
    { access, refresh, expiresIn, persistent }: IssuedTokens,
    parts?: ResponseParts,
  ): Response => {
    const { body, redirect } = parts ?? NO_PARTS;
    const tokens = {
      ...(isAccessInBody && { access_token: access, token_type: 'Bearer' }),
      ...(!cookies && { refresh_token: refresh }),
      expires_in: expiresIn,
    };
    const response =
      redirect === undefined
        ? jsonResponse(200, { ...body, ...tokens })
        : new Response(null, { status: 303, headers: { ...NO_STORE, Location: redirect } });
    if (cookies) cookies.set(response.headers, { access, refresh, persistent }, request);
    return response;
  };
}

/** Whether it is a path on this host. Browsers read `\` as `/`, and remove tabs and line breaks. */
export function isLocalPath(target: string): boolean {
  return /^\/(?![/\\])[\x21-\x7e]*$/.test(target);
}

/** Throws TypeError for a URL of another origin, to which an attacker could send the user. */
export function checkRedirect(
  target: string | undefined,
  origins: Origins,
  request: Request,
): void {
  if (target === undefined || isLocalPath(target)) return;
  if (allowsOrigin(origins, new URL(target).origin, request)) return;
  throw usageError('ERR_OPTION_INVALID', '"redirect" must be a path, or a URL of "origins"');
}
