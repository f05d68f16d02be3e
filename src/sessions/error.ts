/** The error of a session that has ended, of a replaced token, or of a store that failed. */

import { type ErrorCode, nameErrors, withCode } from '../errors.ts';
import { codeDescriptions } from './code-descriptions.ts';

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
 * The session has ended, its token was replaced, or the store failed. `status` is the HTTP status to
 * respond with:
 *
 * - 401: the session has ended. The user logs in again.
 * - 409: concurrent refreshes replaced the token, and the session is live. The client tries again after a
 *   second, with the newest token that it has.
 * - 503: the store failed, or did not respond within `storeTimeout`. The client tries again with the same
 *   token and keeps its cookies. `cause` is the error of the store.
 *
 * @example
 * ```ts
 * const statusOf = (error: unknown) => (error instanceof SessionError ? error.status : 500);
 * ```
 */
export class SessionError extends Error {
  declare readonly code: SessionErrorCode;
  /** 401 or 409, or 503 if the state of the session is not known. */
  readonly status: 401 | 409 | 503;

  constructor(code: SessionErrorCode, cause?: unknown) {
    super(codeDescriptions[code], cause === undefined ? undefined : { cause });
    withCode(this, code);
    this.status = statusOf(code);
  }
}

nameErrors(SessionError, 'SessionError');

function statusOf(code: SessionErrorCode): SessionError['status'] {
  if (code === 'ERR_SESSION_SUPERSEDED') return 409;
  return code === 'ERR_SESSION_UNAVAILABLE' ? 503 : 401;
}
