/** C1, C2: a time is a finite number of seconds, compared at the exact second. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSigner, createVerifier, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { NOW, tokenOf } from '../fixtures/tokens.ts';
import {
  acceptedBy,
  classicVerifyApis,
  preparedVerifyApis,
  rejectionBy,
  verifyApis,
} from '../fixtures/verify-apis.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 + 999 }));
afterEach(() => void vi.useRealTimers());

const tokenWith = (claim: string, json: string) => tokenOf(`{"sub":"ada","${claim}":${json}}`);

const expectAccepted = async (token: string, options: object = {}) => {
  for (const api of verifyApis) {
    expect(await api.verify(token, secret, { ...options })).toHaveProperty('sub', 'ada');
  }
};

const expectCode = async (code: string, token: string, options: object = {}) => {
  for (const api of verifyApis) {
    expect((await rejectionBy(api, token, secret, { ...options })).code).toBe(code);
  }
};

describe('a time that is not a finite number (CVE-2026-44459, CVE-2026-25537)', () => {
  test.each([
    'null',
    'true',
    '""',
    '"9999999999"',
    '"NaN"',
    '"2100-01-01T00:00:00Z"',
    '[]',
    '[9999999999]',
    '{"valueOf":9999999999}',
    '1e400',
    '-1e309',
  ])('is rejected: %s', async (json) => {
    for (const claim of ['exp', 'nbf']) {
      for (const api of verifyApis) {
        const { error, code } = await rejectionBy(api, tokenWith(claim, json), secret);
        expect(code).toBe('ERR_CLAIM_INVALID');
        expect(error.message).toBe(`invalid ${claim} value`);
        expect(error.claim).toBe(claim);
      }
    }
    await expectCode('ERR_CLAIM_INVALID', tokenWith('iat', json), { maxAge: 60 });
    // createVerifier checks all three, even if it ignores them.
    const ignoring = { ignoreExpiration: true, ignoreNotBefore: true };
    for (const claim of ['exp', 'nbf', 'iat']) {
      const token = tokenWith(claim, json);
      expect(await acceptedBy(preparedVerifyApis, token, secret, ignoring)).toEqual([]);
    }
  });

  test('is never signed by createSigner', () => {
    const values = [null, true, '1', [], {}, Number.NaN, Infinity, 1n, new Date(), undefined];
    for (const claim of ['exp', 'nbf', 'iat']) {
      for (const value of values) {
        expect(() => createSigner(secret)({ [claim]: value })).toThrow(TypeError);
      }
    }
    expect(() => createSigner(secret, { expiresIn: 1 })({ iat: 1.7e308 })).toThrow(TypeError);
  });
});

describe('exp and nbf', () => {
  test.each(['0', '-0', '-1', '0.5', '1e3', '-1e308', '1699999999.999', '1.7e9'])(
    'exp %s has passed, nbf %s is reached',
    async (json) => {
      await expectCode('ERR_CLAIM_EXPIRED', tokenWith('exp', json));
      await expectAccepted(tokenWith('nbf', json));
    },
  );

  test.each(['1700000000.0001', '1700000001', '1e308'])(
    'exp %s is in the future, and so is nbf',
    async (json) => {
      await expectAccepted(tokenWith('exp', json));
      await expectCode('ERR_CLAIM_NOT_ACTIVE', tokenWith('nbf', json));
    },
  );

  test('expire at the second of exp, not before', async () => {
    const token = tokenWith('exp', String(NOW));
    vi.setSystemTime(NOW * 1000 - 1);
    await expectAccepted(token);
    vi.setSystemTime(NOW * 1000);
    await expectCode('ERR_CLAIM_EXPIRED', token);
  });

  test('beyond the calendar make an error with a null date', async () => {
    for (const api of verifyApis) {
      const { error } = await rejectionBy(api, tokenWith('nbf', '1e308'), secret);
      expect(JSON.parse(JSON.stringify(error))).toEqual({
        name: 'NotBeforeError',
        message: 'jwt not active',
        date: null,
      });
    }
  });
});

describe('clockTolerance', () => {
  test('extends exp, nbf and maxAge by exactly its seconds', async () => {
    const options = { clockTolerance: 30 };
    await expectAccepted(tokenWith('exp', String(NOW - 29)), options);
    await expectCode('ERR_CLAIM_EXPIRED', tokenWith('exp', String(NOW - 30)), options);
    await expectAccepted(tokenWith('nbf', String(NOW + 30)), options);
    await expectCode('ERR_CLAIM_NOT_ACTIVE', tokenWith('nbf', String(NOW + 31)), options);
    const aged = { maxAge: 60, clockTolerance: 30 };
    await expectAccepted(tokenWith('iat', String(NOW - 89)), aged);
    await expectCode('ERR_CLAIM_TOO_OLD', tokenWith('iat', String(NOW - 90)), aged);
  });

  test('as a string is parsed, not concatenated', async () => {
    const year2000 = tokenWith('exp', '946684800');
    for (const clockTolerance of ['30', '30s', ' 30', '3e9', '0x1e', 'x', '', '٣٠']) {
      expect(await acceptedBy(verifyApis, year2000, secret, { clockTolerance })).toEqual([]);
    }
    const accepting = await acceptedBy(verifyApis, year2000, secret, {
      clockTolerance: '99999999999',
    });
    expect(accepting).toHaveLength(classicVerifyApis.length);
  });

  test.each([[Number.NaN], [null], [undefined], [true], [[60]], [{}], [-Infinity], [-1e12]])(
    'of %j accepts no expired token',
    async (clockTolerance) => {
      const token = tokenWith('exp', String(NOW - 1));
      expect(await acceptedBy(verifyApis, token, secret, { clockTolerance })).toEqual([]);
    },
  );
});

describe('maxAge', () => {
  test.each([[0], ['0s'], ['1ms'], [60], ['1 minute']])('of %j is a bound', async (maxAge) => {
    for (const iat of [String(NOW - 60), '0', '-1']) {
      const token = tokenWith('iat', iat);
      expect(await acceptedBy(verifyApis, token, secret, { maxAge })).toEqual([]);
    }
    expect(await acceptedBy(verifyApis, tokenOf({}), secret, { maxAge })).toEqual([]);
  });

  test.each([[''], [Number.NaN], [true], [[]], [{}], ['x'], ['1 month'], ['1e9'], ['1d 2h']])(
    'of %j is an error, not off',
    async (maxAge) => {
      const token = tokenWith('iat', String(NOW));
      expect(await acceptedBy(verifyApis, token, secret, { maxAge })).toEqual([]);
    },
  );
});

describe('the clock', () => {
  test.each([[Number.NaN], [undefined], ['x'], [{}], [Number.POSITIVE_INFINITY]])(
    'that returns %j makes createSigner and createVerifier throw',
    (time) => {
      const clock = () => time as never;
      expect(() => createSigner(secret, { clock, expiresIn: 60 })({})).toThrow();
      const verifier = createVerifier(secret, { clock });
      expect(() => verifier(tokenWith('exp', String(NOW + 60)))).toThrow();
    },
  );

  test('is read once for a token', () => {
    let reads = 0;
    const clock = () => {
      reads++;
      return NOW * 1000;
    };
    createVerifier(secret, { maxAge: 60, clock })(tokenOf({ iat: NOW, nbf: NOW, exp: NOW + 1 }));
    expect(reads).toBe(1);
  });

  test('is not switched off by a clockTimestamp of a wrong type', () => {
    const token = tokenWith('exp', String(NOW - 1));
    for (const clockTimestamp of [0, Number.NaN, null, undefined, '', false, '1', {}, true, 1n]) {
      expect(() => verify(token, secret, { clockTimestamp: clockTimestamp as never })).toThrow(
        /^jwt expired$|^clockTimestamp must be a number$/,
      );
    }
  });
});
