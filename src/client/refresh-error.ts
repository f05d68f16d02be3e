/** The error of a refresh or logout that did not happen, of which the session may be live. */

/**
 * The session could not be refreshed or ended, and the user is not signed out. Try again later.
 *
 * @example
 * ```ts
 * const isOffline = (error: unknown) => error instanceof RefreshError && error.status === 0;
 * ```
 */
export class RefreshError extends Error {
  override readonly name = 'RefreshError';
  /** The status of the response, such as 503; 0 if there was no response. */
  declare readonly status: number;
  /**
   * The `reason` of the response, such as `session_unavailable`. `network` without a response, also after `timeout`:
   * `cause` is the error of `fetch`. `unexpected` if the response is not one of the session handlers.
   */
  declare readonly reason: string;

  constructor(status: number, reason: string, cause?: unknown) {
    super(`${status} ${reason}`, { cause });
    this.status = status;
    this.reason = reason;
  }
}
