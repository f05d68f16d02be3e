/** Which addresses keys are fetched from. */

/** Hosts that no network lies before: RFC 8252 §7.3, RFC 6761 §6.3. */
const LOOPBACK = /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/;

/** The address as a URL, or, as text, what is wrong with it. Nothing of it is quoted. */
export function readUrl(address: unknown, allowHttp: boolean): URL | string {
  if (!(typeof address === 'string' || address instanceof URL)) return 'must be a URL';
  // A copy: the caller's object may change later.
  const url = parseUrl(String(address));
  if (!url) return 'must be an absolute URL';
  if (url.username || url.password) return 'must not hold credentials: give them as "headers"';
  if (url.protocol === 'https:') return url;
  if (url.protocol === 'http:' && (allowHttp || LOOPBACK.test(url.hostname))) return url;
  return 'must begin with https: unless its host is this machine';
}

function parseUrl(address: string): URL | undefined {
  return URL.canParse(address) ? new URL(address) : undefined;
}

/** The address without its query, which may hold what is not for logs. */
export function shownUrl({ origin, pathname }: URL): string {
  return origin + pathname;
}
