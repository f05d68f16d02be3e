import { describe, expect, test } from 'vitest';
import { createVerifier, JsonWebTokenError, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { forge } from '../fixtures/tokens.ts';

type Typ = string | Array<string | null>;

const tokenOfTyp = (typ: unknown) => forge({ alg: 'HS256', typ }, '{"sub":"ada"}');

describe.each<[name: string, run: (typ: Typ, token: string) => unknown]>([
  ['verify', (typ, token) => verify(token, secret, { typ })],
  ['createVerifier', (typ, token) => createVerifier(secret, { typ })(token)],
])('the option typ of %s', (name, run) => {
  test.each<[typ: unknown, expected: Typ]>([
    ['JWT', 'JWT'],
    ['jwt', 'JWT'],
    ['JWT', 'jwt'],
    ['at+jwt', 'at+jwt'],
    ['application/at+jwt', 'at+jwt'],
    ['at+JWT', 'application/at+jwt'],
    ['APPLICATION/AT+JWT', 'at+jwt'],
    ['dpop+jwt', ['at+jwt', 'dpop+jwt']],
    [undefined, ['JWT', null]],
    ['text/x', 'text/x'],
    ['application/x/y', 'application/x/y'],
  ])('accepts the typ %j if it is %j', (typ, expected) => {
    expect(run(expected, tokenOfTyp(typ))).toMatchObject({ sub: 'ada' });
  });

  test.each<[typ: unknown, expected: Typ, list: string]>([
    ['JWT', 'at+jwt', 'at+jwt'],
    [undefined, 'JWT', 'JWT'],
    ['JWTX', 'JWT', 'JWT'],
    ['x/JWT', 'JWT', 'JWT'],
    ['x/y', 'application/x/y', 'application/x/y'],
    ['', 'JWT', 'JWT'],
    [5, 'JWT', 'JWT'],
    [['JWT'], 'JWT', 'JWT'],
    ['JWT', ['at+jwt', null], 'at+jwt or no typ'],
    ['null', [null], 'no typ'],
  ])('rejects the typ %j if it is %j', (typ, expected, list) => {
    // verify accepts a token without typ if JWT is expected, as jsonwebtoken does.
    const isOptional = name === 'verify' && expected === 'JWT';
    if (isOptional && typ === undefined) {
      expect(run(expected, tokenOfTyp(typ))).toMatchObject({ sub: 'ada' });
      return;
    }
    const error = errorOf(() => run(expected, tokenOfTyp(typ)));
    expect(error.constructor).toBe(JsonWebTokenError);
    expect(error.message).toBe(
      `jwt typ invalid. expected: ${list}${isOptional ? ' or no typ' : ''}`,
    );
    expect(error.code).toBe('ERR_HEADER_TYP');
  });

  test('is checked before the algorithm and the signature', () => {
    const token = forge({ alg: 'foo', typ: 'JWT' }, '{}', 'another secret');
    expect(() => run('at+jwt', token)).toThrow('jwt typ invalid');
  });
});
