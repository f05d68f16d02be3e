/** Tokens without a signature. */

import { randomBytes } from 'node:crypto';
import { encodeBase64url } from '../../../core/encoding/base64url.ts';
import type { Forge } from '../forge.ts';
import { type AttackCase, caseOf } from './attack-case.ts';

const add = caseOf('unsigned', { level: 'hole', reference: 'RFC 8725 §3.2' });

const ALG_REQUIRED = { reference: 'RFC 7515 §4.1.1' };
const UNKNOWN_KEY = { reference: 'RFC 8725 §3.2; CVE-2022-23540' };
const STRIPPED = { reference: 'RFC 8725 §3.3; CVE-2020-28042' };

/** Spellings that a comparison with "none" misses, and a lookup may not. */
const SPELLINGS = { None: 'None', NONE: 'NONE', nOnE: 'nOnE', blank: ' none', nul: 'none\0' };

/** Values of `alg` for which a lookup finds nothing, or a member of Object.prototype. */
const ALGS: Record<string, unknown> = {
  absent: undefined,
  null: null,
  empty: '',
  false: false,
  zero: 0,
  list: ['none'],
  object: {},
  constructor: 'constructor',
  'to-string': 'toString',
  proto: '__proto__',
};

export function unsignedCases(forge: Forge): AttackCase[] {
  const none = (changes = {}) => forge.unsigned({ alg: 'none', ...changes });
  const { algorithm } = forge;
  const payload = () => encodeBase64url(forge.claimsText());
  const alg = JSON.stringify(algorithm);
  const twice = (first: string, second: string) => {
    const members = `{"alg":${first},"typ":"JWT","alg":${second}}`;
    return `${encodeBase64url(members)}.${payload()}.`;
  };
  return [
    add('none', '"alg" is "none"', () => none()),
    add('none-alone', 'the header is only "alg": "none"', () => {
      return `${encodeBase64url('{"alg":"none"}')}.${payload()}.`;
    }),
    ...Object.entries(SPELLINGS).map(([name, value]) =>
      add(`none-${name}`, `"alg" is ${JSON.stringify(value)}`, () => none({ alg: value })),
    ),
    add(
      'none-unknown-kid',
      '"alg" is "none", "kid" is unknown',
      () => none({ kid: 'unknown' }),
      UNKNOWN_KEY,
    ),
    add(
      'none-no-kid',
      '"alg" is "none", without "kid"',
      () => none({ kid: undefined }),
      UNKNOWN_KEY,
    ),
    add('none-empty-kid', '"alg" is "none", "kid" is empty', () => none({ kid: '' }), UNKNOWN_KEY),
    add('none-null-kid', '"alg" is "none", "kid" is null', () => none({ kid: null }), UNKNOWN_KEY),
    add('none-genuine-signature', '"alg" is "none" before a genuine signature', () => {
      return forge.unsigned({ alg: 'none' }, forge.genuineParts().signature);
    }),
    add('none-random-signature', '"alg" is "none" before a random signature', () => {
      return forge.unsigned({ alg: 'none' }, randomBytes(64));
    }),
    add('none-two-parts', '"alg" is "none", without the second dot', () => none().slice(0, -1)),
    add('none-then-genuine', '"alg" twice: "none" first', () => twice('"none"', alg)),
    add('genuine-then-none', '"alg" twice: "none" last', () => twice(alg, '"none"')),
    add(
      'stripped',
      'a genuine token without its signature',
      () => `${forge.genuineParts().input}.`,
      STRIPPED,
    ),
    add(
      'stripped-dot',
      'a genuine token without signature and dot',
      () => forge.genuineParts().input,
      STRIPPED,
    ),
    add('empty', `"alg" is ${alg}, the signature is empty`, () => forge.unsigned({}), STRIPPED),
    add(
      'empty-unknown-kid',
      'the signature is empty, "kid" is unknown',
      () => {
        return forge.unsigned({ kid: 'unknown' });
      },
      UNKNOWN_KEY,
    ),
    add(
      'empty-hmac',
      '"alg" is "HS256", the signature is empty',
      () => {
        return forge.unsigned({ alg: 'HS256', kid: 'unknown' });
      },
      STRIPPED,
    ),
    add('signature-equals', 'the signature is "="', () => forge.unsigned({}, '='), STRIPPED),
    ...Object.entries(ALGS).map(([name, value]) =>
      add(`alg-${name}`, algTitle(value), () => forge.unsigned({ alg: value }), ALG_REQUIRED),
    ),
  ];
}

function algTitle(value: unknown): string {
  if (value === undefined) return 'no "alg", no signature';
  return `"alg" is ${JSON.stringify(value)}, no signature`;
}
