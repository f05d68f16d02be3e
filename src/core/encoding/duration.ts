/** Parses durations such as `15m` to seconds. */

import { warnOnce } from '../warn-once.ts';

/**
 * Seconds as a number, or a string with a unit: `'90s'`, `'15m'`, `'2 hours'`, `'7d'`, `'1.5h'`.
 * Units: ms, s, m, h, d, w, y (365.25 days), with the long forms of the `ms` package.
 *
 * @example
 * ```ts
 * const fifteenMinutes: Timespan[] = [900, '15m', '15 minutes'];
 * ```
 */
export type Timespan = number | `${number}${Unit}` | `${number} ${Unit}`;

type Unit = UnitName | Uppercase<UnitName> | Capitalize<UnitName>;
type UnitName =
  | 'years'
  | 'year'
  | 'yrs'
  | 'yr'
  | 'y'
  | 'weeks'
  | 'week'
  | 'w'
  | 'days'
  | 'day'
  | 'd'
  | 'hours'
  | 'hour'
  | 'hrs'
  | 'hr'
  | 'h'
  | 'minutes'
  | 'minute'
  | 'mins'
  | 'min'
  | 'm'
  | 'seconds'
  | 'second'
  | 'secs'
  | 'sec'
  | 's'
  | 'milliseconds'
  | 'millisecond'
  | 'msecs'
  | 'msec'
  | 'ms';

const TIMESPAN =
  /^(-?\d*\.?\d+) *(?:(milliseconds?|msecs?|ms)|(seconds?|secs?|s)|(minutes?|mins?|m)|(hours?|hrs?|h)|(days?|d)|(weeks?|w)|(years?|yrs?|y))?$/i;

/** Milliseconds per unit, in the order of the groups of {@link TIMESPAN}. */
const UNITS_MS = [1, 1000, 60_000, 3_600_000, 86_400_000, 604_800_000, 31_557_600_000];

/** Parses a timespan to seconds; `unit` reports whether it has one. Returns `undefined` for other text. */
export function parseTimespan(text: string): { seconds: number; unit: boolean } | undefined {
  const match = text.length <= 100 ? TIMESPAN.exec(text) : null;
  if (!match) return undefined;
  const unit = UNITS_MS.findIndex((_, i) => match[i + 2] !== undefined);
  return { seconds: (Number(match[1]) * (UNITS_MS[unit] ?? 1)) / 1000, unit: unit >= 0 };
}

/** A duration in seconds. `whole`: a time computed with it is rounded down to a second. */
export interface Duration {
  seconds: number;
  whole: boolean;
}

/** Parses a duration option of jotkit: a finite number of seconds, or a string with a unit. */
export function parseDuration(value: unknown): Duration | undefined {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? { seconds: value, whole: false } : undefined;
  }
  const parsed = typeof value === 'string' ? parseTimespan(value) : undefined;
  return parsed?.unit ? { seconds: parsed.seconds, whole: true } : undefined;
}

/** Parses a duration option of jsonwebtoken: any number; a string without a unit is milliseconds. */
export function parseClassicDuration(value: unknown): Duration | undefined {
  if (typeof value === 'number') {
    return Number.isNaN(value) ? undefined : { seconds: value, whole: false };
  }
  const parsed = typeof value === 'string' ? parseTimespan(value) : undefined;
  if (!parsed) return undefined;
  if (!parsed.unit) {
    warnOnce(
      'JOTKIT_TIMESPAN_UNIT',
      'A timespan string without a unit is milliseconds, as in jsonwebtoken. Write a number for seconds, or add the unit.',
    );
  }
  return { seconds: parsed.seconds, whole: true };
}

/** Returns the NumericDate a duration after `base`. */
export function addDuration(base: number, duration: Duration): number {
  const sum = base + duration.seconds;
  return duration.whole ? Math.floor(sum) : sum;
}

/** `lib/timespan` of jsonwebtoken, which some code requires: the NumericDate a duration after `iat`. */
export function timespan(time: string | number, iat?: number): number | undefined {
  const base = iat || Math.floor(Date.now() / 1000);
  if (typeof time === 'number') return base + time;
  const parsed = typeof time === 'string' ? parseTimespan(time) : undefined;
  return parsed && Math.floor(base + parsed.seconds);
}
