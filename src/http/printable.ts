/** Makes values safe for one line of a log: quoted, cut, without control characters and credentials. */

import { types } from 'node:util';
import { quoteText } from '../core/encoding/printable.ts';
import { typeNameOf } from '../core/option-rules.ts';

const MAX_VALUE_CHARS = 64;
const MAX_MESSAGE_CHARS = 160;
const MAX_LIST_ITEMS = 4;
const MAX_ERRORS = 3;

/** As JSON, cut and escaped. */
export function quoted(text: string, maxChars = MAX_VALUE_CHARS): string {
  return quoteText(text, maxChars);
}

/** A value of a token or an option: strings quoted, objects only by their type. */
export function shown(value: unknown): string {
  if (value === undefined) return 'absent';
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${shownList(value, ', ')}]`;
  return types.isRegExp(value) ? quoted(String(value)) : typeNameOf(value);
}

/** The first items of a list. */
export function shownList(values: readonly unknown[], separator = ' or '): string {
  // Not the items of an item: four of four of four fill the log.
  const items = values.slice(0, MAX_LIST_ITEMS).map((item) => {
    return Array.isArray(item) ? typeNameOf(item) : shown(item);
  });
  const rest = values.length - items.length;
  return [...items, ...(rest > 0 ? [`${rest} more`] : [])].join(separator);
}

/** The type of a claim whose value must not be in a log. */
export function typeOnly(value: unknown): string {
  const isPlain = typeof value === 'number' || typeof value === 'boolean';
  return isPlain ? `a ${typeof value}` : typeNameOf(value);
}

/** A NumericDate in UTC. */
export function shownTime(seconds: unknown): string {
  if (typeof seconds !== 'number') return shown(seconds);
  // Seconds of the year 5138: Date.now() of today instead of seconds.
  if (!(Math.abs(seconds) < 1e11)) return `${seconds} (not seconds?)`;
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** Name, code and message of an error that your code threw, and of its causes: `fetch` has the reason only there. */
export function shownError(error: unknown, maxErrors = MAX_ERRORS): string {
  if (!(error instanceof Error)) return typeOnly(error);
  const { name, code, message, cause } = error as NodeJS.ErrnoException;
  const kind = isName(name) ? name : 'Error';
  const parts = [`${kind}${isName(code) ? ` ${code}` : ''}`];
  // An AggregateError of net.connect has no message.
  if (message) parts.push(shownMessage(message));
  if (cause instanceof Error && maxErrors > 1) parts.push(shownError(cause, maxErrors - 1));
  return parts.join(': ');
}

const isName = (value: unknown) => typeof value === 'string' && /^[A-Za-z]\w{0,39}$/.test(value);

/** A message that your code may have written: without credentials, escaped, cut. */
export function shownMessage(message: unknown): string {
  return quoted(redacted(String(message)), MAX_MESSAGE_CHARS)
    .slice(1, -1)
    .replaceAll('\\"', '"');
}

/** Removes what can be a credential: parts of URLs, JSON in base64url, long words. The cost is linear. */
export function redacted(text: string): string {
  const withoutUrls = text.replace(/[a-z][a-z\d+.-]{0,19}:\/\/\S+/gi, publicPartOf);
  return withoutUrls.replace(/\be[wy][\w+/=.-]{8,}|[\w+=-]{20,}/g, '…');
}

/** A URL without query. If it has a user or a password, only its scheme. A sentence can go on after it with a colon. */
function publicPartOf(url: string): string {
  const hasCredentials = url.includes('@') || /\/\/[^/]*:(?!\d{1,5}(?:\/|:?$)|$)/.test(url);
  if (hasCredentials) return `${url.slice(0, url.indexOf(':'))}://…`;
  return url.replace(/[?#;].*/s, '');
}
