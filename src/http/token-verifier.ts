/** Verifies one token with keys or with the caller's verifier, and maps its errors to reasons. */

import { requireKey } from '../core/keys/import-key.ts';
import { preparedKeyArgument } from '../core/keys/key.ts';
import { isCompatible } from '../core/keys/key-checks.ts';
import type { KeyInput, KeySource } from '../core/keys/key-input.ts';
import { typeNameOf } from '../core/option-rules.ts';
import { isThenable } from '../core/thenable.ts';
import { typCheck } from '../core/token/header-checks.ts';
import { reparseToken } from '../core/token/token.ts';
import { createVerifier } from '../core/verify/create-verifier.ts';
import {
  rejectedResult,
  resultFunctionOf,
  type VerificationResult,
} from '../core/verify/verification-result.ts';
import type { VerifierOptions } from '../core/verify/verifier-options.ts';
import { settle } from '../core/verify/verify-token.ts';
import { JsonWebTokenError, usageError } from '../errors.ts';
import type { AuthReason } from './auth-reasons.ts';

/**
 * A verifier such as one of `createVerifier`. Returns the claims, `{ header, payload, signature }`, or a
 * promise of either. Throws for an invalid token.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const verifier: TokenVerifier = createVerifier(JWT_SECRET, { audience: 'api' });
 * const authenticate = createAuthenticator({ verifier });
 * ```
 */
export type TokenVerifier = (token: string, context?: unknown) => unknown;

/** A verifier that returns a rejection: `verify.result` of {@link createVerifier}. */
export type ResultVerifier = (
  token: string,
  context?: unknown,
) => VerificationResult<unknown> | PromiseLike<VerificationResult<unknown>>;

/** A verifier tries no more keys for one token. */
const MAX_KEY_LIST = 16;

/** Creates a verifier for a key, a list of keys (rotation) or a key source. */
export function createKeyVerifier(
  key: KeyInput | readonly KeyInput[] | KeySource | undefined,
  options: VerifierOptions,
): ResultVerifier {
  if (!Array.isArray(key)) return createVerifier(key as KeyInput, options).result;
  if (key.length === 0 || key.length > MAX_KEY_LIST) {
    const message = `"key" must be a key, a KeySource or 1 to ${MAX_KEY_LIST} keys, got ${key.length} keys`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
  for (const one of key) checkKey(one, options);
  return createVerifier(() => key, options).result;
}

/** Each key must fit one of the algorithms, not all: a rotation can change the algorithm. */
function checkKey(key: KeyInput, options: VerifierOptions): void {
  const imported = requireKey(key, preparedKeyArgument('verify'));
  const algorithms =
    options.algorithms?.filter((alg) => isCompatible(alg, imported, 'verify')) ?? [];
  createVerifier(key, { ...options, ...(algorithms.length > 0 && { algorithms }) });
}

/**
 * Calls the caller's verifier; of one that this library made, its `result`. Checks the claims that it returns,
 * and `typ`, so that it accepts no refresh token.
 */
export function wrapVerifier(
  verify: TokenVerifier,
  types: ReadonlyArray<string | null> | undefined,
): ResultVerifier {
  const typ = types && typCheck(types);
  const check = (value: unknown, token: string): VerificationResult<unknown> => {
    const claims = claimsFromResult(value, token);
    const fault = typ?.run(reparseToken(token));
    return fault ? rejectedResult(fault) : { ok: true, value: claims };
  };
  const result = resultFunctionOf(verify) as ResultVerifier | undefined;
  const checkResult = (result: VerificationResult<unknown>, token: string) => {
    return result.ok ? check(result.value, token) : result;
  };
  return (token, context) => {
    return result
      ? settle(result(token, context), (result) => checkResult(result, token))
      : settle(verify(token, context), (value) => check(value, token));
  };
}

function claimsFromResult(result: unknown, token: string): object {
  const { payload, signature } = Object(result) as { payload?: unknown; signature?: unknown };
  // Claims cannot contain the signature over themselves, so they never look like a complete result.
  const isComplete = signature === token.slice(token.lastIndexOf('.') + 1).replace(/=+$/, '');
  const claims = isComplete ? payload : result;
  // A promise would be claims that nothing has verified yet.
  if (typeof claims === 'object' && claims !== null && !isThenable(claims)) return claims;
  const message = `"verifier" must return claims, got ${isThenable(claims) ? 'a promise in them' : typeNameOf(claims)}`;
  throw usageError('ERR_OPTION_INVALID', message);
}

const reasonByCode: Readonly<Record<string, AuthReason>> = Object.assign(Object.create(null), {
  ERR_TOKEN_KIND: 'typ_not_allowed',
  ERR_TOKEN_INACTIVE: 'token_inactive',
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
  ERR_PROOF_MISSING: 'proof_missing',
  ERR_PROOF_INVALID: 'proof_invalid',
  ERR_PROOF_REPLAYED: 'proof_replayed',
  ERR_PROOF_NONCE: 'nonce_required',
  ERR_PROOF_MISMATCH: 'sender_mismatch',
  ERR_INTROSPECTION: 'introspection_unavailable',
  ERR_REPLAY_STORE: 'replay_unavailable',
});

/** Returns the reason for a verifier's error or rejection; `undefined` if it is not about the token. */
export function authReasonOf(error: unknown): AuthReason | undefined {
  const { code, claim } = Object(error) as { code?: unknown; claim?: unknown };
  if (code === 'ERR_CLAIM_MISMATCH' && claim === 'iss') return 'unknown_issuer';
  const reason = typeof code === 'string' ? reasonByCode[code] : undefined;
  return reason ?? (error instanceof JsonWebTokenError ? 'token_malformed' : undefined);
}
