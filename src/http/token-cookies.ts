/** Cookies for the tokens of a session, which expire together. */

import { isJsonObject } from '../core/encoding/strict-json.ts';
import * as option from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import { setCookieDetails } from './cookie-details.ts';
import { addCookie, type CookieTarget } from './cookie-target.ts';
import { type Extractor, extractor } from './extractors.ts';
import type { RequestLike } from './request.ts';
import { type CookieOptions, type CookieSettings, cookieRules } from './set-cookie.ts';
import { createTokenCookie } from './token-cookie.ts';

/**
 * Options of {@link serializeTokenCookie}.
 *
 * @example
 * ```ts
 * const options: TokenCookieOptions = { sameSite: 'Strict', lifetime: '1h' };
 * ```
 */
export interface TokenCookieOptions extends CookieOptions {
  /** The current request; required for `secure: 'auto'`. */
  request?: RequestLike;
  /** Returns the current time in milliseconds. Default: `Date.now`. */
  clock?: () => number;
}

/**
 * Options of {@link tokenCookies}.
 *
 * @example
 * ```ts
 * const options: TokenCookiesOptions = { secure: 'auto', refresh: { path: '/session' } };
 * ```
 */
export interface TokenCookiesOptions {
  /**
   * Default: `__Host-at`, path `/`, SameSite=Lax. With `false`, only the refresh token is in a cookie, and the
   * page keeps the access token in memory.
   */
  access?: CookieOptions | false;
  /**
   * Default: `__Secure-rt`, SameSite=Strict, and the `path` of `createSessionHandlers` (`/auth`). With
   * `access: false`: `__Host-rt`, path `/`, because no access cookie then proves whose session it is.
   */
  refresh?: CookieOptions;
  /** Applies to both cookies unless they set their own. */
  secure?: boolean | 'auto';
  /** Returns the current time in milliseconds. Default: `Date.now`. */
  clock?: () => number;
}

/**
 * The tokens of a login. An omitted token leaves its cookie unchanged.
 *
 * @example
 * ```ts
 * const pair: CookieTokens = { access: 'eyJhbGci…' };
 * ```
 */
export interface CookieTokens {
  access?: string | undefined;
  refresh?: string | undefined;
  /** With `false`, the browser deletes both cookies when it closes: they have no Max-Age. Default: true. */
  persistent?: boolean | undefined;
}

/**
 * Sets, reads and clears two cookies with the same names and paths.
 *
 * @example
 * ```ts
 * const { JWT_SECRET: key = '' } = process.env;
 * const cookies: TokenCookies = tokenCookies();
 * const authenticate = createAuthenticator({ key, from: [bearer(), cookies.access] });
 * ```
 */
export interface TokenCookies {
  /**
   * Adds the cookies to a response and keeps its other cookies. The access cookie lasts as long as the refresh
   * cookie that is set with it, so that a server can respond with `token_expired` until then.
   *
   * `secure: 'auto'` needs the request, also in `check` and `clear`.
   */
  set(target: CookieTarget, pair: CookieTokens, request?: RequestLike): void;
  /**
   * Throws as `set` does, for an access token and a refresh token of `refreshBytes` bytes with the longest
   * Max-Age. Call it before you replace a refresh token, because a cookie that is too large is lost.
   */
  check(pair: { access: string; refreshBytes: number }, request?: RequestLike): void;
  /** Deletes both cookies. */
  clear(target: CookieTarget, request?: RequestLike): void;
  /** Returns the cookies of a request, unverified. */
  read(request: RequestLike): CookieTokens;
  /** Extractor for the option `from`. */
  readonly access: Extractor;
  /** Extractor for the option `from` of the refresh route. */
  readonly refresh: Extractor;
}

const ACCESS_COOKIE: CookieSettings = {
  name: '__Host-at',
  path: '/',
  sameSite: 'Lax',
  httpOnly: true,
  secure: true,
  partitioned: false,
  domain: undefined,
};

const REFRESH_COOKIE: CookieSettings = {
  ...ACCESS_COOKIE,
  name: '__Secure-rt',
  path: '/auth',
  sameSite: 'Strict',
};

/** A subdomain cannot set a cookie of this name. */
const LONE_REFRESH_COOKIE: CookieSettings = { ...REFRESH_COOKIE, name: '__Host-rt', path: '/' };

/**
 * The cookie of a refresh token alone, which `tokenCookies({ access: false })` returns.
 *
 * @example
 * ```ts
 * const cookies: RefreshCookie = tokenCookies({ access: false });
 * const target = new Headers();
 * cookies.clear(target);
 * console.log(target.getSetCookie().length); // → 1
 * ```
 */
export interface RefreshCookie extends Omit<TokenCookies, 'access'> {
  readonly access?: undefined;
}

/**
 * Returns the `Set-Cookie` header for a token: HttpOnly, Secure, SameSite=Lax, named `__Host-at`. The cookie
 * expires with the token; without `exp` it is a session cookie. The token is not verified.
 *
 * Throws TypeError for an option of the wrong type, a string that is not a JWT, `secure: 'auto'` without
 * `request`, and a cookie that browsers would drop silently (RFC 6265bis: prefixes, SameSite=None,
 * Partitioned, more than 4,096 bytes).
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const token = sign({ sub: 'ada' }, JWT_SECRET, { expiresIn: '15m' });
 * const header = serializeTokenCookie(token, { sameSite: 'Strict' });
 * ```
 */
export function serializeTokenCookie(token: string, options: TokenCookieOptions = {}): string {
  const { request, clock, ...cookie } = option.checkOptions(options, {
    ...cookieRules,
    request: { expected: 'a request', test: isJsonObject },
    clock: option.callable,
  }) as TokenCookieOptions;
  return createTokenCookie(ACCESS_COOKIE, cookie, clock).write(token, request).header;
}

/**
 * Creates the cookies of an access and a refresh token. Both expire with the refresh token.
 *
 * Throws TypeError as {@link serializeTokenCookie} does.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const cookies = tokenCookies({ refresh: { path: '/session' } });
 * const headers = new Headers();
 * cookies.set(headers, { access: sign({ sub: 'ada' }, JWT_SECRET, { expiresIn: '15m' }) });
 * console.log(headers.getSetCookie().length); // → 1
 * ```
 */
export function tokenCookies(options: TokenCookiesOptions & { access: false }): RefreshCookie;
export function tokenCookies(
  options?: TokenCookiesOptions & { access?: CookieOptions },
): TokenCookies;
export function tokenCookies(options?: TokenCookiesOptions): TokenCookies | RefreshCookie;
export function tokenCookies(options: TokenCookiesOptions = {}): TokenCookies | RefreshCookie {
  const own = option.checkOptions(options, {
    access: option.orFalse(cookieOptionsRule),
    refresh: cookieOptionsRule,
    secure: cookieRules.secure as option.OptionRule,
    clock: option.callable,
  }) as TokenCookiesOptions;
  const both = own.secure === undefined ? {} : { secure: own.secure };
  const access =
    own.access === false
      ? undefined
      : createTokenCookie(ACCESS_COOKIE, { ...both, ...own.access }, own.clock);
  const defaults = access ? REFRESH_COOKIE : LONE_REFRESH_COOKIE;
  const refreshOptions: CookieOptions = { ...both, ...own.refresh };
  let refresh = createTokenCookie(defaults, refreshOptions, own.clock);
  if (access?.name === refresh.name) {
    const message = '"access" and "refresh" must have different cookie names';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  let movedTo: string | undefined;

  const cookies: TokenCookies | RefreshCookie = {
    set(target, tokens, request) {
      const pair: CookieTokens = option.copyOwnProperties(tokens);
      const { persistent, refresh: until } = pair;
      // Both are serialized before the response changes, so it gets both or none.
      const written = [
        pair.access !== undefined && access?.write(pair.access, request, { persistent, until }),
        until !== undefined && refresh.write(until, request, { persistent, until }),
      ];
      for (const cookie of written) if (cookie) addCookie(target, cookie);
    },
    check(pair, request) {
      access?.writeLongest(pair.access, request);
      refresh.writeLongest('x'.repeat(pair.refreshBytes), request);
    },
    clear(target, request) {
      const cleared = [...(access?.clear(request) ?? []), ...refresh.clear(request)];
      for (const cookie of cleared) addCookie(target, cookie);
    },
    read: (request) => ({ access: access?.read(request), refresh: refresh.read(request) }),
    ...(access && { access: extractor('cookie', `cookie "${access.name}"`, access.read) }),
    refresh: extractor('cookie', `cookie "${refresh.name}"`, (request) => refresh.read(request)),
  };

  setCookieDetails(cookies, {
    access,
    get refresh() {
      return refresh;
    },
    hasOwnPath: refreshOptions.path !== undefined || refresh.name.startsWith('__Host-'),
    moveTo(path) {
      if (movedTo !== undefined && movedTo !== path) {
        const message = `these cookies have the path "${movedTo}" of other handlers; create separate ones for "${path}"`;
        throw usageError('ERR_OPTION_INVALID', message);
      }
      movedTo = path;
      refresh = createTokenCookie(defaults, { ...refreshOptions, path }, own.clock);
    },
  });
  return cookies;
}

const cookieOptionsRule: option.OptionRule = {
  expected: 'an object of cookie options',
  test: option.isPlainObject,
};
