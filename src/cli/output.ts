/** Writes data and words so that no text of a token reaches a terminal raw. */

import type { Surroundings } from './surroundings.ts';

/** Control, bidirectional, zero-width and other characters that a reader does not see. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Escapes what a terminal obeys or does not show, as JSON does. */
export function printable(text: string): string {
  return text.replace(INVISIBLE, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

const COLORS = { red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** Whether a stream shows colors: a terminal does, unless `NO_COLOR` has a value or `TERM` is `dumb`. */
export function hasColor({ env, isTerminal }: Surroundings, stream: 'stdout' | 'stderr'): boolean {
  const variable = (name: string) => (Object.hasOwn(env, name) ? env[name] : undefined);
  return isTerminal[stream] && !variable('NO_COLOR') && variable('TERM') !== 'dumb';
}

function paint(text: string, color: keyof typeof COLORS, isOn: boolean): string {
  return isOn ? `\u001b[${COLORS[color]}m${text}\u001b[39m` : text;
}

/** Writes a value to stdout as JSON: indented for people, on one line for programs. */
export function writeJson(surroundings: Surroundings, value: unknown, onOneLine = false): void {
  // Line ends are only between members: in strings, JSON escapes them.
  const lines = JSON.stringify(value, undefined, onOneLine ? undefined : 2).split('\n');
  const isColored = hasColor(surroundings, 'stdout') && !onOneLine;
  const shown = lines.map((line) => {
    const [, indent = '', name = '', rest = line] =
      /^( *)("(?:[^"\\]|\\.)*")(:.*)$/.exec(line) ?? [];
    return `${indent}${paint(printable(name), 'cyan', isColored && name !== '')}${printable(rest)}`;
  });
  surroundings.stdout(`${shown.join('\n')}\n`);
}

const LABELS = {
  error: 'red',
  rejected: 'red',
  warning: 'yellow',
  unverified: 'yellow',
  inconclusive: 'yellow',
  issuer: 'green',
} as const;

/** Writes a line to stderr that starts with the label. */
export function writeLine(
  surroundings: Surroundings,
  label: keyof typeof LABELS,
  text: string,
): void {
  const start = paint(`${label}:`, LABELS[label], hasColor(surroundings, 'stderr'));
  surroundings.stderr(`${start} ${printable(text)}\n`);
}
