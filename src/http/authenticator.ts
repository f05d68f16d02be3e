/** A request to what is known of its sender: the flow that every adapter shares. */

import { isThenable } from '../core/keys/import-key.ts';
import { copyOwnProperties, typeNameOf } from '../core/option-rules.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { usageError } from '../errors.ts';
import { type Auth, type Challenge, VerifiedAuth } from './auth.ts';
import { AuthError, type AuthErrorOptions, type AuthReason } from './auth-error.ts';
import {
  type AuthenticatorOptions,
  asList,
  checkOptions,
  compileDemands,
  compileVerifier,
} from './authenticator-options.ts';
import { compileCsrf } from './csrf.ts';
import { bearer, cookiesLast, extract, isCookie } from './extractors.ts';
import { isPreflight, type RequestLike } from './request.ts';
import { reasonOf } from './token-verifier.ts';

/**
 * What became of a request.
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
      /** Headers that the answer needs. */
      readonly headers: Readonly<Record<string, string>>;
    }
  | {
      readonly status: 'anonymous';
      readonly auth: undefined;
      readonly headers: Readonly<Record<string, string>>;
      /** Why there is no user, where there was something to judge. */
      readonly error?: AuthError;
    }
  | { readonly status: 'rejected'; readonly auth?: undefined; readonly error: AuthError };

/**
 * Judges requests. Rejects only with what a hook of yours threw: a refusal is an {@link Outcome}.
 *
 * @example
 * ```ts
 * const authenticate: Authenticator = createAuthenticator({ key: secret });
 * const { status } = await authenticate.verify(token);
 * console.log(status); // → authenticated
 * ```
 */
export interface Authenticator<
  Claims extends object = JwtPayload,
  User = Claims,
  Context = unknown,
> {
  (request: RequestLike, context?: Context): Promise<Outcome<Claims, User>>;
  /** Judges a token that came on another way, such as a message on an open socket. */
  verify(token: string, context?: Context): Promise<Outcome<Claims, User>>;
}

/**
 * Compiles options once, and answers with a function that judges requests of any framework. It never
 * rejects for what a sender did.
 *
 * The order: `skip` and preflight, token, CSRF (of a cookie), form, header, key, signature, claims,
 * revocation, scopes, roles, `authorize`, `user`. `typ` of the header may be absent, `JWT` or `at+jwt` unless
 * the option says otherwise: a refresh token does not pass.
 *
 * Throws TypeError for an unknown option, a value of the wrong type, options that contradict each other, and
 * a key that is unreadable, too small or does not fit the algorithms (RFC 6750, RFC 9068).
 *
 * @example
 * ```ts
 * const authenticate = createAuthenticator({ key: secret, audience: 'api' });
 * const outcome = await authenticate({ headers: { authorization: `Bearer ${token}` } });
 * console.log(outcome.status === 'authenticated' && outcome.auth.payload.sub); // → ada
 * ```
 */
export function createAuthenticator<
  Claims extends object = JwtPayload,
  User = Claims,
  Context = unknown,
>(options: AuthenticatorOptions<Claims, User, Context>): Authenticator<Claims, User, Context> {
  const own = checkOptions(options);
  const verify = compileVerifier(own);
  const extractors = cookiesLast(asList(own.from ?? bearer()));
  const isMeant = compileCsrf(own.csrf ?? true, extractors.some(isCookie));
  const isHandshake =
    typeof own.csrf === 'object' && copyOwnProperties(own.csrf).handshake === true;
  const demands = compileDemands(own);
  const { credentialsRequired = true, onInvalid, skip, isRevoked, authorize, user } = own;
  if (onInvalid === 'anonymous' && credentialsRequired) {
    const message = '"onInvalid" may be "anonymous" only with credentialsRequired: false';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  const challenge: Challenge = {
    realm: own.realm ?? 'api',
    challengeParams: { ...own.challengeParams },
  };

  function refusal(reason: AuthReason, more?: AuthErrorOptions): AuthError {
    return new AuthError(reason, { ...challenge, ...more });
  }

  /** Now, where there is nothing to wait for: a promise for each step would cost as much as the rest. */
  function prove(token: unknown, source: Auth['source'], context: Context) {
    const known = (claims: unknown) =>
      new VerifiedAuth<Claims, User>(claims as Claims, token as string, source, challenge);
    const refused = (error: unknown): never => {
      const reason = reasonOf(error);
      throw reason ? refusal(reason, { inner: error }) : error;
    };
    try {
      const answer = verify(token as string, context);
      return isThenable(answer) ? answer.then(known, refused) : known(answer);
    } catch (error) {
      return refused(error);
    }
  }

  async function checkRevocation(auth: Auth<Claims, unknown>, context: Context): Promise<void> {
    let revoked: unknown;
    try {
      revoked = await isRevoked?.(auth, context);
    } catch (error) {
      // A refusal is an answer, not a failure to find one.
      if (error instanceof AuthError) throw error;
      if (own.onUnavailable === 'allow') return;
      throw refusal('revocation_unavailable', { inner: error });
    }
    if (isTrue(revoked, 'isRevoked')) throw refusal('token_revoked');
  }

  async function admit(token: unknown, source: Auth['source'], context: Context) {
    const proved = prove(token, source, context);
    const auth = isThenable(proved) ? await proved : proved;
    if (isRevoked) await checkRevocation(auth, context);
    for (const { isMet, reason, scope } of demands) {
      if (!isMet(auth.payload)) throw refusal(reason, scope ? { scope } : {});
    }
    if (authorize && !isTrue(await authorize(auth, context), 'authorize')) {
      throw refusal('forbidden');
    }
    if (user) {
      const found = await user(auth, context);
      if (found === null || found === undefined) throw refusal('token_revoked');
      auth.user = found;
    }
    const headers = source === 'query' ? PRIVATE : NONE;
    return { status: 'authenticated', auth, headers } as const;
  }

  /** A refusal is an outcome, and so is a guest where guests are welcome. */
  function conclude(error: unknown): Outcome<Claims, User> {
    if (!(error instanceof AuthError)) throw error;
    const isGuest = !credentialsRequired && error.reason === 'token_missing';
    const isBad = onInvalid === 'anonymous' && error.status === 401;
    return isGuest || isBad ? { ...ANONYMOUS, error } : { status: 'rejected', error };
  }

  async function authenticate(request: RequestLike, context = request as Context) {
    try {
      if (!isHandshake && isPreflight(request)) return ANONYMOUS;
      if (skip && isTrue(skip(request, context), 'skip')) return ANONYMOUS;
      const all = own.multiple === 'reject';
      const [found, another] = await extract(extractors, request, context, all);
      if (!isMeant(request, found?.source)) throw refusal('csrf_failed');
      if (!found) throw refusal('token_missing');
      if (another) throw refusal('credentials_conflict');
      return await admit(found.token, found.source, context);
    } catch (error) {
      return conclude(error);
    }
  }

  return Object.assign(authenticate, {
    verify: (token: string, context: Context) => admit(token, 'custom', context).catch(conclude),
  }) as Authenticator<Claims, User, Context>;
}

const NONE = Object.freeze({});
const PRIVATE = Object.freeze({ 'Cache-Control': 'private' });
const ANONYMOUS = Object.freeze({
  status: 'anonymous',
  auth: undefined,
  headers: NONE,
} as const);

/** A hook that forgets to answer decides nothing. */
function isTrue(answer: unknown, name: string): boolean {
  if (typeof answer === 'boolean') return answer;
  const came = typeNameOf(answer);
  throw usageError('ERR_OPTION_INVALID', `"${name}" must answer with a boolean, got ${came}`);
}
