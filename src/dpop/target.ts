/** Compares the URL in a proof with that of the request (RFC 9449 §4.3, RFC 3986 §6.2.2, §6.2.3). */

import { isListOf, type OptionRule } from '../core/option-rules.ts';
import { MAX_ORIGIN_CHARS } from '../http/origins.ts';
import { hostOf, type RequestLike } from '../http/request.ts';

/** Where the resource is, as clients see it; normalized. */
export interface Target {
  readonly origin: string;
  /** A path that a proxy removes from requests, without a slash at its end. */
  readonly base: string;
}

/** Scheme, authority and path. The query and the fragment do not count (RFC 9449 §4.3, step 9). */
const HTTP_URL = /^(https?):\/\/([^/?#]*)([^?#]*)/i;

/** The path of a request: `/path`, or that of the absolute form, whose authority counts no more than `Host`. */
const REQUEST_PATH = /^(?:[a-z][a-z\d+.-]*:\/\/[^/?#]*)?([^?#]*)/i;

/** Parses an origin, with or without a path. Returns `undefined` for other text. */
export function parseTarget(text: string): Target | undefined {
  const [whole, scheme = '', authority = '', path = ''] = HTTP_URL.exec(text) ?? [];
  const origin = normalizeOrigin(scheme, authority);
  if (whole !== text || !origin) return undefined;
  return { origin, base: normalizePath(path).replace(/\/$/, '') };
}

const isTarget = (value: unknown) => typeof value === 'string' && parseTarget(value) !== undefined;

export const originRule: OptionRule = {
  expected: 'a URL such as "https://api.example" without query and fragment, or an array of these',
  test: (value) => isTarget(value) || isListOf(isTarget)(value),
};

/** Returns the URLs that a proof for this request can name. Of several targets, `Host` selects. */
export function requestUrls(request: RequestLike, targets: readonly Target[]): string[] {
  const [, path = ''] = REQUEST_PATH.exec(request.originalUrl ?? request.url ?? '') ?? [];
  // `*` of OPTIONS and the authority of CONNECT are no paths.
  if (path !== '' && !path.startsWith('/')) return [];
  return selectByHost(request, targets).flatMap(({ origin, base }) => {
    // Joined as text: new URL('//evil/x', origin) has another host.
    const paths = [base + path];
    // A proxy that removes the base makes "/" of both.
    if (base !== '' && path === '/') paths.push(base);
    return paths.map((each) => origin + normalizePath(each));
  });
}

/** Whether the `htu` of a proof is one of these URLs. */
export function isOneOf(urls: readonly string[], htu: unknown): boolean {
  if (typeof htu !== 'string') return false;
  return urls.includes(htu) || urls.includes(normalizeUrl(htu) ?? '');
}

function selectByHost(request: RequestLike, targets: readonly Target[]): readonly Target[] {
  if (targets.length === 1) return targets;
  const host = hostOf(request) ?? '';
  return targets.filter(({ origin }) => {
    return normalizeOrigin(origin.slice(0, origin.indexOf(':')), host) === origin;
  });
}

/** Returns a URL of http or https without query and fragment; `undefined` for other text. */
export function normalizeUrl(url: string): string | undefined {
  const [, scheme = '', authority = '', path = ''] = HTTP_URL.exec(url) ?? [];
  const origin = normalizeOrigin(scheme, authority);
  return origin && origin + normalizePath(path);
}

/** Lower case, no default port, the ASCII form of an international name. Rejects a user and a password. */
function normalizeOrigin(scheme: string, authority: string): string | undefined {
  // What URL removes, and what ends the authority: a `Host` can contain any character.
  const isStrange = authority === '' || /[\0- @/\\?#]/.test(authority);
  if (isStrange || authority.length > MAX_ORIGIN_CHARS) return undefined;
  const url = `${scheme}://${authority}`;
  return URL.canParse(url) ? new URL(url).origin : undefined;
}

/** An escape, a percent sign that begins none, and characters that a path cannot contain. */
const ESCAPES = /%[\da-fA-F]{2}|%|[^%\w.~!$&'()*+,;=:@/-]+/g;
const UNRESERVED = /^[\w.~-]$/;

/** RFC 3986 §6.2.2: one spelling for each character, no dot segments. Not URL, which makes `\` a slash. */
function normalizePath(path: string): string {
  return removeDotSegments(path.replace(ESCAPES, normalizeEscape));
}

function normalizeEscape(text: string): string {
  if (text === '%') return '%25';
  if (!text.startsWith('%')) return escapeBytes(text);
  const character = String.fromCharCode(Number.parseInt(text.slice(1), 16));
  return UNRESERVED.test(character) ? character : text.toUpperCase();
}

function escapeBytes(text: string): string {
  return Buffer.from(text).toString('hex').toUpperCase().replace(/../g, '%$&');
}

/** RFC 3986 §5.2.4, for a path that is empty or begins with a slash. */
function removeDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (const [index, segment] of segments.entries()) {
    if (segment !== '.' && segment !== '..') {
      kept.push(segment);
      continue;
    }
    if (segment === '..') kept.pop();
    if (index === segments.length - 1) kept.push('');
  }
  return `/${kept.join('/')}`;
}
