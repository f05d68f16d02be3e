/** Tests of the option `requiredClaims`. */

import { describe, expect, test } from 'vitest';
import { JsonWebTokenError, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { forge, tokenOf } from '../fixtures/tokens.ts';
import { claimApis } from './verify-claims.ts';

describe.each(claimApis)('%s with "requiredClaims"', (_, verifyClaims) => {
  test.each([undefined, null, ''])('rejects a claim of %j', (scope) => {
    const options = { requiredClaims: ['sub', 'scope'] };
    expect(errorOf(() => verifyClaims({ sub: 'a', scope }, options))).toMatchObject({
      constructor: JsonWebTokenError,
      message: 'jwt must have a "scope" claim',
      code: 'ERR_CLAIM_MISSING',
      claim: 'scope',
    });
  });

  test.each([[0], [false], [[]], [{}], ['x'], [' ']])('accepts a claim of %j', (scope) => {
    expect(verifyClaims({ scope }, { requiredClaims: ['scope'] })).toEqual({ scope });
  });

  test('names the first missing claim, after every other rule', () => {
    const options = { requiredClaims: ['b', 'a'], subject: 'ada' };
    expect(() => verifyClaims({}, options)).toThrow('jwt subject invalid');
    expect(() => verifyClaims({ sub: 'ada' }, options)).toThrow('jwt must have a "b" claim');
    expect(() => verifyClaims({ sub: 'ada', b: 1 }, options)).toThrow('jwt must have a "a" claim');
  });

  test.each(['toString', 'constructor', 'hasOwnProperty', 'valueOf', 'length', '__proto__'])(
    'does not find "%s" in a prototype',
    (name) => {
      expect(() => verifyClaims({}, { requiredClaims: [name] })).toThrow(
        `jwt must have a "${name}" claim`,
      );
    },
  );
});

test.each<[name: string, expected: string, values: unknown[]]>([
  ['sub', 'a string', [5, true, {}, ['ada']]],
  ['iss', 'a string', [5, {}, ['i']]],
  ['jti', 'a string', [5, {}]],
  ['aud', 'a string or an array of strings', [5, {}, ['a', 5], [null]]],
  ['exp', 'a number of seconds', ['2100-01-01', {}]],
])('rejects a required "%s" that is not %s', (name, expected, values) => {
  for (const value of values) {
    const options = { requiredClaims: [name], ignoreExpiration: true };
    const error = errorOf(() => verify(tokenOf({ [name]: value }), secret, options));
    expect(error).toMatchObject({
      message: `"${name}" must be ${expected}`,
      code: 'ERR_CLAIM_INVALID',
      claim: name,
    });
  }
});

test.each(['some text', '["a"]', '"text"', '5'])('finds no claims in the payload %s', (payload) => {
  for (const name of ['length', '0', 'sub']) {
    expect(() =>
      verify(forge({ alg: 'HS256' }, payload), secret, { requiredClaims: [name] }),
    ).toThrow(`jwt must have a "${name}" claim`);
  }
});
