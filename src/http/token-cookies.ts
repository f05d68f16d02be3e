/** Cookies for tokens, which expire together with them. */

import { readClock } from '../core/clock.ts';
import { parseDuration } from '../core/encoding/duration.ts';
import { isJsonObject } from '../core/encoding/strict-json.ts';
import * as option from '../core/option-rules.ts';
import { reparseToken } from '../core/token/token.ts';
import { JsonWebTokenError, usageError } from '../errors.ts';
import { type Extractor, extractor } from './extractors.ts';
import { cookieOf, headerOf, hostOf, type RequestLike } from './request.ts';
import {
  type CookieOptions,
  type CookieSettings,
  checkBrowserRules,
  cookieRules,
  writeSetCookie,
} from './set-cookie.ts';

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
  /** Default: `__Host-at`, path `/`, SameSite=Lax. */
  access?: CookieOptions;
  /** Default: `__Secure-rt`, path `/auth`, SameSite=Strict. */
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
 * A response to add headers to: of Node.js, Express, Koa, Fastify or Hono, or the `Headers` of fetch.
 *
 * @example
 * ```ts
 * const logOut = (response: CookieTarget) => tokenCookies().clear(response);
 * ```
 */
export type CookieTarget =
  | { append(name: string, value: string): unknown }
  | { appendHeader(name: string, value: string): unknown }
  | { header(name: string, value: string, options?: { append?: boolean }): unknown };

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
  /** Adds the cookies to a response and keeps its other cookies. */
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

/**
 * Returns the `Set-Cookie` header for a token: HttpOnly, Secure, SameSite=Lax, named `__Host-at`. The cookie
 * expires with the token; without `exp` it is a session cookie. The token is not verified.
 *
 * Throws TypeError for an option of the wrong type, a string that is not a JWT, and a cookie that browsers
 * would drop silently (RFC 6265bis: prefixes, SameSite=None, Partitioned, more than 4,096 bytes).
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
  return createCookie(ACCESS_COOKIE, cookie, clock).write(token, request);
}

/**
 * Creates the cookies of an access and a refresh token. Each cookie expires with its token.
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
export function tokenCookies(options: TokenCookiesOptions = {}): TokenCookies {
  const own = option.checkOptions(options, {
    access: cookieOptionsRule,
    refresh: cookieOptionsRule,
    secure: cookieRules.secure as option.OptionRule,
    clock: option.callable,
  }) as TokenCookiesOptions;
  const both = own.secure === undefined ? {} : { secure: own.secure };
  const access = createCookie(ACCESS_COOKIE, { ...both, ...own.access }, own.clock);
  const refresh = createCookie(REFRESH_COOKIE, { ...both, ...own.refresh }, own.clock);
  if (access.name === refresh.name) {
    throw usageError(
      'ERR_OPTION_INVALID',
      '"access" and "refresh" must have different cookie names',
    );
  }

  return {
    set(target, tokens, request) {
      const pair: CookieTokens = option.copyOwnProperties(tokens);
      // Both are serialized before the response changes, so it gets both or none.
      const headers = [
        pair.access !== undefined && access.write(pair.access, request, pair.persistent),
        pair.refresh !== undefined && refresh.write(pair.refresh, request, pair.persistent),
      ];
      for (const header of headers) if (header) appendSetCookie(target, header);
    },
    check(pair, request) {
      access.write(pair.access, request);
      refresh.writeLongest(pair.refreshBytes, request);
    },
    clear(target, request) {
      appendSetCookie(target, access.clear(request));
      appendSetCookie(target, refresh.clear(request));
    },
    read: (request) => ({ access: access.read(request), refresh: refresh.read(request) }),
    access: extractor('cookie', `cookie "${access.name}"`, access.read),
    refresh: extractor('cookie', `cookie "${refresh.name}"`, refresh.read),
  };
}

const cookieOptionsRule: option.OptionRule = {
  expected: 'an object of cookie options',
  test: option.isPlainObject,
};

interface TokenCookie {
  readonly name: string;
  write(token: string, request?: RequestLike, persistent?: boolean): string;
  /** Writes a token of this length with the longest Max-Age. */
  writeLongest(bytes: number, request?: RequestLike): string;
  clear(request?: RequestLike): string;
  read(request: RequestLike): string | undefined;
}

function createCookie(
  defaults: CookieSettings,
  options: CookieOptions,
  clock: (() => number) | undefined,
): TokenCookie {
  const own = option.checkOptions(options, cookieRules) as CookieOptions;
  const { secure = true, lifetime, ...attributes } = own;
  const strict: CookieSettings = { ...defaults, ...attributes, secure: secure !== false };
  checkBrowserRules(strict);
  const settingsFor = (request: RequestLike | undefined): CookieSettings => {
    if (secure !== 'auto' || !request || !isLocalhost(request)) return strict;
    const name = strict.name.replace(/^__(?:host|secure)-/i, '');
    return { ...strict, name, secure: false };
  };
  return {
    name: strict.name,
    write(token, request, persistent = true) {
      const now = readClock(clock) / 1000;
      const end = expiryOf(token);
      const seconds = persistent ? maxAgeOf(now, end, lifetime) : undefined;
      return writeSetCookie(settingsFor(request), token, seconds);
    },
    writeLongest(bytes, request) {
      const now = readClock(clock) / 1000;
      const seconds = maxAgeOf(now, now + TEN_YEARS_SECONDS, lifetime);
      return writeSetCookie(settingsFor(request), 'x'.repeat(bytes), seconds);
    },
    clear: (request) => writeSetCookie(settingsFor(request), '', 0),
    // The prefixed name first, because a subdomain can set the plain one.
    read: (request) =>
      cookieOf(request, strict.name) ?? cookieOf(request, settingsFor(request).name),
  };
}

/** The longest lifetime of a refresh token. */
const TEN_YEARS_SECONDS = 315_576_000;

function maxAgeOf(
  now: number,
  end: number | undefined,
  lifetime: CookieOptions['lifetime'],
): number | undefined {
  if (lifetime instanceof Date) return lifetime.getTime() / 1000 - now;
  if (lifetime !== undefined) return parseDuration(lifetime)?.seconds;
  return end === undefined ? undefined : end - now;
}

/** Reads `exp` of a token that the caller has just signed. */
function expiryOf(token: string): number | undefined {
  try {
    const { exp } = reparseToken(token).payload;
    return typeof exp === 'number' ? exp : undefined;
  } catch (error) {
    if (!(error instanceof JsonWebTokenError)) throw error;
    throw usageError('ERR_OPTION_INVALID', 'the value of a token cookie must be a JWT');
  }
}

const LOCAL_HOST = /^(?:(?:[\w-]+\.)*localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;

/** Whether the browser uses http on localhost. */
function isLocalhost(request: RequestLike): boolean {
  const { socket } = request as { socket?: { encrypted?: boolean } };
  if (socket?.encrypted || request.url?.startsWith('https:')) return false;
  if (headerOf(request, 'x-forwarded-proto')?.startsWith('https')) return false;
  // A proxy can use "localhost" for this server, so Origin and X-Forwarded-Host must agree.
  const origin = headerOf(request, 'origin')?.replace(/^http:\/\//, '');
  const others = [origin, headerOf(request, 'x-forwarded-host')];
  const isLocalHost = (host: string | undefined) => host !== undefined && LOCAL_HOST.test(host);
  return isLocalHost(hostOf(request)) && others.every((host) => !host || isLocalHost(host));
}

function appendSetCookie(target: CookieTarget, value: string): void {
  if ('append' in target) target.append('Set-Cookie', value);
  else if ('appendHeader' in target) target.appendHeader('Set-Cookie', value);
  // Fastify always appends cookies; Hono needs the option.
  else target.header('Set-Cookie', value, { append: true });
}
