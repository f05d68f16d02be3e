import { describe, expect, test } from 'vitest';
import { createVerifier, JsonWebTokenError, sign, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { base64url, forge, tokenOf, unsigned } from '../fixtures/tokens.ts';

const good = tokenOf({ sub: 'ada' });
const [head = '', body = '', tail = ''] = good.split('.');
const prepared = createVerifier(secret);

/** What is given as a token, what is said of it, and the code. */
const rows: Array<[title: string, token: unknown, message: string, code: string]> = [
  ['undefined', undefined, 'jwt must be provided', 'ERR_TOKEN_MISSING'],
  ['null', null, 'jwt must be provided', 'ERR_TOKEN_MISSING'],
  ['an empty text', '', 'jwt must be provided', 'ERR_TOKEN_MISSING'],
  ['0', 0, 'jwt must be provided', 'ERR_TOKEN_MISSING'],
  ['a number', 1, 'jwt must be a string', 'ERR_TOKEN_TYPE'],
  ['a Buffer', Buffer.from(good), 'jwt must be a string', 'ERR_TOKEN_TYPE'],
  ['a String object', Object(good), 'jwt must be a string', 'ERR_TOKEN_TYPE'],
  ['an array of the token', [good], 'jwt must be a string', 'ERR_TOKEN_TYPE'],
  ['one part', head, 'jwt malformed', 'ERR_TOKEN_MALFORMED'],
  ['two parts', `${head}.${body}`, 'jwt malformed', 'ERR_TOKEN_MALFORMED'],
  ['four parts', `${good}.`, 'jwt malformed', 'ERR_TOKEN_MALFORMED'],
  ['five parts', `${good}.a.b`, 'jwt malformed', 'ERR_TOKEN_ENCRYPTED'],
  ['six parts', `${good}.a.b.c`, 'jwt malformed', 'ERR_TOKEN_MALFORMED'],
  ['two dots', '..', 'invalid token', 'ERR_TOKEN_MALFORMED'],
  ['an empty header', `.${body}.${tail}`, 'invalid token', 'ERR_TOKEN_MALFORMED'],
  ['an empty payload', `${head}..${tail}`, 'invalid token', 'ERR_TOKEN_MALFORMED'],
  ['padding', `${good}=`, 'invalid token', 'ERR_TOKEN_MALFORMED'],
  ['a space before it', ` ${good}`, 'invalid token', 'ERR_TOKEN_MALFORMED'],
  ['a line end after it', `${good}\n`, 'invalid token', 'ERR_TOKEN_MALFORMED'],
  ['the word Bearer', `Bearer ${good}`, 'invalid token', 'ERR_TOKEN_MALFORMED'],
  ['the alphabet of base64', `${head}.${body}.++//`, 'invalid token', 'ERR_TOKEN_MALFORMED'],
  ['a letter beyond ASCII', `${head}.${body}é.${tail}`, 'invalid token', 'ERR_TOKEN_MALFORMED'],
  ['a length no bytes have', `${head}.${body}.AAAAA`, 'invalid token', 'ERR_TOKEN_MALFORMED'],
  ['loose trailing bits', `${head}.${body}.AB`, 'invalid token', 'ERR_TOKEN_MALFORMED'],
  ['a header that is no JSON', forge('{', {}), 'invalid token', 'ERR_HEADER_INVALID'],
  ['a header of null', forge('null', {}), 'invalid token', 'ERR_HEADER_INVALID'],
  ['a header that is a list', forge('[]', {}), 'invalid token', 'ERR_HEADER_INVALID'],
  ['a header that is text', forge('"HS256"', {}), 'invalid token', 'ERR_HEADER_INVALID'],
  [
    'a header with a member twice',
    forge('{"alg":"none","alg":"HS256"}', {}),
    'invalid token',
    'ERR_HEADER_INVALID',
  ],
  [
    'a header that is not UTF-8',
    `${base64url(Buffer.from('7b2261223a22ff227d', 'hex'))}.${body}.${tail}`,
    'invalid token',
    'ERR_HEADER_INVALID',
  ],
];

describe.each(rows)('as a token, %s', (_, token, message, code) => {
  test.each([
    ['verify', () => verify(token as never, secret)],
    ['a prepared verifier', () => prepared(token as never)],
  ])('is refused by %s', (_, call) => {
    const error = errorOf(call);
    expect(error.constructor).toBe(JsonWebTokenError);
    expect(error.message).toBe(message);
    expect(error.code).toBe(code);
  });
});

describe('a critical extension is refused', () => {
  test.each<[header: object]>([
    [{ crit: ['exp'], exp: 1 }],
    [{ crit: ['b64'], b64: false }],
    [{ crit: ['b64'], b64: true }],
    [{ crit: ['http://example.com/x'], 'http://example.com/x': 1 }],
    [{ crit: [] }],
    [{ crit: null }],
    [{ crit: 'b64' }],
    [{ b64: false }],
  ])('in %j', (header) => {
    const token = tokenOf({ sub: 'ada' }, header);
    for (const call of [() => verify(token, secret), () => prepared(token)]) {
      const error = errorOf(call);
      expect(error.message).toBe('invalid token');
      expect(error.code).toBe('ERR_HEADER_CRIT');
    }
  });
});

describe('a payload that cannot be read', () => {
  const bodies: Array<[title: string, payload: string | Buffer]> = [
    ['no JSON', 'text'],
    ['not UTF-8', Buffer.from('7b2261223a22ff227d', 'hex')],
    ['JSON with a member twice', '{"sub":"a","sub":"b"}'],
    ['JSON that is nested too deep', `{"a":${'['.repeat(64)}${']'.repeat(64)}}`],
    ['null', 'null'],
  ];
  const seal = (payload: string | Buffer) =>
    `${base64url('{"alg":"HS256","typ":"JWT"}')}.${base64url(payload)}`;

  test.each(bodies)('is refused after the signature: %s', (_, payload) => {
    const token = `${seal(payload)}.${base64url(Buffer.alloc(32))}`;
    expect(() => verify(token, secret)).toThrow('invalid signature');
    expect(() => prepared(token)).toThrow('invalid signature');
  });

  test.each(bodies.filter(([, payload]) => typeof payload === 'string'))(
    'is an invalid token where the signature holds: %s',
    (_, payload) => {
      const token = tokenOf(payload);
      for (const call of [() => verify(token, secret), () => prepared(token)]) {
        const error = errorOf(call);
        expect(error.constructor).toBe(JsonWebTokenError);
        expect(error.message).toBe('invalid token');
        expect(error.code).toBe('ERR_PAYLOAD_INVALID');
      }
    },
  );

  test('and is not UTF-8 is an invalid token where the signature holds', () => {
    const bytes = sign(Buffer.from('ab'), secret, { encoding: 'latin1' });
    expect(verify(bytes, secret)).toBe('ab');
    const token = sign('é', secret, { encoding: 'latin1' });
    expect(errorOf(() => verify(token, secret)).message).toBe('invalid token');
  });
});

test('a token without a signature is refused by a prepared verifier that has a key', () => {
  for (const alg of ['HS256', 'none']) {
    const error = errorOf(() => prepared(unsigned({ sub: 'a' }, { alg, typ: 'JWT' })));
    expect(error).toBeInstanceOf(JsonWebTokenError);
    expect(error.message).toBe(alg === 'none' ? 'invalid algorithm' : 'jwt signature is required');
  }
});
