/** Tests of malformed tokens, headers and payloads. test/token has the tables. */

import { describe, expect, test } from 'vitest';
import { createVerifier, JsonWebTokenError, sign, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { base64url, forge, segment, tokenOf } from '../fixtures/tokens.ts';

const valid = tokenOf({ sub: 'ada' });
const [head, body] = valid.split('.');
const prepared = createVerifier(secret);
const notUtf8 = Buffer.from('7b2261223a22ff227d', 'hex');

describe.each<[name: string, check: (token: unknown) => unknown]>([
  ['verify', (token) => verify(token as never, secret)],
  ['createVerifier', (token) => prepared(token as never)],
])('%s rejects', (_, check) => {
  test.each<[title: string, token: unknown, message: string, code: string]>([
    ['undefined', undefined, 'jwt must be provided', 'ERR_TOKEN_MISSING'],
    ['an empty string', '', 'jwt must be provided', 'ERR_TOKEN_MISSING'],
    ['a Buffer', Buffer.from(valid), 'jwt must be a string', 'ERR_TOKEN_TYPE'],
    ['a list with the token', [valid], 'jwt must be a string', 'ERR_TOKEN_TYPE'],
    ['two parts', `${head}.${body}`, 'jwt malformed', 'ERR_TOKEN_MALFORMED'],
    ['four parts', `${valid}.`, 'jwt malformed', 'ERR_TOKEN_MALFORMED'],
    ['five parts', `${valid}.a.b`, 'jwt malformed', 'ERR_TOKEN_ENCRYPTED'],
    ['padding', `${valid}=`, 'invalid token', 'ERR_TOKEN_MALFORMED'],
    ['the scheme Bearer', `Bearer ${valid}`, 'invalid token', 'ERR_TOKEN_MALFORMED'],
    ['a header that is not JSON', forge('{', {}), 'invalid token', 'ERR_HEADER_INVALID'],
  ])('%s', (_, token, message, code) => {
    const error = errorOf(() => check(token));
    expect(error).toMatchObject({ constructor: JsonWebTokenError, message, code });
  });

  test.each([
    { crit: ['exp'], exp: 1 },
    { crit: ['b64'], b64: false },
    { crit: ['b64'], b64: true },
    { crit: ['https://a.b/x'], 'https://a.b/x': 1 },
    { crit: [] },
    { crit: null },
    { crit: 'b64' },
    { b64: false },
  ])('the critical extension %j', (header) => {
    expect(errorOf(() => check(tokenOf({ sub: 'ada' }, header)))).toMatchObject({
      message: expect.stringMatching(/^"(crit|b64)" in the header /),
      code: 'ERR_HEADER_CRIT',
    });
  });

  // verify says "invalid token" where jsonwebtoken throws a SyntaxError or a TypeError.
  const notObject = /^invalid token$|^jwt payload must be a JSON object$/;
  test.each<[title: string, payload: string | Buffer, message: RegExp]>([
    ['is not JSON', 'text', notObject],
    ['is null', 'null', notObject],
    ['is not UTF-8', notUtf8, /^jwt payload must be UTF-8/],
    ['has a repeated member', '{"sub":"a","sub":"b"}', /^jwt payload must not have duplicate/],
    [
      'is nested too deep',
      `{"a":${'['.repeat(64)}${']'.repeat(64)}}`,
      /^jwt payload must not nest deeper than 64 levels$/,
    ],
  ])('a payload that %s, after the signature', (_, payload, message) => {
    const header = { alg: 'HS256', typ: 'JWT' };
    const badSignature = `${segment(header)}.${segment(payload)}.${base64url(Buffer.alloc(32))}`;
    expect(() => check(badSignature)).toThrow('invalid signature');
    expect(errorOf(() => check(forge(header, payload)))).toMatchObject({
      constructor: JsonWebTokenError,
      message: expect.stringMatching(message),
      code: expect.stringMatching(/^ERR_(PAYLOAD_INVALID|TOKEN_DUPLICATE_MEMBER)$/),
    });
  });
});

test('rejects a payload string that is not UTF-8 in verify', () => {
  expect(verify(sign(Buffer.from('ab'), secret, { encoding: 'latin1' }), secret)).toBe('ab');
  const token = sign('é', secret, { encoding: 'latin1' });
  expect(errorOf(() => verify(token, secret)).message).toMatch(/^jwt payload must be UTF-8/);
});
