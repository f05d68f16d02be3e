/** Tokens in cookies, which live exactly as long as the tokens. */

import { parseDuration } from '../core/encoding/duration.ts';
import { isJsonObject } from '../core/encoding/strict-json.ts';
import * as option from '../core/option-rules.ts';
import { orThrow } from '../core/token/fault.ts';
import { parseToken } from '../core/token/token.ts';
import { JsonWebTokenError, usageError } from '../errors.ts';
import type { Extractor } from './extractors.ts';
import { cookieOf, headerOf, hostOf, type RequestLike } from './request.ts';
import {
  type CookieOptions,
  type CookieSettings,
  checkRules,
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
  /** The request that is answered: needed for `secure: 'auto'`. */
  request?: RequestLike;
  /** The time in milliseconds. Default: `Date.now`, looked up at each call. */
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
  /** For both, where they do not say otherwise. */
  secure?: boolean | 'auto';
  /** The time in milliseconds. Default: `Date.now`, looked up at each call. */
  clock?: () => number;
}

/**
 * The tokens of a log-in; an access token alone leaves the refresh cookie as it is.
 *
 * @example
 * ```ts
 * const pair: CookieTokens = { access: token };
 * ```
 */
export interface CookieTokens {
  access?: string | undefined;
  refresh?: string | undefined;
}

/**
 * An answer that headers can be added to: of Node.js, Express, Koa, Fastify, Hono, or Headers of fetch.
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
 * Two cookies, set, read and cleared by the same names and paths.
 *
 * @example
 * ```ts
 * const cookies: TokenCookies = tokenCookies();
 * const authenticate = createAuthenticator({ key: secret, from: [bearer(), cookies.access] });
 * ```
 */
export interface TokenCookies {
  /** Adds the cookies to an answer, beside those that are there. */
  set(target: CookieTarget, pair: CookieTokens, request?: RequestLike): void;
  /** Takes both away again. */
  clear(target: CookieTarget, request?: RequestLike): void;
  /** What the browser sent; nothing of it is verified. */
  read(request: RequestLike): CookieTokens;
  /** For the option `from`. */
  readonly access: Extractor;
  /** For the option `from` of the route that refreshes. */
  readonly refresh: Extractor;
}

const ACCESS: CookieSettings = {
  name: '__Host-at',
  path: '/',
  sameSite: 'Lax',
  httpOnly: true,
  secure: true,
  partitioned: false,
};

const REFRESH: CookieSettings = {
  ...ACCESS,
  name: '__Secure-rt',
  path: '/auth',
  sameSite: 'Strict',
};

/**
 * The `Set-Cookie` header for a token: HttpOnly, Secure, SameSite=Lax, named `__Host-at`, and gone when the
 * token is. A token without `exp` lives until the browser closes. The token is not verified.
 *
 * Throws TypeError for options of the wrong type, for what browsers would refuse in silence (RFC 6265bis:
 * prefixes, SameSite=None, Partitioned, more than 4,096 bytes), and for a token that is none.
 *
 * @example
 * ```ts
 * const header = serializeTokenCookie(token, { sameSite: 'Strict' });
 * ```
 */
export function serializeTokenCookie(token: string, options: TokenCookieOptions = {}): string {
  const { request, clock, ...cookie } = option.checkOptions(options, {
    ...cookieRules,
    request: { expected: 'a request', test: isJsonObject },
    clock: option.callable,
  }) as TokenCookieOptions;
  return oneCookie(ACCESS, cookie, clock).write(token, request);
}

/**
 * The cookies of access and refresh token. Lifetimes are those of the tokens.
 *
 * Throws TypeError as {@link serializeTokenCookie} does.
 *
 * @example
 * ```ts
 * const cookies = tokenCookies({ refresh: { path: '/session' } });
 * const headers = new Headers();
 * cookies.set(headers, { access: token });
 * console.log(headers.getSetCookie().length); // → 1
 * ```
 */
export function tokenCookies(options: TokenCookiesOptions = {}): TokenCookies {
  const own = option.checkOptions(options, {
    access: cookieOptions,
    refresh: cookieOptions,
    secure: cookieRules.secure as option.OptionRule,
    clock: option.callable,
  }) as TokenCookiesOptions;
  const both = own.secure === undefined ? {} : { secure: own.secure };
  const access = oneCookie(ACCESS, { ...both, ...own.access }, own.clock);
  const refresh = oneCookie(REFRESH, { ...both, ...own.refresh }, own.clock);
  if (access.name === refresh.name) {
    throw usageError('ERR_OPTION_INVALID', 'access and refresh need cookies of different names');
  }

  return {
    set(target, pair, request) {
      // Both are written before the answer is touched: it gets both or none.
      const written = [
        pair.access !== undefined && access.write(pair.access, request),
        pair.refresh !== undefined && refresh.write(pair.refresh, request),
      ];
      for (const text of written) if (text) append(target, text);
    },
    clear(target, request) {
      append(target, access.clear(request));
      append(target, refresh.clear(request));
    },
    read: (request) => ({ access: access.read(request), refresh: refresh.read(request) }),
    access: Object.assign(access.read, { source: 'cookie' as const }),
    refresh: Object.assign(refresh.read, { source: 'cookie' as const }),
  };
}

const cookieOptions: option.OptionRule = {
  expected: 'an object of cookie options',
  test: option.isPlainObject,
};

interface Cookie {
  readonly name: string;
  write(token: string, request?: RequestLike): string;
  clear(request?: RequestLike): string;
  read(request: RequestLike): string | undefined;
}

function oneCookie(
  defaults: CookieSettings,
  options: CookieOptions,
  clock: (() => number) | undefined,
): Cookie {
  const own = option.checkOptions(options, cookieRules) as CookieOptions;
  const { secure = true, lifetime, ...given } = own;
  const strict: CookieSettings = { ...defaults, ...given, secure: secure !== false };
  checkRules(strict);
  const settingsFor = (request: RequestLike | undefined): CookieSettings => {
    if (secure !== 'auto' || !request || !isLocal(request)) return strict;
    const name = strict.name.replace(/^__(?:host|secure)-/i, '');
    return { ...strict, name, secure: false };
  };
  return {
    name: strict.name,
    write(token, request) {
      const now = (clock ? clock() : Date.now()) / 1000;
      const end = expiryOf(token);
      return writeSetCookie(settingsFor(request), token, secondsFrom(now, end, lifetime));
    },
    clear: (request) => writeSetCookie(settingsFor(request), '', 0),
    // The name that only this site can set comes first, also where the other one would do.
    read: (request) =>
      cookieOf(request, strict.name) ?? cookieOf(request, settingsFor(request).name),
  };
}

function secondsFrom(
  now: number,
  end: number | undefined,
  lifetime: CookieOptions['lifetime'],
): number | undefined {
  if (lifetime instanceof Date) return lifetime.getTime() / 1000 - now;
  if (lifetime !== undefined) return parseDuration(lifetime)?.seconds;
  return end === undefined ? undefined : end - now;
}

/** `exp` of a token that is about to be handed out. */
function expiryOf(token: string): number | undefined {
  try {
    const { exp } = orThrow(parseToken(token, Number.POSITIVE_INFINITY)).payload;
    return typeof exp === 'number' ? exp : undefined;
  } catch (error) {
    if (!(error instanceof JsonWebTokenError)) throw error;
    throw usageError('ERR_OPTION_INVALID', 'the value for a token cookie is not a JWT');
  }
}

const LOCAL_HOST = /^(?:(?:[\w-]+\.)*localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;

/** http on this machine itself, as the browser has it. */
function isLocal(request: RequestLike): boolean {
  const { socket } = request as { socket?: { encrypted?: boolean } };
  if (socket?.encrypted || request.url?.startsWith('https:')) return false;
  if (headerOf(request, 'x-forwarded-proto')?.startsWith('https')) return false;
  // Behind a proxy "localhost" may be its own name for this server: nothing else may speak against it.
  const origin = headerOf(request, 'origin')?.replace(/^http:\/\//, '');
  const others = [origin, headerOf(request, 'x-forwarded-host')];
  const isLocalHost = (host: string | undefined) => host !== undefined && LOCAL_HOST.test(host);
  return isLocalHost(hostOf(request)) && others.every((host) => !host || isLocalHost(host));
}

function append(target: CookieTarget, value: string): void {
  if ('append' in target) target.append('Set-Cookie', value);
  else if ('appendHeader' in target) target.appendHeader('Set-Cookie', value);
  // Fastify adds cookies by itself; Hono is told to.
  else target.header('Set-Cookie', value, { append: true });
}
