/** T5, T6: a header that demands more than is understood is refused, and typ is a media type. */

import { describe, expect, test } from 'vitest';
import { createSigner, createVerifier, sign } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { forge } from '../fixtures/tokens.ts';
import { acceptedBy, rejectionBy, verifyApis } from '../fixtures/verify-apis.ts';

const claims = { sub: 'admin' };

describe('"crit" is refused in every shape, because no extension is understood', () => {
  const crits: unknown[] = [
    [],
    ['exp'],
    ['alg'],
    ['b64'],
    ['typ'],
    ['kid'],
    ['crit'],
    ['x'],
    ['x', 'x'],
    ['http://example.invalid/UNDEFINED'],
    [''],
    [null],
    [1],
    [{}],
    [['b64']],
    'b64',
    '',
    'exp',
    null,
    true,
    false,
    0,
    1,
    {},
    { b64: true },
    { length: 0 },
  ];
  test.each(crits.map((crit) => [crit]))('crit %j', async (crit) => {
    for (const extra of [
      {},
      { x: 1, exp: 1, 'http://example.invalid/UNDEFINED': true },
      { b64: true },
      { b64: false },
    ]) {
      const token = forge({ alg: 'HS256', ...extra, crit }, claims, secret);
      for (const door of verifyApis)
        expect((await rejectionBy(door, token, secret)).code).toBe('ERR_HEADER_CRIT');
    }
  });

  test('it is refused before a key is looked for', () => {
    let asked = 0;
    const verifier = createVerifier(() => {
      asked++;
      return secret;
    });
    expect(() =>
      verifier(forge({ alg: 'HS256', crit: ['b64'], b64: false }, claims, secret)),
    ).toThrow('invalid token');
    expect(asked).toBe(0);
  });
});

describe('"b64" other than true is refused (RFC 7797 §7)', () => {
  test.each([[false], [null], ['false'], ['true'], [0], [1], [[]], [{}], ['']])(
    'b64 %j',
    async (b64) => {
      for (const crit of [{}, { crit: ['b64'] }]) {
        const token = forge({ alg: 'HS256', b64, ...crit }, claims, secret);
        for (const door of verifyApis)
          expect((await rejectionBy(door, token, secret)).code).toBe('ERR_HEADER_CRIT');
      }
    },
  );

  test('b64 true says what is so anyway', async () => {
    for (const door of verifyApis)
      expect(await door.verify(forge({ alg: 'HS256', b64: true }, claims, secret), secret)).toEqual(
        claims,
      );
  });

  test('the prepared signer makes no such header', () => {
    for (const header of [
      { crit: ['b64'] },
      { b64: false },
      { b64: true },
      { alg: 'none' },
      { kid: 'x' },
      { crit: undefined },
    ]) {
      expect(() => createSigner(secret, { header })).toThrow(TypeError);
    }
  });
});

describe('typ', () => {
  const token = (typ: unknown) =>
    forge({ alg: 'HS256', ...(typ === undefined ? {} : { typ }) }, claims, secret);

  test.each([
    'at+jwt',
    'AT+JWT',
    'At+Jwt',
    'application/at+jwt',
    'APPLICATION/AT+JWT',
    'Application/at+JWT',
  ])('%j is at+jwt', async (typ) => {
    for (const expected of [
      'at+jwt',
      'application/at+jwt',
      'AT+jwt',
      ['JWT', 'at+jwt'],
      [null, 'at+jwt'],
    ]) {
      for (const door of verifyApis)
        expect(await door.verify(token(typ), secret, { typ: expected })).toEqual(claims);
    }
  });

  const others: unknown[] = [
    'JWT',
    'jwt',
    'at',
    'at+jw',
    'at+jwt ',
    ' at+jwt',
    'at+jwt;charset=utf-8',
    'text/at+jwt',
    'application/application/at+jwt',
    '/at+jwt',
    'application/',
    '',
    'at+jwt\0',
    'xat+jwt',
    'at jwt',
    'at%2Bjwt',
    'dpop+jwt',
    'logout+jwt',
    ['at+jwt'],
    { type: 'at+jwt' },
    null,
    true,
    0,
    undefined,
  ];
  test.each(others.map((typ) => [typ]))('%j is not at+jwt', async (typ) => {
    for (const expected of [
      'at+jwt',
      'application/at+jwt',
      ['at+jwt'],
      ['at+jwt', 'secevent+jwt'],
    ]) {
      for (const door of verifyApis) {
        expect((await rejectionBy(door, token(typ), secret, { typ: expected })).code).toBe(
          'ERR_HEADER_TYP',
        );
      }
    }
  });

  test('only an absent typ is absent: null, empty text and other types are not', async () => {
    for (const door of verifyApis)
      expect(await door.verify(token(undefined), secret, { typ: [null, 'at+jwt'] })).toEqual(
        claims,
      );
    for (const typ of ['', 'JWT', false, 0, [], [null], {}, 'null', null]) {
      expect(await acceptedBy(verifyApis, token(typ), secret, { typ: [null, 'at+jwt'] })).toEqual(
        [],
      );
    }
  });

  test('case is that of ASCII: letters of other alphabets do not fold into a type', async () => {
    expect(await acceptedBy(verifyApis, token('\u212Ab+jwt'), secret, { typ: 'kb+jwt' })).toEqual(
      [],
    );
    expect(
      await acceptedBy(verifyApis, token('log\u00F6ut+jwt'), secret, { typ: 'logout+jwt' }),
    ).toEqual([]);
    expect(await acceptedBy(verifyApis, token('\u0130d+jwt'), secret, { typ: 'id+jwt' })).toEqual(
      [],
    );
  });

  test('a token of one kind is not taken for another (RFC 8725 §3.11)', async () => {
    const logout = createSigner(secret, { header: { typ: 'logout+jwt' } })(claims);
    expect(await acceptedBy(verifyApis, logout, secret, { typ: 'at+jwt' })).toEqual([]);
    expect(await acceptedBy(verifyApis, sign(claims, secret), secret, { typ: 'at+jwt' })).toEqual(
      [],
    );
  });
});
