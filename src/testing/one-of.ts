/** The rule of options with a closed list of values. */

import type { OptionRule } from '../core/option-rules.ts';

/** Accepts one of the values; messages list them and suggest the nearest. */
export function oneOf(values: readonly string[]): OptionRule {
  return {
    expected: `one of ${values.join(', ')}`,
    values,
    test: (value) => values.some((known) => known === value),
  };
}
