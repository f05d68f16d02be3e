/** The events of sessions, and the listener that receives them. */

import { inspect } from 'node:util';
import type { SessionStore } from './store.ts';

/**
 * An event of a session of the user `uid`, or of the store.
 *
 * - `issue`: a login.
 * - `refresh`: a refresh token was replaced. With `again`, its successor was sent once more, `late`
 *   milliseconds after it was replaced.
 * - `reuse`: a refresh token was used that `behind` refreshes have replaced. 1: it was stolen, or its holder
 *   lost a response. 2 or more: it was stolen. 0: the store has lost the refresh that made it. The session
 *   has ended. Reported once for each session.
 * - `ahead`: the refresh token is newer than the store, which lost writes. The session has ended. Reported
 *   once for each session.
 * - `evict`: a login ended this session because the user had more than `maxPerUser`.
 * - `revoke`: a logout. Without `sid`, all sessions of the user ended except `except`.
 * - `unavailable`: `operation` of the store failed with `cause`, or did not respond within `storeTimeout`.
 *
 * @example
 * ```ts
 * const on = (event: SessionEvent): void => {
 *   if (event.type === 'reuse') console.error('stolen from', event.uid, event.behind);
 * };
 * ```
 */
export type SessionEvent =
  | {
      readonly type: 'issue' | 'ahead' | 'evict';
      readonly uid: string;
      readonly sid: string;
    }
  | {
      readonly type: 'refresh';
      readonly uid: string;
      readonly sid: string;
      readonly again: boolean;
      /** Milliseconds, only with `again`. */
      readonly late?: number;
    }
  | {
      readonly type: 'reuse';
      readonly uid: string;
      readonly sid: string;
      readonly behind: number;
    }
  | {
      readonly type: 'revoke';
      readonly uid: string;
      readonly sid?: string;
      readonly except?: string;
    }
  | {
      readonly type: 'unavailable';
      readonly operation: keyof SessionStore;
      readonly cause: unknown;
    };

/** Receives events. Never throws. */
export type Notify = (event: SessionEvent) => void;

/**
 * Creates a function that calls the listener. An error of the listener becomes a process warning. Without a
 * listener, only a store that fails is reported, as a process warning.
 */
export function createNotifier(listener: ((event: SessionEvent) => unknown) | undefined): Notify {
  if (!listener) return createStoreWarner();
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

const WARNING_INTERVAL_MS = 60_000;

/** Warns once a minute: every request fails while the store does. */
function createStoreWarner(): Notify {
  let nextAt = 0;
  return (event) => {
    if (event.type !== 'unavailable' || performance.now() < nextAt) return;
    nextAt = performance.now() + WARNING_INTERVAL_MS;
    const { operation, cause } = event;
    process.emitWarning(
      `The session store failed in "${operation}" (${kindOf(cause)}). Set "on" of createSessions to receive each failure with its cause.`,
      { type: 'JotkitWarning', code: 'JOTKIT_STORE_UNAVAILABLE' },
    );
  };
}

/** Names an error without its message, in which a database may repeat values. */
function kindOf(cause: unknown): string {
  const { code, name } = Object(cause) as { code?: unknown; name?: unknown };
  const kind = [code, name].find((value) => typeof value === 'string' && /^\w{1,40}$/.test(value));
  return typeof kind === 'string' ? kind : typeof cause;
}
