/** Shows an explanation. Text of a token becomes text nodes only. */

import type { ExplainedCheck, Explanation } from '../../src/explain/explanation.ts';
import { causeOf } from './explain-pasted.ts';
import { isOnlyInNode } from './web-algorithms.ts';

/** Longest value of a check, in characters. */
const MAX_VALUE_CHARS = 300;

const OUTCOMES = { accepted: 'Accepted', rejected: 'Rejected', failed: 'Not verified' } as const;
const STATUSES = { passed: 'Passed', failed: 'Failed', skipped: 'Skipped' } as const;

/** Creates an element with a class and children. */
function create(name: string, className: string, ...children: (Node | string)[]): HTMLElement {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** One sentence about the whole token. */
export function renderOutcome({ outcome, code, message }: Explanation): HTMLElement {
  const title = create('strong', '', OUTCOMES[outcome]);
  const reason = message ? [' ', create('span', 'message', visible(message))] : [];
  const link = code ? [' ', codeLink(code)] : [];
  return create('p', `outcome ${outcome}`, title, ...reason, ...link);
}

/** The checks, the decoded parts, the hints, and all of it as JSON. */
export function renderDetails(explanation: Explanation): HTMLElement[] {
  const { checks, header, payload, verified, at } = explanation;
  const note = verified ? 'verified' : 'not verified';
  return [
    ...renderHints(explanation),
    section('Checks', create('ol', 'checks', ...checks.map((check) => renderCheck(check, at)))),
    ...(header ? [section(`Header, ${note}`, code(json(header)))] : []),
    ...(payload === undefined
      ? []
      : [section(`Payload, ${note}`, code(...withTimes(json(payload), at)))]),
    jsonDetails(explanation),
  ];
}

function section(title: string, content: HTMLElement): HTMLElement {
  return create('section', '', create('h2', '', title), content);
}

/** Can scroll, so the keyboard must reach it. */
function code(...lines: (Node | string)[]): HTMLElement {
  const block = create('pre', '', ...lines);
  block.tabIndex = 0;
  return block;
}

function renderHints(explanation: Explanation): HTMLElement[] {
  const { hints, header } = explanation;
  const cause = causeOf(explanation);
  const alg = header?.['alg'];
  const texts = hints.map(({ text }) => text);
  if (cause !== undefined && texts.length === 0) texts.push(`${cause}.`);
  if (isOnlyInNode(alg)) texts.push(`Browsers do not verify ${alg}. Use “npx jotkit explain”.`);
  if (texts.length === 0) return [];
  const items = texts.map((text) => create('li', '', visible(text)));
  return [section('Hints', create('ul', 'hints', ...items))];
}

function renderCheck(check: ExplainedCheck, now: number): HTMLElement {
  const { status, expected, actual, message, code, rfc } = check;
  const facts = create('dl', '');
  const addFact = (name: string, value: unknown) => {
    if (value === undefined) return;
    const shown = valueText(value, check.check, now);
    facts.append(create('div', '', create('dt', '', name), create('dd', '', shown)));
  };
  addFact('expected', expected);
  addFact('actual', actual);
  return create(
    'li',
    status,
    create('span', 'status', STATUSES[status]),
    create('code', 'name', check.check),
    create('span', 'rfc', rfc),
    ...(message
      ? [create('p', 'message', visible(message), ' ', ...(code ? [codeLink(code)] : []))]
      : []),
    ...(facts.hasChildNodes() ? [facts] : []),
  );
}

/** A copy of this page elsewhere has no pages beside it. */
function codeLink(code: string): HTMLElement {
  if (location.protocol === 'file:') return create('code', 'code', code);
  const link = create('a', 'code', code) as HTMLAnchorElement;
  link.href = `errors/error-codes.html#${code.toLowerCase()}`;
  return link;
}

function valueText(value: unknown, check: string, now: number): string {
  const text = shorten(visible(JSON.stringify(value)), MAX_VALUE_CHARS);
  const isTime = ['nbf', 'exp', 'iat'].includes(check) && typeof value === 'number';
  return isTime ? `${text} (${timeText(value, now)})` : text;
}

function jsonDetails({ hints: _, ...explanation }: Explanation): HTMLElement {
  const details = create('details', '', create('summary', '', 'Result as JSON'));
  details.append(code(json(explanation)));
  details.id = 'json';
  return details;
}

function json(value: unknown): string {
  return visible(JSON.stringify(value, null, 2));
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)} …` : text;
}

/** Escapes what hides or reorders text, as JSON does with control characters. */
function visible(text: string): string {
  return text.replace(/[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f\u3164]/gu, (character) => {
    const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16));
    return units.map((hex) => `\\u${hex.padStart(4, '0')}`).join('');
  });
}

/** Only members of the payload itself are indented by two blanks. */
const TIME_LINE = /^ {2}"(?:exp|nbf|iat|auth_time|updated_at)": (\d+(?:\.\d+)?),?$/;

function withTimes(text: string, now: number): (Node | string)[] {
  return text.split('\n').flatMap((line, index) => {
    const [, seconds] = TIME_LINE.exec(line) ?? [];
    const lineEnd = index > 0 ? '\n' : '';
    if (seconds === undefined) return [lineEnd + line];
    return [`${lineEnd}${line}`, create('span', 'time', ` ${timeText(Number(seconds), now)}`)];
  });
}

const UNITS = [
  ['year', 31_557_600],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

const relative = new Intl.RelativeTimeFormat('en');

/** "3 days ago, 2027-01-15 08:00:00Z". */
export function timeText(seconds: number, now: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return 'no date';
  const distance = seconds - now;
  const [unit, length] = UNITS.find(([, length]) => Math.abs(distance) >= length) ?? ['second', 1];
  const iso = date
    .toISOString()
    .replace('T', ' ')
    .replace(/\.000Z$/, 'Z');
  return `${relative.format(Math.trunc(distance / length), unit)}, ${iso}`;
}
