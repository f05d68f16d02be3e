/** Authorizers of Amazon API Gateway, and protected functions of AWS Lambda. */

import { boolean, type OptionRules } from '../core/option-rules.ts';
import { ownClaim } from '../core/token/claim-checks.ts';
import type { JwtPayload } from '../core/token/token.ts';
import type { Auth } from '../http/auth.ts';
import type { AuthError } from '../http/auth-error.ts';
import { createAuthenticator } from '../http/authenticator.ts';
import type { AuthenticatorOptions } from '../http/authenticator-options.ts';
import { oneOf } from '../http/one-of.ts';
import { bindingClaimsOf } from '../http/signed-claims.ts';
import { type LambdaEvent, requestOf, tokenOf } from './lambda-event.ts';
import {
  type AuthorizerContext,
  arnOf,
  checkContext,
  isPattern,
  type PolicyResult,
  pickClaims,
  policy,
  type SimpleResult,
  stageOf,
} from './lambda-policy.ts';
import { splitOptions } from './split-options.ts';

export type { LambdaEvent } from './lambda-event.ts';
export { type FunctionOptions, type LambdaResponse, withAuth } from './lambda-function.ts';
export type { AuthorizerContext, PolicyResult, SimpleResult } from './lambda-policy.ts';

/**
 * Options of {@link authorizer}.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const options: AuthorizerOptions = { key: JWT_SECRET, context: ['sub', 'scope', 'tenant'] };
 * ```
 */
export type AuthorizerOptions<
  Claims extends object = JwtPayload,
  User = Claims,
  Event extends LambdaEvent = LambdaEvent,
> = AuthenticatorOptions<Claims, User, Event> & {
  /**
   * What the integration receives: names of claims, or a function. API Gateway passes strings, numbers and
   * booleans. An array of strings becomes one string with spaces. Default: `['sub', 'scope']`.
   */
  context?: readonly string[] | ContextHook<Claims, User, Event>['context'];
  /** Whether simple responses are enabled for the authorizer (HTTP API, payload 2.0). Default: false. */
  simple?: boolean;
  /**
   * What a policy allows while API Gateway caches it. `'stage'`: every route. `'method'`: the requested
   * method and path; other routes respond with 403 while it is cached. Default: `'stage'`, but `'method'` for
   * a token in a cookie or bound to a key, with `authorize` and without a token. If another hook or your key source
   * looks at the event, set `'method'` and do not cache.
   */
  policyFor?: 'stage' | 'method';
  /**
   * The result for a request without a valid token. `'throw'`: the error `Unauthorized`, which becomes a
   * 401. `'deny'`: a policy, or `isAuthorized: false`, which becomes a 403. Default: `'throw'`.
   */
  unauthorized?: 'throw' | 'deny';
};

/** Declared as a method, so that yours can name the event type of AWS. */
interface ContextHook<Claims extends object, User, Event> {
  context(auth: Auth<Claims, User>, event: Event): AuthorizerContext;
}

const authorizerRules: OptionRules = {
  simple: boolean,
  policyFor: oneOf('stage', 'method'),
  unauthorized: oneOf('throw', 'deny'),
  context: {
    expected: 'an array of claim names, or a function',
    test(value) {
      if (!Array.isArray(value)) return typeof value === 'function';
      return [...value].every((name) => typeof name === 'string' && name !== '');
    },
  },
};

/**
 * Creates a Lambda authorizer for API Gateway: REST APIs and WebSocket APIs (`TOKEN` and `REQUEST`), and HTTP
 * APIs (payload 1.0 and 2.0).
 *
 * Returns a policy that allows the request, or `{ isAuthorized, context }` with `simple: true`. Throws the error
 * `Unauthorized` for a missing or invalid token, which becomes a 401. Denies a token that does not suffice,
 * which becomes a 403. Throws any other error if the token cannot be checked, which becomes a 500 that API
 * Gateway does not cache.
 *
 * A `TOKEN` event contains only the token: `from`, `skip` and `csrf` have no effect. Hooks receive the event.
 *
 * Throws TypeError as `createAuthenticator` does.
 *
 * @example
 * ```ts
 * const { JWT_PUBLIC_KEY = '' } = process.env;
 * const handler = authorizer({ key: JWT_PUBLIC_KEY, algorithms: ['EdDSA'], audience: 'api' });
 * ```
 */
export function authorizer<
  Claims extends object = JwtPayload,
  User = Claims,
  Event extends LambdaEvent = LambdaEvent,
>(
  options: AuthorizerOptions<Claims, User, Event> & { simple: true },
): (event: Event) => Promise<SimpleResult>;
export function authorizer<
  Claims extends object = JwtPayload,
  User = Claims,
  Event extends LambdaEvent = LambdaEvent,
>(
  options: AuthorizerOptions<Claims, User, Event> & { simple?: false },
): (event: Event) => Promise<PolicyResult>;
export function authorizer<Claims extends object, User, Event extends LambdaEvent>(
  options: AuthorizerOptions<Claims, User, Event>,
): (event: Event) => Promise<PolicyResult | SimpleResult> {
  type Own = Pick<typeof options, 'simple' | 'policyFor' | 'unauthorized' | 'context'>;
  type Rest = AuthenticatorOptions<Claims, User, Event>;
  const { own, rest } = splitOptions<Own, Rest>(options, authorizerRules);
  const { simple = false, unauthorized = 'throw', context = ['sub', 'scope'] } = own;
  const authenticate = createAuthenticator(rest);

  function contextOf(auth: Auth<Claims, User> | undefined, event: Event): AuthorizerContext {
    if (!auth) return {};
    if (typeof context === 'function') return checkContext(context(auth, event));
    return pickClaims(auth.payload, context);
  }

  /** A cached policy skips checks whose result depends on the request and not on the token alone. */
  function isForStage(auth: Auth<Claims, User> | undefined): boolean {
    if (!auth) return false;
    const isBound = ownClaim(bindingClaimsOf(auth), 'cnf') !== undefined;
    const isPerRequest = isBound || auth.source === 'cookie' || rest.authorize !== undefined;
    return (own.policyFor ?? (isPerRequest ? 'method' : 'stage')) === 'stage';
  }

  function denial(arn: string): PolicyResult | SimpleResult {
    return simple ? { isAuthorized: false, context: {} } : policy('unknown', 'Deny', arn, {});
  }

  function rejection(error: AuthError, arn: string): PolicyResult | SimpleResult {
    if (error.status >= 500) throw error;
    if (error.status !== 403 && unauthorized === 'throw') throw unauthorizedError(error);
    return denial(arn);
  }

  return async (event) => {
    const arn = arnOf(event);
    const outcome =
      event.type === 'TOKEN'
        ? await authenticate.verify(tokenOf(event), event)
        : await authenticate(requestOf(event), event);
    if (outcome.status === 'rejected') return rejection(outcome.error, arn);
    const { auth } = outcome;
    const values = contextOf(auth, event);
    if (simple) return { isAuthorized: true, context: { ...values } };
    const forStage = isForStage(auth);
    if (!forStage && isPattern(arn)) return denial(arn);
    return policy(principalOf(auth), 'Allow', forStage ? stageOf(arn) : arn, values);
  };
}

/** API Gateway turns an error with exactly this message into a 401. */
function unauthorizedError(cause: AuthError): Error {
  return new Error('Unauthorized', { cause });
}

function principalOf(auth: Auth<object, unknown> | undefined): string {
  const { sub }: { sub?: unknown } = auth?.payload ?? {};
  return typeof sub === 'string' && sub !== '' ? sub : 'unknown';
}
