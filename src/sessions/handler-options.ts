/** The options of the session handlers: their types and their rules. */

import * as option from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import { type Origins, originsRule } from '../http/origins.ts';
import { type IssueOptions, jsonLength, loginRules, type UserId } from './arguments.ts';
import type { SessionCookies } from './session-cookies.ts';
import type { Sessions } from './sessions.ts';
import { isLocalPath, TOKEN_MEMBERS } from './token-response.ts';

/**
 * What a login checks: the user id, alone or with options of the login. Without a user, the response is 401.
 *
 * @example
 * ```ts
 * const result: LoginResult = { uid: 'ada', persistent: false };
 * ```
 */
export type LoginResult =
  | UserId
  | null
  | undefined
  | ({ uid: UserId } & Omit<LoginOptions, 'context' | 'csrf'>);

/**
 * Options of {@link createSessionHandlers}. `Context` is the second argument of every handler. Hooks are
 * declared as methods, so that yours can name its type.
 *
 * @example
 * ```ts
 * const handlersOf = (sessions: Sessions) => {
 *   const meta = (request: Request) => request.headers.get('user-agent');
 *   const options: SessionHandlersOptions = { sessions, meta };
 *   return createSessionHandlers(options);
 * };
 * ```
 */
export interface SessionHandlersOptions<Context = unknown> {
  sessions: Sessions;
  /**
   * Where browsers reach the handlers: the path of the refresh cookie, of `refresh` and `logout`, and of the
   * routes of `handle`. With a path in `cookies`, as behind a proxy that removes a prefix, the cookie keeps
   * that one. Default: `/auth`.
   */
  path?: string;
  /**
   * The cookies that hold both tokens in a browser, hidden from scripts. Default: `tokenCookies()`. With
   * `false`, tokens travel in bodies, as in OAuth 2.0: for clients that are not browsers.
   *
   * An object of your own can omit `check`. With it, tokens that are too large change nothing.
   */
  cookies?: SessionCookies | false;
  /**
   * Other origins whose pages can log in, refresh and log out, such as `https://app.example`, and to which a
   * login can redirect. To let pages read the responses, add the CORS headers yourself.
   */
  origins?: Origins;
  /** Checks the credentials for the route `/login` of `handle`. */
  login?(request: Request, context: Context): LoginResult | Promise<LoginResult>;
  /**
   * Returns `meta` for the session at a login and at every refresh, such as an address, or its promise. A
   * value that is too long is omitted, with a warning.
   */
  meta?(request: Request, context: Context): unknown;
  /**
   * Whether the request comes from a server that is allowed to introspect tokens: RFC 7662 §2.1. `form` has
   * the parameters of the body, such as `client_id` and `client_secret`. Without it every introspection is
   * rejected.
   */
  isClient?(request: Request, form: URLSearchParams, context: Context): boolean | Promise<boolean>;
}

/**
 * Options of {@link SessionHandlers.login}.
 *
 * @example
 * ```ts
 * const options: LoginOptions = { csrf: false, redirect: '/account' };
 * ```
 */
export interface LoginOptions<Context = unknown> extends IssueOptions {
  /** The `context` for the hooks. Default: the request. */
  context?: Context;
  /** Members of the JSON response, beside those of the tokens. */
  body?: Record<string, unknown>;
  /** Responds with 303 to this path, or URL of `origins`. Only with cookies. */
  redirect?: string;
  /**
   * With `false`, accepts any method and any origin: for the callback of OAuth or SAML and for magic links,
   * whose `state`, `nonce` or token you have checked. Default: true.
   */
  csrf?: boolean;
}

const anyValue: option.OptionRule = { expected: 'any value', test: () => true };

const loginOptionRules: option.OptionRules = {
  ...loginRules,
  context: anyValue,
  body: {
    expected: `an object that JSON can represent, without ${TOKEN_MEMBERS.join(', ')}`,
    test(value) {
      const isFree = !TOKEN_MEMBERS.some((name) => Object.hasOwn(Object(value), name));
      return option.isPlainObject(value) && isFree && jsonLength(value) < Number.POSITIVE_INFINITY;
    },
  },
  redirect: {
    expected: 'a path that begins with one "/", or an absolute URL',
    test: (value) => typeof value === 'string' && (isLocalPath(value) || isAbsoluteUrl(value)),
  },
  csrf: option.boolean,
};

/** Separates what the response needs from what the session needs. */
export function readLoginOptions(options: unknown, hasCookies: boolean) {
  const own = option.checkOptions(options, loginOptionRules) as LoginOptions;
  const { context, body, redirect, csrf = true, accept, ...login } = own;
  if (redirect !== undefined && (body !== undefined || !hasCookies)) {
    const conflict = hasCookies ? '"body"' : '"cookies: false", which returns tokens in the body';
    throw usageError('ERR_OPTION_INVALID', `"redirect" cannot be combined with ${conflict}`);
  }
  return { context, csrf, response: { body, redirect }, accept, login };
}

/** Printable ASCII, as a header must be. */
const isAbsoluteUrl = (value: string) => /^[\x21-\x7e]+$/.test(value) && URL.canParse(value);

export const objectWith = (...names: string[]): option.OptionRule => ({
  expected: `an object with ${names.join(', ')}`,
  test(value) {
    const members = Object(value) as Record<string, unknown>;
    return names.every((name) => typeof members[name] === 'function');
  },
});

const mountPath: option.OptionRule = {
  expected: 'a path that begins with "/", such as "/auth", without "/" at its end',
  test(value) {
    if (typeof value !== 'string' || !(value === '/' || MOUNT_PATH.test(value))) return false;
    // Request removes segments of dots.
    return new URL(value, 'http://localhost').pathname === value;
  },
};

/** Characters of RFC 3986 §3.3 that a cookie can have in its path, too. */
const MOUNT_PATH = /^(?:\/[\w.~!$&'()*+,=:@%-]+)+$/;

export const handlersRules: option.OptionRules = {
  sessions: objectWith('issue', 'refresh', 'revoke', 'introspect', 'verifyAccess', 'nameOf'),
  path: mountPath,
  cookies: option.orFalse(objectWith('set', 'clear', 'read')),
  origins: originsRule,
  login: option.callable,
  meta: option.callable,
  isClient: option.callable,
};
