import { describe, expect, test } from 'vitest';
import { JsonWebTokenError, TokenExpiredError } from '../../src/index.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { NOW } from '../fixtures/tokens.ts';
import { classic, doors, prepared } from './judge.ts';

describe.each(doors)('in %s', (_, judge) => {
  test('a token is refused from the second its "exp" names', () => {
    expect(judge({ exp: NOW + 1 })).toEqual({ exp: NOW + 1 });
    const error = errorOf(() => judge({ exp: NOW }));
    expect(error).toBeInstanceOf(TokenExpiredError);
    expect(error.message).toBe('jwt expired');
    expect(error).toMatchObject({ expiredAt: new Date(NOW * 1000) });
    expect(error.code).toBe('ERR_CLAIM_EXPIRED');
    expect(error.claim).toBe('exp');
  });

  test('an "exp" between two seconds is compared as a number', () => {
    expect(judge({ exp: NOW + 0.5 })).toEqual({ exp: NOW + 0.5 });
    const error = errorOf(() => judge({ exp: NOW - 0.5 }));
    expect(error).toMatchObject({ expiredAt: new Date((NOW - 0.5) * 1000) });
  });

  test('the tolerance moves the end back by its seconds, exactly', () => {
    const claims = { exp: NOW };
    expect(judge(claims, { clockTolerance: 5 }, NOW + 4)).toEqual(claims);
    expect(() => judge(claims, { clockTolerance: 5 }, NOW + 5)).toThrow('jwt expired');
    expect(judge(claims, { clockTolerance: '5s' }, NOW + 4)).toEqual(claims);
    expect(() => judge(claims, { clockTolerance: '5s' }, NOW + 5)).toThrow('jwt expired');
  });

  test('ignoreExpiration lets an expired token pass', () => {
    expect(judge({ exp: 1 }, { ignoreExpiration: true })).toEqual({ exp: 1 });
    expect(() => judge({ exp: 1 }, { ignoreExpiration: false })).toThrow('jwt expired');
  });

  test('a token without "exp" does not expire', () => {
    expect(judge({ sub: 'ada' }, {}, 1e12)).toEqual({ sub: 'ada' });
  });

  test.each(['null', '"1"', `"${NOW + 60}"`, 'true', '[]', '{}', '1e400', '-1e400'])(
    'an "exp" of %s is no time',
    (value) => {
      const error = errorOf(() => judge(`{"exp":${value}}`));
      expect(error.constructor).toBe(JsonWebTokenError);
      expect(error.message).toBe('invalid exp value');
      expect(error.code).toBe('ERR_CLAIM_INVALID');
      expect(error.claim).toBe('exp');
    },
  );

  test.each([0, -1])('an "exp" of %d has passed', (exp) => {
    expect(errorOf(() => judge({ exp }))).toMatchObject({ expiredAt: new Date(exp * 1000) });
  });
});

test('ignoreExpiration leaves an "exp" unread in verify; a prepared verifier wants a time all the same', () => {
  expect(classic({ exp: 'never' }, { ignoreExpiration: true })).toEqual({ exp: 'never' });
  expect(() => prepared({ exp: 'never' }, { ignoreExpiration: true })).toThrow('invalid exp value');
});

test('a tolerance in text without a unit is seconds in verify', () => {
  expect(classic({ exp: NOW }, { clockTolerance: '60' }, NOW + 59)).toEqual({ exp: NOW });
  expect(() => classic({ exp: NOW }, { clockTolerance: '60' }, NOW + 60)).toThrow('jwt expired');
});

test('an infinite tolerance switches "exp" off in verify', () => {
  expect(classic({ exp: 1 }, { clockTolerance: Number.POSITIVE_INFINITY })).toEqual({ exp: 1 });
});
