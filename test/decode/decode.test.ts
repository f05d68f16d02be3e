import { describe, expect, test } from 'vitest';
import { decode, sign } from '../../src/index.ts';
import { ed25519, secret } from '../fixtures/keys.ts';
import { base64url, forge, tokenOf, unsigned } from '../fixtures/tokens.ts';

const good = tokenOf({ sub: 'ada' }, { kid: 'k' });
const [head = '', body = '', tail = ''] = good.split('.');

describe('decode answers with the payload', () => {
  test('without looking at signature, algorithm or times', () => {
    expect(decode(good)).toEqual({ sub: 'ada' });
    expect(decode(`${head}.${body}.AAAA`)).toEqual({ sub: 'ada' });
    expect(decode(`${head}.${body}.`)).toEqual({ sub: 'ada' });
    expect(decode(unsigned({ sub: 'ada' }))).toEqual({ sub: 'ada' });
    expect(decode(tokenOf({ exp: 1, nbf: 9e9 }, { alg: 'foo' }))).toEqual({ exp: 1, nbf: 9e9 });
    expect(decode(tokenOf({ sub: 'ada' }, { alg: undefined }))).toEqual({ sub: 'ada' });
    expect(decode(tokenOf({ sub: 'ada' }, { crit: ['x'], x: 1 }))).toEqual({ sub: 'ada' });
    const eddsa = sign({ iat: 1 }, ed25519().privateKey, { algorithm: 'EdDSA' });
    expect(decode(eddsa)).toEqual({ iat: 1 });
  });

  test('as UTF-8', () => {
    expect(decode(tokenOf({ name: 'Ada 🦊 é' }))).toEqual({ name: 'Ada 🦊 é' });
  });

  test.each<[payload: unknown, text: string, typ: unknown]>([
    [123, '123', 'JWT'],
    ['text', '"text"', 'JWT'],
    [[1], '[1]', 'JWT'],
    [null, 'null', 'JWT'],
    ['123', '123', undefined],
    ['"text"', '"text"', undefined],
    ['null', 'null', undefined],
    ['some text', 'some text', undefined],
    [[1], '[1]', undefined],
    [{ a: 1 }, '{"a":1}', 'other'],
  ])('%j of %s with the typ %j', (payload, text, typ) => {
    expect(decode(forge({ alg: 'HS256', typ }, text))).toEqual(payload);
  });

  test('as JSON whatever the typ, with json', () => {
    const token = forge({ alg: 'HS256' }, '123');
    expect(decode(token)).toBe('123');
    expect(decode(token, { json: true })).toBe(123);
    expect(decode(token, { json: false })).toBe('123');
  });
});

describe('complete', () => {
  test('makes it header, payload and signature, in that order', () => {
    const answer = decode(good, { complete: true });
    expect(answer).toEqual({
      header: { alg: 'HS256', typ: 'JWT', kid: 'k' },
      payload: { sub: 'ada' },
      signature: tail,
    });
    expect(Object.keys(answer ?? {})).toEqual(['header', 'payload', 'signature']);
  });

  test.each([false, undefined, 1, 'true', {}])('is off for %j', (complete) => {
    expect(decode(good, { complete } as never)).toEqual({ sub: 'ada' });
  });

  test('is null for what is no token', () => {
    expect(decode('a.b', { complete: true })).toBeNull();
  });
});

describe('decode answers null and throws nothing', () => {
  test.each<[title: string, token: unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['an empty text', ''],
    ['a number', 5],
    ['an object', {}],
    ['an array of the token', [good]],
    [
      'a circular object',
      (() => {
        const a: Record<string, unknown> = {};
        a['a'] = a;
        return a;
      })(),
    ],
    ['a bigint', 5n],
    ['a symbol', Symbol('token')],
    ['one part', head],
    ['two parts', `${head}.${body}`],
    ['four parts', `${good}.`],
    ['five parts', `${good}.a.b`],
    ['an empty header', `.${body}.${tail}`],
    ['an empty payload', `${head}..${tail}`],
    ['padding', `${good}=`],
    ['white space', ` ${good}`],
    ['a line end', `${good}\n`],
    ['loose trailing bits', `${head}.${body}.AB`],
    ['a header that is no JSON', forge('{', {})],
    ['a header of null', forge('null', {})],
    ['a header that is a list', forge('[]', {})],
    ['a payload that is no JSON although typ says so', tokenOf('some text')],
    ['a payload with a member twice', tokenOf('{"a":1,"a":2}')],
    ['a payload nested too deep', tokenOf(`${'['.repeat(65)}${']'.repeat(65)}`)],
    [
      'a payload that is not UTF-8',
      `${head}.${base64url(Buffer.from('7b2261223a22ff227d', 'hex'))}.`,
    ],
    ['a payload with a byte order mark', `${head}.${base64url('\ufeff{}')}.`],
  ])('for %s', (_, token) => {
    expect(decode(token as string)).toBeNull();
    expect(decode(token as string, { complete: true })).toBeNull();
    expect(decode(token as string, { json: true })).toBeNull();
  });

  test('for a payload that is no JSON, with json', () => {
    const token = forge({ alg: 'HS256' }, 'some text');
    expect(decode(token)).toBe('some text');
    expect(decode(token, { json: true })).toBeNull();
  });
});

test.each([undefined, null, 'complete', 5, true, []])('options of %j are none', (options) => {
  expect(decode(good, options as never)).toEqual({ sub: 'ada' });
});

test('inherited options do not count', () => {
  expect(decode(good, Object.create({ complete: true }))).toEqual({ sub: 'ada' });
});

test.each([Number.NaN, 'abc', {}, null, 0, -1].map((bound) => [bound] as const))(
  'a bound of %s never lets a longer token through',
  (maxTokenLength) => {
    const long = sign({ iat: 1, padding: 'x'.repeat(100_000) }, secret);
    expect(decode(long, { maxTokenLength } as never)).toBeNull();
  },
);

test('what a token says of a prototype reaches nobody', () => {
  const token = tokenOf('{"__proto__":{"admin":true},"sub":"ada"}');
  const claims = decode(token, { json: true });
  expect(claims).toEqual({ sub: 'ada' });
  expect(Object.assign({}, claims)).not.toHaveProperty('admin');
  expect(claims).not.toHaveProperty('admin');
});
