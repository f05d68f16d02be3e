/** The result of a verification that does not throw for an invalid token. */

import type { ErrorCode, JsonWebTokenError } from '../../errors.ts';
import { errorOf, type Fault } from '../token/fault.ts';

/**
 * What `verify.result` returns: the value that the verifier returns for the token, or why it rejects it.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const token = sign({ sub: 'ada' }, JWT_SECRET);
 * const result: VerificationResult<JwtPayload> = createVerifier(JWT_SECRET).result(token);
 * console.log(result.ok ? result.value.sub : result.code); // → ada
 * ```
 */
export type VerificationResult<Value> = AcceptedToken<Value> | RejectedToken;

/**
 * The result for a token that passes every check.
 *
 * @example
 * ```ts
 * const accepted: AcceptedToken<string> = { ok: true, value: 'ada' };
 * ```
 */
export interface AcceptedToken<Value> {
  readonly ok: true;
  readonly value: Value;
}

/**
 * The result for a token that is rejected.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const result = createVerifier(JWT_SECRET).result('a.b.c');
 * if (!result.ok) console.log(result.code); // → ERR_TOKEN_MALFORMED
 * ```
 */
export interface RejectedToken {
  readonly ok: false;
  /** The code and message of the error that the verifier throws for this token. */
  readonly code: ErrorCode;
  readonly message: string;
  /** The claim that the rule is about, for the `ERR_CLAIM_…` codes. */
  readonly claim: string | undefined;
  /** That error, with all of its fields. Created when you read it, so that a rejection costs no stack. */
  readonly error: JsonWebTokenError;
}

type ResultFunction = (token: string, context?: unknown) => unknown;

const results = new WeakMap<object, ResultFunction>();

/** Marks a verifier of this library as one whose `result` does what the function does. */
export function rememberResult(verifier: { result: ResultFunction }): void {
  results.set(verifier, verifier.result);
}

/** The `result` of a verifier of this library. A wrapper around one can have it, too, but checks more. */
export function resultFunctionOf(verifier: object): ResultFunction | undefined {
  return results.get(verifier);
}

/** The error is a getter of the class, so JSON and logs show code, message and claim only. */
class Rejected implements RejectedToken {
  readonly ok = false;
  readonly code: ErrorCode;
  readonly message: string;
  readonly claim: string | undefined;
  readonly #fault: Fault;
  #error: JsonWebTokenError | undefined;

  constructor(fault: Fault) {
    this.code = fault.code;
    this.message = fault.message;
    this.claim = fault.claim;
    this.#fault = fault;
  }

  get error(): JsonWebTokenError {
    this.#error ??= errorOf(this.#fault);
    return this.#error;
  }
}

export function rejectedResult(fault: Fault): RejectedToken {
  return new Rejected(fault);
}
