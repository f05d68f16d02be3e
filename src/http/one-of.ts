/** Option rules for a closed list of strings. */

import type { OptionRule } from '../core/option-rules.ts';

/** Accepts one of the choices; messages list them and suggest the nearest. */
export function oneOf(...choices: string[]): OptionRule {
  const quoted = choices.map((choice) => `"${choice}"`);
  const rule = {
    expected: `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`,
    values: choices,
    test: (value: unknown) => choices.includes(value as string),
  };
  return rule;
}
