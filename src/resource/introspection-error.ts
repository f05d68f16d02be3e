/** `IntrospectionError`, and the events of introspection on node:diagnostics_channel. */

import { channel } from 'node:diagnostics_channel';
import { KeySourceError, nameErrors, withCode } from '../errors.ts';

/**
 * The authorization server did not describe the token, so the token may be valid. Respond with 503, not 401.
 * `code` is `ERR_INTROSPECTION`; `cause` is the reason.
 *
 * @example
 * ```ts
 * const isOutage = (error: unknown) => error instanceof IntrospectionError;
 * ```
 */
export class IntrospectionError extends KeySourceError {
  constructor(message: string, cause?: unknown) {
    super(message, cause);
    withCode(this, 'ERR_INTROSPECTION');
  }
}

nameErrors(IntrospectionError, 'IntrospectionError');

/**
 * `{ url, reason, status, failures }`: an introspection failed. `status` is that of the response, if there was one;
 * 400, 401 and 403 mean that the credentials in `auth` are wrong. `failures` counts consecutive ones.
 */
const failed = channel('jotkit:introspection-failed');

/** `{ url, age }`: an older response was used, because an introspection failed; `age` in seconds. */
const stale = channel('jotkit:introspection-stale');

export function publishFailed(
  url: string,
  reason: string,
  status: number | undefined,
  failures: number,
): void {
  if (failed.hasSubscribers) failed.publish({ url, reason, status, failures });
}

export function publishStale(url: string, age: number): void {
  if (stale.hasSubscribers) stale.publish({ url, age });
}
