/** Where handlers are mounted: browsers send the refresh cookie only there. */

import { usageError } from '../errors.ts';
import { cookieDetailsOf } from '../http/cookie-details.ts';
import type { SessionCookies } from './session-cookies.ts';

const DEFAULT_PATH = '/auth';
const MAX_SHOWN_CHARS = 100;

/** What handlers need to know of their place. */
export interface Mount {
  /** The prefix of the routes of `handle`. */
  readonly path: string;
  /**
   * Whether `refresh` or `logout` is within the path. Throws TypeError instead of false before the first one
   * that was: a mount that differs. Afterwards it is a client that spells the path in another way.
   */
  check(request: Request): boolean;
  /** Throws TypeError if a login shows that the other handlers are elsewhere. */
  checkLogin(request: Request): void;
}

/**
 * Moves the refresh cookie to `given`, unless its options name a path. Throws TypeError if the access cookie
 * does not reach the handlers.
 */
export function createMount(given: string | undefined, cookies: SessionCookies | false): Mount {
  const details = cookies ? cookieDetailsOf(cookies) : undefined;
  const own = details?.hasOwnPath ? details.refresh.path.replace(/\/$/, '') : '';
  const path = given ?? (own || DEFAULT_PATH);
  if (details && !details.hasOwnPath) details.moveTo(path);
  if (details?.access && !isBelow(details.refresh.path, details.access.path)) {
    const message = `the path "${details.access.path}" of the access cookie must cover "${details.refresh.path}", where the refresh token is used`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
  // Browsers send a cookie of the path "/" everywhere.
  const isAnywhere = given === undefined && (!cookies || !details || details.refresh.path === '/');

  let isConfirmed = false;

  function check(request: Request): boolean {
    const pathname = pathOf(request);
    if (!cookies || isAnywhere || isBelow(pathname, path)) {
      isConfirmed = true;
      return true;
    }
    if (isConfirmed) return false;
    throw usageError(
      'ERR_OPTION_INVALID',
      `the handlers have the path "${path}", but a request came to "${pathname.slice(0, MAX_SHOWN_CHARS)}": set "path" to where they are mounted`,
    );
  }

  return {
    path,
    check,
    checkLogin(request) {
      const pathname = pathOf(request);
      // An application can log in elsewhere, such as at a callback. A default, or a prefix before the path,
      // is a mount that differs.
      const isMountedElsewhere = pathname.includes(`${path}/`);
      if (given === undefined || isMountedElsewhere) check(request);
    },
  };
}

/** Returns the path of the URL. Throws TypeError for the request or context of a framework. */
export function pathOf(request: Request): string {
  const { url } = Object(request);
  if (URL.canParse(url)) return new URL(url).pathname;
  const message =
    '"request" must be a Request of fetch: use toListener of jotkit/node, or c.req.raw in Hono';
  throw usageError('ERR_OPTION_INVALID', message);
}

/** Path-match of RFC 6265 §5.1.4. */
export function isBelow(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
}
