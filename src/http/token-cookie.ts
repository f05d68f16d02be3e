/** One cookie that holds a token: its names, its lifetime, and what http on localhost changes. */

import { readClock } from '../core/clock.ts';
import { parseDuration } from '../core/encoding/duration.ts';
import * as option from '../core/option-rules.ts';
import { reparseToken } from '../core/token/token.ts';
import { warnOnce } from '../core/warn-once.ts';
import { JsonWebTokenError, usageError } from '../errors.ts';
import { allCookiesOf, cookieOf, headerOf, hostOf, type RequestLike } from './request.ts';
import {
  buildSetCookie,
  type CookieOptions,
  type CookieSettings,
  checkBrowserRules,
  cookieRules,
  type SetCookie,
} from './set-cookie.ts';

/** How long a cookie lasts. */
interface Lifetime {
  /** False for a cookie that ends with the browser. */
  readonly persistent?: boolean | undefined;
  /** The token whose `exp` ends the cookie. Default: the token in it. */
  readonly until?: string | undefined;
}

export interface TokenCookie {
  readonly name: string;
  readonly path: string;
  readonly sameSite: CookieSettings['sameSite'];
  /** Whether it lasts for a time of its own, not as long as a token. */
  readonly hasOwnLifetime: boolean;
  write(token: string, request: RequestLike | undefined, lifetime?: Lifetime): SetCookie;
  /** Writes a token of this length with the longest Max-Age. */
  writeLongest(token: string, request: RequestLike | undefined): SetCookie;
  /** Deletes the cookie, under each name that the request can have it. */
  clear(request: RequestLike | undefined): SetCookie[];
  read(request: RequestLike): string | undefined;
  /** Returns all values of the cookie, those of the name that `write` uses first. */
  readAll(request: RequestLike): string[];
  /** The names that the request can have, that of `write` first. */
  namesFor(request: RequestLike): string[];
}

const WITH_ITS_TOKEN: Lifetime = { persistent: undefined, until: undefined };

const PREFIX = /^__(?:host|secure)-/i;

/** Throws TypeError for invalid options. */
export function createTokenCookie(
  defaults: CookieSettings,
  options: CookieOptions,
  clock: (() => number) | undefined,
): TokenCookie {
  const own = option.checkOptions(options, cookieRules) as CookieOptions;
  const { secure = true, lifetime, ...attributes } = own;
  // A prefix that the caller named stays, and is then an error: checkBrowserRules.
  const name = secure === false ? withoutPrefix(defaults.name) : defaults.name;
  const strict: CookieSettings = { ...defaults, name, ...attributes, secure: secure !== false };
  checkBrowserRules(strict);
  const plain = { ...strict, name: withoutPrefix(strict.name), secure: false };

  /** The cookies that the request can have, those of `write` first. */
  function variants(request: RequestLike | undefined): readonly CookieSettings[] {
    if (secure !== 'auto') return [strict];
    if (request) return isLocalHttp(request) ? [plain, strict] : [strict];
    const message = '"secure" is "auto", which needs the request: pass it as the last argument';
    throw usageError('ERR_OPTION_INVALID', message);
  }

  const maxAge = (now: number, end: number | undefined) => {
    if (lifetime instanceof Date) return lifetime.getTime() / 1000 - now;
    if (lifetime !== undefined) return parseDuration(lifetime)?.seconds;
    return end === undefined ? undefined : end - now;
  };

  function write(request: RequestLike | undefined, token: string, seconds: number | undefined) {
    const [settings = strict] = variants(request);
    if (settings.secure && request) warnOfHttp(request, settings.name);
    return buildSetCookie(settings, token, seconds);
  }

  return {
    name: strict.name,
    path: strict.path,
    sameSite: strict.sameSite,
    hasOwnLifetime: lifetime !== undefined,
    write(token, request, given) {
      // Not `= {}`, which would inherit members of a polluted Object.prototype.
      const { persistent = true, until = token } = given ?? WITH_ITS_TOKEN;
      const own = expiryOf(token);
      const end = until === token ? own : expiryOf(until);
      const seconds = persistent ? maxAge(readClock(clock) / 1000, end) : undefined;
      return write(request, token, seconds);
    },
    writeLongest(token, request) {
      const now = readClock(clock) / 1000;
      return write(request, token, maxAge(now, now + TEN_YEARS_SECONDS));
    },
    clear(request) {
      // The cookie that is in use last: curl 7 keeps it if it rejects the one after it.
      const names = [...variants(request)].reverse();
      return names.map((settings) => buildSetCookie(settings, '', 0));
    },
    read(request) {
      for (const { name } of variants(request)) {
        const value = cookieOf(request, name);
        if (value) return value;
      }
      return undefined;
    },
    readAll: (request) => variants(request).flatMap(({ name }) => allCookiesOf(request, name)),
    namesFor: (request) => variants(request).map(({ name }) => name),
  };
}

function withoutPrefix(name: string): string {
  return name.replace(PREFIX, '');
}

/** The longest lifetime of a refresh token. */
const TEN_YEARS_SECONDS = 315_576_000;

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
function isLocalHttp(request: RequestLike): boolean {
  const { socket } = request as { socket?: { encrypted?: boolean } };
  if (socket?.encrypted || request.url?.startsWith('https:')) return false;
  if (headerOf(request, 'x-forwarded-proto')?.startsWith('https')) return false;
  // A proxy can use "localhost" for this server, so Origin and X-Forwarded-Host must agree.
  const origin = headerOf(request, 'origin')?.replace(/^http:\/\//, '');
  const others = [origin, headerOf(request, 'x-forwarded-host')];
  return isLocalHost(hostOf(request)) && others.every((host) => !host || isLocalHost(host));
}

function isLocalHost(host: string | undefined): boolean {
  return host !== undefined && LOCAL_HOST.test(host);
}

/** Only `Origin` proves that the browser uses http: a proxy can hide TLS from this server. */
function warnOfHttp(request: RequestLike, name: string): void {
  const [, host] = /^http:\/\/(.*)$/.exec(headerOf(request, 'origin') ?? '') ?? [];
  if (host === undefined || isLocalHost(host) || host !== hostOf(request)) return;
  warnOnce(
    'JOTKIT_SECURE_COOKIE',
    `Browsers drop the cookie "${name}" of a page that they loaded over http. Use https, or for a local network tokenCookies({ secure: false }).`,
  );
}
