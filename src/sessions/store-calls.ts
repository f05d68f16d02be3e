/** Calls the store: within the time limit, and with status 503 and an event if it fails. */

import { withDeadline } from '../databases/deadline.ts';
import { SessionError } from './error.ts';
import type { Notify } from './listener.ts';
import type { Settings } from './options.ts';
import type { SessionStore } from './store.ts';

/** Resolves to what the call resolves to. Rejects with a SessionError of status 503 if it fails. */
export type CallStore = <Result>(
  operation: keyof SessionStore,
  call: (store: SessionStore, signal: AbortSignal) => Promise<Result>,
) => Promise<Result>;

/** Creates the function through which every operation reaches the store. */
export function createStoreCalls({ store, storeTimeout }: Settings, notify: Notify): CallStore {
  return async (operation, call) => {
    try {
      return await withDeadline((signal) => call(store, signal), storeTimeout);
    } catch (cause) {
      notify({ type: 'unavailable', operation, cause });
      // A store that fails says nothing about the session.
      throw new SessionError('ERR_SESSION_UNAVAILABLE', cause);
    }
  };
}
