import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sign } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { NOW, payloadOf } from '../fixtures/tokens.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 + 999 }));
afterEach(() => void vi.useRealTimers());

const claimsOf = (payload: object, options: object = {}) =>
  payloadOf(sign(payload, secret, options));

describe('the moment that times count from', () => {
  test('is now, in whole seconds', () => {
    expect(claimsOf({}, { expiresIn: 60, notBefore: 5 })).toEqual({
      iat: NOW,
      nbf: NOW + 5,
      exp: NOW + 60,
    });
  });

  test('is the iat of the payload where one is given', () => {
    expect(claimsOf({ iat: 100 }, { expiresIn: 60 })).toEqual({ iat: 100, exp: 160 });
    expect(claimsOf({ iat: 100.5 }, { expiresIn: 60 })).toEqual({ iat: 100.5, exp: 160.5 });
  });

  test('is an iat of 0, too', () => {
    expect(claimsOf({ iat: 0 }, { expiresIn: 60 })).toEqual({ iat: 0, exp: 60 });
  });

  test('is now where iat is NaN', () => {
    expect(claimsOf({ iat: Number.NaN })).toEqual({ iat: NOW });
  });

  test('stays the given iat although noTimestamp removes it', () => {
    const options = { noTimestamp: true, expiresIn: 60 };
    expect(claimsOf({ iat: 100 }, options)).toEqual({ exp: 160 });
    expect(claimsOf({}, options)).toEqual({ exp: NOW + 60 });
  });

  test('is read from the global Date of the moment', () => {
    const RealDate = globalThis.Date;
    try {
      globalThis.Date = class extends RealDate {
        static override now() {
          return 5_000;
        }
      } as DateConstructor;
      expect(claimsOf({})).toEqual({ iat: 5 });
    } finally {
      globalThis.Date = RealDate;
    }
  });

  test('is read from a Date.now that is replaced later', () => {
    vi.spyOn(Date, 'now').mockReturnValue(7_000);
    try {
      expect(claimsOf({})).toEqual({ iat: 7 });
    } finally {
      vi.restoreAllMocks();
    }
  });
});

describe('a timespan', () => {
  test.each<[span: string | number, seconds: number]>([
    [60, 60],
    [-60, -60],
    [0, 0],
    ['1h', 3600],
    ['-1h', -3600],
    ['2 days', 172_800],
    ['1.5h', 5400],
    ['.5m', 30],
    ['1500ms', 1],
    ['-1ms', -1],
    ['1y', 31_557_600],
    ['60', 0],
    ['60000', 60],
  ])('of %j ends %d seconds later', (span, seconds) => {
    expect(claimsOf({}, { expiresIn: span, notBefore: span })).toEqual({
      iat: NOW,
      nbf: NOW + seconds,
      exp: NOW + seconds,
    });
  });

  test('as text counts down to a whole second, also from an iat between two', () => {
    expect(claimsOf({ iat: 100.9 }, { expiresIn: '1500ms' }).exp).toBe(102);
  });

  test.each(['soon', '1 month', '1.', '+1h', '1e3', ' 1h', '1h ', '1\th', `${'1'.repeat(101)}`])(
    'may not be %j',
    (span) => {
      for (const name of ['expiresIn', 'notBefore']) {
        const error = errorOf(() => claimsOf({}, { [name]: span }));
        expect(error.constructor).toBe(Error);
        expect(error.message).toBe(
          `"${name}" should be a number of seconds or string representing a timespan eg: "1d", "20h", 60`,
        );
        expect(error.code).toBe('ERR_OPTION_INVALID');
      }
    },
  );
});
