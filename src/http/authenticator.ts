/** `createAuthenticator`: checks one request from start to finish, for every adapter. */

import { copyOwnProperties, typeNameOf } from '../core/option-rules.ts';
import { isThenable } from '../core/thenable.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { usageError } from '../errors.ts';
import type { Auth } from './auth.ts';
import { AuthError } from './auth-error.ts';
import {
  type AuthenticatorOptions,
  checkAuthenticatorOptions,
  compileRequirements,
  compileResource,
  compileTokenVerifier,
  senderOptions,
  toArray,
} from './authenticator-options.ts';
import { compileSender } from './bound-token.ts';
import { compileChallenger } from './challenge.ts';
import { compileCsrf } from './csrf.ts';
import { debugLog, logRejection, withNote } from './debug-log.ts';
import { bearer, cookiesLast, dpopToken, extract, type FoundToken } from './extractors.ts';
import type { ResourcePlan } from './protected-resource.ts';
import { isPreflight, type RequestLike } from './request.ts';
import { compileTokenChecker, type SentToken, type TokenSteps } from './sent-token.ts';

/**
 * The result of checking a request.
 *
 * @example
 * ```ts
 * const statusOf = (outcome: Outcome) => (outcome.status === 'rejected' ? outcome.error.status : 200);
 * ```
 */
export type Outcome<Claims extends object = JwtPayload, User = Claims> =
  | {
      readonly status: 'authenticated';
      readonly auth: Auth<Claims, User>;
      /** Headers to add to the response. */
      readonly headers: Readonly<Record<string, string>>;
    }
  | {
      readonly status: 'anonymous';
      readonly auth: undefined;
      readonly headers: Readonly<Record<string, string>>;
      /** Why there is no user. Absent for a preflight and for `skip`. */
      readonly error?: AuthError;
    }
  | { readonly status: 'rejected'; readonly auth?: undefined; readonly error: AuthError };

/**
 * Checks requests. Resolves to an {@link Outcome}; rejects only with an error that one of your hooks threw.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const authenticate: Authenticator = createAuthenticator({ key: JWT_SECRET });
 * const { status } = await authenticate.verify(sign({ sub: 'ada' }, JWT_SECRET));
 * console.log(status); // → authenticated
 * ```
 */
export interface Authenticator<
  Claims extends object = JwtPayload,
  User = Claims,
  Context = unknown,
> {
  (request: RequestLike, context?: Context): Promise<Outcome<Claims, User>>;
  /**
   * Checks a token from elsewhere, such as a message on an open socket. A token that is bound to a key is
   * rejected without the request that contains its proof.
   */
  verify(token: string, context?: Context, request?: RequestLike): Promise<Outcome<Claims, User>>;
}

/**
 * Creates a function that checks requests of any framework. Checks the options once, now. The function never
 * rejects because of what a client sent.
 *
 * The order: preflight and `skip`, token, CSRF (with a cookie), format, header, key, signature, claims, proof of
 * the sender, revocation, scopes, roles, `user`, `authorize`. By default `typ` must be absent, `JWT` or `at+jwt`,
 * so a refresh token is rejected.
 *
 * A token that is bound to a key (`cnf.jkt`, `cnf["x5t#S256"]`) is rejected without `dpop` or `mtls`, because it
 * could be stolen (RFC 9449 §7.2, RFC 8705 §3).
 *
 * Throws TypeError for an unknown option, a value of the wrong type, options that contradict each other, and
 * a key that is unreadable, too small or incompatible with the algorithms (RFC 6750, RFC 9068).
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const authenticate = createAuthenticator({ key: JWT_SECRET, audience: 'api' });
 * const authorization = `Bearer ${sign({ sub: 'ada', aud: 'api' }, JWT_SECRET)}`;
 * const outcome = await authenticate({ headers: { authorization } });
 * console.log(outcome.status === 'authenticated' && outcome.auth.payload.sub); // → ada
 * ```
 */
export function createAuthenticator<
  Claims extends object = JwtPayload,
  User = Claims,
  Context = unknown,
>(options: AuthenticatorOptions<Claims, User, Context>): Authenticator<Claims, User, Context> {
  const own = checkAuthenticatorOptions(options);
  const from = cookiesLast(toArray(own.from ?? bearer()));
  const plan = compileResource(own, from);
  const sender = senderOptions(own, plan);
  const { dpop } = sender;
  // A gateway that verifies proofs passes the scheme on.
  const hasDpop = dpop !== undefined || own.allowUnconfirmed === true;
  const extractors = hasDpop ? [dpopToken, ...from] : from;
  const checkRequest = compileCsrf(own.csrf ?? true);
  const isHandshake =
    typeof own.csrf === 'object' && copyOwnProperties(own.csrf).handshake === true;
  const requirements = compileRequirements(own);
  const { credentialsRequired = true, onInvalid, skip, isRevoked, authorize, user } = own;
  if (onInvalid === 'anonymous' && credentialsRequired) {
    const message = '"onInvalid" can be "anonymous" only with credentialsRequired: false';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  const challenger = compileChallenger(own, plan, dpop);
  const { authError } = challenger;
  const checkToken = compileTokenChecker<Claims, User>({
    verify: compileVerify(own, plan),
    isResource: plan !== undefined,
    changesClaims: Boolean(own.schema || own.verifier),
    checkSender: compileSender(sender),
    challenger,
  });

  async function checkRevocation(
    auth: Auth<Claims, unknown>,
    { context, isDpop }: SentToken<Context>,
  ): Promise<void> {
    let revoked: unknown;
    try {
      revoked = await isRevoked?.(auth, context);
    } catch (error) {
      // An AuthError is a decision of the hook, not a failed lookup.
      if (error instanceof AuthError) throw error;
      if (own.onUnavailable === 'allow') return;
      throw authError('revocation_unavailable', isDpop, { inner: error });
    }
    if (isTrue(revoked, 'isRevoked')) {
      throw withNote(authError('token_revoked', isDpop), '"isRevoked" returned true');
    }
  }

  async function authorizeRequest(sent: SentToken<Context>) {
    const { context, isDpop } = sent;
    const verified = checkToken(sent);
    const auth = isThenable(verified) ? await verified : verified;
    if (isRevoked) await checkRevocation(auth, sent);
    for (const requirement of requirements) {
      const unmet = requirement(auth, context as object);
      if (!unmet) continue;
      const { reason, scope, rule } = unmet;
      throw withNote(authError(reason, isDpop, scope ? { scope } : {}), rule);
    }
    if (user) {
      const found = await user(auth, context);
      if (found === null || found === undefined) {
        throw withNote(authError('user_not_found', isDpop), `"user" returned ${found}`);
      }
      auth.user = found;
    }
    if (authorize && !isTrue(await authorize(auth, context), 'authorize')) {
      throw withNote(authError('forbidden', isDpop), '"authorize" returned false');
    }
    const headers = sent.source === 'query' ? PRIVATE_HEADERS : NO_HEADERS;
    const nonce = isDpop ? dpop?.nonce() : undefined;
    return {
      status: 'authenticated',
      auth,
      headers: nonce === undefined ? headers : { ...headers, 'DPoP-Nonce': nonce },
    } as const;
  }

  /** Turns an AuthError into an outcome; any other error is thrown. */
  function toOutcome(
    error: unknown,
    found: readonly FoundToken[],
    request?: RequestLike,
  ): Outcome<Claims, User> {
    if (!(error instanceof AuthError)) throw error;
    const isGuest = !credentialsRequired && error.reason === 'token_missing';
    const isIgnored = onInvalid === 'anonymous' && error.status === 401;
    if (debugLog.isEnabled && !isGuest) {
      logRejection(error, { request, extractors, found, options: own, isIgnored });
    }
    if (isGuest || isIgnored) return { ...ANONYMOUS, error };
    // With `auth`, so that a polluted Object.prototype supplies no user.
    return { status: 'rejected', auth: undefined, error };
  }

  async function authenticate(request: RequestLike, context = request as Context) {
    if (typeof request !== 'object' || request === null) {
      const message = `the request must be an object, got ${typeNameOf(request)}`;
      throw usageError('ERR_OPTION_INVALID', message);
    }
    let found: readonly FoundToken[] = [];
    try {
      if (!isHandshake && isPreflight(request)) return ANONYMOUS;
      if (skip && isTrue(await skip(request, context), 'skip')) return ANONYMOUS;
      const wantsAll = own.multiple === 'reject';
      found = await extract(extractors, request, context, wantsAll);
      const [first, another] = found;
      if (!checkRequest(request, first?.source)) throw authError('csrf_failed', false);
      if (!first) throw authError('token_missing', false);
      if (another) throw authError('credentials_conflict', first.isDpop);
      const { token, source, isDpop } = first;
      // Not `...first`: V8 takes 8 µs for a spread here, more than all the rest.
      return await authorizeRequest({ token, source, isDpop, request, context });
    } catch (error) {
      return toOutcome(error, found, request);
    }
  }

  async function verify(token: string, context: Context, request?: RequestLike) {
    const isDpop = Boolean(dpop && request && dpopToken(request, context));
    const sent = { token, source: 'custom', isDpop, request, context } as const;
    return authorizeRequest(sent).catch((error) => toOutcome(error, [sent], request));
  }

  return Object.assign(authenticate, { verify }) as Authenticator<Claims, User, Context>;
}

function compileVerify(
  own: Parameters<typeof compileTokenVerifier>[0],
  plan: ResourcePlan | undefined,
): TokenSteps['verify'] {
  if (plan) return ({ token, request }) => plan.verify(token, request);
  const verify = compileTokenVerifier(own);
  return ({ token, context }) => verify(token as string, context);
}

const NO_HEADERS = Object.freeze({});
const PRIVATE_HEADERS = Object.freeze({ 'Cache-Control': 'private' });
const ANONYMOUS = Object.freeze({
  status: 'anonymous',
  auth: undefined,
  headers: NO_HEADERS,
} as const);

/** A hook must return `true` or `false`, so a forgotten `return` never grants access. */
function isTrue(result: unknown, name: string): boolean {
  if (typeof result === 'boolean') return result;
  const typeName = typeNameOf(result);
  throw usageError('ERR_OPTION_INVALID', `"${name}" must return a boolean, got ${typeName}`);
}
