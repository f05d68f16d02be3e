/** Says what a check expected and what the token has. */

import { escapeUnsafe, quoteText } from '../core/encoding/printable.ts';
import type { CheckName } from '../core/token/named-check.ts';
import type { ExplainedCheck } from './explanation.ts';
import { REDACTED } from './redact.ts';
import { formatDuration, isoTime } from './relative-time.ts';

const MAX_VALUE_CHARS = 120;
const MAX_LIST_ITEMS = 8;

/** What a time means that has passed, and one that is to come. */
const EVENTS = new Map<CheckName, TimeEvent>([
  ['nbf', { past: (duration) => `active for ${duration}`, future: 'active in' }],
  ['exp', { past: (duration) => `expired ${duration} ago`, future: 'expires in' }],
  ['iat', { past: (duration) => `issued ${duration} ago`, future: 'issued in' }],
]);

interface TimeEvent {
  past(duration: string): string;
  readonly future: string;
}

/** In short sentences, without characters that a terminal obeys. `at` in seconds since 1970. */
export function describeCheck(check: ExplainedCheck, at: number): readonly string[] {
  const { check: name, status, expected, actual } = check;
  if (status === 'skipped') return [];
  const event = EVENTS.get(name);
  if (event && typeof actual === 'number') return [describeTime(event, actual, at)];
  if (name === 'maxAge' && typeof actual === 'number') return [describeAge(expected, actual)];
  if (name === 'required') return describeRequired(check);
  if (status === 'passed') return actual === undefined ? [] : [shown(actual)];
  if (expected === undefined || name === 'maxAge') {
    return [...messageOf(check), ...(actual === undefined ? [] : has(actual))];
  }
  return [`expected ${shownExpected(expected)}`, ...has(actual)];
}

/** The error names the first absent claim only. */
function describeRequired(check: ExplainedCheck): readonly string[] {
  const { status, expected, actual } = check;
  const names = [expected].flat();
  if (status === 'passed') return [listed(names, ', ')];
  const absent = names.filter((name) => Array.isArray(actual) && !actual.includes(name));
  return absent.length > 0 ? [`the token has no ${listed(absent, ', ')}`] : messageOf(check);
}

function messageOf({ message }: ExplainedCheck): readonly string[] {
  return message === undefined ? [] : [escapeUnsafe(String(message))];
}

function has(actual: unknown): readonly string[] {
  return [actual === undefined ? 'the token has none' : `the token has ${shown(actual)}`];
}

function describeTime({ past, future }: TimeEvent, time: number, at: number): string {
  const seconds = time - at;
  const duration = formatDuration(Math.abs(seconds));
  const relative = seconds > 0 ? `${future} ${duration}` : past(duration);
  return `${relative}, ${isoTime(time)}`;
}

function describeAge(maxAge: unknown, age: number): string {
  const limit = typeof maxAge === 'number' ? `, at most ${formatDuration(maxAge)} is allowed` : '';
  const duration = formatDuration(Math.abs(age));
  return age < 0 ? `issued ${duration} in the future` : `${duration} old${limit}`;
}

function shownExpected(expected: unknown): string {
  return listed([expected].flat(), ' or ');
}

function listed(values: readonly unknown[], separator: string): string {
  // Null in the list of `typ`: it may be absent.
  const items = values
    .slice(0, MAX_LIST_ITEMS)
    .map((item) => (item === null ? 'none' : shown(item)));
  const rest = values.length - items.length;
  return [...items, ...(rest > 0 ? [`${rest} more`] : [])].join(separator);
}

/** As JSON, cut and escaped. */
function shown(value: unknown): string {
  if (value === REDACTED) return REDACTED;
  if (typeof value === 'string') return quoteText(value, MAX_VALUE_CHARS);
  // JSON has no Infinity, which a claim can be: 1e400.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  const json = escapeUnsafe(text ?? String(value));
  return json.length > MAX_VALUE_CHARS ? `${json.slice(0, MAX_VALUE_CHARS)}…` : json;
}
