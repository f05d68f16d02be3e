/** Tokens of the genuine key with claims that the fixtures exclude. */

import { cannot, type Forge } from '../forge.ts';
import { type AddCase, type AttackCase, caseOf } from './attack-case.ts';

const DAY = 86_400;

const add = caseOf('claims', { level: 'hole', reference: 'RFC 7519 §4.1.4' });

const TYPE_OF_DATE = { reference: 'RFC 7519 §2; CVE-2026-44459' };
const NOT_BEFORE = { reference: 'RFC 7519 §4.1.5' };
const TYPE_OF_NBF = { level: 'fault', reference: 'RFC 7519 §4.1.5; CVE-2026-25537' } as const;
const ISSUED_AT = { level: 'note', reference: 'RFC 7519 §4.1.6' } as const;
const HARDENING = { level: 'note', reference: 'RFC 7519 §4.1.4' } as const;

export function claimsCases(forge: Forge): AttackCase[] {
  return [...expCases(forge), ...nbfCases(forge), ...issCases(forge), ...audCases(forge)];
}

function expCases(forge: Forge): AttackCase[] {
  const later = () => forge.now + DAY;
  const exp = (value: unknown) => () => forge.signed({}, { exp: value });
  const wrong: ReadonlyArray<readonly [name: string, title: string, value: () => unknown]> = [
    ['string', 'a number in a string', () => String(later())],
    ['string-past', 'a number of the past in a string', () => '1'],
    ['word', '"never"', () => 'never'],
    ['empty', 'an empty string', () => ''],
    ['date', 'an ISO date', () => new Date(later() * 1000).toISOString()],
    ['null', 'null', () => null],
    ['true', 'true', () => true],
    ['false', 'false', () => false],
    ['array-empty', 'an empty array', () => []],
    ['array', 'an array of a number', () => [later()]],
    ['object', 'an object', () => ({})],
  ];
  return [
    add('exp-past', 'expired one day ago', () => forge.signed({}, { exp: forge.now - DAY })),
    add('exp-hour', 'expired one hour ago', () => forge.signed({}, { exp: forge.now - 3600 })),
    add('exp-fraction', 'expired one hour and a fraction ago', () => {
      return forge.signed({}, { exp: forge.now - 3600.5 });
    }),
    add('exp-zero', '"exp" is 0', exp(0), { reference: 'RFC 7519 §4.1.4; CVE-2026-44459' }),
    add('exp-negative', '"exp" is -1', exp(-1)),
    ...wrong.map(([name, title, value]) =>
      add(`exp-${name}`, `"exp" is ${title}`, () => exp(value())(), TYPE_OF_DATE),
    ),
    add('exp-absent', 'without "exp"', exp(undefined), HARDENING),
    add(
      'exp-milliseconds',
      '"exp" is a past time in milliseconds',
      () => {
        return exp((forge.now - DAY) * 1000)();
      },
      HARDENING,
    ),
    add(
      'exp-infinite',
      '"exp" is 1e400',
      () => {
        const claims = JSON.stringify(forge.claims({ exp: 0 })).replace('"exp":0', '"exp":1e400');
        return forge.signText(JSON.stringify(forge.header()), claims);
      },
      { level: 'note', reference: 'RFC 7519 §2; CVE-2026-44459' },
    ),
  ];
}

function nbfCases(forge: Forge): AttackCase[] {
  const later = () => forge.now + DAY;
  return [
    add('nbf-later', '"nbf" is in one day', () => forge.signed({}, { nbf: later() }), NOT_BEFORE),
    add(
      'nbf-string',
      '"nbf" is in one day, in a string',
      () => {
        return forge.signed({}, { nbf: String(later()) });
      },
      { ...TYPE_OF_NBF, level: 'hole' },
    ),
    add('nbf-word', '"nbf" is "never"', () => forge.signed({}, { nbf: 'never' }), TYPE_OF_NBF),
    add('nbf-null', '"nbf" is null', () => forge.signed({}, { nbf: null }), TYPE_OF_NBF),
    add(
      'nbf-array',
      '"nbf" is an array of a time in one day',
      () => {
        return forge.signed({}, { nbf: [later()] });
      },
      TYPE_OF_NBF,
    ),
    add('nbf-object', '"nbf" is an object', () => forge.signed({}, { nbf: {} }), TYPE_OF_NBF),
    add('iat-later', '"iat" is in one day', () => forge.signed({}, { iat: later() }), ISSUED_AT),
    add('iat-string', '"iat" is a string', () => forge.signed({}, { iat: 'now' }), ISSUED_AT),
    add('iat-absent', 'without "iat"', () => forge.signed({}, { iat: undefined }), ISSUED_AT),
  ];
}

function issCases(forge: Forge): AttackCase[] {
  const addIss = withReference('RFC 7519 §4.1.1, RFC 8725 §3.8');
  /** A token whose `iss` is made of the genuine one. */
  const iss = (change: (genuine: string) => unknown) => () => {
    return forge.signed({}, { iss: change(expected(forge, 'iss')) });
  };
  return [
    addIss(
      'iss-absent',
      'without "iss"',
      iss(() => undefined),
    ),
    addIss(
      'iss-other',
      '"iss" is another issuer',
      iss(() => 'https://attacker.invalid'),
    ),
    addIss(
      'iss-suffix',
      '"iss" has a suffix',
      iss((genuine) => `${genuine}.attacker.invalid`),
    ),
    addIss(
      'iss-path',
      '"iss" has a path',
      iss((genuine) => `${genuine}/attacker`),
    ),
    addIss(
      'iss-user',
      '"iss" is the user of another URL',
      iss((genuine) => `${genuine}@attacker.invalid`),
    ),
    addIss(
      'iss-part',
      '"iss" is a part',
      iss((genuine) => genuine.slice(0, -1)),
      {
        reference: 'RFC 7519 §4.1.1; CVE-2024-53861',
      },
    ),
    addIss(
      'iss-inside',
      '"iss" contains the issuer',
      iss((genuine) => `https://attacker.invalid/?${genuine}`),
    ),
    addIss(
      'iss-case',
      '"iss" in capitals',
      iss((genuine) => other(genuine, genuine.toUpperCase())),
    ),
    addIss(
      'iss-line',
      '"iss" ends with a line feed and more',
      iss((genuine) => `${genuine}\nattacker`),
    ),
    addIss(
      'iss-empty',
      '"iss" is empty',
      iss(() => ''),
    ),
    addIss(
      'iss-null',
      '"iss" is null',
      iss(() => null),
    ),
    addIss(
      'iss-object',
      '"iss" is an object',
      iss(() => ({})),
    ),
    addIss(
      'iss-array',
      '"iss" is an array of the issuer',
      iss((genuine) => [genuine]),
    ),
    addIss(
      'iss-list',
      '"iss" is an array of the issuer and another',
      iss((genuine) => {
        return ['https://attacker.invalid', genuine];
      }),
      { reference: 'RFC 7519 §4.1.1; CVE-2025-30144' },
    ),
  ];
}

function audCases(forge: Forge): AttackCase[] {
  const addAud = withReference('RFC 7519 §4.1.3, RFC 8725 §3.9');
  const FALSY = { reference: 'RFC 7519 §4.1.3; CVE-2020-26160' };
  const aud = (change: (genuine: string) => unknown) => () => {
    return forge.signed({}, { aud: change(expected(forge, 'aud')) });
  };
  return [
    addAud(
      'aud-absent',
      'without "aud"',
      aud(() => undefined),
    ),
    addAud(
      'aud-other',
      '"aud" is another audience',
      aud(() => 'https://attacker.invalid'),
    ),
    addAud(
      'aud-others',
      '"aud" is an array of other audiences',
      aud(() => ['https://attacker.invalid', 'urn:attacker']),
    ),
    addAud(
      'aud-suffix',
      '"aud" has a suffix',
      aud((genuine) => `${genuine}-attacker`),
    ),
    addAud(
      'aud-part',
      '"aud" is a part',
      aud((genuine) => genuine.slice(0, -1)),
    ),
    addAud(
      'aud-first',
      '"aud" is its first character',
      aud((genuine) => other(genuine, genuine.slice(0, 1))),
    ),
    addAud(
      'aud-case',
      '"aud" in capitals',
      aud((genuine) => other(genuine, genuine.toUpperCase())),
    ),
    addAud(
      'aud-empty',
      '"aud" is empty',
      aud(() => ''),
    ),
    addAud(
      'aud-array-empty',
      '"aud" is an empty array',
      aud(() => []),
      FALSY,
    ),
    addAud(
      'aud-null',
      '"aud" is null',
      aud(() => null),
      FALSY,
    ),
    addAud(
      'aud-array-null',
      '"aud" is an array of null',
      aud(() => [null]),
      FALSY,
    ),
    addAud(
      'aud-object',
      '"aud" is an object',
      aud(() => ({})),
      FALSY,
    ),
    addAud(
      'aud-member',
      '"aud" is an object with the audience as member',
      aud((genuine) => ({ [genuine]: true })),
    ),
    addAud(
      'aud-nested',
      '"aud" is an array in an array',
      aud((genuine) => [[genuine]]),
    ),
    addAud(
      'aud-true',
      '"aud" is true',
      aud(() => true),
    ),
  ];
}

function withReference(reference: string): AddCase {
  return (name, title, forge, differences) =>
    add(name, title, forge, { reference, ...differences });
}

/** The string that the target expects in a claim: the first of an array. */
function expected(forge: Forge, claim: string): string {
  const value = forge.claims()[claim];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof first === 'string' && first !== '') return first;
  return cannot(`the claims of the fixtures have no "${claim}"`);
}

/** A changed value, unless the change changes nothing. */
function other(genuine: string, changed: string): string {
  return changed === genuine ? cannot('the change has no effect on the claim') : changed;
}
