/** Spans of time written as text, such as `15m`, to seconds. */

import { warnOnce } from '../warn-once.ts';

/**
 * Seconds as a number, or text with its unit: `'90s'`, `'15m'`, `'2 hours'`, `'7d'`, `'1.5h'`.
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

const PATTERN =
  /^(-?\d*\.?\d+) *(?:(milliseconds?|msecs?|ms)|(seconds?|secs?|s)|(minutes?|mins?|m)|(hours?|hrs?|h)|(days?|d)|(weeks?|w)|(years?|yrs?|y))?$/i;

/** Milliseconds of a unit, in the order of the groups of {@link PATTERN}. */
const UNITS = [1, 1000, 60_000, 3_600_000, 86_400_000, 604_800_000, 31_557_600_000];

/** The seconds a text names, and whether it named a unit; undefined where it is not a timespan. */
export function parseTimespan(text: string): { seconds: number; unit: boolean } | undefined {
  const match = text.length <= 100 ? PATTERN.exec(text) : null;
  if (!match) return undefined;
  const unit = UNITS.findIndex((_, i) => match[i + 2] !== undefined);
  return { seconds: (Number(match[1]) * (UNITS[unit] ?? 1)) / 1000, unit: unit >= 0 };
}

/** A duration in seconds; one that came as text ends on a whole second. */
export interface Duration {
  seconds: number;
  whole: boolean;
}

/** A duration in jotkit's own options: a finite number of seconds, or text with its unit. */
export function parseDuration(value: unknown): Duration | undefined {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? { seconds: value, whole: false } : undefined;
  }
  const span = typeof value === 'string' ? parseTimespan(value) : undefined;
  return span?.unit ? { seconds: span.seconds, whole: true } : undefined;
}

/** A duration in jsonwebtoken's options: any number, and text without a unit is milliseconds. */
export function parseClassicDuration(value: unknown): Duration | undefined {
  if (typeof value === 'number') {
    return Number.isNaN(value) ? undefined : { seconds: value, whole: false };
  }
  const span = typeof value === 'string' ? parseTimespan(value) : undefined;
  if (!span) return undefined;
  if (!span.unit) {
    warnOnce(
      'JOTKIT_TIMESPAN_UNIT',
      'A timespan in a string without a unit is read as milliseconds, as jsonwebtoken does. Write a number for seconds, or add the unit.',
    );
  }
  return { seconds: span.seconds, whole: true };
}

/** The NumericDate that lies a span after another. */
export function addDuration(base: number, span: Duration): number {
  const sum = base + span.seconds;
  return span.whole ? Math.floor(sum) : sum;
}

/** jsonwebtoken's `lib/timespan`, which some code requires: the NumericDate a duration after `iat`. */
export function timespan(time: string | number, iat?: number): number | undefined {
  const base = iat || Math.floor(Date.now() / 1000);
  if (typeof time === 'number') return base + time;
  const span = typeof time === 'string' ? parseTimespan(time) : undefined;
  return span && Math.floor(base + span.seconds);
}
