/** The events of sessions, and the listener that receives them. */

import { inspect } from 'node:util';

/**
 * An event of a session of the user `uid`.
 *
 * - `issue`: a login.
 * - `refresh`: a refresh token was replaced. With `again`, its successor was sent once more.
 * - `reuse`: a replaced refresh token was used after the grace period. It was stolen, or its holder lost a
 *   response. The session has ended. Reported once for each session.
 * - `ahead`: the refresh token is newer than the one in the store: the store lost writes.
 * - `evict`: a login ended this session because the user had more than `maxPerUser`.
 * - `revoke`: a logout. Without `sid`, all sessions of the user ended except `except`.
 *
 * @example
 * ```ts
 * const on = (event: SessionEvent): void => {
 *   if (event.type === 'reuse') console.error('stolen from', event.uid);
 * };
 * ```
 */
export type SessionEvent =
  | {
      readonly type: 'issue' | 'reuse' | 'ahead' | 'evict';
      readonly uid: string;
      readonly sid: string;
    }
  | {
      readonly type: 'refresh';
      readonly uid: string;
      readonly sid: string;
      readonly again: boolean;
    }
  | {
      readonly type: 'revoke';
      readonly uid: string;
      readonly sid?: string;
      readonly except?: string;
    };

/** Creates a function that calls the listener. An error of the listener becomes a process warning. */
export function createNotifier(
  listener: ((event: SessionEvent) => unknown) | undefined,
): (event: SessionEvent) => void {
  if (!listener) return () => {};
  const warn = (error: unknown) => {
    process.emitWarning(error instanceof Error ? error : inspect(error));
  };
  return (event) => {
    try {
      Promise.resolve(listener(event)).catch(warn);
    } catch (error) {
      warn(error);
    }
  };
}
