/** T1, T3: a token that is built to cost time or stack is rejected cheaply. */

import { describe, expect, test } from 'vitest';
import { createVerifier, decode } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { base64url, forge, tokenOf } from '../fixtures/tokens.ts';
import { rejectionBy, verifyApis } from '../fixtures/verify-apis.ts';

const LIMIT_MS = 2000;

/** Fails if the work takes longer than an attack may cost; generous, because machines are busy. */
async function isQuick(work: () => unknown): Promise<void> {
  const start = performance.now();
  await work();
  expect(performance.now() - start).toBeLessThan(LIMIT_MS);
}

describe('the length of a token', () => {
  test.each<[name: string, create: () => string]>([
    ['20 million dots', () => '.'.repeat(20_000_000)],
    ['10 MB of letters and two dots', () => `${'A'.repeat(5e6)}.${'A'.repeat(5e6)}.`],
    ['10 MB of spaces', () => ' '.repeat(10_000_000)],
    ['a header and 20 million dots', () => `${base64url('{"alg":"HS256"}')}${'.'.repeat(2e7)}`],
    ['a signed token of 10 MB', () => tokenOf({ filling: 'x'.repeat(7_500_000) })],
  ])('is checked first: %s', async (_, create) => {
    const token = create();
    await isQuick(async () => {
      for (const api of verifyApis) {
        expect((await rejectionBy(api, token, secret)).code).toBe('ERR_TOKEN_TOO_LONG');
      }
      expect(decode(token)).toBeNull();
    });
  });

  test('is the only bound on dots: millions of them are rejected in one pass', async () => {
    const dots = '.'.repeat(20_000_000);
    await isQuick(async () => {
      for (const api of verifyApis) {
        const { code } = await rejectionBy(api, dots, secret, { maxTokenLength: 1e9 });
        expect(code).toBe('ERR_TOKEN_MALFORMED');
      }
    });
  });
});

test.each<[name: string, text: string]>([
  ['200,000 opening brackets', '['.repeat(200_000)],
  ['200,000 nested arrays', `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
  ['200,000 opening braces', '{"a":'.repeat(200_000)],
  ['65 levels of arrays and objects', `${'{"a":['.repeat(40)}${']}'.repeat(40)}`],
])('rejects nesting without recursion: %s', async (_, text) => {
  const inPayload = tokenOf(text);
  const inHeader = `${base64url(text)}.${base64url('{}')}.AAAA`;
  const options = { maxTokenLength: 10_000_000 };
  await isQuick(async () => {
    for (const api of verifyApis) {
      const { code } = await rejectionBy(api, inPayload, secret, options);
      expect(code).toBe('ERR_PAYLOAD_INVALID');
      expect((await rejectionBy(api, inHeader, secret, options)).code).toBe('ERR_HEADER_INVALID');
    }
    expect(decode(inPayload, options)).toBeNull();
  });
});

describe('64 KB of text that makes naive code quadratic', () => {
  const size = 48_000;
  const list = (count: number, element: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => element(i)).join(',');
  test.each<[name: string, text: string]>([
    ['quotes', '"'.repeat(size)],
    ['backslashes', `"${'\\'.repeat(size)}`],
    ['escaped quotes', `{"a":"${'\\"'.repeat(size / 2)}"}`],
    ['unicode escapes', `{"a":"${'\\u0061'.repeat(size / 6)}"}`],
    ['colons', ':'.repeat(size)],
    ['closing brackets', ']'.repeat(size)],
    ['open strings', '{"'.repeat(size / 2)],
    ['white space before an object', `${' '.repeat(size - 2)}{}`],
    ['digits', `{"exp":${'9'.repeat(size)}}`],
    ['equal names', `{${list(size / 6, () => '"a":1')}}`],
    ['names that are numbers', `{${list(size / 10, (i) => `"${i * 4096}":1`)}}`],
    [
      'names of the same length',
      `{${list(size / 12, (i) => `"k${String(i).padStart(6, '0')}":1`)}}`,
    ],
    ['a long audience', `{"aud":[${list(size / 4, () => '"a"')}]}`],
  ])('is rejected quickly: %s', async (_, text) => {
    const forged = `${base64url(text)}.${base64url(text)}.AAAA`;
    const options = { maxTokenLength: 1_000_000, audience: ['b', 'c', /^d+$/], issuer: 'x' };
    await isQuick(async () => {
      for (const api of verifyApis) {
        await rejectionBy(api, tokenOf(text), secret, options);
        await rejectionBy(api, forged, secret, options);
      }
    });
  });
});

test.each(['the header', 'the payload'])('accepts 65,000 members in %s quickly', async (part) => {
  const members = Object.fromEntries(Array.from({ length: 65_000 }, (_, i) => [`k${i}`, i]));
  const inHeader = part === 'the header';
  const token = forge(
    { alg: 'HS256', ...(inHeader && members) },
    { sub: 'ada', ...(!inHeader && members) },
  );
  await isQuick(() => {
    const verifier = createVerifier(secret, { maxTokenLength: 10_000_000 });
    expect(verifier(token).sub).toBe('ada');
  });
});

test('tries at most 16 keys for one token', async () => {
  const wrong = Array.from({ length: 100_000 }, () => Buffer.alloc(64, 1));
  const verifier = createVerifier(() => [...wrong, secret]);
  await isQuick(() => expect(() => verifier(tokenOf({}))).toThrow('invalid signature'));
});
