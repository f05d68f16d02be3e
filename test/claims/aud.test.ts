import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { createVerifier, JsonWebTokenError, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { tokenOf } from '../fixtures/tokens.ts';
import { classic, doors, prepared } from './judge.ts';

describe.each(doors)('in %s', (_, judge) => {
  test.each<[aud: unknown, audience: unknown]>([
    ['a', 'a'],
    [['a', 'b'], 'b'],
    ['b', ['a', 'b']],
    [
      ['x', 'b'],
      ['a', 'b'],
    ],
    ['web-1', /^web-\d$/],
    [
      ['x', 'web-1'],
      ['a', /^web-\d$/],
    ],
    ['a', /A/i],
  ])('an "aud" of %j is one for %s', (aud, audience) => {
    expect(judge({ aud }, { audience })).toEqual({ aud });
  });

  test.each<[aud: unknown, audience: unknown, expected: string]>([
    ['b', 'a', 'a'],
    ['ab', 'a', 'a'],
    ['A', 'a', 'a'],
    [['b', 'c'], ['a', 'd'], 'a or d'],
    ['mobile', /^web/, '/^web/'],
    [['x'], ['a', /^web/], 'a or /^web/'],
    [[], 'a', 'a'],
    [[], /./, '/./'],
    [[null], /./, '/./'],
    [[['a']], 'a', 'a'],
    [{ a: 'a' }, 'a', 'a'],
    [{}, /./, '/./'],
    [5, '5', '5'],
    [5, /5/, '/5/'],
    [null, /null/, '/null/'],
    [true, /true/, '/true/'],
    [undefined, 'undefined', 'undefined'],
    [undefined, /./, '/./'],
    [undefined, /undefined|^$/, '/undefined|^$/'],
  ])('an "aud" of %j is none for %s', (aud, audience, expected) => {
    const error = errorOf(() => judge({ aud }, { audience }));
    expect(error.constructor).toBe(JsonWebTokenError);
    expect(error.message).toBe(`jwt audience invalid. expected: ${expected}`);
    expect(error.code).toBe(aud === undefined ? 'ERR_CLAIM_MISSING' : 'ERR_CLAIM_MISMATCH');
    expect(error.claim).toBe('aud');
  });

  test('a token for another audience passes where no audience is asked for', () => {
    expect(judge({ aud: 'other' })).toEqual({ aud: 'other' });
  });

  test('text beyond 1024 characters is not shown to a RegExp', () => {
    expect(judge({ aud: 'a'.repeat(1024) }, { audience: /^a+$/ })).toBeTypeOf('object');
    expect(() => judge({ aud: 'a'.repeat(1025) }, { audience: /^a+$/ })).toThrow(
      'audience invalid',
    );
  });
});

test.each(['g', 'y', 'gy'])(
  'a RegExp with the flags "%s" keeps nothing from one token to the next',
  (flags) => {
    const audience = new RegExp('api', flags);
    const token = tokenOf({ aud: 'api' });
    const verifier = createVerifier(secret, { audience });
    for (let i = 0; i < 4; i++) {
      expect(verifier(token)).toEqual({ aud: 'api' });
      expect(verify(token, secret, { audience })).toEqual({ aud: 'api' });
    }
    expect(audience.lastIndex).toBe(0);
  },
);

test('a RegExp of another realm matches in verify', () => {
  expect(classic({ aud: 'web' }, { audience: runInNewContext('/^web$/') })).toEqual({ aud: 'web' });
  expect(() => classic({ aud: 'x' }, { audience: runInNewContext('/^web$/') })).toThrow('audience');
});

test('an empty list matches nothing in verify', () => {
  const error = errorOf(() => classic({ aud: 'a' }, { audience: [] }));
  expect(error.message).toBe('jwt audience invalid. expected: ');
});

test('elements of the option that are no text match nothing in verify', () => {
  expect(() => classic({ aud: [5, null, 'x'] }, { audience: [5, null, undefined] })).toThrow(
    'jwt audience invalid',
  );
});

test('a list with an element that is no text is sound in verify, not in a prepared verifier', () => {
  const aud = ['a', 5];
  expect(classic({ aud }, { audience: 'a' })).toEqual({ aud });
  expect(() => prepared({ aud }, { audience: 'a' })).toThrow('jwt audience invalid. expected: a');
});
