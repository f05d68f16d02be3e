/** Tokens of the genuine key whose header or payload is not one JSON object with unique names. */

import { encodeBase64url } from '../../../core/encoding/base64url.ts';
import type { Forge } from '../forge.ts';
import { type AttackCase, caseOf } from './attack-case.ts';

const add = caseOf('json', { level: 'fault', reference: 'RFC 7519 §7.2 step 10' });

const HEADER = { reference: 'RFC 7515 §5.2 step 3' };
const UNIQUE = { level: 'note', reference: 'RFC 7519 §4' } as const;
const UNIQUE_HEADER = { level: 'note', reference: 'RFC 7515 §4' } as const;
const SYNTAX = { reference: 'RFC 8259 §2' };
const LIMITS = { level: 'note', reference: 'RFC 8259 §9' } as const;

/** JSON values that are no object. */
const VALUES: Record<string, string> = {
  'array-empty': '[]',
  string: '"ada"',
  number: '1',
  null: 'null',
  true: 'true',
};

export function jsonCases(forge: Forge): AttackCase[] {
  const header = () => JSON.stringify(forge.header());
  const payload = (change: (claims: string) => string) => () => {
    return forge.signText(header(), change(forge.claimsText()));
  };
  const signedHeader = (change: (header: string) => string) => () => {
    return forge.signText(change(header()), forge.claimsText());
  };
  const { algorithm } = forge;
  const within = (claims: string) => claims.slice(1, -1);
  return [
    ...Object.entries(VALUES).map(([name, text]) =>
      add(
        `payload-${name}`,
        `the payload is ${text}`,
        payload(() => text),
      ),
    ),
    add(
      'payload-array',
      'the payload is an array of the claims',
      payload((claims) => `[${claims}]`),
    ),
    add(
      'payload-text',
      'the payload is text',
      payload(() => 'ada'),
    ),
    add('payload-empty', 'the payload is empty', () => {
      return forge.signInput(`${encodeBase64url(header())}.`);
    }),
    add(
      'payload-in-string',
      'the payload is JSON in a string',
      payload((claims) => JSON.stringify(claims)),
    ),
    add(
      'trailing',
      'text after the claims',
      payload((claims) => `${claims}x`),
      SYNTAX,
    ),
    add(
      'trailing-object',
      'a second object after the claims',
      payload((claims) => `${claims}{}`),
      SYNTAX,
    ),
    add(
      'trailing-nul',
      'a NUL after the claims',
      payload((claims) => `${claims}\0`),
      SYNTAX,
    ),
    add(
      'comma',
      'a comma after the last claim',
      payload((claims) => `{${within(claims)},}`),
      SYNTAX,
    ),
    add(
      'comment',
      'a comment in the claims',
      payload((claims) => `{/**/${within(claims)}}`),
      SYNTAX,
    ),
    add(
      'single-quotes',
      'a claim in single quotes',
      payload((claims) => `{'x':1,${within(claims)}}`),
      SYNTAX,
    ),
    add(
      'nan',
      'a claim is NaN',
      payload((claims) => `{"x":NaN,${within(claims)}}`),
      SYNTAX,
    ),
    add(
      'control',
      'a string with a line feed',
      payload((claims) => `{"x":"\n",${within(claims)}}`),
      SYNTAX,
    ),
    add(
      'bom',
      'a byte order mark before the claims',
      payload((claims) => `\uFEFF${claims}`),
      {
        level: 'note',
        reference: 'RFC 8259 §8.1',
      },
    ),
    add(
      'duplicate',
      'a claim twice',
      payload((claims) => `{"x":1,"x":2,${within(claims)}}`),
      UNIQUE,
    ),
    add(
      'duplicate-sub',
      '"sub" twice',
      payload((claims) => `{"sub":"attacker",${within(claims)},"sub":"ada"}`),
      UNIQUE,
    ),
    add(
      'duplicate-escaped',
      'a claim twice, once escaped',
      payload((claims) => `{"\\u0078":1,"x":2,${within(claims)}}`),
      UNIQUE,
    ),
    add(
      'duplicate-exp',
      '"exp" twice: expired first',
      payload((claims) => `{"exp":1,${within(claims)}}`),
      UNIQUE,
    ),
    add(
      'duplicate-header',
      'a header parameter twice',
      signedHeader((text) => `{"x":1,"x":2,${within(text)}}`),
      UNIQUE_HEADER,
    ),
    add(
      'duplicate-alg',
      '"alg" twice: "none" first',
      signedHeader((text) => `{"alg":"none",${within(text)}}`),
      UNIQUE_HEADER,
    ),
    add(
      'proto',
      'the claims are in "__proto__"',
      payload((claims) => `{"__proto__":${claims}}`),
      {
        level: 'note',
        reference: 'CWE-1321',
      },
    ),
    add(
      'deep',
      'a claim nests 2000 levels',
      payload((claims) => {
        return `{"x":${'['.repeat(2000)}${']'.repeat(2000)},${within(claims)}}`;
      }),
      LIMITS,
    ),
    add(
      'header-array',
      'the header is an array',
      signedHeader((text) => `[${text}]`),
      HEADER,
    ),
    add(
      'header-string',
      'the header is a string',
      signedHeader(() => JSON.stringify(algorithm)),
      HEADER,
    ),
    add(
      'header-null',
      'the header is null',
      signedHeader(() => 'null'),
      HEADER,
    ),
    add(
      'header-text',
      'the header is text',
      signedHeader(() => algorithm),
      HEADER,
    ),
    add(
      'header-trailing',
      'text after the header',
      signedHeader((text) => `${text}x`),
      HEADER,
    ),
  ];
}
