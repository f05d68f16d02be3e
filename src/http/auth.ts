/** Stores the result of a verified token with its request: `setAuth` and `getAuth`. */

import { boolean, checkOptions, type OptionRules } from '../core/option-rules.ts';
import type { JwtHeader } from '../core/token/header.ts';
import { type JwtPayload, reparseToken } from '../core/token/token.ts';
import { usageError } from '../errors.ts';
import { AuthError, type AuthErrorOptions } from './auth-error.ts';
import { debugLog, logRejection } from './debug-log.ts';
import type { FoundToken, TokenSource } from './extractors.ts';
import { defaultGrants, type Grants } from './grants.ts';
import type { Widen } from './implied-scopes.ts';

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
  /** The header of the token; frozen, and empty if the token is no JWT. */
  readonly header: Readonly<JwtHeader>;
  /** `opaque`: the token is no JWT; its authorization server described it (RFC 7662). Not enumerable. */
  readonly kind: 'jwt' | 'opaque';
  /** The scopes of the token, with those that they imply. Not enumerable. */
  readonly scopes: readonly string[];
  /** The token, to forward to another service. */
  readonly token: string;
  /** Where the request contained the token. */
  readonly source: TokenSource;
  /** The claims, or the result of the option `user`. Not enumerable. */
  readonly user: User;
}

/** What guards need of the authenticator: its challenge, and where it reads scopes and roles. */
export interface GuardSettings {
  readonly challenge: Pick<AuthErrorOptions, 'realm' | 'challengeParams' | 'dpop'>;
  readonly grants: Grants;
  readonly implies: Widen | undefined;
}

const defaultSettings: GuardSettings = {
  challenge: {},
  grants: defaultGrants,
  implies: undefined,
};

export class VerifiedAuth<Claims extends object, User> implements Auth<Claims, User> {
  readonly payload: Claims;
  readonly source: TokenSource;
  readonly #token: string;
  readonly #widen: Widen | undefined;
  readonly #settings: GuardSettings;
  readonly #kind: Auth['kind'];
  #user: User;

  constructor(
    payload: Claims,
    { token, source }: FoundToken,
    settings: GuardSettings,
    kind: Auth['kind'],
    widen: Widen | undefined,
  ) {
    this.payload = payload;
    this.source = source;
    this.#token = token as string;
    this.#settings = settings;
    this.#kind = kind;
    this.#widen = widen;
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

  get kind(): 'jwt' | 'opaque' {
    return this.#kind;
  }

  get header(): Readonly<JwtHeader> {
    // Parsed headers are cached. On demand, because most handlers never read the header.
    return this.kind === 'opaque' ? NO_HEADER : reparseToken(this.token).header;
  }

  get scopes(): readonly string[] {
    const { grants, implies } = this.#settings;
    const granted = grants.scopesOf(this.payload);
    // Those of the issuer first: they can imply scopes of the application.
    const widened = this.#widen?.(granted) ?? granted;
    return implies?.(widened) ?? widened;
  }

  static settingsOf(auth: object): GuardSettings {
    if (!(#settings in auth)) return defaultSettings;
    return (auth as VerifiedAuth<object, unknown>).#settings;
  }
}

/** An opaque token has none. */
const NO_HEADER: Readonly<JwtHeader> = Object.freeze(Object.create(null));

const getAuthRules: OptionRules = { optional: boolean };

type ErrorSender = (response: never, error: AuthError) => unknown;

/** What an authenticator found: an `Outcome`, of which the headers are not stored. */
interface Found {
  readonly status: 'authenticated' | 'anonymous' | 'rejected';
  readonly auth?: Auth<object, unknown> | undefined;
  readonly error?: AuthError;
}

interface Stored {
  readonly auth: Auth<object, unknown> | undefined;
  readonly error: AuthError | undefined;
  readonly sendError: ErrorSender | undefined;
}

/** What adapters stored, by request, context or socket. */
const stored = new WeakMap<object, Stored>();

/** Returns what guards call to respond; `undefined` if they pass their errors on. */
export function errorSenderOf(target: object): ErrorSender | undefined {
  return stored.get(target)?.sendError;
}

/**
 * Stores an `Outcome`, or the verified token, for `getAuth` and `getAuthError`; `undefined` for a request
 * without a token. Every adapter calls this function. You need it only to write an adapter.
 *
 * A request without a user keeps the user that an earlier adapter found, unless the outcome is a rejection.
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
  found: Auth<object, unknown> | Found | undefined,
  sendError?: (response: Response, error: AuthError) => unknown,
): void {
  const outcome = toFound(found);
  const { status } = outcome;
  // A member that the outcome does not have could come from a polluted prototype.
  const auth = status === 'authenticated' ? outcome.auth : undefined;
  const error = Object.hasOwn(outcome, 'error') ? outcome.error : undefined;
  const earlier = status === 'anonymous' ? stored.get(target) : undefined;
  stored.set(target, {
    auth: earlier?.auth ?? auth,
    error: earlier ? earlierError(earlier, error) : error,
    sendError,
  });
}

function toFound(found: Auth<object, unknown> | Found | undefined): Found {
  if (!found) return { status: 'anonymous' };
  // Own members only: a polluted prototype must not hide the user.
  return Object.hasOwn(found, 'status')
    ? (found as Found)
    : { status: 'authenticated', auth: found as Auth<object, unknown> };
}

/** An adapter that found no token tells less than one that rejected a token. */
function earlierError({ auth, error }: Stored, later: AuthError | undefined) {
  if (auth) return undefined;
  return later && later.reason !== 'token_missing' ? later : (error ?? later);
}

/**
 * Returns the verified token of a request (Express, Fastify, Node.js), of a context (Koa, Hono) or of a
 * socket. `Claims` and `User` are not checked here; use the option `schema` to check the claims.
 *
 * Throws TypeError if no adapter ran. Without a user it throws the AuthError that says why, such as
 * `token_missing` (401), or returns `undefined` with `optional: true`.
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
  const found = storedFor(target, 'getAuth');
  const { auth } = found;
  if (!auth && !isOptional) {
    const error = found.error ?? new AuthError('token_missing');
    if (debugLog.isEnabled) logRejection(error);
    throw error;
  }
  return auth as Auth<Claims, User> | undefined;
}

/**
 * Returns why a request has no user: the AuthError that `credentialsRequired: false` or
 * `onInvalid: 'anonymous'` ignored, or the one that rejected the request. `undefined` if there is a user, for
 * a preflight and after `skip`.
 *
 * Throws TypeError if no adapter ran.
 *
 * @example
 * ```ts
 * const hasExpired = (request: RequestLike) => getAuthError(request)?.reason === 'token_expired';
 * ```
 */
export function getAuthError(target: object): AuthError | undefined {
  return storedFor(target, 'getAuthError').error;
}

function storedFor(target: object, caller: string): Stored {
  const found = stored.get(target);
  if (found) return found;
  const message = `${caller}() found no jotkit adapter for this object; pass the request, context or socket`;
  throw usageError('ERR_OPTION_INVALID', message);
}
