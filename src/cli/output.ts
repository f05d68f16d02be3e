/** Writes data and words so that no text of a token reaches a terminal raw. */

import { escapeUnsafe } from '../core/encoding/printable.ts';
import type { Surroundings } from './surroundings.ts';

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
    return `${indent}${paint(escapeUnsafe(name), 'cyan', isColored && name !== '')}${escapeUnsafe(rest)}`;
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
  surroundings.stderr(`${start} ${escapeUnsafe(text)}\n`);
}
