/** Tests of `exp`, `nbf` and `clockTolerance`. */

import { describe, expect, test } from 'vitest';
import { JsonWebTokenError, NotBeforeError, TokenExpiredError } from '../../src/index.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { NOW } from '../fixtures/tokens.ts';
import { claimApis, classic, prepared } from './verify-claims.ts';

describe.each(claimApis)('%s', (_, verifyClaims) => {
  test('rejects a token from the second in "exp"', () => {
    expect(verifyClaims({ exp: NOW + 1 })).toEqual({ exp: NOW + 1 });
    expect(errorOf(() => verifyClaims({ exp: NOW }))).toMatchObject({
      constructor: TokenExpiredError,
      message: 'jwt expired',
      expiredAt: new Date(NOW * 1000),
      code: 'ERR_CLAIM_EXPIRED',
      claim: 'exp',
    });
  });

  test('accepts a token from the second in "nbf"', () => {
    expect(verifyClaims({ nbf: NOW })).toEqual({ nbf: NOW });
    expect(errorOf(() => verifyClaims({ nbf: NOW + 1 }))).toMatchObject({
      constructor: NotBeforeError,
      message: 'jwt not active',
      date: new Date((NOW + 1) * 1000),
      code: 'ERR_CLAIM_NOT_ACTIVE',
      claim: 'nbf',
    });
  });

  test('compares fractions of a second', () => {
    const claims = { nbf: NOW - 0.5, exp: NOW + 0.5 };
    expect(verifyClaims(claims)).toEqual(claims);
    const error = errorOf(() => verifyClaims({ exp: NOW - 0.5 }));
    expect(error).toMatchObject({ expiredAt: new Date((NOW - 0.5) * 1000) });
    expect(() => verifyClaims({ nbf: NOW + 0.5 })).toThrow('jwt not active');
  });

  test.each([5, '5s'])('extends both ends by a clockTolerance of %j', (clockTolerance) => {
    const claims = { nbf: NOW, exp: NOW };
    expect(verifyClaims(claims, { clockTolerance }, NOW + 4)).toEqual(claims);
    expect(() => verifyClaims(claims, { clockTolerance }, NOW + 5)).toThrow('jwt expired');
    expect(verifyClaims(claims, { clockTolerance }, NOW - 5)).toEqual(claims);
    expect(() => verifyClaims(claims, { clockTolerance }, NOW - 6)).toThrow('jwt not active');
  });

  test.each([
    ['ignoreExpiration', { exp: 1 }, 'jwt expired'],
    ['ignoreNotBefore', { nbf: NOW + 60 }, 'jwt not active'],
  ])('skips the comparison with %s, only if it is true', (option, claims, message) => {
    expect(verifyClaims(claims, { [option]: true })).toEqual(claims);
    expect(() => verifyClaims(claims, { [option]: false })).toThrow(message);
  });

  test('accepts a token without "exp" at any time', () => {
    expect(verifyClaims({ sub: 'ada' }, {}, 1e12)).toEqual({ sub: 'ada' });
  });

  describe.each(['exp', 'nbf'])('rejects as "%s"', (claim) => {
    test.each(['null', '"1"', `"${NOW}"`, 'true', 'false', '[]', '[1]', '{}', '1e400', '-1e400'])(
      '%s',
      (value) => {
        expect(errorOf(() => verifyClaims(`{"${claim}":${value}}`))).toMatchObject({
          constructor: JsonWebTokenError,
          message: `invalid ${claim} value`,
          code: 'ERR_CLAIM_INVALID',
          claim,
        });
      },
    );
  });

  test.each([0, -1])('treats %d as a time in the past', (time) => {
    const error = errorOf(() => verifyClaims({ exp: time }));
    expect(error).toMatchObject({ expiredAt: new Date(time * 1000) });
    expect(verifyClaims({ nbf: time })).toEqual({ nbf: time });
  });

  test('checks "nbf" before "exp"', () => {
    expect(() => verifyClaims({ exp: 1, nbf: NOW + 1 })).toThrow('jwt not active');
  });
});

test.each([
  ['ignoreExpiration', 'exp'],
  ['ignoreNotBefore', 'nbf'],
])(
  'does not read the claim with %s in verify, checks its type in createVerifier',
  (option, claim) => {
    const claims = { [claim]: 'never' };
    expect(classic(claims, { [option]: true })).toEqual(claims);
    expect(() => prepared(claims, { [option]: true })).toThrow(`invalid ${claim} value`);
  },
);

test('reads a clockTolerance string without a unit as seconds in verify', () => {
  expect(classic({ exp: NOW }, { clockTolerance: '60' }, NOW + 59)).toEqual({ exp: NOW });
  expect(() => classic({ exp: NOW }, { clockTolerance: '60' }, NOW + 60)).toThrow('jwt expired');
});
