/** Protection of cookies against cross-site request forgery (CSRF). */

import { copyOwnProperties, isPlainObject, type OptionRule } from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import { AuthError } from './auth-error.ts';
import { debugLog, logRejection } from './debug-log.ts';
import type { TokenSource } from './extractors.ts';
import { allowsOrigin, MAX_ORIGIN_CHARS, type Origins, originsRule } from './origins.ts';
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
  origins?: Origins;
  /**
   * Set it if every request opens a socket, also those without `Upgrade: websocket`, such as the polling of
   * socket.io. Then `origins` also limits tokens that are not in a cookie.
   */
  handshake?: boolean;
}

/** Whether a request passes, given where its token was found. */
export type CsrfCheck = (request: RequestLike, source: TokenSource | undefined) => boolean;

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

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
 * `origins` or with `Sec-Fetch-Site: same-origin` or `none`. From a browser without Fetch Metadata, the host
 * of `Origin` must equal `Host`. Without both headers the request is rejected.
 *
 * A request that opens a WebSocket must have an `Origin` of `origins` or of its `Host`, whatever its method:
 * a page of any site can open one with the user's cookies (RFC 6455 §10.2).
 *
 * {@link createAuthenticator} calls this for tokens in cookies. You need it only if you read a cookie
 * yourself. Throws AuthError `csrf_failed`, and TypeError for invalid `origins`.
 *
 * @example
 * ```ts
 * checkCsrf({
 *   method: 'POST',
 *   headers: { host: 'api.example', 'sec-fetch-site': 'same-origin' },
 * });
 * ```
 */
export function checkCsrf(request: RequestLike, origins: Origins = []): void {
  if (!originsRule.test(origins)) {
    throw usageError('ERR_OPTION_INVALID', `"origins" must be ${originsRule.expected}`);
  }
  if (passesCsrf(request, origins)) return;
  const error = new AuthError('csrf_failed');
  if (debugLog.isEnabled) logRejection(error, { request });
  throw error;
}

export function compileCsrf(csrf: boolean | CsrfOptions): CsrfCheck {
  if (csrf === false) return () => true;
  const { origins, handshake }: CsrfOptions = copyOwnProperties(Object(csrf));
  if (!handshake) {
    return (request, source) => source !== 'cookie' || passesCsrf(request, origins ?? []);
  }
  return (request, source) => {
    if (source !== 'cookie' && (!origins || headerOf(request, 'origin') === undefined)) return true;
    if (isFromKnownOrigin(request, origins ?? [])) return true;
    // The polling of socket.io: a page of the same origin sends no Origin with GET.
    return !opensSocket(request) && headerOf(request, 'sec-fetch-site') === 'same-origin';
  };
}

function passesCsrf(request: RequestLike, origins: Origins): boolean {
  if (opensSocket(request)) return isFromKnownOrigin(request, origins);
  if (SAFE_METHODS.includes(request.method ?? '')) return true;
  const site = headerOf(request, 'sec-fetch-site');
  if (site === undefined) return isFromKnownOrigin(request, origins);
  return site === 'same-origin' || site === 'none' || isListed(request, origins);
}

/** Whether the request opens a WebSocket: over HTTP/2 with CONNECT (RFC 8441 §4). */
function opensSocket(request: RequestLike): boolean {
  if (request.method === 'CONNECT') return true;
  const upgrade = headerOf(request, 'upgrade');
  return upgrade !== undefined && /websocket/i.test(upgrade);
}

function isFromKnownOrigin(request: RequestLike, origins: Origins): boolean {
  if (isListed(request, origins)) return true;
  const origin = headerOf(request, 'origin');
  if (origin === undefined || origin.length > MAX_ORIGIN_CHARS) return false;
  // Compares hosts only: behind a proxy that terminates TLS the scheme is unknown.
  if (!URL.canParse(origin)) return false;
  const { host, protocol } = new URL(origin);
  const requested = hostOf(request);
  if (host === '' || host === requested) return host !== '';
  // A proxy can add the default port to Host, which no origin has.
  const url = `${protocol}//${requested}`;
  return requested !== undefined && URL.canParse(url) && new URL(url).host === host;
}

function isListed(request: RequestLike, origins: Origins): boolean {
  const origin = headerOf(request, 'origin');
  return origin !== undefined && allowsOrigin(origins, origin, request);
}
