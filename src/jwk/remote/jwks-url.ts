/** Checks the URLs that keys are fetched from. */

/** Hosts on this machine: RFC 8252 §7.3, RFC 6761 §6.3; also as IPv6, and the unspecified addresses. */
const LOOPBACK =
  /^(?:(?:.+\.)?localhost\.?|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\]|\[::ffff:(?:7f[\da-f]{2}:[\da-f]+|0:0)\])$/;

/** Returns a URL, or a string that says what is wrong, without quoting the input. */
export function readUrl(input: unknown, allowHttp: boolean): URL | string {
  if (!(typeof input === 'string' || input instanceof URL)) return 'must be a URL';
  // A copy: the caller can change the object later.
  const url = parseUrl(String(input));
  if (!url) return 'must be an absolute URL';
  if (url.username || url.password) return 'must not have credentials: pass them as "headers"';
  if (url.protocol === 'https:') return url;
  if (url.protocol === 'http:' && (allowHttp || isLoopback(url))) return url;
  return 'must start with https: unless its host is this machine';
}

/** Whether the host is this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return LOOPBACK.test(hostname);
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** Returns the URL without its query, which may contain credentials. */
export function shownUrl({ origin, pathname }: URL): string {
  return origin + pathname;
}
