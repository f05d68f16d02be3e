/** T3: header and payload have one reading only. */

import { describe, expect, test } from 'vitest';
import { createVerifier, decode, type UnverifiedToken, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { base64url, forge } from '../fixtures/tokens.ts';
import {
  acceptedBy,
  preparedVerifyApis,
  rejectionBy,
  verifyApis,
} from '../fixtures/verify-apis.ts';

const header = '{"alg":"HS256","typ":"JWT"}';
const bytes = (...parts: Array<string | number[]>) =>
  Buffer.concat(parts.map((part) => Buffer.from(part as never)));

/** One text of each kind; test/token/strict-json.test.ts and parse-token.test.ts have all of them. */
const ambiguous: Array<[name: string, text: string | Uint8Array, code?: string]> = [
  ['a duplicate member', '{"alg":"none","alg":"HS256"}', 'ERR_TOKEN_DUPLICATE_MEMBER'],
  [
    'a duplicate member behind an escape',
    '{"alg":"none","\\u0061lg":"HS256"}',
    'ERR_TOKEN_DUPLICATE_MEMBER',
  ],
  ['65 levels of nesting', `{"alg":${'['.repeat(64)}${']'.repeat(64)}}`],
  ['invalid UTF-8', bytes('{"alg":"HS256","a":"', [0xc0, 0xaf], '"}')],
  ['a byte order mark', '\uFEFF{"alg":"HS256"}'],
];

describe.each([
  ...ambiguous,
  ['UTF-16', Buffer.from('{"alg":"HS256"}', 'utf16le')],
  ['text after the object', '{"alg":"HS256"}{"alg":"none"}'],
  ['null', 'null'],
] as typeof ambiguous)('%s', (_, text, code) => {
  test('is rejected in the header by every API', async () => {
    const token = forge(text, '{"sub":"admin"}');
    for (const api of verifyApis) {
      expect((await rejectionBy(api, token, secret)).code).toBe(code ?? 'ERR_HEADER_INVALID');
    }
    expect(decode(token)).toBeNull();
  });

  test('is rejected in the payload by every API', async () => {
    const token = forge(header, text);
    for (const api of verifyApis) {
      expect((await rejectionBy(api, token, secret)).code).toBe(code ?? 'ERR_PAYLOAD_INVALID');
    }
    expect(decode(token)).toBeNull();
  });
});

test.each(ambiguous)('rejects %s in the payload whatever "typ" is', async (_, text) => {
  for (const typ of ['', ',"typ":"at+jwt"']) {
    const token = forge(`{"alg":"HS256"${typ}}`, text);
    expect(await acceptedBy(verifyApis, token, secret)).toEqual([]);
    expect(decode(token, { complete: true })).toBeNull();
  }
});

test('does not compare U+FFFD from invalid bytes with an expected claim', async () => {
  const token = forge(header, bytes('{"iss":"', [0xff], '"}'));
  expect(await acceptedBy(verifyApis, token, secret, { issuer: '\uFFFD' })).toEqual([]);
});

test('accepts equal names in different objects, and names in strings', async () => {
  for (const text of [
    '{"a":{"x":1},"b":{"x":1}}',
    '{"a":"{\\"b\\":1}","b":":::"}',
    '{"sub":"x","Sub":"y","SUB":"z"}',
    '{"é":1,"e\\u0301":2}',
  ]) {
    for (const api of verifyApis) {
      expect(await api.verify(forge(header, text), secret)).toEqual(JSON.parse(text));
    }
  }
});

test('rejects a header without "alg"', async () => {
  for (const api of verifyApis) {
    expect((await rejectionBy(api, forge('{}', '{}'), secret)).code).toBe('ERR_HEADER_ALG');
  }
});

test.each(['true', '0', '""', '"admin"', '[]', '[{"sub":"admin"}]', 'text', '{"a":1}x', ' '])(
  'rejects the payload %j in createVerifier',
  async (text) => {
    for (const api of preparedVerifyApis) {
      const { code } = await rejectionBy(api, forge(header, text), secret);
      expect(code).toBe('ERR_PAYLOAD_INVALID');
    }
  },
);

test('does not parse JSON within JSON', () => {
  const inner = JSON.stringify({ sub: 'admin', admin: true });
  expect(verify(forge(header, JSON.stringify(inner)), secret)).toBe(inner);
  expect(decode(forge(header, JSON.stringify(inner)))).toBe(inner);
});

test('does not quote the JSON in message, stack or cause', async () => {
  const text = '{"secretclaim":"verysecret" oops}';
  for (const token of [forge(header, text), forge(text, '{}')]) {
    for (const api of verifyApis) {
      const { error } = await rejectionBy(api, token, secret);
      expect(error.cause).toBeUndefined();
      expect(`${error.message}${error.stack}${JSON.stringify(error)}`).not.toMatch(
        /verysecret|secretclaim/,
      );
    }
  }
});

test('applies the same rules to the payload that a key source reads', () => {
  const codes: unknown[] = [];
  const verifier = createVerifier((token: UnverifiedToken) => {
    try {
      codes.push(JSON.stringify(token.payload));
    } catch (error) {
      codes.push((error as { code?: string }).code);
    }
    return secret;
  });
  const texts = ['{"a":1,"a":2}', '['.repeat(1000), 'null', '[]', '"x"', '\uFEFF{}'];
  for (const text of texts) expect(() => verifier(forge(header, text))).toThrow();
  expect(codes).toEqual([
    'ERR_TOKEN_DUPLICATE_MEMBER',
    ...texts.slice(1).map(() => 'ERR_PAYLOAD_INVALID'),
  ]);
});

test('rejects the token with the payload error that a key source lets through', async () => {
  const verifier = createVerifier(async ({ payload }) => (payload.iss ? secret : undefined));
  const token = `${base64url(header)}.${base64url('{"iss":"a","iss":"b"}')}.${base64url('x'.repeat(32))}`;
  await expect(verifier(token)).rejects.toMatchObject({ code: 'ERR_TOKEN_DUPLICATE_MEMBER' });
});
