/** Shows an explanation. Text of a token becomes text nodes only. */

import { escapeUnsafe } from '../../src/core/encoding/printable.ts';
import type { ExplainedCheck, Explanation } from '../../src/explain/explanation.ts';
import { formatDuration, isoTime } from '../../src/explain/relative-time.ts';
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
  const reason = message ? [' ', create('span', 'message', escapeUnsafe(message))] : [];
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

function renderHints({ hints, header }: Explanation): HTMLElement[] {
  const alg = header?.['alg'];
  const texts = hints.map(({ text }) => text);
  if (isOnlyInNode(alg)) texts.push(`Browsers do not verify ${alg}. Use “npx jotkit explain”.`);
  if (texts.length === 0) return [];
  const items = texts.map((text) => create('li', '', text));
  return [section('Hints', create('ul', 'hints', ...items))];
}

function renderCheck(check: ExplainedCheck, now: number): HTMLElement {
  const { status, expected, actual, message, code, rfc } = check;
  const facts = create('dl', '');
  const addFact = (name: string, text: string) => {
    const shown = shorten(escapeUnsafe(text), MAX_VALUE_CHARS);
    facts.append(create('div', '', create('dt', '', name), create('dd', '', shown)));
  };
  if (status !== 'skipped') {
    if (expected !== undefined) addFact('expected', anyOf(expected));
    if (actual !== undefined) addFact('actual', actualText(check, now));
  }
  return create(
    'li',
    status,
    create('span', 'status', STATUSES[status]),
    create('code', 'name', check.check),
    create('span', 'rfc', rfc),
    ...(message
      ? [create('p', 'message', escapeUnsafe(message), ' ', ...(code ? [codeLink(code)] : []))]
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

/** The items of a list: the token must have one of them. */
function anyOf(expected: unknown): string {
  return [expected]
    .flat()
    .map((item: unknown) => JSON.stringify(item))
    .join(', ');
}

/** As JSON, so that a string, a number and a list look different. */
function actualText({ check, actual }: ExplainedCheck, now: number): string {
  const isTime = ['nbf', 'exp', 'iat'].includes(check) && typeof actual === 'number';
  return isTime ? `${actual} (${timeText(actual, now)})` : JSON.stringify(actual);
}

function jsonDetails({ hints: _, ...explanation }: Explanation): HTMLElement {
  const details = create('details', '', create('summary', '', 'Result as JSON'));
  details.append(code(json(explanation)));
  details.id = 'json';
  return details;
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2).split('\n').map(escapeUnsafe).join('\n');
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)} …` : text;
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

/** "3 days ago, 2027-01-15T08:00:00Z". */
function timeText(seconds: number, now: number): string {
  const duration = formatDuration(Math.abs(seconds - now));
  return `${seconds > now ? `in ${duration}` : `${duration} ago`}, ${isoTime(seconds)}`;
}
