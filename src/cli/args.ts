/** Reads the arguments of a command. */

import { parseArgs } from 'node:util';
import { nearest } from '../core/nearest.ts';
import { wrongUsage } from './command-error.ts';

/** A `list` is an option that can be repeated. */
export type Options = Readonly<
  Record<string, { readonly type: 'string' | 'boolean' | 'list'; readonly short?: string }>
>;

type ValueOf<Type> = Type extends 'string' ? string : Type extends 'list' ? string[] : boolean;

export interface Arguments<Known extends Options> {
  readonly values: { readonly [Name in keyof Known]?: ValueOf<Known[Name]['type']> };
  readonly positionals: readonly string[];
}

/** Returns the options by name, the last of each, and at most as many other arguments as are allowed. */
export function readArguments<const Known extends Options>(
  args: readonly string[],
  known: Known,
  mostPositionals = 0,
): Arguments<Known> {
  const options = Object.fromEntries(
    Object.entries(known).map(([name, { type, short }]) => {
      return [
        name,
        { type: type === 'boolean' ? type : 'string', ...(short && { short }) } as const,
      ];
    }),
  );
  // Not strict, where parseArgs quotes unexpected arguments: one may be a pasted secret.
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const values: Record<string, string | boolean | string[]> = Object.create(null);
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'option') {
      const { name, rawName, value, inlineValue } = token;
      const type = Object.hasOwn(known, name) ? known[name]?.type : undefined;
      if (!type) throw unknownOption(rawName, known);
      if (type === 'boolean') {
        if (value !== undefined) throw wrongUsage(`"${rawName}" takes no value`);
        values[name] = true;
        continue;
      }
      // An option in place of the value: `--file --stdout`. A single dash is stdin.
      const isOption = !inlineValue && value !== '-' && value?.startsWith('-');
      if (!value || isOption) throw wrongUsage(`"${rawName}" needs a value`);
      const earlier = values[name];
      values[name] = type === 'list' ? [...(Array.isArray(earlier) ? earlier : []), value] : value;
    } else if (token.kind === 'positional' && positionals.length < mostPositionals) {
      positionals.push(token.value);
    } else if (token.kind === 'positional' || mostPositionals === 0) {
      throw wrongUsage('unexpected argument: see --help');
    }
  }
  return { values: values as Arguments<Known>['values'], positionals };
}

function unknownOption(rawName: string, known: Options): Error {
  const names = Object.keys(known).map((name) => `--${name}`);
  return wrongUsage(`unknown option: ${suggestion(rawName, names) ?? 'see --help'}`);
}

/** Suggests the known name that is most like the given one. Never quotes that: it may be a pasted secret. */
export function suggestion(given: string, names: readonly string[]): string | undefined {
  const match = nearest(given, names);
  return match === undefined ? undefined : `did you mean "${match}"?`;
}
