/** Renews the tokens of a page that a server renders, where no script can call `refresh`. */

import { JsonWebTokenError, usageError } from '../errors.ts';
import { AuthError } from '../http/auth-error.ts';
import { cookieDetailsOf } from '../http/cookie-details.ts';
import { replaceCookies } from '../http/request.ts';
import type { TokenCookie } from '../http/token-cookie.ts';
import type { RefreshOptions } from './arguments.ts';
import { SessionError } from './error.ts';
import type { IssuedTokens } from './issued-tokens.ts';
import type { PresentedCookies, SessionCookies } from './session-cookies.ts';
import { graceOf, type Sessions } from './sessions.ts';
import type { AccessClaims } from './tokens.ts';

/**
 * The result of {@link SessionHandlers.renew}.
 *
 * @example
 * ```ts
 * const render = ({ claims }: Renewal) => (claims ? `Hello ${claims.sub}` : 'Log in');
 * ```
 */
export interface Renewal {
  /** The claims of the access token; absent if there is no live session. */
  readonly claims?: AccessClaims;
  /**
   * The new tokens after a refresh, for `cookies.set` on a framework's own cookies: a later login of the same
   * request then replaces them.
   */
  readonly tokens?: IssuedTokens;
  /**
   * Headers to add to the response: `Set-Cookie` after a refresh, and `Cache-Control: private, no-store` if
   * the request has cookies of a session.
   */
  readonly headers: Headers;
  /** The `Cookie` header as the rendering has to see it. */
  readonly cookie: string;
}

/** A navigation that the browser stops loses its cookies, and the user returns later. */
const MIN_GRACE_MS = 600_000;

/** `renew` throws TypeError if the cookies or the grace do not fit. */
export function createRenewal(
  sessions: Sessions,
  cookies: SessionCookies | false,
  presented: PresentedCookies | undefined,
) {
  const details = cookies ? cookieDetailsOf(cookies) : undefined;

  function requireCookies() {
    if (cookies && presented && details?.access) {
      const { path, sameSite } = details.refresh;
      if (path === '/' && sameSite !== 'Strict') {
        return { cookies, presented, access: details.access, refresh: details.refresh };
      }
    }
    const example = "tokenCookies({ refresh: { name: '__Host-rt', path: '/', sameSite: 'Lax' } })";
    const message = `renew() needs an access cookie, and a refresh cookie that browsers send with pages: ${example}`;
    throw usageError('ERR_OPTION_INVALID', message);
  }

  function requireGrace(): void {
    if ((graceOf(sessions) ?? 0) >= MIN_GRACE_MS) return;
    const message =
      'renew() needs createSessions with a "refresh.grace" of at least "10m", or "until-used"';
    throw usageError('ERR_OPTION_INVALID', message);
  }

  return async (request: Request, options: () => Promise<RefreshOptions>): Promise<Renewal> => {
    const { cookies, presented, access, refresh } = requireCookies();
    requireGrace();
    const sent = cookies.read(request);
    const headers = new Headers();
    const unchanged = { headers, cookie: request.headers.get('cookie') ?? '' };
    if (!sent.access && !sent.refresh) return unchanged;
    headers.set('Cache-Control', 'private, no-store');

    const claims = sent.access ? validClaims(sent.access) : undefined;
    if (claims) return { claims, ...unchanged };
    const token = isPrefetch(request) ? undefined : presented.refreshToken(request);
    if (token === undefined) return unchanged;

    try {
      const tokens = await sessions.refresh(token, await options());
      cookies.set(headers, tokens, request);
      const values = [
        ...newValues(access, tokens.access, request),
        ...newValues(refresh, tokens.refresh, request),
      ];
      const cookie = replaceCookies(request, new Map(values));
      return { claims: sessions.verifyAccess(tokens.access), tokens, headers, cookie };
    } catch (error) {
      if (isSignedOut(error)) return unchanged;
      throw error;
    }
  };

  function validClaims(access: string): AccessClaims | undefined {
    try {
      return sessions.verifyAccess(access);
    } catch (error) {
      if (!(error instanceof JsonWebTokenError)) throw error;
      return undefined;
    }
  }
}

/** Not 409 and 503: the session may be live, and its user must not see a login page. */
function isSignedOut(error: unknown): boolean {
  if (error instanceof JsonWebTokenError) return true;
  return (error instanceof SessionError || error instanceof AuthError) && error.status === 401;
}

/** The token under the name that the request gets, and nothing under the other names of the cookie. */
function newValues(
  cookie: TokenCookie,
  token: string,
  request: Request,
): Array<[name: string, value: string | undefined]> {
  return cookie.namesFor(request).map((name, i) => [name, i === 0 ? token : undefined]);
}

/** A response to a prefetch can be dropped, and its cookies with it. */
function isPrefetch({ headers }: Request): boolean {
  const purposes = [headers.get('sec-purpose'), headers.get('purpose')];
  return (
    purposes.some((value) => value?.includes('prefetch')) || headers.has('next-router-prefetch')
  );
}
