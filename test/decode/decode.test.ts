import { describe, expect, test } from 'vitest';
import { decode, sign } from '../../src/index.ts';
import { ed25519, secret } from '../fixtures/keys.ts';
import { base64url, forge, tokenOf, unsigned } from '../fixtures/tokens.ts';

const valid = tokenOf({ sub: 'ada' }, { kid: 'k' });
const [header = '', payload = '', signature = ''] = valid.split('.');

describe('decode returns the payload', () => {
  test('without checking signature, algorithm, crit or times', () => {
    for (const token of [
      valid,
      `${header}.${payload}.AAAA`,
      `${header}.${payload}.`,
      unsigned({ sub: 'ada' }),
      tokenOf({ sub: 'ada' }, { alg: undefined }),
      tokenOf({ sub: 'ada' }, { crit: ['x'], x: 1 }),
    ]) {
      expect(decode(token)).toEqual({ sub: 'ada' });
    }
    expect(decode(tokenOf({ exp: 1, nbf: 9e9 }, { alg: 'foo' }))).toEqual({ exp: 1, nbf: 9e9 });
    expect(decode(sign({ iat: 1 }, ed25519().privateKey, { algorithm: 'EdDSA' }))).toEqual({
      iat: 1,
    });
  });

  test.each<[payload: unknown, text: string, typ: unknown]>([
    [{ name: 'Ada 🦊 é' }, '{"name":"Ada 🦊 é"}', 'JWT'],
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
  ])('as %j for the text %s and the typ %j', (value, text, typ) => {
    expect(decode(forge({ alg: 'HS256', typ }, text))).toEqual(value);
  });

  test('as JSON with json, whatever the typ', () => {
    const token = forge({ alg: 'HS256' }, '123');
    expect(decode(token, { json: true })).toBe(123);
    expect(decode(token, { json: false })).toBe('123');
    expect(decode(forge({ alg: 'HS256' }, 'some text'), { json: true })).toBeNull();
  });

  test('with header and signature if complete is true', () => {
    const result = decode(valid, { complete: true });
    expect(result).toEqual({
      header: { alg: 'HS256', typ: 'JWT', kid: 'k' },
      payload: { sub: 'ada' },
      signature,
    });
    expect(Object.keys(result ?? {})).toEqual(['header', 'payload', 'signature']);
    for (const complete of [false, undefined, 1, 'true', {}]) {
      expect(decode(valid, { complete } as never)).toEqual({ sub: 'ada' });
    }
  });
});

const circular: Record<string, unknown> = {};
circular['self'] = circular;

test.each<[title: string, token: unknown]>([
  ['undefined', undefined],
  ['an empty string', ''],
  ['a number', 5],
  ['an array of the token', [valid]],
  ['a circular object', circular],
  ['a symbol', Symbol('token')],
  ['two parts', `${header}.${payload}`],
  ['four parts', `${valid}.`],
  ['an empty header', `.${payload}.${signature}`],
  ['an empty payload', `${header}..${signature}`],
  ['padding', `${valid}=`],
  ['white space', ` ${valid}`],
  ['loose trailing bits', `${header}.${payload}.AB`],
  ['a header that is not JSON', forge('{', {})],
  ['a header that is not an object', forge('[]', {})],
  ['a payload that is not JSON with the typ JWT', tokenOf('some text')],
  ['a payload with a duplicate member', tokenOf('{"a":1,"a":2}')],
  ['a payload that is not UTF-8', tokenOf(Buffer.from('7b2261223a22ff227d', 'hex'))],
  ['a payload with a byte order mark', `${header}.${base64url('\ufeff{}')}.`],
])('decode returns null and does not throw for %s', (_, token) => {
  expect(decode(token as string)).toBeNull();
  expect(decode(token as string, { complete: true })).toBeNull();
  expect(decode(token as string, { json: true })).toBeNull();
});

test.each([undefined, null, 'complete', 5, true, [], Object.create({ complete: true })])(
  'decode treats options of %j as absent',
  (options) => {
    expect(decode(valid, options as never)).toEqual({ sub: 'ada' });
  },
);

test.each([Number.NaN, Number.POSITIVE_INFINITY, 'abc', {}, null, 0, -1].map((bound) => [bound]))(
  'decode returns null for a longer token if maxTokenLength is %s',
  (maxTokenLength) => {
    const long = sign({ iat: 1, padding: 'x'.repeat(100_000) }, secret);
    expect(decode(long, { maxTokenLength } as never)).toBeNull();
  },
);
