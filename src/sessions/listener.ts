/** What an application is told about its sessions. */

import { inspect } from 'node:util';

/**
 * Something that happened to a session of the user `uid`.
 *
 * - `issue`: a login.
 * - `refresh`: a refresh token was replaced; `again` where its successor was handed out once more.
 * - `reuse`: a replaced refresh token came again, later than the grace: it was stolen, or its holder lost
 *   an answer. The session is dead. Told once for each session.
 * - `ahead`: the store knows an older token than the one presented: it lost writes.
 * - `evict`: a login had to end this session, because the user had too many.
 * - `revoke`: a logout; without `sid`, of all sessions but perhaps `except`.
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

/** Tells, and lets no listener come between a user and their tokens. */
export function createNotifier(
  listener: ((event: SessionEvent) => unknown) | undefined,
): (event: SessionEvent) => void {
  if (!listener) return () => {};
  const complain = (error: unknown) => {
    process.emitWarning(error instanceof Error ? error : inspect(error));
  };
  return (event) => {
    try {
      Promise.resolve(listener(event)).catch(complain);
    } catch (error) {
      complain(error);
    }
  };
}
