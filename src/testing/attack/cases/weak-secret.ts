/** Tokens signed with secrets that are no secret. */

import { type Forge, HMACS } from '../forge.ts';
import { type AttackCase, caseOf } from './attack-case.ts';

const add = caseOf('weak-secret', { level: 'hole', reference: 'RFC 8725 §3.5' });

const EMPTY = { reference: 'RFC 8725 §3.5; CVE-2026-44351, CVE-2026-45363' };

/** What programs make of a secret that is not set, and of objects. */
const TEXTS = {
  undefined: 'undefined',
  null: 'null',
  nan: 'NaN',
  object: '[object Object]',
  'crypto-key': '[object CryptoKey]',
  promise: '[object Promise]',
  blank: ' ',
};

/** The secrets of documentation. */
const EXAMPLES = ['secret', 'changeme', 'your-256-bit-secret', 'shhhhh'];

export function weakSecretCases(forge: Forge): AttackCase[] {
  const bits = forge.isSymmetric ? Number(forge.algorithm.slice(2)) : 256;
  return [
    ...HMACS.flatMap((size) => [
      add(`empty-hs${size}`, `HS${size} with an empty secret`, () => forge.hmac(size, ''), EMPTY),
      add(
        `empty-hs${size}-unknown-kid`,
        `HS${size} with an empty secret, "kid" is unknown`,
        () => {
          return forge.hmac(size, '', { kid: 'unknown' });
        },
        EMPTY,
      ),
    ]),
    add(
      'empty-no-kid',
      `HS${bits} with an empty secret, without "kid"`,
      () => {
        return forge.hmac(bits, '', { kid: undefined });
      },
      EMPTY,
    ),
    ...Object.entries(TEXTS).map(([name, secret]) =>
      add(name, `the secret is "${secret}"`, () => forge.hmac(bits, secret, { kid: 'unknown' })),
    ),
    ...EXAMPLES.map((secret) =>
      add(`example-${secret}`, `the secret is "${secret}"`, () => forge.hmac(bits, secret)),
    ),
  ];
}
