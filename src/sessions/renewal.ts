/** Renews the tokens of a page that a server renders, where no script can call `refresh`. */

import { JsonWebTokenError, usageError } from '../errors.ts';
import { AuthError } from '../http/auth-error.ts';
import { cookieDetailsOf } from '../http/cookie-details.ts';
import { headerOf, replaceCookies } from '../http/request.ts';
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
        return { cookies, presented, names: [details.access, details.refresh] as const };
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
    const { cookies, presented, names } = requireCookies();
    requireGrace();
    const { access, refresh } = cookies.read(request);
    const headers = new Headers();
    const unchanged = { headers, cookie: headerOf(request, 'cookie') ?? '' };
    if (!access && !refresh) return unchanged;
    headers.set('Cache-Control', 'private, no-store');

    const claims = access ? validClaims(access) : undefined;
    if (claims) return { claims, ...unchanged };
    const token = isPrefetch(request) ? undefined : presented.refreshToken(request);
    if (token === undefined) return unchanged;

    try {
      const tokens = await sessions.refresh(token, await options());
      cookies.set(headers, tokens, request);
      const values = new Map<string, string | undefined>();
      for (const [i, value] of [tokens.access, tokens.refresh].entries()) {
        const [current = '', ...others] = names[i as 0 | 1].namesFor(request);
        for (const name of others) values.set(name, undefined);
        values.set(current, value);
      }
      const cookie = replaceCookies(request, values);
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

/** A response to a prefetch can be dropped, and its cookies with it. */
function isPrefetch(request: Request): boolean {
  const purpose = ['sec-purpose', 'purpose'].map((name) => headerOf(request, name) ?? '');
  return purpose.some((value) => value.includes('prefetch')) || isNextPrefetch(request);
}

function isNextPrefetch(request: Request): boolean {
  return headerOf(request, 'next-router-prefetch') !== undefined;
}
