import { describe, expect, test } from 'vitest';
import { JsonWebTokenError, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { forge } from '../fixtures/tokens.ts';
import { doors } from './judge.ts';

describe.each(doors)('in %s', (_, judge) => {
  test.each([undefined, null, ''])('a required claim may not be %j', (scope) => {
    const error = errorOf(() => judge({ sub: 'a', scope }, { requiredClaims: ['sub', 'scope'] }));
    expect(error.constructor).toBe(JsonWebTokenError);
    expect(error.message).toBe('jwt must have a "scope" claim');
    expect(error.code).toBe('ERR_CLAIM_MISSING');
    expect(error.claim).toBe('scope');
  });

  test.each([0, false, [], {}, 'x', ' '])('a required claim may be %j', (scope) => {
    expect(judge({ scope }, { requiredClaims: ['scope'] })).toEqual({ scope });
  });

  test('the first that is missing is named, after every other rule', () => {
    const rules = { requiredClaims: ['b', 'a'], subject: 'ada' };
    expect(() => judge({}, rules)).toThrow('jwt subject invalid');
    expect(() => judge({ sub: 'ada' }, rules)).toThrow('jwt must have a "b" claim');
    expect(() => judge({ sub: 'ada', b: 1 }, rules)).toThrow('jwt must have a "a" claim');
  });

  test.each(['toString', 'constructor', 'hasOwnProperty', '__proto__'])(
    'what every object inherits is no claim: %s',
    (name) => {
      expect(() => judge({}, { requiredClaims: [name] })).toThrow(
        `jwt must have a "${name}" claim`,
      );
    },
  );
});

test('text and lists have no claims', () => {
  const text = forge({ alg: 'HS256' }, 'some text');
  const list = forge({ alg: 'HS256' }, '["a"]');
  for (const token of [text, list]) {
    for (const name of ['length', '0', 'sub']) {
      expect(() => verify(token, secret, { requiredClaims: [name] })).toThrow(
        `jwt must have a "${name}" claim`,
      );
    }
  }
});
