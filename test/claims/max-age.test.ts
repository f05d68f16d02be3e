/** Tests of `iat` and the option `maxAge`. */

import { describe, expect, test } from 'vitest';
import { JsonWebTokenError, TokenExpiredError } from '../../src/index.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { NOW } from '../fixtures/tokens.ts';
import { claimApis, classic, prepared } from './verify-claims.ts';

describe.each(claimApis)('%s with "maxAge"', (_, verifyClaims) => {
  test('rejects a token from the second "iat" plus maxAge', () => {
    const claims = { iat: NOW - 59 };
    expect(verifyClaims(claims, { maxAge: 60 })).toEqual(claims);
    expect(errorOf(() => verifyClaims({ iat: NOW - 60 }, { maxAge: 60 }))).toMatchObject({
      constructor: TokenExpiredError,
      message: 'maxAge exceeded',
      expiredAt: new Date(NOW * 1000),
      code: 'ERR_CLAIM_TOO_OLD',
      claim: 'iat',
    });
  });

  test('accepts a timespan', () => {
    expect(verifyClaims({ iat: NOW - 3599 }, { maxAge: '1h' })).toEqual({ iat: NOW - 3599 });
    expect(() => verifyClaims({ iat: NOW - 3600 }, { maxAge: '1h' })).toThrow('maxAge exceeded');
  });

  test('extends the age by the clockTolerance', () => {
    const options = { maxAge: 60, clockTolerance: 5 };
    expect(verifyClaims({ iat: NOW - 64 }, options)).toEqual({ iat: NOW - 64 });
    const error = errorOf(() => verifyClaims({ iat: NOW - 65 }, options));
    expect(error).toMatchObject({ expiredAt: new Date((NOW - 5) * 1000) });
  });

  test('enforces a maxAge of 0', () => {
    expect(() => verifyClaims({ iat: NOW }, { maxAge: 0 })).toThrow('maxAge exceeded');
    expect(verifyClaims({ iat: NOW }, { maxAge: 0, clockTolerance: 1 })).toEqual({ iat: NOW });
  });

  test('treats an "iat" of 0 as a time', () => {
    const error = errorOf(() => verifyClaims({ iat: 0 }, { maxAge: 60 }));
    expect(error).toMatchObject({ message: 'maxAge exceeded', expiredAt: new Date(60_000) });
  });

  test('accepts an "iat" in the future without the option, and within the clockTolerance', () => {
    expect(verifyClaims({ iat: NOW + 1000 })).toEqual({ iat: NOW + 1000 });
    const options = { maxAge: 60, clockTolerance: 5 };
    expect(verifyClaims({ iat: NOW + 5 }, options)).toEqual({ iat: NOW + 5 });
  });

  test('rejects a token without "iat"', () => {
    expect(errorOf(() => verifyClaims({}, { maxAge: 60 }))).toMatchObject({
      constructor: JsonWebTokenError,
      message: 'iat required when maxAge is specified',
      code: 'ERR_CLAIM_MISSING',
      claim: 'iat',
    });
  });

  test('accepts every age if the option is false', () => {
    expect(verifyClaims({ iat: 1 }, { maxAge: false })).toEqual({ iat: 1 });
  });
});

test.each(['null', '"1"', 'true', '[]', '{}', '1e400'])(
  'rejects an "iat" of %s, in verify only with maxAge',
  (value) => {
    const claims = `{"iat":${value}}`;
    expect(classic(claims)).toHaveProperty('iat');
    const code = 'ERR_CLAIM_INVALID';
    const message = 'iat required when maxAge is specified';
    expect(errorOf(() => classic(claims, { maxAge: 60 }))).toMatchObject({ message, code });
    for (const options of [{}, { maxAge: 60 }]) {
      const error = errorOf(() => prepared(claims, options));
      expect(error).toMatchObject({ message: 'invalid iat value', code, claim: 'iat' });
    }
  },
);

test.each(['', 'soon', Number.NaN, {}, true, '1 month'])(
  'rejects the maxAge %j in verify',
  (maxAge) => {
    expect(errorOf(() => classic({ iat: NOW }, { maxAge }))).toMatchObject({
      constructor: JsonWebTokenError,
      message:
        '"maxAge" should be a number of seconds or string representing a timespan eg: "1d", "20h", 60',
      code: 'ERR_OPTION_INVALID',
    });
  },
);

test('reads a maxAge string without a unit as milliseconds in verify', () => {
  expect(classic({ iat: NOW - 5 }, { maxAge: '6000' })).toEqual({ iat: NOW - 5 });
  expect(() => classic({ iat: NOW - 6 }, { maxAge: '6000' })).toThrow('maxAge exceeded');
  expect(() => classic({ iat: NOW }, { maxAge: '6' })).toThrow('maxAge exceeded');
});

test('rejects an "iat" in the future in createVerifier; verify accepts it as jsonwebtoken does', () => {
  const claims = { iat: NOW + 6 };
  expect(classic(claims, { maxAge: 60, clockTolerance: 5 })).toEqual(claims);
  expect(errorOf(() => prepared(claims, { maxAge: 60, clockTolerance: 5 }))).toMatchObject({
    constructor: JsonWebTokenError,
    message: '"iat" is in the future',
    code: 'ERR_CLAIM_INVALID',
    claim: 'iat',
  });
});

test('rejects a maxAge of verify that is null or not finite', () => {
  for (const maxAge of [null, Number.POSITIVE_INFINITY, Number.NaN, '']) {
    const error = errorOf(() => classic({ iat: NOW }, { maxAge }));
    expect(error.message).toMatch(/^"maxAge" should be a number of seconds/);
  }
});
