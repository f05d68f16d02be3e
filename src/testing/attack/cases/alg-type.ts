/** Tokens of the genuine key whose `alg` is not the exact name of its algorithm. */

import type { Forge } from '../forge.ts';
import { type AttackCase, caseOf } from './attack-case.ts';

const add = caseOf('alg-type', { level: 'fault', reference: 'RFC 7515 §4.1.1' });

export function algTypeCases(forge: Forge): AttackCase[] {
  const { algorithm } = forge;
  const values: Record<string, unknown> = {
    absent: undefined,
    array: [algorithm],
    nested: [[algorithm]],
    object: { alg: algorithm },
    null: null,
    'lower-case': algorithm.toLowerCase(),
    'blank-before': ` ${algorithm}`,
    'blank-after': `${algorithm} `,
    nul: `${algorithm}\0`,
    empty: '',
  };
  return Object.entries(values).map(([name, alg]) =>
    add(name, alg === undefined ? 'without "alg"' : `"alg" is ${JSON.stringify(alg)}`, () => {
      return forge.signed({ alg });
    }),
  );
}
