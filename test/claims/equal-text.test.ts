/** Claims that are compared with text: iss, sub, jti, nonce. */

import { describe, expect, test } from 'vitest';
import { JsonWebTokenError } from '../../src/index.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { classic, doors } from './judge.ts';

const rows = [
  ['issuer', 'iss'],
  ['subject', 'sub'],
  ['jwtid', 'jti'],
  ['nonce', 'nonce'],
] as const;

describe.each(doors)('in %s', (_, judge) => {
  describe.each(rows)('the option "%s"', (option, claim) => {
    test(`wants "${claim}" to be equal`, () => {
      expect(judge({ [claim]: 'one' }, { [option]: 'one' })).toEqual({ [claim]: 'one' });
    });

    test.each(['two', 'ONE', 'on', 'one ', '', ['one'], { one: 'one' }, 1, true, null])(
      'refuses %j',
      (value) => {
        const error = errorOf(() => judge({ [claim]: value }, { [option]: 'one' }));
        expect(error.constructor).toBe(JsonWebTokenError);
        expect(error.message).toBe(`jwt ${option} invalid. expected: one`);
        expect(error.code).toBe('ERR_CLAIM_MISMATCH');
        expect(error.claim).toBe(claim);
      },
    );

    test('refuses a token that does not say', () => {
      const error = errorOf(() => judge({}, { [option]: 'one' }));
      expect(error.message).toBe(`jwt ${option} invalid. expected: one`);
      expect(error.code).toBe('ERR_CLAIM_MISSING');
      expect(error.claim).toBe(claim);
    });

    test('asks for nothing where it is left out', () => {
      expect(judge({ [claim]: 'two' })).toEqual({ [claim]: 'two' });
    });
  });

  test('one of several issuers will do', () => {
    expect(judge({ iss: 'b' }, { issuer: ['a', 'b'] })).toEqual({ iss: 'b' });
    const error = errorOf(() => judge({ iss: 'c' }, { issuer: ['a', 'b'] }));
    expect(error.message).toBe('jwt issuer invalid. expected: a,b');
    expect(() => judge({ iss: ['a', 'b'] }, { issuer: ['a', 'b'] })).toThrow('issuer invalid');
    expect(() => judge({}, { issuer: ['a', 'b'] })).toThrow('issuer invalid');
  });
});

test('an empty list of issuers refuses everything in verify', () => {
  const error = errorOf(() => classic({ iss: 'a' }, { issuer: [] }));
  expect(error.message).toBe('jwt issuer invalid. expected: ');
  expect(() => classic({}, { issuer: [undefined] })).toThrow('jwt issuer invalid');
});
