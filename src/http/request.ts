/** Reads headers, cookies and the URL of a request of any framework. */

import { isPlainObject, typeNameOf } from '../core/option-rules.ts';
import { usageError } from '../errors.ts';

/**
 * Headers of fetch, or an object of names, in any case, and values. Those of Node.js are in lower case, those of
 * AWS API Gateway as the client sent them.
 *
 * @example
 * ```ts
 * const headers: HeadersLike = { authorization: 'Bearer eyJhbGci…' };
 * ```
 */
export type HeadersLike =
  | { get(name: string): string | null | undefined }
  | { readonly [name: string]: string | readonly string[] | null | undefined };

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
  /** `null` or absent: the request has none, as in an event of API Gateway. */
  readonly headers?: HeadersLike | null | undefined;
}

/** Returns the value of a header, whose `name` is in lower case; repeated headers are joined, as in fetch. */
export function headerOf(request: RequestLike, name: string): string | undefined {
  const { headers } = request;
  if (headers === undefined || headers === null) return undefined;
  if (isHeaders(headers)) {
    const value = headers.get(name);
    const isMap = (value === undefined || value === null) && headers instanceof Map;
    return textOf(name, isMap ? anyCase(Object.fromEntries(headers), name) : value);
  }
  if (typeof headers !== 'object' || Array.isArray(headers)) {
    const message = `"headers" must be Headers or an object of names and values, got ${typeNameOf(headers)}`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
  // Own members only, so that a polluted Object.prototype supplies no token.
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return textOf(name, value ?? anyCase(headers, name));
}

function isHeaders(
  headers: RequestLike['headers'],
): headers is { get(name: string): string | null | undefined } {
  return typeof headers?.get === 'function';
}

/** Node.js and fetch have names in lower case only. The loop without arrays costs 10 ns a header that is absent. */
function anyCase(headers: Readonly<Record<string, unknown>>, name: string): unknown {
  let values: unknown[] | undefined;
  for (const key in headers) {
    if (key.length !== name.length || key.toLowerCase() !== name) continue;
    if (Object.hasOwn(headers, key)) values = [values ?? [], headers[key] ?? []].flat(2);
  }
  return values;
}

/** No client can send anything but strings, so another type is an error of the caller. */
function textOf(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    return value.length > 0 ? value.join(name === 'cookie' ? '; ' : ', ') : undefined;
  }
  const message = `the header "${name}" must be a string or an array of strings, got ${typeNameOf(value)}`;
  throw usageError('ERR_OPTION_INVALID', message);
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

/** The pairs of the header; without it, those that an HTTP API of AWS or a parser put into `cookies`. */
function cookiePairs(request: RequestLike): string[] {
  const header = headerOf(request, 'cookie');
  if (header !== undefined) return header.split(';');
  const cookies: unknown = Object.hasOwn(request, 'cookies') && Reflect.get(request, 'cookies');
  if (Array.isArray(cookies)) return cookies.filter((pair) => typeof pair === 'string');
  if (!isPlainObject(cookies)) return [];
  return Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
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
  const url = String(request.originalUrl ?? request.url ?? '');
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
