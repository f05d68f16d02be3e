/** Tokens of the genuine key that require an extension. */

import { encodeBase64url } from '../../../core/encoding/base64url.ts';
import type { Forge } from '../forge.ts';
import { type AttackCase, caseOf } from './attack-case.ts';

const add = caseOf('crit', {
  level: 'fault',
  reference: 'RFC 7515 §4.1.11; CVE-2025-59420, CVE-2026-35042',
});

const FORM = { reference: 'RFC 7515 §4.1.11' };
const UNENCODED = { reference: 'RFC 7797 §7' };

/** Values of `crit` that its definition forbids. */
const FORMS: Record<string, unknown> = {
  empty: [],
  string: 'exp',
  object: {},
  null: null,
  true: true,
  number: [1],
  registered: ['alg'],
  proto: ['__proto__'],
  absent: ['absent'],
};

export function critCases(forge: Forge): AttackCase[] {
  return [
    add('unknown', '"crit" lists an unknown extension', () => {
      return forge.signed({ crit: ['urn:example:attack'], 'urn:example:attack': true });
    }),
    add('cnf', '"crit" lists "cnf"', () => forge.signed({ crit: ['cnf'], cnf: { jkt: 'x' } })),
    add('exp', '"crit" lists "exp", which is in the past', () => {
      return forge.signed({ crit: ['exp'], exp: forge.now - 3600 });
    }),
    add('twice', '"crit" lists an extension twice', () => {
      return forge.signed({
        crit: ['urn:example:attack', 'urn:example:attack'],
        'urn:example:attack': true,
      });
    }),
    ...Object.entries(FORMS).map(([name, crit]) =>
      add(`form-${name}`, `"crit" is ${JSON.stringify(crit)}`, () => forge.signed({ crit }), FORM),
    ),
    add(
      'b64',
      '"b64" is false: the payload is not encoded',
      () => {
        const header = encodeBase64url(JSON.stringify(forge.header({ b64: false, crit: ['b64'] })));
        // RFC 7797 §5.2: a period would end the payload.
        const payload = forge.claimsText().replaceAll('.', '\\u002e');
        return forge.signInput(`${header}.${payload}`);
      },
      UNENCODED,
    ),
    add(
      'b64-encoded',
      '"b64" is false, and the payload is encoded all the same',
      () => {
        return forge.signed({ b64: false, crit: ['b64'] });
      },
      UNENCODED,
    ),
  ];
}
