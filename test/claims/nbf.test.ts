import { describe, expect, test } from 'vitest';
import { JsonWebTokenError, NotBeforeError } from '../../src/index.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { NOW } from '../fixtures/tokens.ts';
import { classic, doors, prepared } from './judge.ts';

describe.each(doors)('in %s', (_, judge) => {
  test('a token is active from the second its "nbf" names', () => {
    expect(judge({ nbf: NOW })).toEqual({ nbf: NOW });
    const error = errorOf(() => judge({ nbf: NOW + 1 }));
    expect(error).toBeInstanceOf(NotBeforeError);
    expect(error.message).toBe('jwt not active');
    expect(error).toMatchObject({ date: new Date((NOW + 1) * 1000) });
    expect(error.code).toBe('ERR_CLAIM_NOT_ACTIVE');
    expect(error.claim).toBe('nbf');
  });

  test('an "nbf" between two seconds is compared as a number', () => {
    expect(judge({ nbf: NOW - 0.5 })).toEqual({ nbf: NOW - 0.5 });
    expect(() => judge({ nbf: NOW + 0.5 })).toThrow('jwt not active');
  });

  test('the tolerance moves the beginning forward by its seconds, exactly', () => {
    const claims = { nbf: NOW };
    expect(judge(claims, { clockTolerance: 5 }, NOW - 5)).toEqual(claims);
    expect(() => judge(claims, { clockTolerance: 5 }, NOW - 6)).toThrow('jwt not active');
    expect(judge(claims, { clockTolerance: '1m' }, NOW - 60)).toEqual(claims);
    expect(() => judge(claims, { clockTolerance: '1m' }, NOW - 61)).toThrow('jwt not active');
  });

  test('ignoreNotBefore lets an early token pass', () => {
    expect(judge({ nbf: NOW + 60 }, { ignoreNotBefore: true })).toEqual({ nbf: NOW + 60 });
    expect(() => judge({ nbf: NOW + 60 }, { ignoreNotBefore: false })).toThrow('jwt not active');
  });

  test.each(['null', '"1"', 'false', '[1]', '{}', '1e400', '-1e400'])(
    'an "nbf" of %s is no time',
    (value) => {
      const error = errorOf(() => judge(`{"nbf":${value}}`));
      expect(error.constructor).toBe(JsonWebTokenError);
      expect(error.message).toBe('invalid nbf value');
      expect(error.code).toBe('ERR_CLAIM_INVALID');
      expect(error.claim).toBe('nbf');
    },
  );

  test.each([0, -1])('an "nbf" of %d has come', (nbf) => {
    expect(judge({ nbf })).toEqual({ nbf });
  });

  test('"nbf" is judged before "exp"', () => {
    expect(() => judge({ exp: 1, nbf: NOW + 1 })).toThrow('jwt not active');
  });
});

test('ignoreNotBefore leaves an "nbf" unread in verify; a prepared verifier wants a time all the same', () => {
  expect(classic({ nbf: 'never' }, { ignoreNotBefore: true })).toEqual({ nbf: 'never' });
  expect(() => prepared({ nbf: 'never' }, { ignoreNotBefore: true })).toThrow('invalid nbf value');
});
