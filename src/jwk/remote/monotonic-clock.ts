/** Makes a monotonic clock from one that may be set back. */

import { readClock } from '../../core/clock.ts';

/**
 * Returns a function that returns the seconds since its first call. If the clock is set back, no time
 * passes for one reading. What is due in a minute stays due in a minute, not after the repeated hour.
 */
export function createMonotonicClock(clock: (() => number) | undefined): () => number {
  let last: number | undefined;
  let elapsed = 0;
  return () => {
    const now = readClock(clock);
    elapsed += Math.max(0, now - (last ?? now));
    last = now;
    return elapsed / 1000;
  };
}
