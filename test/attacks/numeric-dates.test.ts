/** C1, C2: a date is a finite number of seconds, judged at the exact second. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSigner, createVerifier, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { forge } from '../fixtures/tokens.ts';
import {
  acceptedBy,
  classicVerifyApis,
  preparedVerifyApis,
  rejectionBy,
  verifyApis,
} from '../fixtures/verify-apis.ts';

const NOW = 1_700_000_000;
const header = { alg: 'HS256', typ: 'JWT' };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 + 999 });
});
afterEach(() => {
  vi.useRealTimers();
});

const text = (claim: string, json: string) =>
  forge(header, `{"sub":"ada","${claim}":${json}}`, secret);

/** What JSON can say that is no finite number. */
const noNumbers = [
  'null',
  'true',
  'false',
  '""',
  '"1"',
  '"9999999999"',
  '"Infinity"',
  '"NaN"',
  '"2100-01-01T00:00:00Z"',
  '[]',
  '[9999999999]',
  '{}',
  '{"valueOf":9999999999}',
  '1e400',
  '-1e400',
  '1e309',
];

describe('a date that is no finite number is refused (CVE-2026-44459, CVE-2026-25537)', () => {
  for (const json of noNumbers) {
    test(`exp and nbf ${json}`, async () => {
      for (const claim of ['exp', 'nbf']) {
        for (const door of verifyApis) {
          const { error, code } = await rejectionBy(door, text(claim, json), secret);
          expect(code).toBe('ERR_CLAIM_INVALID');
          expect(error.message).toBe(`invalid ${claim} value`);
          expect(error.claim).toBe(claim);
        }
      }
    });

    test(`iat ${json}`, async () => {
      for (const door of preparedVerifyApis) {
        expect((await rejectionBy(door, text('iat', json), secret)).code).toBe('ERR_CLAIM_INVALID');
      }
      for (const door of verifyApis) {
        expect((await rejectionBy(door, text('iat', json), secret, { maxAge: 60 })).code).toBe(
          'ERR_CLAIM_INVALID',
        );
      }
    });

    test(`${json} is not lifted by ignoring the date in the prepared door`, async () => {
      const options = { ignoreExpiration: true, ignoreNotBefore: true };
      for (const claim of ['exp', 'nbf', 'iat']) {
        expect(await acceptedBy(preparedVerifyApis, text(claim, json), secret, options)).toEqual(
          [],
        );
      }
    });
  }

  test('the prepared signer writes no such date', () => {
    const bad = [
      null,
      true,
      '1',
      '',
      [],
      {},
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      1n,
      new Date(),
      undefined,
      () => 1,
    ];
    for (const claim of ['exp', 'nbf', 'iat']) {
      for (const value of bad)
        expect(() => createSigner(secret)({ [claim]: value })).toThrow(TypeError);
    }
  });

  test('a clock that tells no time makes no token without its dates', () => {
    for (const clock of [
      () => Number.NaN,
      () => Number.POSITIVE_INFINITY,
      () => undefined,
      () => 'x',
      () => ({}),
    ]) {
      const sign = createSigner(secret, { clock: clock as never, expiresIn: 60 });
      expect(() => sign({})).toThrow();
    }
  });

  test('dates so large that their sum is infinite make no token without its dates', () => {
    const sign = createSigner(secret, { expiresIn: 1.7e308 });
    expect(() => sign({ iat: 1.7e308 })).toThrow();
  });
});

describe('a date in the past is past, however it is written', () => {
  test.each([
    '0',
    '-0',
    '-1',
    '0.5',
    '1',
    '1e3',
    '-1e308',
    '1699999999.999',
    '1700000000',
    '1.7e9',
  ])('exp %s', async (json) => {
    for (const door of verifyApis) {
      const { error, code } = await rejectionBy(door, text('exp', json), secret);
      expect(code).toBe('ERR_CLAIM_EXPIRED');
      expect(error.name).toBe('TokenExpiredError');
    }
  });

  test.each(['1700000000.0001', '1700000001', '1e308', '1.7e10'])(
    'exp %s lies ahead',
    async (json) => {
      for (const door of verifyApis)
        expect(await door.verify(text('exp', json), secret)).toHaveProperty('sub', 'ada');
    },
  );

  test.each(['1700000000.0001', '1700000001', '1e308'])('nbf %s lies ahead', async (json) => {
    for (const door of verifyApis)
      expect((await rejectionBy(door, text('nbf', json), secret)).code).toBe(
        'ERR_CLAIM_NOT_ACTIVE',
      );
  });

  test.each(['1700000000', '0', '-0', '-1', '-1e308', '1699999999.999'])(
    'nbf %s has come',
    async (json) => {
      for (const door of verifyApis)
        expect(await door.verify(text('nbf', json), secret)).toHaveProperty('sub', 'ada');
    },
  );

  test('the last moment of a second belongs to it', async () => {
    vi.setSystemTime(NOW * 1000 - 1);
    for (const door of verifyApis)
      expect(await door.verify(text('exp', String(NOW)), secret)).toHaveProperty('sub');
    vi.setSystemTime(NOW * 1000);
    expect(await acceptedBy(verifyApis, text('exp', String(NOW)), secret)).toEqual([]);
  });

  test('error dates that no calendar has do not break the error', async () => {
    for (const door of verifyApis) {
      const { error } = await rejectionBy(door, text('nbf', '1e308'), secret);
      expect(JSON.parse(JSON.stringify(error))).toEqual({
        name: 'NotBeforeError',
        message: 'jwt not active',
        date: null,
      });
    }
  });
});

describe('tolerance is added in favour of the caller, and not more than was said', () => {
  test('at the exact second', async () => {
    for (const door of verifyApis) {
      const options = { clockTolerance: 30 };
      expect(await door.verify(text('exp', String(NOW - 29)), secret, options)).toHaveProperty(
        'sub',
      );
      expect((await rejectionBy(door, text('exp', String(NOW - 30)), secret, options)).code).toBe(
        'ERR_CLAIM_EXPIRED',
      );
      expect(await door.verify(text('nbf', String(NOW + 30)), secret, options)).toHaveProperty(
        'sub',
      );
      expect((await rejectionBy(door, text('nbf', String(NOW + 31)), secret, options)).code).toBe(
        'ERR_CLAIM_NOT_ACTIVE',
      );
      const aged = { maxAge: 60, clockTolerance: 30 };
      expect(await door.verify(text('iat', String(NOW - 89)), secret, aged)).toHaveProperty('sub');
      expect((await rejectionBy(door, text('iat', String(NOW - 90)), secret, aged)).code).toBe(
        'ERR_CLAIM_TOO_OLD',
      );
    }
  });

  test('as text it is a number, not glued to the date', async () => {
    for (const clockTolerance of [
      '30',
      '30s',
      ' 30',
      '3e9',
      '0x1e',
      '99999999999',
      'x',
      '',
      '30 ',
      '٣٠',
    ]) {
      const year2000 = text('exp', '946684800');
      const options = { clockTolerance };
      const tolerates = clockTolerance === '99999999999';
      const found = await acceptedBy(verifyApis, year2000, secret, options);
      expect(found).toHaveLength(tolerates ? classicVerifyApis.length : 0);
    }
  });

  test.each([
    [Number.NaN],
    [null],
    [undefined],
    [true],
    [[]],
    [[60]],
    [{}],
    [Number.NEGATIVE_INFINITY],
    [-1e12],
  ])('%j opens nothing', async (clockTolerance) => {
    expect(
      await acceptedBy(verifyApis, text('exp', String(NOW - 1)), secret, { clockTolerance }),
    ).toEqual([]);
  });
});

describe('maxAge is a bound in every form', () => {
  test.each([[0], ['0s'], [1], ['1ms'], ['1s'], [60], ['1 minute']])('%j', async (maxAge) => {
    expect(await acceptedBy(verifyApis, text('iat', String(NOW - 60)), secret, { maxAge })).toEqual(
      [],
    );
    expect(await acceptedBy(verifyApis, text('iat', '0'), secret, { maxAge })).toEqual([]);
    expect(await acceptedBy(verifyApis, text('iat', '-1'), secret, { maxAge })).toEqual([]);
    expect(await acceptedBy(verifyApis, forge(header, {}, secret), secret, { maxAge })).toEqual([]);
  });

  test.each([[''], [Number.NaN], [true], [[]], [{}], ['x'], ['1 month'], ['1e9'], ['1d 2h']])(
    '%j is refused, not off',
    async (maxAge) => {
      expect(await acceptedBy(verifyApis, text('iat', String(NOW)), secret, { maxAge })).toEqual(
        [],
      );
    },
  );
});

test('a maxAge of null is off where jsonwebtoken has it off, and a TypeError in the prepared door', () => {
  const token = text('iat', '1');
  expect(verify(token, secret, { maxAge: null } as never)).toEqual({ sub: 'ada', iat: 1 });
  expect(() => createVerifier(secret, { maxAge: null } as never)).toThrow(TypeError);
});

test('a clock that tells no time lets no dated token in', async () => {
  for (const clock of [
    () => Number.NaN,
    () => undefined,
    () => 'x',
    () => ({}),
    () => Number.POSITIVE_INFINITY,
  ]) {
    const verifier = createVerifier(secret, { clock: clock as never });
    expect(() => verifier(text('exp', String(NOW + 60)))).toThrow();
  }
  for (const clock of [
    () => Number.NaN,
    () => undefined,
    () => 'x',
    () => ({}),
    () => Number.NEGATIVE_INFINITY,
  ]) {
    const verifier = createVerifier(secret, { clock: clock as never });
    expect(() => verifier(text('nbf', String(NOW - 60)))).toThrow();
  }
});

test('the time is read once, so that a token cannot fall between two readings', () => {
  let reads = 0;
  const verifier = createVerifier(secret, {
    maxAge: 60,
    clock: () => {
      reads++;
      return NOW * 1000;
    },
  });
  verifier(forge(header, { iat: NOW, nbf: NOW, exp: NOW + 1 }, secret));
  expect(reads).toBe(1);
});

test('clockTimestamp is no way to switch the dates off by accident', () => {
  const token = text('exp', String(NOW - 1));
  for (const clockTimestamp of [0, Number.NaN, null, undefined, '', false]) {
    expect(() => verify(token, secret, { clockTimestamp: clockTimestamp as never })).toThrow(
      'jwt expired',
    );
  }
  for (const clockTimestamp of ['1', {}, [], true, 1n]) {
    expect(() => verify(token, secret, { clockTimestamp: clockTimestamp as never })).toThrow(
      'clockTimestamp must be a number',
    );
  }
});
