/** Writes times and durations for people. */

/** Times that a Date can hold, in seconds (ECMA-262 §21.4.1.1). */
const MAX_SECONDS = 8.64e12;

/** Each unit is used from two of it on, and for exactly one. */
const UNITS = [
  ['year', 31_557_600],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** A number of seconds as "3 minutes" or "90 seconds". */
export function formatDuration(seconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => seconds >= 2 * size || seconds === size) ?? [
    'second',
    1,
  ];
  const count = Math.floor(seconds / size);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** A NumericDate in UTC, or the number if no Date can hold it. */
export function isoTime(seconds: number): string {
  if (!(Math.abs(seconds) <= MAX_SECONDS)) return String(seconds);
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
