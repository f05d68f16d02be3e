import { afterEach, describe, expect, test, vi } from 'vitest';
import { createSigner, createVerifier } from '../../src/index.ts';
import { algorithmKeys, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { headerOf, NOW, partOf, payloadOf } from '../fixtures/tokens.ts';

afterEach(() => void vi.restoreAllMocks());

const clock = () => NOW * 1000 + 500;

describe('a prepared signer', () => {
  test('writes header and claims as its options say, in the order of sign', () => {
    const sign = createSigner(secret, {
      keyid: 'k',
      header: { typ: 'at+jwt', x: 1 },
      clock,
      jwtid: 'j',
      subject: 's',
      issuer: 'i',
      audience: ['a', 'b'],
      expiresIn: '15m',
      notBefore: 5,
    });
    const token = sign({ z: 1 });
    expect(partOf(token, 0)).toBe('{"alg":"HS256","typ":"at+jwt","kid":"k","x":1}');
    expect(partOf(token, 1)).toBe(
      `{"z":1,"iat":${NOW},"nbf":${NOW + 5},"exp":${NOW + 900},"aud":["a","b"],"iss":"i","sub":"s","jti":"j"}`,
    );
  });

  test('does not change the claims it is given, nor sees later changes of its options', () => {
    const audience = ['a'];
    const header: Record<string, unknown> = { x: 1 };
    const sign = createSigner(secret, { audience, header, clock });
    audience.push('b');
    header['x'] = 2;
    const token = sign(Object.freeze({ z: 1 }));
    expect(payloadOf(token)).toEqual({ z: 1, iat: NOW, aud: ['a'] });
    expect(headerOf(token).x).toBe(1);
  });

  test('leaves iat out with noTimestamp', () => {
    const sign = createSigner(secret, { noTimestamp: true, expiresIn: 60, clock });
    expect(payloadOf(sign({}))).toEqual({ exp: NOW + 60 });
  });

  test('counts from the iat of the claims, also from 0', () => {
    expect(payloadOf(createSigner(secret, { expiresIn: 60 })({ iat: 0 }))).toEqual({
      iat: 0,
      exp: 60,
    });
  });

  test('asks a function for the jti of every token', () => {
    let count = 0;
    const sign = createSigner(secret, { jwtid: () => `id ${++count}` });
    expect([sign({}), sign({})].map((token) => payloadOf(token).jti)).toEqual(['id 1', 'id 2']);
  });

  test.each(['', 5, undefined, Promise.resolve('a')])('refuses a jti of %j', (id) => {
    const error = errorOf(() => createSigner(secret, { jwtid: () => id as never })({}));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^"jwtid" must answer with a non-empty string, got /);
    expect(error.code).toBe('ERR_OPTION_INVALID');
  });

  test('looks Date.now up at each call, and asks its clock once', () => {
    const sign = createSigner(secret);
    vi.spyOn(Date, 'now').mockReturnValue(9_999);
    expect(payloadOf(sign({})).iat).toBe(9);
    const watch = vi.fn(clock);
    createSigner(secret, { clock: watch, expiresIn: 1, notBefore: 1 })({});
    expect(watch).toHaveBeenCalledTimes(1);
  });

  test('signs unsecured tokens with none and no key', () => {
    const token = createSigner(null, { algorithm: 'none', clock })({ a: 1 });
    expect(partOf(token, 0)).toBe('{"alg":"none","typ":"JWT"}');
    expect(token).toMatch(/\.$/);
  });

  test.each(algorithmKeys)('with async answers with a promise: $alg', async (row) => {
    const sign = createSigner(row.signing(), { algorithm: row.alg, async: true, clock });
    const promise = sign({ sub: 'ada' });
    expect(promise).toBeInstanceOf(Promise);
    const verify = createVerifier(row.verifying(), { algorithms: [row.alg], clock });
    expect(verify(await promise)).toEqual({ sub: 'ada', iat: NOW });
  });
});

describe('claims are refused with a TypeError:', () => {
  const sign = createSigner(secret, { issuer: 'i' });
  test.each<[payload: unknown, message: string, code: string]>([
    [undefined, 'payload must be a plain object, got undefined', 'ERR_PAYLOAD_INVALID'],
    [null, 'payload must be a plain object, got null', 'ERR_PAYLOAD_INVALID'],
    ['text', 'payload must be a plain object, got a string', 'ERR_PAYLOAD_INVALID'],
    [[], 'payload must be a plain object, got an empty array', 'ERR_PAYLOAD_INVALID'],
    [
      new Date(0),
      'payload must be a plain object, got an instance of a class',
      'ERR_PAYLOAD_INVALID',
    ],
    [{ exp: '1' }, '"exp" should be a number of seconds', 'ERR_CLAIM_INVALID'],
    [{ nbf: Number.NaN }, '"nbf" should be a number of seconds', 'ERR_CLAIM_INVALID'],
    [{ iat: Number.POSITIVE_INFINITY }, '"iat" should be a number of seconds', 'ERR_CLAIM_INVALID'],
    [{ iat: undefined }, '"iat" should be a number of seconds', 'ERR_CLAIM_INVALID'],
    [
      { iss: 'x' },
      'Bad "options.issuer" option. The payload already has an "iss" property.',
      'ERR_CLAIM_INVALID',
    ],
    [
      { toJSON: () => [] },
      'payload must be a JSON object: its toJSON made it another',
      'ERR_PAYLOAD_INVALID',
    ],
    [
      { toJSON: () => undefined },
      'payload must be a JSON object: its toJSON made it another',
      'ERR_PAYLOAD_INVALID',
    ],
  ])('%j', (payload, message, code) => {
    const error = errorOf(() => sign(payload as never));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(message);
    expect(error.code).toBe(code);
  });
});
