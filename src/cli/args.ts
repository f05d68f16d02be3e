/** Reads the options of a command. */

import { parseArgs } from 'node:util';
import { wrongUsage } from './command-error.ts';

type Options = Readonly<Record<string, { type: 'string' | 'boolean'; short?: string }>>;

type Values<Known extends Options> = {
  [Name in keyof Known]?: Known[Name]['type'] extends 'string' ? string : boolean;
};

/** Returns the options by name, the last of each. Arguments that are no option are an error. */
export function readOptions<const Known extends Options>(
  args: readonly string[],
  known: Known,
): Values<Known> {
  // Not strict, where parseArgs quotes unexpected arguments: one may be a pasted secret.
  const options = { ...known };
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const values: Record<string, string | boolean> = {};
  for (const token of tokens) {
    if (token.kind !== 'option') throw wrongUsage('unexpected argument: see --help');
    const { name, rawName, value, inlineValue } = token;
    const type = Object.hasOwn(known, name) ? known[name]?.type : undefined;
    if (!type) throw wrongUsage(`unknown option${quoteName(rawName)}: see --help`);
    if (type === 'boolean') {
      if (value !== undefined) throw wrongUsage(`"${rawName}" takes no value`);
      values[name] = true;
    } else {
      // An option in place of the value: `--file --stdout`.
      if (!value || (!inlineValue && value.startsWith('-'))) {
        throw wrongUsage(`"${rawName}" needs a value`);
      }
      values[name] = value;
    }
  }
  return values as Values<Known>;
}

/** Returns what reads like a name in quotes after a blank, and nothing for what may be a secret. */
export function quoteName(name: string): string {
  return /^[a-z-]{1,20}$/.test(name) ? ` "${name}"` : '';
}
