import { describe, expect, test } from 'vitest';
import { JsonWebTokenError, TokenExpiredError } from '../../src/index.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { NOW } from '../fixtures/tokens.ts';
import { classic, doors, prepared } from './judge.ts';

describe.each(doors)('in %s', (_, judge) => {
  test('a token is refused from the second its "iat" and maxAge name', () => {
    const claims = { iat: NOW - 59 };
    expect(judge(claims, { maxAge: 60 })).toEqual(claims);
    const error = errorOf(() => judge({ iat: NOW - 60 }, { maxAge: 60 }));
    expect(error).toBeInstanceOf(TokenExpiredError);
    expect(error.message).toBe('maxAge exceeded');
    expect(error).toMatchObject({ expiredAt: new Date(NOW * 1000) });
    expect(error.code).toBe('ERR_CLAIM_TOO_OLD');
    expect(error.claim).toBe('iat');
  });

  test('maxAge may be a timespan', () => {
    expect(judge({ iat: NOW - 3599 }, { maxAge: '1h' })).toEqual({ iat: NOW - 3599 });
    expect(() => judge({ iat: NOW - 3600 }, { maxAge: '1h' })).toThrow('maxAge exceeded');
  });

  test('the tolerance moves the end back by its seconds, exactly', () => {
    const rules = { maxAge: 60, clockTolerance: 5 };
    expect(judge({ iat: NOW - 64 }, rules)).toEqual({ iat: NOW - 64 });
    const error = errorOf(() => judge({ iat: NOW - 65 }, rules));
    expect(error).toMatchObject({ expiredAt: new Date((NOW - 5) * 1000) });
  });

  test('a maxAge of 0 is a bound: no token of this second or before passes', () => {
    expect(() => judge({ iat: NOW }, { maxAge: 0 })).toThrow('maxAge exceeded');
    expect(judge({ iat: NOW }, { maxAge: 0, clockTolerance: 1 })).toEqual({ iat: NOW });
  });

  test('an "iat" of 0 is a time', () => {
    const error = errorOf(() => judge({ iat: 0 }, { maxAge: 60 }));
    expect(error).toMatchObject({ message: 'maxAge exceeded', expiredAt: new Date(60_000) });
  });

  test('a token from the future passes', () => {
    expect(judge({ iat: NOW + 1000 }, { maxAge: 60 })).toEqual({ iat: NOW + 1000 });
    expect(judge({ iat: NOW + 1000 })).toEqual({ iat: NOW + 1000 });
  });

  test('a token without "iat" is refused', () => {
    const error = errorOf(() => judge({}, { maxAge: 60 }));
    expect(error.constructor).toBe(JsonWebTokenError);
    expect(error.message).toBe('iat required when maxAge is specified');
    expect(error.code).toBe('ERR_CLAIM_MISSING');
    expect(error.claim).toBe('iat');
  });

  test('maxAge of false is off', () => {
    expect(judge({ iat: 1 }, { maxAge: false })).toEqual({ iat: 1 });
  });
});

const wrong = ['null', '"1"', 'true', '[]', '{}', '1e400'];

test.each(wrong)('with maxAge an "iat" of %s is refused', (value) => {
  const error = errorOf(() => classic(`{"iat":${value}}`, { maxAge: 60 }));
  expect(error.message).toBe('iat required when maxAge is specified');
  expect(error.code).toBe('ERR_CLAIM_INVALID');
  expect(() => prepared(`{"iat":${value}}`, { maxAge: 60 })).toThrow('invalid iat value');
});

test.each(wrong)(
  'without maxAge an "iat" of %s passes verify and no prepared verifier',
  (value) => {
    expect(classic(`{"iat":${value}}`)).toHaveProperty('iat');
    const error = errorOf(() => prepared(`{"iat":${value}}`));
    expect(error.message).toBe('invalid iat value');
    expect(error.code).toBe('ERR_CLAIM_INVALID');
    expect(error.claim).toBe('iat');
  },
);

test.each(['', 'soon', Number.NaN, {}, true, '1 month'])(
  'a maxAge of %j is refused by verify',
  (maxAge) => {
    const error = errorOf(() => classic({ iat: NOW }, { maxAge }));
    expect(error.constructor).toBe(JsonWebTokenError);
    expect(error.message).toBe(
      '"maxAge" should be a number of seconds or string representing a timespan eg: "1d", "20h", 60',
    );
    expect(error.code).toBe('ERR_OPTION_INVALID');
  },
);

test('text without a unit is milliseconds in verify', () => {
  expect(classic({ iat: NOW - 5 }, { maxAge: '6000' })).toEqual({ iat: NOW - 5 });
  expect(() => classic({ iat: NOW - 6 }, { maxAge: '6000' })).toThrow('maxAge exceeded');
  expect(() => classic({ iat: NOW }, { maxAge: '6' })).toThrow('maxAge exceeded');
});
