/** The places in a request where a token may stand. */

import { isThenable } from '../core/keys/import-key.ts';
import { usageError } from '../errors.ts';
import { cookieOf, headerOf, queryOf, type RequestLike } from './request.ts';

/**
 * Where a token stood; `custom` is a function of the caller that does not say.
 *
 * @example
 * ```ts
 * const isCookie = (source: TokenSource) => source === 'cookie';
 * ```
 */
export type TokenSource = 'header' | 'cookie' | 'query' | 'protocol' | 'handshake' | 'custom';

/**
 * Finds the token of a request: undefined, null or '' where there is none. `context` is what the
 * framework itself has for a request.
 *
 * A function that reads a cookie has to say so with `source: 'cookie'`, so that the request is held
 * against forgery.
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
  (request: RequestLike, context: Context): Answer | Promise<Answer>;
  readonly source?: TokenSource;
}

type Answer = string | null | undefined;

/** A token that was found; only a token that is a string can be a good one. */
export interface Found {
  readonly token: unknown;
  readonly source: TokenSource;
}

/**
 * `Authorization: Bearer …` (RFC 6750 §2.1). The scheme is read in any case; another scheme counts as no
 * token at all.
 *
 * @example
 * ```ts
 * const authenticate = createAuthenticator({ key: secret, from: bearer() });
 * ```
 */
export function bearer(): Extractor {
  return extractor('header', (request) => {
    const value = headerOf(request, 'authorization');
    return value && /^bearer +/i.test(value) ? value.replace(/^\S+ +/, '') : undefined;
  });
}

/**
 * A cookie, read from the header itself. It is asked after all other sources, because browsers send it
 * unasked, and a request that changes something is held against forgery: see the option `csrf`.
 *
 * @example
 * ```ts
 * const authenticate = createAuthenticator({ key: secret, from: [bearer(), cookie('__Host-at')] });
 * ```
 */
export function cookie(name: string): Extractor {
  checkName('cookie', name);
  return extractor('cookie', (request) => cookieOf(request, name));
}

/**
 * A parameter of the URL (RFC 6750 §2.3). URLs are logged, shared and sent to other sites: only for
 * clients that can send nothing else. Answers get `Cache-Control: private`.
 *
 * @example
 * ```ts
 * const authenticate = createAuthenticator({ key: secret, from: [bearer(), query('access_token')] });
 * ```
 */
export function query(name: string): Extractor {
  checkName('query', name);
  return extractor('query', (request) => queryOf(request, name));
}

/**
 * A header that holds the token and nothing else.
 *
 * @example
 * ```ts
 * const authenticate = createAuthenticator({ key: secret, from: header('x-access-token') });
 * ```
 */
export function header(name: string): Extractor {
  checkName('header', name);
  const lower = name.toLowerCase();
  return extractor('header', (request) => headerOf(request, lower)?.trim());
}

/**
 * The protocol that stands behind `marker` in `Sec-WebSocket-Protocol`: the only header that a browser
 * lets a page set on a WebSocket, as `new WebSocket(url, ['bearer', token])`.
 *
 * @example
 * ```ts
 * const authenticate = createAuthenticator({ key: secret, from: wsProtocol('bearer') });
 * ```
 */
export function wsProtocol(marker: string): Extractor {
  checkName('wsProtocol', marker);
  return extractor('protocol', (request) => {
    const protocols = headerOf(request, 'sec-websocket-protocol')?.split(',') ?? [];
    const at = protocols.findIndex((protocol) => protocol.trim() === marker);
    return at === -1 ? undefined : protocols[at + 1]?.trim();
  });
}

/** The tokens of a request: the first, or all where more than one is to be refused. */
export async function extract<Context>(
  extractors: readonly Extractor<Context>[],
  request: RequestLike,
  context: Context,
  all: boolean,
): Promise<Found[]> {
  const found: Found[] = [];
  for (const find of extractors) {
    const answer = find(request, context);
    const token = isThenable(answer) ? await answer : answer;
    if (token === undefined || token === null || token === '') continue;
    found.push({ token, source: find.source ?? 'custom' });
    if (!all) break;
  }
  return found;
}

/** Browsers attach cookies unasked: whatever was sent on purpose comes first. */
export function cookiesLast<Context>(extractors: readonly Extractor<Context>[]) {
  return [...extractors].sort((a, b) => Number(isCookie(a)) - Number(isCookie(b)));
}

export function isCookie<Context>({ source }: Extractor<Context>): boolean {
  return source === 'cookie';
}

function extractor(source: TokenSource, find: (request: RequestLike) => Answer): Extractor {
  return Object.assign(find, { source });
}

/** RFC 9110 §5.6.2: what names of headers, cookies and protocols are made of. */
function checkName(of: string, name: unknown): void {
  if (typeof name === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(name)) return;
  throw usageError('ERR_OPTION_INVALID', `${of}() needs a name without spaces and separators`);
}
