/** Makes a monotonic clock from one that may be set back. */

import { typeNameOf } from '../../core/option-rules.ts';
import { usageError } from '../../errors.ts';

/**
 * Returns a function that returns the seconds since its first call. If the clock is set back, no time
 * passes for one reading. What is due in a minute stays due in a minute, not after the repeated hour.
 */
export function createMonotonicClock(clock: (() => number) | undefined): () => number {
  let last: number | undefined;
  let elapsed = 0;
  return () => {
    const now = clock ? clock() : Date.now();
    // With NaN no time would pass, and a set would be fresh for ever.
    if (!Number.isFinite(now)) {
      const message = `"clock" must return milliseconds, got ${typeNameOf(now)}`;
      throw usageError('ERR_OPTION_INVALID', message);
    }
    elapsed += Math.max(0, now - (last ?? now));
    last = now;
    return elapsed / 1000;
  };
}
