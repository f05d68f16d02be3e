/** What is known of a request once its token is verified. */

import { orThrow } from '../core/token/fault.ts';
import { type JwtHeader, type JwtPayload, parseToken } from '../core/token/token.ts';
import { usageError } from '../errors.ts';
import { AuthError, type AuthErrorOptions } from './auth-error.ts';
import type { TokenSource } from './extractors.ts';

/**
 * What is known of the sender of a verified token. The token itself is not enumerable: what is logged or
 * stored does not have it.
 *
 * @example
 * ```ts
 * const nameOf = (auth: Auth<{ name: string }>) => auth.payload.name;
 * ```
 */
export interface Auth<Claims extends object = JwtPayload, User = Claims> {
  /** The claims, or what the schema made of them. */
  readonly payload: Claims;
  /** The header of the token; frozen. */
  readonly header: Readonly<JwtHeader>;
  /** The token itself, to hand on to another service. */
  readonly token: string;
  /** Where the token stood. */
  readonly source: TokenSource;
  /** The claims, or what the option `user` answered with. Not enumerable. */
  readonly user: User;
}

/** How guards answer for the authenticator that let the request in. */
export type Challenge = Pick<AuthErrorOptions, 'realm' | 'challengeParams'>;

export class VerifiedAuth<Claims extends object, User> implements Auth<Claims, User> {
  readonly payload: Claims;
  readonly source: TokenSource;
  readonly #token: string;
  readonly #challenge: Challenge;
  #user: User;

  constructor(payload: Claims, token: string, source: TokenSource, challenge: Challenge) {
    this.payload = payload;
    this.source = source;
    this.#token = token;
    this.#challenge = challenge;
    // Where no function names another, the claims are the user.
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
    // Headers that were parsed are remembered, so this costs little, and nothing where nobody asks.
    return orThrow(parseToken(this.#token, Number.POSITIVE_INFINITY)).header;
  }

  static challengeOf(auth: object): Challenge {
    return #challenge in auth ? (auth as VerifiedAuth<object, unknown>).#challenge : {};
  }
}

const known = new WeakMap<object, Auth<object, unknown> | undefined>();

/**
 * Remembers what is known of a request; undefined where it was let in without a token. Every adapter
 * calls it: needed only to write another one.
 *
 * @example
 * ```ts
 * const request = { headers: {} };
 * setAuth(request, undefined);
 * console.log(getAuth(request, { optional: true })); // → undefined
 * ```
 */
export function setAuth(target: object, auth: Auth<object, unknown> | undefined): void {
  known.set(target, auth);
}

/**
 * What an adapter found out about a request (Express, Fastify, Node.js), the context of Koa or Hono, or a
 * socket. `Claims` and `User` are what you say they are; a `schema` checks
 * the claims.
 *
 * Throws TypeError where no adapter ran. Without a token it throws AuthError `token_missing`, which is
 * a 401; with `optional: true` it answers undefined instead.
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
  options: { optional?: boolean } = {},
): Auth<Claims, User> | undefined {
  if (!known.has(target)) {
    const message = 'getAuth: no jotkit adapter ran for this; pass what the adapter was given';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  const auth = known.get(target);
  if (!auth && !(Object.hasOwn(options, 'optional') && options.optional)) {
    throw new AuthError('token_missing');
  }
  return auth as Auth<Claims, User> | undefined;
}
