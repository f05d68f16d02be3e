/** What is read of a request, whatever framework it comes from. */

/**
 * The headers of Node.js, with names in lower case, or those of fetch.
 *
 * @example
 * ```ts
 * const headers: HeadersLike = { authorization: `Bearer ${token}` };
 * ```
 */
export type HeadersLike =
  | { get(name: string): string | null }
  | { readonly [name: string]: string | string[] | undefined };

/**
 * A request of any framework: the requests of Node.js, Express, Fastify and fetch, the context of Koa and
 * the handshake of socket.io are such.
 *
 * @example
 * ```ts
 * const request: RequestLike = { method: 'GET', url: '/me', headers: new Headers() };
 * ```
 */
export interface RequestLike {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** The URL before a router took its part of the path away; it counts more than `url`. */
  readonly originalUrl?: string | undefined;
  readonly headers: HeadersLike;
}

/** The value of a header; several are joined, as fetch does. */
export function headerOf(request: RequestLike, name: string): string | undefined {
  const { headers } = request;
  if (isHeaders(headers)) return headers.get(name) ?? undefined;
  // Own members only: a polluted Object.prototype sends no token.
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return Array.isArray(value) ? value.join(name === 'cookie' ? '; ' : ', ') : value;
}

function isHeaders(headers: HeadersLike): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function';
}

/** The first cookie of this name that is not empty, read from the header: RFC 6265 §5.4. */
export function cookieOf(request: RequestLike, name: string): string | undefined {
  for (const pair of headerOf(request, 'cookie')?.split(';') ?? []) {
    const equals = pair.indexOf('=');
    // Not trim(): a subdomain may set U+00A0 and "__Host-at", which browsers take for a name without prefix.
    if (equals === -1 || pair.slice(0, equals).replace(/^[ \t]+/, '') !== name) continue;
    const value = pair.slice(equals + 1).trim();
    const bare = /^".*"$/.test(value) ? value.slice(1, -1) : value;
    if (bare) return bare;
  }
  return undefined;
}

/** The first parameter of this name in the query of the URL. */
export function queryOf(request: RequestLike, name: string): string | undefined {
  const url = request.originalUrl ?? request.url ?? '';
  const start = url.indexOf('?');
  if (start === -1) return undefined;
  const [query] = url.slice(start + 1).split('#', 1);
  return new URLSearchParams(query).get(name) ?? undefined;
}

/** The host, with its port, that the client meant to ask. */
export function hostOf(request: RequestLike): string | undefined {
  const host = headerOf(request, 'host');
  if (host !== undefined) return host;
  if (!isHeaders(request.headers)) return headerOf(request, ':authority');
  // A Request of fetch has it in its URL only.
  return URL.canParse(request.url ?? '') ? new URL(request.url ?? '').host : undefined;
}

/**
 * Whether a browser asks for leave to send the real request, without credentials: a preflight of CORS
 * has all three marks, and an OPTIONS request with fewer is none.
 */
export function isPreflight(request: RequestLike): boolean {
  return (
    request.method === 'OPTIONS' &&
    headerOf(request, 'origin') !== undefined &&
    headerOf(request, 'access-control-request-method') !== undefined
  );
}
