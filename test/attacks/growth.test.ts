/** The cost of a token grows linearly with its length: header, payload and encoding. */

import { describe, expect, test } from 'vitest';
import { decodeBase64url, isBase64url } from '../../src/core/encoding/base64url.ts';
import { decodeText, deepFreeze, parseJson } from '../../src/core/encoding/strict-json.ts';
import { parseToken } from '../../src/core/token/token.ts';
import { createVerifier, decode, verify } from '../../src/index.ts';
import { expectLinear } from '../fixtures/growth.ts';
import { secret } from '../fixtures/keys.ts';
import { forge, segment } from '../fixtures/tokens.ts';

const list = (n: number, element: (i: number) => string) =>
  Array.from({ length: n }, (_, i) => element(i)).join(',');

/** JSON of about n characters that is costly for naive code. */
const texts: Array<[name: string, create: (n: number) => string]> = [
  ['empty arrays', (n) => `{"a":[${list(n / 3, () => '[]')}]}`],
  ['empty objects', (n) => `{"a":[${list(n / 3, () => '{}')}]}`],
  ['arrays in arrays', (n) => `{"a":[${list(n / 120, () => '['.repeat(60) + ']'.repeat(60))}]}`],
  ['members', (n) => `{${list(n / 10, (i) => `"k${i}":1`)}}`],
  ['members that are numbers', (n) => `{${list(n / 10, (i) => `"${i * 4096}":1`)}}`],
  ['duplicate members', (n) => `{${list(n / 6, () => '"a":1')}}`],
  ['escapes in a value', (n) => `{"a":"${'\\u0061'.repeat(n / 6)}"}`],
  ['escapes in names', (n) => `{${list(n / 16, (i) => `"\\u0061${i}":1`)}}`],
  ['escaped quotes', (n) => `{"a":"${'\\"'.repeat(n / 2)}"}`],
  ['escaped backslashes', (n) => `{"a":"${'\\\\'.repeat(n / 2)}"}`],
  ['backslashes without an end', (n) => `{"a":"${'\\'.repeat(n)}`],
  ['white space after a name with an escape', (n) => `{"\\u0061"${' '.repeat(n)}:1}`],
  ['white space after strings with an escape', (n) => `["\\n"${' '.repeat(n)}]`],
  ['quotes', (n) => '"'.repeat(n)],
  ['open brackets', (n) => '['.repeat(n)],
  ['numbers', (n) => `{"a":[${list(n / 2, () => '1')}]}`],
  ['digits', (n) => `{"a":${'9'.repeat(n)}}`],
  ['U+FFFD', (n) => `{"a":"${'\ufffd'.repeat(n / 3)}"}`],
];

const N = 16_000;

test.each(texts)('parses and freezes JSON in linear time: %s', (_, create) => {
  expectLinear(create, (text) => deepFreeze(parseJson(text)), N);
});

test.each(texts)('verifies it in linear time: %s', (_, create) => {
  const options = { maxTokenLength: 1e9 };
  const verifier = createVerifier(secret, options);
  expectLinear(
    (n) => [forge({ alg: 'HS256', typ: 'JWT' }, create(n)), `${segment(create(n))}.e30.AAAA`],
    (tokens) => {
      for (const token of tokens) {
        for (const run of [verifier, (text: string) => verify(text, secret, options)]) {
          try {
            run(token);
          } catch (error) {
            expect(error).toHaveProperty('code');
          }
        }
        decode(token, options);
      }
    },
    N,
  );
});

describe('splits and decodes in linear time:', () => {
  test.each<[name: string, create: (n: number) => string]>([
    ['dots', (n) => '.'.repeat(n)],
    ['letters', (n) => `${'A'.repeat(n)}.AAAA.AAAA`],
    ['a long payload', (n) => `AAAA.${'A'.repeat(n)}.AAAA`],
    ['a long signature', (n) => `e30.e30.${'A'.repeat(n)}`],
    ['padding', (n) => `e30.e30.${'='.repeat(n)}`],
    ['spaces', (n) => ' '.repeat(n)],
    ['a scheme and spaces', (n) => `Bearer${' '.repeat(n)}`],
    ['quotes', (n) => '"'.repeat(n)],
    ['letters beyond ASCII', (n) => `${'é'.repeat(n)}.AAAA.AAAA`],
  ])('%s', (_, create) => {
    expectLinear(
      (n) => create(4 * n),
      (token) => {
        for (const allowPadding of [false, true]) parseToken(token, 1e9, allowPadding);
        isBase64url(token);
        decodeText(token);
        decodeBase64url(token);
      },
      N,
    );
  });
});
