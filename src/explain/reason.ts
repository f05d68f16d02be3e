/** Reads why a check failed. */

import type { Fault } from '../core/token/fault.ts';
import { type ErrorCode, isErrorCode } from '../errors.ts';

export interface Reason {
  readonly code: ErrorCode | undefined;
  readonly message: string | undefined;
  readonly claim: string | undefined;
}

const NO_REASON: Reason = { code: undefined, message: undefined, claim: undefined };

/** Reads a fault or an error. Every member is undefined if there is neither. */
export function reasonOf(rejection: unknown): Reason {
  // Not Object(rejection): it inherits the members of a polluted Object.prototype.
  if (rejection === undefined || rejection === null) return NO_REASON;
  const { code, message, claim } = Object(rejection) as Partial<Fault>;
  return { code: isErrorCode(code) ? code : undefined, message, claim };
}

export function codeOf(rejection: unknown): ErrorCode | undefined {
  return reasonOf(rejection).code;
}
