/** Checks the option that limits the time of an operation. */

import { parseDuration, type Timespan } from '../core/encoding/duration.ts';
import * as option from '../core/option-rules.ts';

export const timeLimit: option.OptionRule = {
  expected: `${option.duration.expected}, from one second to one minute`,
  test: (value) => isDurationWithin(value, 1, 60),
};

/** Reports whether the value is a duration of `least` to `most` seconds. */
export function isDurationWithin(value: unknown, least: number, most: number): boolean {
  const seconds = parseDuration(value)?.seconds ?? Number.NaN;
  return seconds >= least && seconds <= most;
}

/** The rules have checked that it is a timespan. */
export function milliseconds(timespan: Timespan): number {
  return Math.floor((parseDuration(timespan)?.seconds ?? Number.NaN) * 1000);
}
