/** Adds cookies to a response or a cookie store of any framework. */

import { typeNameOf } from '../core/option-rules.ts';
import { isThenable } from '../core/thenable.ts';
import { usageError } from '../errors.ts';
import type { CookieAttributes, SetCookie } from './set-cookie.ts';

/**
 * What cookies can be added to:
 *
 * - a response of Node.js, Express, Koa, Fastify or Hono, or the `Headers` of fetch,
 * - the cookie store of Next.js (`await cookies()`) or SvelteKit (`event.cookies`),
 * - a `NextResponse`, whose `cookies` the same rendering sees.
 *
 * @example
 * ```ts
 * const logOut = (response: CookieTarget) => tokenCookies().clear(response);
 * ```
 */
export type CookieTarget =
  | { append(name: string, value: string): unknown }
  | { appendHeader(name: string, value: string): unknown }
  | { header(name: string, value: string, options?: { append?: boolean }): unknown }
  | { readonly cookies: CookieStore }
  | CookieStore;

/**
 * The part of a cookie store that is used.
 *
 * @example
 * ```ts
 * const logOut = (store: CookieStore) => tokenCookies().clear(store);
 * ```
 */
export interface CookieStore {
  /** Adds a cookie, or replaces it. */
  set(name: string, value: string, attributes: CookieAttributes): unknown;
}

/** Throws TypeError for any other target. */
export function addCookie(target: CookieTarget, cookie: SetCookie): void {
  const { header, name, value, attributes } = cookie;
  // The order matters: `set` of Express, Koa and Hono sets a header or a variable.
  if (hasMethod(target, 'append')) target.append('Set-Cookie', header);
  else if (hasMethod(target, 'appendHeader')) target.appendHeader('Set-Cookie', header);
  // Fastify always appends cookies; Hono needs the option.
  else if (hasMethod(target, 'header')) target.header('Set-Cookie', header, { append: true });
  else if ('cookies' in Object(target) && hasMethod(Object(target).cookies, 'set')) {
    Object(target).cookies.set(name, value, attributes);
  } else if (hasMethod(target, 'set')) target.set(name, value, attributes);
  else {
    const hint = isThenable(target) ? 'a promise: await it first' : typeNameOf(target);
    throw usageError(
      'ERR_OPTION_INVALID',
      `cookies need a response, Headers or a cookie store, got ${hint}`,
    );
  }
}

function hasMethod<Name extends string>(
  target: unknown,
  name: Name,
): target is Record<Name, (...args: unknown[]) => unknown> {
  return typeof Object(target)[name] === 'function';
}
