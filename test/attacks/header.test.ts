/** T5, T6: a header that requires more than jotkit supports is rejected, and "typ" is a media type. */

import { describe, expect, test } from 'vitest';
import { createSigner, createVerifier, sign } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { forge } from '../fixtures/tokens.ts';
import { acceptedBy, rejectionBy, verifyApis } from '../fixtures/verify-apis.ts';

const claims = { sub: 'admin' };

describe('"crit"', () => {
  const crits: unknown[] = [
    [],
    ['exp'],
    ['b64'],
    ['crit'],
    ['x', 'x'],
    ['http://example.invalid/UNDEFINED'],
    [null],
    [['b64']],
    'b64',
    '',
    null,
    false,
    0,
    {},
    { length: 0 },
  ];
  test.each(crits.map((crit) => [crit]))('rejects %j', async (crit) => {
    for (const extra of [
      {},
      { x: 1, exp: 1, 'http://example.invalid/UNDEFINED': true },
      { b64: true },
      { b64: false },
    ]) {
      const token = forge({ alg: 'HS256', ...extra, crit }, claims);
      for (const api of verifyApis) {
        expect((await rejectionBy(api, token, secret)).code).toBe('ERR_HEADER_CRIT');
      }
    }
  });

  test('is checked before the key source is called', () => {
    let calls = 0;
    const verifier = createVerifier(() => {
      calls++;
      return secret;
    });
    const token = forge({ alg: 'HS256', crit: ['b64'], b64: false }, claims);
    expect(() => verifier(token)).toThrow(expect.objectContaining({ code: 'ERR_HEADER_CRIT' }));
    expect(calls).toBe(0);
  });
});

describe('"b64" (RFC 7797 §7)', () => {
  test.each([[false], [null], ['false'], ['true'], [0], [1], [[]], [{}], ['']])(
    'rejects %j',
    async (b64) => {
      for (const crit of [{}, { crit: ['b64'] }]) {
        const token = forge({ alg: 'HS256', b64, ...crit }, claims);
        for (const api of verifyApis) {
          expect((await rejectionBy(api, token, secret)).code).toBe('ERR_HEADER_CRIT');
        }
      }
    },
  );

  test('accepts true, which is the default', async () => {
    const token = forge({ alg: 'HS256', b64: true }, claims);
    for (const api of verifyApis) expect(await api.verify(token, secret)).toEqual(claims);
  });
});

describe('"typ"', () => {
  const token = (typ: unknown) => forge({ alg: 'HS256', typ }, claims);

  const others: unknown[] = [
    'JWT',
    'at+jw',
    'at+jwt ',
    'at+jwt;charset=utf-8',
    'text/at+jwt',
    'application/application/at+jwt',
    'application/',
    '',
    'at+jwt\0',
    'at%2Bjwt',
    'logout+jwt',
    ['at+jwt'],
    { type: 'at+jwt' },
    null,
    true,
    undefined,
  ];
  test.each(others.map((typ) => [typ]))('rejects %j if at+jwt is expected', async (typ) => {
    for (const expected of ['at+jwt', 'application/at+jwt', ['at+jwt', 'secevent+jwt']]) {
      for (const api of verifyApis) {
        const { code } = await rejectionBy(api, token(typ), secret, { typ: expected });
        expect(code).toBe('ERR_HEADER_TYP');
      }
    }
  });

  test('is absent only if it is not in the header', async () => {
    const options = { typ: [null, 'at+jwt'] };
    for (const api of verifyApis) {
      expect(await api.verify(token(undefined), secret, options)).toEqual(claims);
    }
    for (const typ of ['', 'JWT', false, 0, [], [null], {}, 'null', null]) {
      expect(await acceptedBy(verifyApis, token(typ), secret, options)).toEqual([]);
    }
  });

  test.each([
    ['\u212Ab+jwt', 'kb+jwt'],
    ['log\u00F6ut+jwt', 'logout+jwt'],
    ['\u0130d+jwt', 'id+jwt'],
  ])('folds the case of ASCII only: rejects %j for %j', async (typ, expected) => {
    expect(await acceptedBy(verifyApis, token(typ), secret, { typ: expected })).toEqual([]);
  });

  test('rejects a token of another kind (RFC 8725 §3.11)', async () => {
    const logout = createSigner(secret, { header: { typ: 'logout+jwt' } })(claims);
    expect(await acceptedBy(verifyApis, logout, secret, { typ: 'at+jwt' })).toEqual([]);
    const plain = sign(claims, secret);
    expect(await acceptedBy(verifyApis, plain, secret, { typ: 'at+jwt' })).toEqual([]);
  });
});
