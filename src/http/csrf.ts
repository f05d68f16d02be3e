/** Whether a request that brought a cookie was meant by the site itself. */

import { copyOwnProperties, isPlainObject, type OptionRule } from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import { AuthError } from './auth-error.ts';
import type { TokenSource } from './extractors.ts';
import { headerOf, hostOf, type RequestLike } from './request.ts';

/**
 * How requests are held against forgery.
 *
 * @example
 * ```ts
 * const csrf: CsrfOptions = { origins: ['https://app.example'] };
 * ```
 */
export interface CsrfOptions {
  /** Other origins that may send them, such as `https://app.example` or `capacitor://localhost`. */
  origins?: readonly string[];
  /**
   * The request opens a WebSocket, which the page of any site may do with the cookies of the user: a
   * browser is let in from these origins only, whatever the method, and a cookie needs the list.
   */
  handshake?: boolean;
}

/** Whether a request whose token stood there, if it has one, may be believed. */
export type CsrfCheck = (request: RequestLike, source: TokenSource | undefined) => boolean;

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

const isOrigin = (value: unknown) => {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { origin } = new URL(value);
  // The pages of apps and extensions: only the schemes of the web have an origin that URL knows.
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
 * Refuses a request that changes something and may come from another site. It passes with
 * `Sec-Fetch-Site: same-origin`; from a browser without Fetch Metadata with an `Origin` whose host is the
 * one that was asked; with an origin of the list. Without both headers it is refused.
 *
 * {@link createAuthenticator} does this by itself for tokens in cookies: needed only where a cookie is read
 * without it. Throws AuthError `csrf_failed`; TypeError for a list that is none.
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
  if (!isMeant(request, origins)) throw new AuthError('csrf_failed');
}

export function compileCsrf(csrf: boolean | CsrfOptions, withCookie: boolean): CsrfCheck {
  if (csrf === false) return () => true;
  const { origins, handshake }: CsrfOptions = copyOwnProperties(Object(csrf));
  if (!handshake) {
    return (request, source) => source !== 'cookie' || isMeant(request, origins ?? []);
  }
  if (withCookie && !origins) {
    const message = '"origins" must be given where a WebSocket takes its token from a cookie';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  return (request, source) => {
    const origin = headerOf(request, 'origin');
    if (origin === undefined) {
      // No browser, or the first request of a transport by polling, from a page of the same origin.
      return source !== 'cookie' || headerOf(request, 'sec-fetch-site') === 'same-origin';
    }
    return origins === undefined || origins.includes(origin);
  };
}

function isMeant(request: RequestLike, origins: readonly string[]): boolean {
  if (SAFE_METHODS.includes(request.method ?? '')) return true;
  const origin = headerOf(request, 'origin');
  if (origin !== undefined && origins.includes(origin)) return true;
  const site = headerOf(request, 'sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  if (origin === undefined || !URL.canParse(origin)) return false;
  // Hosts alone: behind a proxy that ends TLS the scheme is not known.
  return new URL(origin).host === hostOf(request);
}
