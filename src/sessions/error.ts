/** The error of a session that has ended, or of a store that failed. */

import { type ErrorCode, errorCodes, nameErrors, withCode } from '../errors.ts';

/**
 * The codes of a {@link SessionError}.
 *
 * @example
 * ```ts
 * const alarming: SessionErrorCode[] = ['ERR_SESSION_REUSED', 'ERR_SESSION_AHEAD'];
 * ```
 */
export type SessionErrorCode = Extract<ErrorCode, `ERR_SESSION_${string}`>;

/**
 * The session has ended (`status` 401: log in again), or the store failed (`status` 503: try again, and
 * keep the client's cookies). `cause` is the error of the store.
 *
 * @example
 * ```ts
 * const statusOf = (error: unknown) => (error instanceof SessionError ? error.status : 500);
 * ```
 */
export class SessionError extends Error {
  declare readonly code: SessionErrorCode;
  /** The HTTP status to respond with: 401, or 503 if the state of the session is not known. */
  readonly status: 401 | 503;

  constructor(code: SessionErrorCode, cause?: unknown) {
    super(errorCodes[code], cause === undefined ? undefined : { cause });
    withCode(this, code);
    this.status = code === 'ERR_SESSION_UNAVAILABLE' ? 503 : 401;
  }
}

nameErrors(SessionError, 'SessionError');

/** Resolves to what the store returns. A store that fails says nothing about the session: 503. */
export async function callStore<Result>(operation: () => Promise<Result>): Promise<Result> {
  try {
    return await operation();
  } catch (error) {
    throw new SessionError('ERR_SESSION_UNAVAILABLE', error);
  }
}
