/** Extractors: they find the token in a header, a cookie, the URL or the WebSocket protocols. */

import { isThenable } from '../core/thenable.ts';
import { usageError } from '../errors.ts';
import { cookieOf, headerOf, queryOf, type RequestLike } from './request.ts';

/**
 * Where a token was found; `custom` for your own extractor without `source`.
 *
 * @example
 * ```ts
 * const isCookie = (source: TokenSource) => source === 'cookie';
 * ```
 */
export type TokenSource = 'header' | 'cookie' | 'query' | 'protocol' | 'handshake' | 'custom';

/**
 * Finds the token of a request. Returns `undefined`, `null` or `''` without a token. `context` is the
 * framework's own request or context.
 *
 * An extractor that reads a cookie must set `source: 'cookie'`, which enables the CSRF protection.
 *
 * @example
 * ```ts
 * const fromLegacyCookie: Extractor = Object.assign(
 *   (request: RequestLike) => cookie('session')(request, undefined),
 *   { source: 'cookie' as const },
 * );
 * ```
 */
export interface Extractor<Context = unknown> {
  (request: RequestLike, context: Context): MaybeToken | Promise<MaybeToken>;
  readonly source?: TokenSource;
}

type MaybeToken = string | null | undefined;

/** A token and its source. Custom extractors can return any type, so the verifier checks it. */
export interface FoundToken {
  readonly token: unknown;
  readonly source: TokenSource;
  /** Whether it was in `Authorization: DPoP`. */
  readonly isDpop: boolean;
}

/** What {@link placeOf} returns: not a member, because an extractor is public. */
const places = new WeakMap<object, string>();

const BEARER = /^bearer +/i;
const DPOP = /^dpop +/i;

/**
 * Reads `Authorization: Bearer …` (RFC 6750 §2.1). The scheme is case-insensitive. A header with another
 * scheme counts as no token.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const authenticate = createAuthenticator({ key: JWT_SECRET, from: bearer() });
 * ```
 */
export function bearer(): Extractor {
  return extractor('header', '"Authorization: Bearer"', (request) => {
    const value = headerOf(request, 'authorization')?.trim();
    return value && BEARER.test(value) ? value.replace(BEARER, '') : undefined;
  });
}

/** Reads `Authorization: DPoP …` (RFC 9449 §7.1). Authenticators with `dpop` or `allowUnconfirmed` look here first. */
export const dpopToken: Extractor = extractor('header', '"Authorization: DPoP"', (request) => {
  const value = headerOf(request, 'authorization')?.trim();
  return value && DPOP.test(value) ? value.replace(DPOP, '') : undefined;
});

/**
 * Reads a cookie from the `Cookie` header. Cookies are read after all other sources, because browsers attach
 * them to every request. Requests that change state are checked for CSRF: see the option `csrf`.
 *
 * @example
 * ```ts
 * const { JWT_SECRET: key = '' } = process.env;
 * const authenticate = createAuthenticator({ key, from: [bearer(), cookie('__Host-at')] });
 * ```
 */
export function cookie(name: string): Extractor {
  checkFieldName('cookie', name);
  return extractor('cookie', `cookie "${name}"`, (request) => cookieOf(request, name));
}

/**
 * Reads a parameter of the URL (RFC 6750 §2.3). URLs are logged, shared and sent to other sites, so use it
 * only for clients that cannot send a header. Adds `Cache-Control: private` to responses.
 *
 * @example
 * ```ts
 * const { JWT_SECRET: key = '' } = process.env;
 * const authenticate = createAuthenticator({ key, from: [bearer(), query('access_token')] });
 * ```
 */
export function query(name: string): Extractor {
  checkFieldName('query', name);
  return extractor('query', `query "${name}"`, (request) => queryOf(request, name));
}

/**
 * Reads a header that contains only the token. A `Bearer ` in front of the token is ignored.
 *
 * @example
 * ```ts
 * const { JWT_SECRET: key = '' } = process.env;
 * const authenticate = createAuthenticator({ key, from: header('x-access-token') });
 * ```
 */
export function header(name: string): Extractor {
  checkFieldName('header', name);
  const lower = name.toLowerCase();
  return extractor('header', `header "${name}"`, (request) => {
    return headerOf(request, lower)?.trim().replace(BEARER, '');
  });
}

/**
 * Reads the protocol after `marker` in `Sec-WebSocket-Protocol`, the only header that a page can set on a
 * WebSocket: `new WebSocket(url, ['bearer', token])`.
 *
 * @example
 * ```ts
 * const { JWT_SECRET: key = '' } = process.env;
 * const authenticate = createAuthenticator({ key, from: wsProtocol('bearer') });
 * ```
 */
export function wsProtocol(marker: string): Extractor {
  checkFieldName('wsProtocol', marker);
  return extractor('protocol', `"Sec-WebSocket-Protocol: ${marker}"`, (request) => {
    const protocols = headerOf(request, 'sec-websocket-protocol')?.split(',') ?? [];
    const at = protocols.findIndex((protocol) => protocol.trim() === marker);
    return at === -1 ? undefined : protocols[at + 1]?.trim();
  });
}

/** Returns the first token of a request, or with `all` every token. */
export async function extract<Context>(
  extractors: readonly Extractor<Context>[],
  request: RequestLike,
  context: Context,
  all: boolean,
): Promise<FoundToken[]> {
  const found: FoundToken[] = [];
  for (const find of extractors) {
    const result = find(request, context);
    const token = isThenable(result) ? await result : result;
    if (token === undefined || token === null || token === '') continue;
    found.push({ token, source: find.source ?? 'custom', isDpop: find === dpopToken });
    if (!all) break;
  }
  return found;
}

/** Browsers attach cookies to every request, so tokens that the client sent explicitly come first. */
export function cookiesLast<Context>(extractors: readonly Extractor<Context>[]) {
  return [...extractors].sort((a, b) => Number(isCookie(a)) - Number(isCookie(b)));
}

function isCookie<Context>({ source }: Extractor<Context>): boolean {
  return source === 'cookie';
}

const factories = new Set<unknown>([bearer, cookie, query, header, wsProtocol]);

/** `from: bearer` without a call would return a function as the token of each request. */
export function isExtractor(value: unknown): boolean {
  return typeof value === 'function' && !factories.has(value);
}

/** Where an extractor looks, for the log. */
export function placeOf(extractor: Extractor<never>): string {
  return places.get(extractor) ?? extractor.source ?? 'your function in "from"';
}

/** Names the source, and the place for the log. */
export function extractor(
  source: TokenSource,
  place: string,
  find: (request: RequestLike) => MaybeToken,
): Extractor {
  places.set(find, place);
  return Object.assign(find, { source });
}

/** RFC 9110 §5.6.2: the characters in names of headers, cookies and protocols. */
function checkFieldName(extractorName: string, name: unknown): void {
  if (typeof name === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(name)) return;
  const message = `${extractorName}() needs a name without spaces and separators`;
  throw usageError('ERR_OPTION_INVALID', message);
}
