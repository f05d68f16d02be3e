/** Checks the name of a table. */

import type * as option from '../core/option-rules.ts';

export const tableRules: option.OptionRules = {
  table: {
    expected: 'a plain SQL name, or two joined by a dot',
    test: (value) =>
      typeof value === 'string' && /^[a-z_]\w{0,50}(\.[a-z_]\w{0,50})?$/i.test(value),
  },
};

/** Returns the name of a table without its schema. */
export function withoutSchema(table: string): string {
  return table.slice(table.indexOf('.') + 1);
}
