/** Protection of cookies against cross-site request forgery (CSRF). */

import { copyOwnProperties, isPlainObject, type OptionRule } from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import { AuthError } from './auth-error.ts';
import { debugLog, logRejection } from './debug-log.ts';
import type { TokenSource } from './extractors.ts';
import { headerOf, hostOf, type RequestLike } from './request.ts';

/**
 * Settings of the CSRF protection.
 *
 * @example
 * ```ts
 * const csrf: CsrfOptions = { origins: ['https://app.example'] };
 * ```
 */
export interface CsrfOptions {
  /** Other origins that can send requests, such as `https://app.example` or `capacitor://localhost`. */
  origins?: readonly string[];
  /**
   * Set it for requests that open a WebSocket, which a page of any site can do with the user's cookies. Then
   * browsers are accepted only from `origins`, whatever the method. A token in a cookie needs `origins`.
   */
  handshake?: boolean;
}

/** Whether a request passes, given where its token was found. */
export type CsrfCheck = (request: RequestLike, source: TokenSource | undefined) => boolean;

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** A host name has at most 253 characters. The cost of a URL with a longer one grows quadratically. */
const MAX_ORIGIN_CHARS = 300;

const isOrigin = (value: unknown) => {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { origin } = new URL(value);
  // URL has no origin for the schemes of apps and browser extensions.
  return origin === value || (origin === 'null' && /^[a-z][a-z\d+-]*:\/\/[\w.-]+$/.test(value));
};

const originsRule: OptionRule = {
  expected: 'an array of origins such as "https://app.example"',
  test: (value) => Array.isArray(value) && [...value].every(isOrigin),
};

export const csrfRule: OptionRule = {
  expected: `a boolean, or an object of origins (${originsRule.expected}) and handshake`,
  test(value) {
    if (!isPlainObject(value)) return typeof value === 'boolean';
    return Object.entries(value).every(([name, setting]) => {
      if (name === 'handshake') return typeof setting === 'boolean';
      return name === 'origins' && originsRule.test(setting);
    });
  },
};

/**
 * Rejects a request that changes state and may come from another site. A request passes with an `Origin` of
 * the list or with `Sec-Fetch-Site: same-origin` or `none`. From a browser without Fetch Metadata, the host
 * of `Origin` must equal `Host`. Without both headers the request is rejected.
 *
 * {@link createAuthenticator} calls this for tokens in cookies. You need it only if you read a cookie
 * yourself. Throws AuthError `csrf_failed`, and TypeError for an invalid list.
 *
 * @example
 * ```ts
 * checkCsrf({
 *   method: 'POST',
 *   headers: { host: 'api.example', 'sec-fetch-site': 'same-origin' },
 * });
 * ```
 */
export function checkCsrf(request: RequestLike, origins: readonly string[] = []): void {
  if (!originsRule.test(origins)) {
    throw usageError('ERR_OPTION_INVALID', `"origins" must be ${originsRule.expected}`);
  }
  if (passesCsrf(request, origins)) return;
  const error = new AuthError('csrf_failed');
  if (debugLog.isEnabled) logRejection(error, { request });
  throw error;
}

export function compileCsrf(csrf: boolean | CsrfOptions, withCookie: boolean): CsrfCheck {
  if (csrf === false) return () => true;
  const { origins, handshake }: CsrfOptions = copyOwnProperties(Object(csrf));
  if (!handshake) {
    return (request, source) => source !== 'cookie' || passesCsrf(request, origins ?? []);
  }
  if (withCookie && !origins) {
    const message = '"origins" is required if a WebSocket reads its token from a cookie';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  return (request, source) => {
    const origin = headerOf(request, 'origin');
    if (origin === undefined) {
      // Not a browser, or a polling transport's first request from a page of the same origin.
      return source !== 'cookie' || headerOf(request, 'sec-fetch-site') === 'same-origin';
    }
    return origins === undefined || origins.includes(origin);
  };
}

function passesCsrf(request: RequestLike, origins: readonly string[]): boolean {
  if (SAFE_METHODS.includes(request.method ?? '')) return true;
  const origin = headerOf(request, 'origin');
  if (origin !== undefined && origins.includes(origin)) return true;
  const site = headerOf(request, 'sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  if (origin === undefined || origin.length > MAX_ORIGIN_CHARS) return false;
  if (!URL.canParse(origin)) return false;
  // Compares hosts only: behind a proxy that terminates TLS the scheme is unknown.
  return new URL(origin).host === hostOf(request);
}
