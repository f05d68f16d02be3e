/** The lock in which one tab at a time refreshes, logs in or logs out. */

import { pause } from './pause.ts';

/** Changes of localStorage reach the processes of other tabs late: without it 1 of 5 runs had two refreshes. */
const HOLD_MS = 50;

/** Without Web Locks, chance decides which of the tabs that start together refreshes first. */
const MAX_JITTER_MS = 100;

/**
 * Creates a function that does some work while it holds the lock. After `timeout` milliseconds it stops waiting and
 * works without the lock: two refreshes are safe within the `grace` of the server.
 *
 * Browsers have Web Locks on https and localhost only. Elsewhere the lock is that of this tab.
 */
export function createLock(name: string, timeout: number) {
  let turn: Promise<unknown> = Promise.resolve();

  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const release = await new Promise<() => void>((acquired) => {
      const hold = () => new Promise<void>(acquired);
      const { locks } = navigator;
      if (locks) {
        const signal = AbortSignal.timeout(timeout);
        locks.request(name, { signal }, hold).catch(() => acquired(() => {}));
      } else {
        turn = Promise.race([turn, pause(timeout)])
          .then(() => pause(Math.random() * MAX_JITTER_MS))
          .then(hold);
      }
    });
    try {
      return await work();
    } finally {
      setTimeout(release, HOLD_MS);
    }
  };
}
