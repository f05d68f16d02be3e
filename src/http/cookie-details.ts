/** What the handlers of sessions know of the cookies of `tokenCookies`, beyond their public methods. */

import type { TokenCookie } from './token-cookie.ts';

export interface CookieDetails {
  readonly access: TokenCookie | undefined;
  readonly refresh: TokenCookie;
  /** Whether the options name the path of the refresh cookie, or its prefix requires one. */
  readonly hasOwnPath: boolean;
  /** Moves the refresh cookie to the path of its handlers. Throws TypeError for a second path. */
  moveTo(path: string): void;
}

/** Registered, because each bundle has its own copy of this file. */
const details = Symbol.for('jotkit.cookieDetails');

/** Adds the details to the cookies. Not enumerable: a copy of the object has methods of its own. */
export function setCookieDetails(cookies: object, value: CookieDetails): void {
  Object.defineProperty(cookies, details, { __proto__: null, value } as PropertyDescriptor);
}

/** Returns undefined for an object that is not of `tokenCookies`. */
export function cookieDetailsOf(cookies: object): CookieDetails | undefined {
  const descriptor = Object.getOwnPropertyDescriptor(cookies, details);
  return descriptor?.value as CookieDetails | undefined;
}
