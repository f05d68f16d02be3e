import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sign } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { NOW, payloadOf } from '../fixtures/tokens.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 + 999 }));
afterEach(() => void vi.useRealTimers());

const claimsOf = (payload: object, options: object = {}) =>
  payloadOf(sign(payload, secret, options));

describe('times count from', () => {
  test.each<[base: string, payload: object, options: object, claims: object]>([
    ['now, in whole seconds', {}, {}, { iat: NOW, nbf: NOW + 5, exp: NOW + 60 }],
    ['the iat of the payload', { iat: 100.5 }, {}, { iat: 100.5, nbf: 105.5, exp: 160.5 }],
    ['an iat of 0', { iat: 0 }, {}, { iat: 0, nbf: 5, exp: 60 }],
    ['now if iat is NaN', { iat: Number.NaN }, {}, { iat: NOW, nbf: NOW + 5, exp: NOW + 60 }],
    [
      'an iat that noTimestamp removes',
      { iat: 100 },
      { noTimestamp: true },
      { nbf: 105, exp: 160 },
    ],
    ['now with noTimestamp', {}, { noTimestamp: true }, { nbf: NOW + 5, exp: NOW + 60 }],
  ])('%s', (_, payload, options, claims) => {
    expect(claimsOf(payload, { expiresIn: 60, notBefore: 5, ...options })).toEqual(claims);
  });

  test('the global Date at the time of the call', () => {
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
});

// test/duration/grammar.test.ts compares the grammar with that of the package ms.
test.each<[duration: string | number, seconds: number]>([
  [60, 60],
  [-60, -60],
  ['-1h', -3600],
  ['1500ms', 1],
  ['60000', 60],
])('adds %j as %d seconds', (duration, seconds) => {
  expect(claimsOf({}, { expiresIn: duration, notBefore: duration })).toEqual({
    iat: NOW,
    nbf: NOW + seconds,
    exp: NOW + seconds,
  });
});

test.each(['soon', '1 month', ' 1h', '1'.repeat(101)])(
  'rejects a string that is not a timespan',
  (value) => {
    for (const name of ['expiresIn', 'notBefore']) {
      const error = errorOf(() => claimsOf({}, { [name]: value }));
      expect(error.constructor).toBe(Error);
      expect(error.message).toBe(
        `"${name}" should be a number of seconds or string representing a timespan eg: "1d", "20h", 60`,
      );
      expect(error.code).toBe('ERR_OPTION_INVALID');
    }
  },
);
