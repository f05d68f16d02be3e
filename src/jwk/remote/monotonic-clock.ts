/** Time that only passes, made of a clock that may be set back. */

import { typeNameOf } from '../../core/option-rules.ts';
import { usageError } from '../../errors.ts';

/**
 * Seconds since the first call. A clock that is set back stands still for one reading and goes on from
 * there: what was to happen in a minute happens in a minute, and not once the lost hour has come again.
 */
export function createMonotonicClock(clock: (() => number) | undefined): () => number {
  let last: number | undefined;
  let passed = 0;
  return () => {
    const now = clock ? clock() : Date.now();
    // With NaN no time would pass, and a set would be fresh for ever.
    if (!Number.isFinite(now)) {
      const message = `"clock" must answer with milliseconds, got ${typeNameOf(now)}`;
      throw usageError('ERR_OPTION_INVALID', message);
    }
    passed += Math.max(0, now - (last ?? now));
    last = now;
    return passed / 1000;
  };
}
