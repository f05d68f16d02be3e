/** Reads headers, cookies and the URL of a request of any framework. */

/**
 * Headers of Node.js (names in lower case) or of fetch.
 *
 * @example
 * ```ts
 * const headers: HeadersLike = { authorization: 'Bearer eyJhbGci…' };
 * ```
 */
export type HeadersLike =
  | { get(name: string): string | null }
  | { readonly [name: string]: string | string[] | undefined };

/**
 * A request of any framework: of Node.js, Express, Fastify or fetch, the context of Koa or the handshake of
 * socket.io.
 *
 * @example
 * ```ts
 * const request: RequestLike = { method: 'GET', url: '/me', headers: new Headers() };
 * ```
 */
export interface RequestLike {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** The URL before a router removed its mount path; preferred over `url`. */
  readonly originalUrl?: string | undefined;
  readonly headers: HeadersLike;
}

/** Returns the value of a header; repeated headers are joined, as in fetch. */
export function headerOf(request: RequestLike, name: string): string | undefined {
  const { headers } = request;
  if (isHeaders(headers)) return headers.get(name) ?? undefined;
  // Own members only, so that a polluted Object.prototype supplies no token.
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return Array.isArray(value) ? value.join(name === 'cookie' ? '; ' : ', ') : value;
}

function isHeaders(headers: HeadersLike): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function';
}

/** Returns the first non-empty cookie of this name (RFC 6265 §5.4). */
export function cookieOf(request: RequestLike, name: string): string | undefined {
  for (const pair of cookiePairs(request)) {
    const value = cookieValue(pair, name);
    if (value) return value;
  }
  return undefined;
}

/** Returns every non-empty cookie of this name: a subdomain or another path can have set more than one. */
export function allCookiesOf(request: RequestLike, name: string): string[] {
  return cookiePairs(request)
    .map((pair) => cookieValue(pair, name) ?? '')
    .filter(Boolean);
}

/** Returns the `Cookie` header in which these cookies have new values; `undefined` removes one. */
export function replaceCookies(
  request: RequestLike,
  values: ReadonlyMap<string, string | undefined>,
): string {
  const kept = cookiePairs(request).map((pair) => pair.trim());
  const others = kept.filter((pair) => pair !== '' && !values.has(cookieName(pair) ?? ''));
  const added = [...values].filter(([, value]) => value !== undefined);
  return [...others, ...added.map(([name, value]) => `${name}=${value}`)].join('; ');
}

function cookiePairs(request: RequestLike): string[] {
  return headerOf(request, 'cookie')?.split(';') ?? [];
}

function cookieName(pair: string): string | undefined {
  const equals = pair.indexOf('=');
  // Not trim(): a subdomain can set U+00A0 + "__Host-at", which has no prefix for browsers.
  return equals === -1 ? undefined : pair.slice(0, equals).replace(/^[ \t]+/, '');
}

function cookieValue(pair: string, name: string): string | undefined {
  if (cookieName(pair) !== name) return undefined;
  const value = pair.slice(pair.indexOf('=') + 1).trim();
  return /^".*"$/.test(value) ? value.slice(1, -1) : value;
}

/** Returns the first parameter of this name in the query of the URL. */
export function queryOf(request: RequestLike, name: string): string | undefined {
  const url = request.originalUrl ?? request.url ?? '';
  const start = url.indexOf('?');
  if (start === -1) return undefined;
  const [query] = url.slice(start + 1).split('#', 1);
  return new URLSearchParams(query).get(name) ?? undefined;
}

/** Returns the host, with its port, that the client requested. */
export function hostOf(request: RequestLike): string | undefined {
  const host = headerOf(request, 'host');
  if (host !== undefined) return host;
  if (!isHeaders(request.headers)) return headerOf(request, ':authority');
  // A fetch Request has the host only in its URL.
  return URL.canParse(request.url ?? '') ? new URL(request.url ?? '').host : undefined;
}

/** Whether this is a CORS preflight, which browsers send without credentials; no header of one is empty. */
export function isPreflight(request: RequestLike): boolean {
  return (
    request.method === 'OPTIONS' &&
    Boolean(headerOf(request, 'origin')) &&
    Boolean(headerOf(request, 'access-control-request-method'))
  );
}
