/** Writes an explanation for a terminal. */

import { escapeUnsafe } from '../core/encoding/printable.ts';
import * as option from '../core/option-rules.ts';
import { isThenable } from '../core/thenable.ts';
import { usageError } from '../errors.ts';
import { describeCheck } from './describe-check.ts';
import type { ExplainedCheck, Explanation } from './explanation.ts';
import { isoTime } from './relative-time.ts';
import { wrapText } from './wrap-text.ts';

/**
 * Options of {@link renderExplanation}.
 *
 * @example
 * ```ts
 * const options: RenderOptions = { color: process.stdout.isTTY, width: process.stdout.columns };
 * ```
 */
export interface RenderOptions {
  /** Adds colors of ANSI terminals. Default: false. */
  color?: boolean | undefined;
  /** Longest line, in columns. At least 40 are used. Default: 80. */
  width?: number | undefined;
}

const rules: option.OptionRules = { color: option.boolean, width: option.positiveInteger };

const MIN_WIDTH = 40;

/** SGR parameters, ECMA-48 §8.3.117. */
const COLORS = { red: 31, green: 32, yellow: 33, cyan: 36, gray: 90 } as const;

type Color = keyof typeof COLORS;

const OUTCOMES = {
  accepted: { mark: '✓', color: 'green' },
  rejected: { mark: '✗', color: 'red' },
  failed: { mark: '?', color: 'yellow' },
} as const;

/** In this order. */
const STATUSES = [
  { status: 'failed', mark: '✗', color: 'red' },
  { status: 'passed', mark: '✓', color: 'green' },
  { status: 'skipped', mark: '-', color: 'gray' },
] as const;

const LABEL_COLUMNS = 11;
const NAME_COLUMNS = 11;

/**
 * Returns an explanation as text for a terminal, one row for each check: the outcome, then the checks that
 * failed, passed and were skipped, and hints. Times are relative to `at` of the explanation.
 *
 * The text is the same for the same explanation. Characters of the token that a terminal obeys or hides are
 * escaped as `\u` and a code.
 *
 * Throws TypeError for a wrong option, and for a value that is no explanation, such as a promise of one.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const token = sign({ sub: 'ada' }, JWT_SECRET, { expiresIn: -60 });
 * const text = renderExplanation(await explain(token, JWT_SECRET));
 * console.log(text.split('\n')[0]); // → ✗ rejected: jwt expired (ERR_CLAIM_EXPIRED)
 * ```
 */
export function renderExplanation(explanation: Explanation, options: RenderOptions = {}): string {
  const { color = false, width = 80 } = readOptions(options);
  checkExplanation(explanation);
  const columns = Math.max(width, MIN_WIDTH);
  const paint = (text: string, name: Color) =>
    color ? `\u001b[${COLORS[name]}m${text}\u001b[39m` : text;
  const table = (
    label: string,
    name: Color,
    indent: number,
    subject: string,
    texts: readonly string[],
  ) => {
    const [first = '', ...rest] = texts.flatMap((text) => wrapText(text, columns - indent));
    const head = paint(label, name) + ' '.repeat(LABEL_COLUMNS - label.length);
    return [`${head}${subject}${first}`, ...rest.map((line) => ' '.repeat(indent) + line)];
  };
  const row = (label: string, name: Color, subject: string, texts: readonly string[]) =>
    table(label, name, LABEL_COLUMNS + NAME_COLUMNS, subject.padEnd(NAME_COLUMNS), texts);
  const list = (label: string, name: Color, text: string) =>
    table(label, name, LABEL_COLUMNS, '', [text]);
  const rowsOf = ({ status, mark, color }: (typeof STATUSES)[number]) => {
    const checks = explanation.checks.filter((check) => check.status === status);
    const rows = checks.map((check) => ({ name: check.check, texts: textsOf(check, explanation) }));
    const label = `${mark} ${status}`;
    const bare = rows.filter(({ texts }) => texts.length === 0).map(({ name }) => name);
    const others = rows.filter(({ texts }) => texts.length > 0);
    return [
      ...(bare.length > 0 ? list(label, color, bare.join(', ')) : []),
      ...others.flatMap(({ name, texts }) => row(label, color, name, texts)),
    ];
  };
  const { mark, color: outcomeColor } = OUTCOMES[explanation.outcome];
  const [outcome = '', ...rest] = wrapText(`${mark} ${outcomeOf(explanation)}`, columns);
  return [
    paint(outcome, outcomeColor),
    ...rest,
    ...wrapText(signatureOf(explanation), columns),
    '',
    ...STATUSES.flatMap(rowsOf),
    ...(explanation.hints.length > 0 ? [''] : []),
    ...explanation.hints.flatMap(({ check, hint, text }) =>
      row('→ hint', 'cyan', check, [`${escapeUnsafe(text)} (${hint})`]),
    ),
  ].join('\n');
}

function checkExplanation(value: unknown): void {
  if (Object.hasOwn(OUTCOMES, Object(value).outcome)) return;
  const got = isThenable(value) ? 'a promise: await it first' : option.typeNameOf(value);
  const message = `explanation must be what explain resolves to, got ${got}`;
  throw usageError('ERR_OPTION_INVALID', message);
}

function readOptions(options: unknown): RenderOptions {
  const own = option.checkOptions(withoutUndefined(options), rules);
  return own as RenderOptions;
}

/** `process.stdout.columns` is undefined if the output is no terminal. */
function withoutUndefined(options: unknown): unknown {
  if (!option.isPlainObject(options)) return options;
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function outcomeOf({ outcome, message, code }: Explanation): string {
  const reason = message === undefined ? '' : `: ${escapeUnsafe(String(message))}`;
  return `${outcome}${reason}${code === undefined ? '' : ` (${code})`}`;
}

function signatureOf({ verified, at, header }: Explanation): string {
  const time = `Checked at ${isoTime(at)}.`;
  if (verified) return `The signature is verified. ${time}`;
  const warning = header ? ' An attacker can have written the values below.' : '';
  return `The signature is not verified.${warning} ${time}`;
}

function textsOf(check: ExplainedCheck, { at }: Explanation): readonly string[] {
  const texts = describeCheck(check, at);
  return check.status === 'failed' ? [...texts, check.rfc] : texts;
}
