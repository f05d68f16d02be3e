/** Tests of unsigned tokens: `alg: none` and empty signatures. */

import { describe, expect, test, vi } from 'vitest';
import { createVerifier, JsonWebTokenError, type VerifyOptions, verify } from '../../src/index.ts';
import { rsa, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { base64url, forge, tokenOf, unsigned } from '../fixtures/tokens.ts';
import { acceptedBy, classicVerifyApis, verifyApis } from '../fixtures/verify-apis.ts';

const claims = { sub: 'ada' };
const token = unsigned(claims);
const none: VerifyOptions = { algorithms: ['none'] };
const verifyUnsigned = createVerifier(null, { algorithms: ['none'] });

const withSource = verifyApis.filter(({ source }) => source);
const withoutSource = verifyApis.filter(({ source }) => !source);
const classicWithoutSource = classicVerifyApis.filter(({ source }) => !source);

describe('with the algorithm none and no key', () => {
  test.each([undefined, null, ''])('accepts an unsigned token with the key %j', async (key) => {
    for (const api of classicWithoutSource) {
      expect(await api.verify(token, key, { algorithms: ['none'] })).toEqual(claims);
      expect(await api.verify(token, key, { algorithms: ['HS256', 'none'] })).toEqual(claims);
    }
  });

  test('accepts an unsigned token in createVerifier', () => {
    expect(verifyUnsigned(token)).toEqual(claims);
  });

  test.each(['none', 'HS256', 'RS256'])('rejects a signature under %s', async (alg) => {
    const bare = unsigned(claims, { alg });
    for (const key of [undefined, null]) {
      for (const signed of [
        forge({ alg }, claims),
        forge({ alg }, claims, Buffer.alloc(0)),
        `${bare}${base64url('x')}`,
      ]) {
        const options = { algorithms: ['none'] };
        expect(await acceptedBy(withoutSource, signed, key, options)).toEqual([]);
      }
    }
  });

  test('names the error of a signature', () => {
    expect(() => verifyUnsigned(tokenOf(claims))).toThrow('invalid algorithm');
    expect(() => verifyUnsigned(`${token}${base64url('x')}`)).toThrow('invalid signature');
    const signed = tokenOf(claims, { alg: 'none' });
    expect(() => verify(signed, secret)).toThrow('invalid algorithm');
    expect(() => verify(signed, secret, none)).toThrow('invalid signature');
  });

  test('checks the claims', () => {
    const expired = unsigned({ exp: 1 });
    expect(() => verify(expired, null as never, none)).toThrow('jwt expired');
    expect(() => verifyUnsigned(expired)).toThrow('jwt expired');
  });
});

describe('with a key', () => {
  test.each([
    'none',
    'nOnE',
    'NONE',
    ' none',
    'none\0',
    'n\u043Ene',
    'ｎｏｎｅ',
    '',
    'null',
    'HS256',
    'RS256',
    'EdDSA',
  ])('rejects an unsigned token with the alg %j', async (alg) => {
    const bare = unsigned(claims, { alg });
    for (const key of [secret, secret.toString('hex'), rsa().publicKey]) {
      for (const algorithms of [undefined, ['none'], ['none', 'HS256', 'RS256'], ['nOnE']]) {
        const options = algorithms ? { algorithms } : {};
        expect(await acceptedBy(verifyApis, bare, key, options)).toEqual([]);
        expect(await acceptedBy(verifyApis, `${bare}AA`, key, options)).toEqual([]);
        const keyless = forge({ alg }, claims, Buffer.alloc(0));
        expect(await acceptedBy(verifyApis, keyless, key, options)).toEqual([]);
        if (alg === 'HS256') continue;
        expect(await acceptedBy(verifyApis, forge({ alg }, claims), key, options)).toEqual([]);
      }
    }
  });
});

describe('without a key', () => {
  test.each([undefined, null, '', 0, false, Number.NaN])('rejects with the key %s', async (key) => {
    for (const alg of ['HS256', 'RS256', 'ES256', 'EdDSA', 'none']) {
      const tokens = [
        unsigned(claims, { alg }),
        forge({ alg }, claims, Buffer.alloc(0)),
        forge({ alg }, claims, Buffer.from(String(key))),
      ];
      const lists = [undefined, ['HS256', 'RS256', 'ES256'], [alg, 'none'], ['none']];
      for (const algorithms of alg === 'none' ? lists.slice(0, 2) : lists) {
        const options = algorithms ? { algorithms } : {};
        for (const each of tokens) {
          expect(await acceptedBy(verifyApis, each, key, options)).toEqual([]);
        }
      }
    }
  });
});

describe('with a key source', () => {
  test.each([[undefined], [null], [''], [[]], [[undefined]], [[null]], [false], [0]])(
    'rejects an unsigned token if the source returns %j',
    async (key) => {
      for (const options of [{}, { algorithms: ['none'] }, { algorithms: ['HS256', 'none'] }]) {
        for (const alg of ['none', 'HS256']) {
          const bare = unsigned(claims, { alg });
          expect(await acceptedBy(withSource, bare, key, options)).toEqual([]);
        }
        const signed = forge({ alg: 'none' }, claims);
        expect(await acceptedBy(withSource, signed, key, options)).toEqual([]);
      }
    },
  );

  test('does not call the source of createVerifier', () => {
    const source = vi.fn(() => secret);
    const verifier = createVerifier(source);
    expect(() => verifier(token)).toThrow(JsonWebTokenError);
    expect(() => verifier(unsigned({}, { alg: 'HS256' }))).toThrow('jwt signature is required');
    expect(source).not.toHaveBeenCalled();
  });
});

const alone = '"algorithms" may name "none" only alone, and with null or undefined as the key';
test.each<[title: string, key: unknown, algorithms: string[], message: string]>([
  ['none and a secret', secret, ['none'], alone],
  ['none and an empty secret', '', ['none'], alone],
  ['none and another algorithm', null, ['none', 'HS256'], alone],
  [
    'a key source and none among others',
    () => secret,
    ['HS256', 'none'],
    '"algorithms" may not name "none" beside a key source',
  ],
  ['null without none', null, ['HS256'], 'key must have a value, got null'],
  [
    'undefined without none',
    undefined,
    ['RS256'],
    'key must have a value, got undefined: is the environment variable set?',
  ],
])('createVerifier throws a TypeError with %s', (_, key, algorithms, message) => {
  const error = errorOf(() => createVerifier(key as never, { algorithms } as never));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toBe(message);
});
