/** Stores the result of a verified token with its request: `setAuth` and `getAuth`. */

import { boolean, checkOptions, type OptionRules } from '../core/option-rules.ts';
import type { JwtHeader } from '../core/token/header.ts';
import { type JwtPayload, reparseToken } from '../core/token/token.ts';
import { usageError } from '../errors.ts';
import { AuthError, type AuthErrorOptions } from './auth-error.ts';
import { debugLog, logRejection } from './debug-log.ts';
import type { TokenSource } from './extractors.ts';
import { defaultGrants, type Grants } from './grants.ts';

/**
 * The verified token of a request. `token` is not enumerable, so logs and stores do not contain it.
 *
 * @example
 * ```ts
 * const nameOf = (auth: Auth<{ name: string }>) => auth.payload.name;
 * ```
 */
export interface Auth<Claims extends object = JwtPayload, User = Claims> {
  /** The claims, or the output of the schema. */
  readonly payload: Claims;
  /** The header of the token; frozen. */
  readonly header: Readonly<JwtHeader>;
  /** The token, to forward to another service. */
  readonly token: string;
  /** Where the request contained the token. */
  readonly source: TokenSource;
  /** The claims, or the result of the option `user`. Not enumerable. */
  readonly user: User;
}

/** What guards need of the authenticator: its challenge, and where it reads scopes and roles. */
export interface GuardSettings {
  readonly challenge: Pick<AuthErrorOptions, 'realm' | 'challengeParams'>;
  readonly grants: Grants;
}

const defaultSettings: GuardSettings = { challenge: {}, grants: defaultGrants };

export class VerifiedAuth<Claims extends object, User> implements Auth<Claims, User> {
  readonly payload: Claims;
  readonly source: TokenSource;
  readonly #token: string;
  readonly #settings: GuardSettings;
  #user: User;

  constructor(payload: Claims, token: string, source: TokenSource, settings: GuardSettings) {
    this.payload = payload;
    this.source = source;
    this.#token = token;
    this.#settings = settings;
    // Without the option `user`, the claims are the user.
    this.#user = payload as unknown as User;
  }

  get user(): User {
    return this.#user;
  }

  set user(user: User) {
    this.#user = user;
  }

  get token(): string {
    return this.#token;
  }

  get header(): Readonly<JwtHeader> {
    // Parsed headers are cached. On demand, because most handlers never read the header.
    return reparseToken(this.#token).header;
  }

  static settingsOf(auth: object): GuardSettings {
    if (!(#settings in auth)) return defaultSettings;
    return (auth as VerifiedAuth<object, unknown>).#settings;
  }
}

const getAuthRules: OptionRules = { optional: boolean };

type ErrorSender = (response: never, error: AuthError) => unknown;

/** What adapters stored, by request, context or socket. */
const stored = new WeakMap<
  object,
  { auth: Auth<object, unknown> | undefined; sendError: ErrorSender | undefined }
>();

/** Returns what guards call to respond; `undefined` if they pass their errors on. */
export function errorSenderOf(target: object): ErrorSender | undefined {
  return stored.get(target)?.sendError;
}

/**
 * Stores the result for `getAuth`; `undefined` for a request without a token. Every adapter calls this
 * function. You need it only to write an adapter.
 *
 * With `sendError`, guards that are called as a middleware call it for their errors and return its result. Its
 * first argument is the response of `(request, response, next)`, unless it has started, or the context of
 * `(context, next)`. Otherwise guards pass their errors on.
 *
 * @example
 * ```ts
 * const request = { headers: {} };
 * setAuth(request, undefined);
 * console.log(getAuth(request, { optional: true })); // → undefined
 * ```
 */
export function setAuth<Response = never>(
  target: object,
  auth: Auth<object, unknown> | undefined,
  sendError?: (response: Response, error: AuthError) => unknown,
): void {
  stored.set(target, { auth, sendError });
}

/**
 * Returns the verified token of a request (Express, Fastify, Node.js), of a context (Koa, Hono) or of a
 * socket. `Claims` and `User` are not checked here; use the option `schema` to check the claims.
 *
 * Throws TypeError if no adapter ran. Without a token it throws AuthError `token_missing` (401), or returns
 * `undefined` with `optional: true`.
 *
 * @example
 * ```ts
 * const handler = (request: RequestLike) => getAuth<{ sub: string }>(request).payload.sub;
 * ```
 */
export function getAuth<Claims extends object = JwtPayload, User = Claims>(
  target: object,
  options?: { optional?: false },
): Auth<Claims, User>;
export function getAuth<Claims extends object = JwtPayload, User = Claims>(
  target: object,
  options: { optional?: boolean },
): Auth<Claims, User> | undefined;
export function getAuth<Claims extends object = JwtPayload, User = Claims>(
  target: object,
  options?: { optional?: boolean },
): Auth<Claims, User> | undefined {
  const isOptional = options !== undefined && checkOptions(options, getAuthRules).optional === true;
  const found = stored.get(target);
  if (!found) {
    const message =
      'getAuth() found no jotkit adapter for this object; pass the request, context or socket';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  const { auth } = found;
  if (!auth && !isOptional) {
    const error = new AuthError('token_missing');
    if (debugLog.isEnabled) logRejection(error);
    throw error;
  }
  return auth as Auth<Claims, User> | undefined;
}
