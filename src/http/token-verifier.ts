/** One token to its claims, by a verifier made here or brought along, and what its errors mean. */

import { isThenable, requireKey } from '../core/keys/import-key.ts';
import { isCompatible } from '../core/keys/key-checks.ts';
import type { KeyInput, KeySource } from '../core/keys/key-input.ts';
import { typeNameOf } from '../core/option-rules.ts';
import { orThrow } from '../core/token/fault.ts';
import { checkTyp } from '../core/token/header-checks.ts';
import { parseToken } from '../core/token/token.ts';
import { createVerifier, type VerifierOptions } from '../core/verify/create-verifier.ts';
import { JsonWebTokenError, usageError } from '../errors.ts';
import type { AuthReason } from './auth-error.ts';

/**
 * A prepared verifier, as `createVerifier` makes it: answers with the claims, or with `{ header, payload,
 * signature }`, or with a promise of these; throws where the token is not good.
 *
 * @example
 * ```ts
 * const verifier: TokenVerifier = createVerifier(secret, { audience: 'api' });
 * const authenticate = createAuthenticator({ verifier });
 * ```
 */
export type TokenVerifier = (token: string, context?: unknown) => unknown;

/** More keys than a verifier tries for one token are a mistake. */
const MAX_KEYS = 16;

/** A verifier for a key, for a list of keys during rotation, or for a source of keys. */
export function verifierFor(
  key: KeyInput | readonly KeyInput[] | KeySource | undefined,
  options: VerifierOptions,
): TokenVerifier {
  if (!Array.isArray(key)) return createVerifier(key as KeyInput, options);
  if (key.length === 0 || key.length > MAX_KEYS) {
    const message = `"key" must be a key, a KeySource or 1 to ${MAX_KEYS} keys, got ${key.length} keys`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
  for (const one of key) checkKey(one, options);
  return createVerifier(() => key, options);
}

/** Each key has to be usable, if not with every algorithm: a rotation may change the algorithm. */
function checkKey(key: KeyInput, options: VerifierOptions): void {
  const understood = requireKey(key, {
    role: 'verify',
    name: 'key',
    missing: 'key must have a value',
    invalid: usageError,
    mismatch: usageError,
  });
  const fitting =
    options.algorithms?.filter((alg) => isCompatible(alg, understood, 'verify')) ?? [];
  createVerifier(key, { ...options, ...(fitting.length > 0 && { algorithms: fitting }) });
}

/** Guards a verifier of the caller: what it answers with, and that no refresh token passes it. */
export function guardedVerifier(
  verify: TokenVerifier,
  types: ReadonlyArray<string | null> | undefined,
): TokenVerifier {
  const conclude = (answer: unknown, token: string): object => {
    const claims = claimsOf(answer, token);
    if (types)
      orThrow(checkTyp(orThrow(parseToken(token, Number.POSITIVE_INFINITY)).header, types));
    return claims;
  };
  return (token, context) => {
    const answer = verify(token, context);
    return isThenable(answer)
      ? answer.then((answer) => conclude(answer, token))
      : conclude(answer, token);
  };
}

function claimsOf(answer: unknown, token: string): object {
  const { payload, signature } = Object(answer) as { payload?: unknown; signature?: unknown };
  // No claims set contains the signature over itself, so claims are not taken for a complete answer.
  const complete = signature === token.slice(token.lastIndexOf('.') + 1);
  const claims = complete ? payload : answer;
  if (typeof claims === 'object' && claims !== null) return claims;
  const message = `"verifier" must answer with claims, got ${typeNameOf(claims)}`;
  throw usageError('ERR_OPTION_INVALID', message);
}

const reasons: Readonly<Record<string, AuthReason>> = Object.assign(Object.create(null), {
  ERR_HEADER_ALG: 'alg_not_allowed',
  ERR_HEADER_TYP: 'typ_not_allowed',
  ERR_KEY_NOT_FOUND: 'signature_invalid',
  ERR_KEY_SOURCE: 'key_unavailable',
  ERR_SIGNATURE_MISSING: 'signature_invalid',
  ERR_SIGNATURE_INVALID: 'signature_invalid',
  ERR_CLAIM_EXPIRED: 'token_expired',
  ERR_CLAIM_NOT_ACTIVE: 'token_not_active',
  ERR_CLAIM_TOO_OLD: 'too_old',
  ERR_CLAIM_MISSING: 'claim_mismatch',
  ERR_CLAIM_INVALID: 'claim_mismatch',
  ERR_CLAIM_MISMATCH: 'claim_mismatch',
  ERR_CLAIM_SCHEMA: 'claim_mismatch',
});

/** Why a verifier threw this; undefined where it is no judgement of the token but a fault. */
export function reasonOf(error: unknown): AuthReason | undefined {
  const { code, claim } = Object(error) as { code?: unknown; claim?: unknown };
  if (code === 'ERR_CLAIM_MISMATCH' && claim === 'iss') return 'unknown_issuer';
  const reason = typeof code === 'string' ? reasons[code] : undefined;
  return reason ?? (error instanceof JsonWebTokenError ? 'token_malformed' : undefined);
}
