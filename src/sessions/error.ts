/** What is wrong with a session, or with the store that should know it. */

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
 * The session is refused (`status` 401: log in again), or its store could not be asked (`status` 503:
 * try again, and leave the client its cookies). `cause` is what the store threw.
 *
 * @example
 * ```ts
 * import { SessionError } from 'jotkit/sessions';
 *
 * if (error instanceof SessionError) console.log(error.status, error.code);
 * ```
 */
export class SessionError extends Error {
  declare readonly code: SessionErrorCode;
  /** The status to answer with: 401, or 503 where nothing is known about the session. */
  readonly status: 401 | 503;

  constructor(code: SessionErrorCode, cause?: unknown) {
    super(errorCodes[code], cause === undefined ? undefined : { cause });
    withCode(this, code);
    this.status = code === 'ERR_SESSION_UNAVAILABLE' ? 503 : 401;
  }
}

nameErrors(SessionError, 'SessionError');

/** What a store answers; what it fails with says nothing about the session. */
export async function callStore<Answer>(question: () => Promise<Answer>): Promise<Answer> {
  try {
    return await question();
  } catch (error) {
    throw new SessionError('ERR_SESSION_UNAVAILABLE', error);
  }
}
