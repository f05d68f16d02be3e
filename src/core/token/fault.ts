/** Why a token is rejected, as data: checks return it, and only the edge makes an error of it. */

import {
  defineHidden,
  type ErrorCode,
  JsonWebTokenError,
  NotBeforeError,
  TokenExpiredError,
  withCode,
} from '../../errors.ts';

/** What some errors show besides code, message and claim. Times are seconds since 1970. */
export interface FaultDetails {
  readonly expiredAt?: number;
  readonly notBefore?: number;
  readonly cause?: unknown;
  /** What the caller may have passed instead of a token: the message of the `cause`. */
  readonly hint?: string;
  /** What the option allows, and what the token has instead: shown on the error, not in its message. */
  readonly expected?: unknown;
  readonly actual?: unknown;
  /** The error that a function of the caller threw: it is passed on as it is. */
  readonly error?: JsonWebTokenError;
}

/** A rule that the token breaks. Carries no stack, so a rejection costs no more than an acceptance. */
export class Fault {
  readonly code: ErrorCode;
  readonly message: string;
  readonly claim: string | undefined;
  readonly details: FaultDetails | undefined;

  constructor(code: ErrorCode, message: string, claim?: string, details?: FaultDetails) {
    this.code = code;
    this.message = message;
    this.claim = claim;
    this.details = details;
  }
}

const HIDDEN_DETAILS = ['cause', 'expected', 'actual'] as const;

/** The error that a caller sees. */
export function errorOf({ code, message, claim, details }: Fault): JsonWebTokenError {
  if (details?.error) return details.error;
  const error = withCode(errorClass(message, details), code, claim);
  if (details?.hint !== undefined) defineHidden(error, 'cause', new Error(details.hint));
  for (const name of HIDDEN_DETAILS) {
    if (details && Object.hasOwn(details, name)) defineHidden(error, name, details[name]);
  }
  return error;
}

function errorClass(message: string, details: FaultDetails | undefined): JsonWebTokenError {
  if (details?.expiredAt !== undefined) {
    return new TokenExpiredError(message, new Date(details.expiredAt * 1000));
  }
  if (details?.notBefore !== undefined) {
    return new NotBeforeError(message, new Date(details.notBefore * 1000));
  }
  return new JsonWebTokenError(message);
}

/** The value, or the error of the fault that is in its place. */
export function orThrow<Value>(value: Value | Fault): Value {
  if (value instanceof Fault) throw errorOf(value);
  return value;
}
