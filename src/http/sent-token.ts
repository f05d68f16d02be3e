/** Verifies the token of a request, and that its sender can use it. */

import { isThenable } from '../core/thenable.ts';
import type { RejectedToken, VerificationResult } from '../core/verify/verification-result.ts';
import { type Auth, VerifiedAuth } from './auth.ts';
import { type AuthError, type AuthErrorOptions, withLazyInner } from './auth-error.ts';
import { type AuthReason, isRegisteredClaim } from './auth-reasons.ts';
import type { SenderCheck } from './bound-token.ts';
import type { Challenger } from './challenge.ts';
import type { FoundToken } from './extractors.ts';
import type { AcceptedByResource } from './protected-resource.ts';
import type { RequestLike } from './request.ts';
import { bindingClaimsOf } from './signed-claims.ts';
import { authReasonOf } from './token-verifier.ts';

/** A token and what came with it. */
export interface SentToken<Context> extends FoundToken {
  /** Absent for a token without a request. */
  readonly request: RequestLike | undefined;
  readonly context: Context;
}

type Result = VerificationResult<unknown>;

/** What a token is verified with. */
export interface TokenSteps {
  /** Verifies the token. Returns what a resource accepted if `isResource`. */
  verify(sent: SentToken<unknown>): Result | PromiseLike<Result>;
  readonly isResource: boolean;
  /** Whether the payload is not what the issuer signed: a schema or a verifier of the caller returned it. */
  readonly changesClaims: boolean;
  readonly checkSender: SenderCheck;
  readonly challenger: Challenger;
}

/** Returns the verified token, or throws or rejects with {@link AuthError}. */
export type TokenChecker<Claims extends object, User> = (
  sent: SentToken<unknown>,
) => VerifiedAuth<Claims, User> | PromiseLike<VerifiedAuth<Claims, User>>;

/** Synchronous if `verify` is: a promise for each step would double the cost of a request. */
export function compileTokenChecker<Claims extends object, User>(
  steps: TokenSteps,
): TokenChecker<Claims, User> {
  const { verify, isResource, changesClaims, checkSender, challenger } = steps;

  /** Throws the error as an AuthError; any other error unchanged. */
  function fail(error: unknown, { isDpop }: FoundToken): never {
    const reason = authReasonOf(error);
    if (!reason) throw error;
    const options = { inner: error, ...claimOf(reason, Object(error)) };
    throw challenger.authError(reason, isDpop, options);
  }

  /** Its `inner` is created when it is read: few applications log it. */
  function rejection(result: RejectedToken, isDpop: boolean): AuthError {
    const reason = authReasonOf(result) ?? 'token_malformed';
    const error = challenger.authError(reason, isDpop, claimOf(reason, result));
    return withLazyInner(error, () => result.error);
  }

  function toAuth(result: Result, sent: SentToken<unknown>) {
    if (!result.ok) throw rejection(result, sent.isDpop);
    const settings = challenger.settings(sent.isDpop);
    const claims = result.value as Claims;
    // That of a verifier has no such members, but a polluted Object.prototype can.
    const { kind, widen } = isResource ? (result as AcceptedByResource) : BY_VERIFIER;
    const auth = new VerifiedAuth<Claims, User>(claims, sent, settings, kind, widen);
    const confirmed = confirmSender(auth, sent);
    return confirmed
      ? confirmed.then(
          () => auth,
          (error) => fail(error, sent),
        )
      : auth;
  }

  function confirmSender(auth: Auth<Claims, User>, sent: SentToken<unknown>) {
    try {
      const claims = changesClaims ? bindingClaimsOf(auth) : auth.payload;
      return checkSender(claims, sent as SentToken<unknown> & { token: string });
    } catch (error) {
      return fail(error, sent);
    }
  }

  return (sent) => {
    let result: Result | PromiseLike<Result>;
    try {
      result = verify(sent);
    } catch (error) {
      return fail(error, sent);
    }
    if (!isThenable(result)) return toAuth(result, sent);
    return result.then(
      (result) => toAuth(result, sent),
      (error) => fail(error, sent),
    );
  };
}

const BY_VERIFIER = { kind: 'jwt', widen: undefined } as const;

/** Names the claim that has an unexpected value; the other reasons name it in themselves. */
function claimOf(reason: AuthReason, { claim }: { claim?: unknown }): AuthErrorOptions {
  const isNamed = reason === 'claim_mismatch' || reason === 'unknown_issuer';
  return isNamed && isRegisteredClaim(claim) ? { claim } : {};
}
