/** `NODE_DEBUG=jotkit`: writes one line to stderr for each rejected request. */

import { debuglog } from 'node:util';
import type { AuthError } from './auth-error.ts';
import { type Rejection, rejectionLine } from './rejection-line.ts';

const log = debuglog('jotkit');

/** Whether the log is on: workerd reports every log as enabled, also without `NODE_DEBUG`. */
export function isSwitchedOn(enabled: unknown, environment: NodeJS.ProcessEnv): boolean {
  // The variable is read last: in Deno it needs a permission.
  return enabled === true && Boolean(environment.NODE_DEBUG);
}

/** `isEnabled` is read once, because `enabled` is a getter; Bun does not have it. Tests replace both members. */
export const debugLog = {
  isEnabled: isSwitchedOn(log.enabled, process.env),
  // Not the line as the format: it can contain "%s".
  write: (line: string) => log('%s', line),
};

const notes = new WeakMap<AuthError, string>();

/** Stores what the line says of an error that has no `inner`, such as the hook that rejected. */
export function withNote(error: AuthError, note: string): AuthError {
  if (debugLog.isEnabled) notes.set(error, note);
  return error;
}

/** Writes the line. Call it only if `debugLog.isEnabled`. */
export function logRejection(error: AuthError, rejection: Rejection = {}): void {
  try {
    debugLog.write(rejectionLine(error, { note: notes.get(error), ...rejection }));
  } catch {
    // A getter of a foreign error, or a clock, can throw. Debugging must not change the response.
  }
}
