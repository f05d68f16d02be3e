/** C3, C4, C5: an expected claim is present, of its type and equal. */

import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { createVerifier, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { forge } from '../fixtures/tokens.ts';
import {
  acceptedBy,
  preparedVerifyApis,
  rejectionBy,
  verifyApis,
} from '../fixtures/verify-apis.ts';

const token = (claims: object | string) => forge({ alg: 'HS256', typ: 'JWT' }, claims, secret);
const issuer = 'https://id.example';

describe('iss, sub, jti and nonce are one string, equal to what is expected (CVE-2025-30144, CVE-2024-53861)', () => {
  const names = [
    ['iss', 'issuer'],
    ['sub', 'subject'],
    ['jti', 'jwtid'],
    ['nonce', 'nonce'],
  ] as const;
  const unequal: unknown[] = [
    undefined,
    null,
    '',
    ' ',
    'h',
    'https://id.exampl',
    'https://id.example/',
    'https://id.example.evil.example',
    'https://id.example ',
    ' https://id.example',
    'https://id.example\0',
    'https://id.example\n',
    'HTTPS://ID.EXAMPLE',
    'https://ID.example',
    'https://id\u2024example',
    'https://id.example\u200B',
    'https://evil.example,https://id.example',
    [issuer],
    ['https://evil.example', issuer],
    [[issuer]],
    [],
    {},
    { 0: issuer, length: 1 },
    { toString: issuer },
    0,
    1,
    true,
    false,
    issuer.length,
  ];

  for (const [claim, option] of names) {
    test.each(unequal.map((value) => [value]))(`${claim} %j`, async (value) => {
      const bad = token({ [claim]: value });
      for (const door of verifyApis) {
        const { code, error } = await rejectionBy(door, bad, secret, { [option]: issuer });
        expect(code).toBe(value === undefined ? 'ERR_CLAIM_MISSING' : 'ERR_CLAIM_MISMATCH');
        expect(error.claim).toBe(claim);
      }
    });

    test(`${claim} that is equal passes`, async () => {
      for (const door of verifyApis)
        expect(await door.verify(token({ [claim]: issuer }), secret, { [option]: issuer })).toEqual(
          {
            [claim]: issuer,
          },
        );
    });
  }

  test('a list of issuers is a list of whole names', async () => {
    const options = { issuer: ['https://a.example', 'https://b.example'] };
    for (const iss of [
      'https://a.example,https://b.example',
      'a',
      'https://a.exampl',
      ['https://a.example'],
      ['https://a.example', 'https://b.example'],
      0,
      null,
    ]) {
      expect(await acceptedBy(verifyApis, token({ iss }), secret, options)).toEqual([]);
    }
    for (const door of verifyApis)
      expect(
        await door.verify(token({ iss: 'https://b.example' }), secret, options),
      ).toHaveProperty('iss');
  });

  test('claims are compared as they decode: an escape is its character, a composed letter is another', async () => {
    for (const door of verifyApis) {
      expect(
        await door.verify(token('{"iss":"https:\\/\\/id.example"}'), secret, { issuer }),
      ).toEqual({ iss: issuer });
    }
    expect(
      await acceptedBy(verifyApis, token({ iss: 'e\u0301' }), secret, { issuer: '\u00E9' }),
    ).toEqual([]);
  });

  test('claims under other names do not count', async () => {
    for (const claims of [
      { Iss: issuer },
      { ISS: issuer },
      { issuer },
      { 'iss ': issuer },
      { 'i\u0455s': issuer },
      { claims: { iss: issuer } },
    ]) {
      expect(await acceptedBy(verifyApis, token(claims), secret, { issuer })).toEqual([]);
    }
  });
});

describe('aud is a string or an array of strings with a match (CVE-2020-26160)', () => {
  const bad: unknown[] = [
    undefined,
    null,
    '',
    'ap',
    'api2',
    'API',
    'api ',
    ' api',
    'api,web',
    'web api',
    [],
    [''],
    [null],
    [undefined],
    [1],
    [true],
    [{}],
    [['api']],
    ['ap', 'i'],
    ['API'],
    {},
    { 0: 'api' },
    { api: true },
    { length: 1, 0: 'api' },
    0,
    1,
    true,
    false,
    3,
  ];
  test.each(bad.map((aud) => [aud]))('aud %j', async (aud) => {
    for (const audience of ['api', ['api'], ['web2', 'api'], /^api$/, [/^api$/]]) {
      expect(await acceptedBy(verifyApis, token({ aud }), secret, { audience })).toEqual([]);
    }
  });

  test('a match beside what is no string is refused by the prepared door', async () => {
    for (const aud of [
      ['api', null],
      ['api', 1],
      [null, 'api'],
      ['api', {}],
      ['api', ['x']],
    ]) {
      expect(
        await acceptedBy(preparedVerifyApis, token({ aud }), secret, { audience: 'api' }),
      ).toEqual([]);
    }
  });

  test('a number does not match a number, nor its text', async () => {
    expect(await acceptedBy(verifyApis, token({ aud: 5 }), secret, { audience: '5' })).toEqual([]);
    expect(await acceptedBy(verifyApis, token({ aud: 5 }), secret, { audience: [5] })).toEqual([]);
    expect(await acceptedBy(verifyApis, token({ aud: '5' }), secret, { audience: [5] })).toEqual(
      [],
    );
    expect(
      await acceptedBy(verifyApis, token({ aud: null }), secret, { audience: [null] }),
    ).toEqual([]);
    expect(await acceptedBy(verifyApis, token({}), secret, { audience: [undefined] })).toEqual([]);
    expect(await acceptedBy(verifyApis, token({ aud: [] }), secret, { audience: [[]] })).toEqual(
      [],
    );
  });

  test('an absent aud never reaches a RegExp as text', async () => {
    for (const audience of [/./, /undefined/, /^/, /$/, /(?:)/, /null/, /object/, [/./, 'x']]) {
      for (const claims of [
        {},
        { aud: null },
        { aud: {} },
        { aud: [] },
        { aud: 0 },
        { aud: true },
        { aud: [null] },
        { aud: [{}] },
      ]) {
        expect(await acceptedBy(verifyApis, token(claims), secret, { audience })).toEqual([]);
      }
    }
  });

  test('an empty list of expected audiences matches nothing', async () => {
    for (const aud of ['', [], 'x', undefined])
      expect(await acceptedBy(verifyApis, token({ aud }), secret, { audience: [] })).toEqual([]);
  });
});

describe('a RegExp matcher keeps nothing from one token to the next (CVE-2026-35040)', () => {
  for (const flags of ['g', 'y', 'gy', 'gi', 'iy', 'giy', 'gu']) {
    test(`with the flags ${flags}`, async () => {
      const audience = new RegExp('api', flags);
      audience.lastIndex = 2;
      const verifier = createVerifier(secret, { audience });
      for (let i = 0; i < 5; i++) {
        expect(verifier(token({ aud: 'api' }))).toEqual({ aud: 'api' });
        expect(verify(token({ aud: 'api' }), secret, { audience })).toEqual({ aud: 'api' });
        expect(verifier(token({ aud: ['x', 'api', 'y'] }))).toBeTruthy();
        expect(() => verifier(token({ aud: 'no' }))).toThrow('audience');
        expect(() => verify(token({ aud: 'no' }), secret, { audience })).toThrow('audience');
      }
      expect(audience.lastIndex).toBe(2);
    });
  }

  test('changing the RegExp later changes nothing', () => {
    const audience = /^api$/;
    const verifier = createVerifier(secret, { audience });
    audience.exec = () => ['x'] as never;
    audience.test = () => true;
    expect(() => verifier(token({ aud: 'no' }))).toThrow('audience');
    expect(() => verify(token({ aud: 'no' }), secret, { audience })).toThrow('audience');
  });

  test('a RegExp of another realm is one, a lookalike is none', async () => {
    const foreign = runInNewContext('/^api$/');
    for (const audience of [foreign, [foreign]]) {
      expect(await acceptedBy(verifyApis, token({ aud: 'no' }), secret, { audience })).toEqual([]);
      for (const door of verifyApis)
        expect(await door.verify(token({ aud: 'api' }), secret, { audience })).toEqual({
          aud: 'api',
        });
    }
    for (const fake of [
      { test: () => true },
      Object.create(RegExp.prototype),
      { source: '.*', flags: '', test: () => true, exec: () => [''] },
    ]) {
      for (const audience of [fake, [fake]]) {
        for (const door of verifyApis)
          await expect(door.verify(token({ aud: 'x' }), secret, { audience })).rejects.toThrow();
      }
    }
  });

  test('a string longer than the bound is refused before the RegExp runs (CVE-2026-35041)', async () => {
    const catastrophic = /^(a+)+$/;
    const start = performance.now();
    for (const aud of [
      `${'a'.repeat(1025)}!`,
      `${'a'.repeat(30_000)}!`,
      [`${'a'.repeat(2000)}!`, `${'a'.repeat(2000)}!`],
    ]) {
      expect(
        await acceptedBy(verifyApis, token({ aud }), secret, { audience: catastrophic }),
      ).toEqual([]);
    }
    expect(
      await acceptedBy(verifyApis, token({ aud: 'a'.repeat(1025) }), secret, { audience: /^a+$/ }),
    ).toEqual([]);
    expect(performance.now() - start).toBeLessThan(2000);
    for (const door of verifyApis) {
      expect(
        await door.verify(token({ aud: 'a'.repeat(1024) }), secret, { audience: /^a+$/ }),
      ).toHaveProperty('aud');
    }
  });
});

describe('what a rule says is a copy: changing the array later changes nothing', () => {
  test('audience, issuer, typ and requiredClaims', () => {
    const audience = ['api'];
    const issuers = [issuer];
    const typ: Array<string | null> = ['JWT'];
    const requiredClaims = ['tenant'];
    const verifier = createVerifier(secret, { audience, issuer: issuers, typ, requiredClaims });
    audience.push('evil');
    issuers.push('evil');
    typ.push(null, 'evil');
    requiredClaims.length = 0;
    const good = { aud: 'api', iss: issuer, tenant: 'a' };
    expect(verifier(token(good))).toEqual(good);
    expect(() => verifier(token({ ...good, aud: 'evil' }))).toThrow('audience');
    expect(() => verifier(token({ ...good, iss: 'evil' }))).toThrow('issuer');
    expect(() => verifier(token({ aud: 'api', iss: issuer }))).toThrow('tenant');
    expect(() => verifier(forge({ alg: 'HS256', typ: 'evil' }, good, secret))).toThrow('typ');
  });
});

describe('required claims', () => {
  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty', 'length', 'valueOf'])(
    '%s is not there by inheritance',
    async (name) => {
      expect(
        await acceptedBy(verifyApis, token({ sub: 'ada' }), secret, { requiredClaims: [name] }),
      ).toEqual([]);
    },
  );

  test.each([[null], [''], [undefined]])('%j is absent', async (value) => {
    expect(
      await acceptedBy(verifyApis, token({ tenant: value }), secret, {
        requiredClaims: ['tenant'],
      }),
    ).toEqual([]);
  });

  test('text and arrays as payload have no claims', () => {
    const options = { requiredClaims: ['length'] as const };
    for (const payload of ['"text"', '["a"]', '5']) {
      expect(() => verify(token(payload), secret, options)).toThrow();
    }
    expect(() => verify(forge({ alg: 'HS256' }, 'some text', secret), secret, options)).toThrow();
  });
});
