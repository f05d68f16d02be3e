/** Reads the option `clock`. */

import { usageError } from '../errors.ts';
import { typeNameOf } from './option-rules.ts';

/** In milliseconds 1973, in seconds the year 5138: a smaller number is a clock in seconds. */
const MIN_TIME_MS = 1e11;

/** Returns the time in milliseconds. `Date.now` is not checked, because tests fake it. */
export function readClock(clock: (() => number) | undefined): number {
  if (!clock) return Date.now();
  const now: unknown = clock();
  if (typeof now === 'number' && now >= MIN_TIME_MS && now !== Number.POSITIVE_INFINITY) return now;
  const message = `"clock" must return milliseconds since 1970, got ${typeNameOf(now)}`;
  throw usageError('ERR_OPTION_INVALID', message);
}
