/** Tokens of the genuine key that are of another type. */

import type { Forge } from '../forge.ts';
import type { AttackLevel } from '../report.ts';
import { type AttackCase, caseOf } from './attack-case.ts';

/** Types that an issuer may sign with the same key: RFC 9068, 9449, 8417, OpenID Connect, SD-JWT. */
const FOREIGN = ['at+jwt', 'dpop+jwt', 'secevent+jwt', 'logout+jwt', 'kb+jwt', 'JWE'];

const WRONG: Record<string, unknown> = { number: 1, array: ['JWT'] };

export function typCases(forge: Forge): AttackCase[] {
  const genuine = forge.header()['typ'];
  // A type of its own, such as `at+jwt`, is a rule. RFC 9068 §4: others must be rejected.
  const isExplicit = typeof genuine === 'string' && genuine.toLowerCase() !== 'jwt';
  const level: AttackLevel = isExplicit ? 'fault' : 'note';
  const add = caseOf('typ', { level, reference: 'RFC 8725 §3.11' });
  const foreign = FOREIGN.filter((typ) => typ !== genuine);
  return [
    ...foreign.map((typ) =>
      add(typ.toLowerCase().replace('+', '-'), `"typ" is "${typ}"`, () => forge.signed({ typ })),
    ),
    ...Object.entries(WRONG).map(([name, typ]) =>
      add(name, `"typ" is ${JSON.stringify(typ)}`, () => forge.signed({ typ }), {
        level: 'note',
        reference: 'RFC 7515 §4.1.9',
      }),
    ),
    ...(isExplicit
      ? [
          add('jwt', '"typ" is "JWT"', () => forge.signed({ typ: 'JWT' })),
          add('absent', 'without "typ"', () => forge.signed({ typ: undefined })),
        ]
      : []),
  ];
}
