/** Tests of the options of `verify`. */

import { afterEach, describe, expect, test, vi } from 'vitest';
import { JsonWebTokenError, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { NOW, tokenOf } from '../fixtures/tokens.ts';

afterEach(() => void vi.useRealTimers());

const claims = { sub: 'ada', iss: 'i', aud: 'a', jti: 'j', nonce: 'n' };
const valid = tokenOf(claims);
const run = (options: unknown, token = valid) => verify(token, secret, options as never);

describe('rejects', () => {
  test.each<[message: string, name: string, values: unknown[]]>([
    [
      'clockTimestamp must be a number',
      'clockTimestamp',
      ['1', '', true, {}, null, Number.NaN, -1 / 0, 1 / 0, new Date(0)],
    ],
    ['nonce must be a non-empty string', 'nonce', ['', ' \t', 5, null, false, {}]],
    [
      'allowInvalidAsymmetricKeyTypes must be a boolean',
      'allowInvalidAsymmetricKeyTypes',
      ['true', 1, 0, null],
    ],
    [
      'clockTolerance must be a number',
      'clockTolerance',
      ['soon', '', {}, [], true, null, 1 / 0, -1 / 0],
    ],
    ['clockTolerance must be a number', 'clockTolerance', [Number.NaN]],
    [
      '"ignoreExpiration" must be a boolean',
      'ignoreExpiration',
      ['false', '0', '', 0, 1, {}, null],
    ],
    ['"ignoreNotBefore" must be a boolean', 'ignoreNotBefore', ['false', '0', '', 0, 1, {}, null]],
    ['"audience" must be a string, RegExp or array', 'audience', [5, {}, true, () => true]],
    ['"issuer" must be a string or array', 'issuer', [5, {}, /i/, true, () => true]],
    ['"subject" must be a string', 'subject', [5, ['ada'], /a/, true]],
    ['"jwtid" must be a string', 'jwtid', [5, ['j'], /j/, true]],
  ])('with the message of jsonwebtoken: %s', (message, name, values) => {
    for (const value of values) {
      expect(errorOf(() => run({ [name]: value }))).toMatchObject({
        constructor: JsonWebTokenError,
        message,
        code: 'ERR_OPTION_INVALID',
      });
    }
  });

  test.each<[name: string, values: unknown[]]>([
    ['algorithms', [5, {}, true, null, () => true]],
    ['typ', ['', [], null]],
    ['requiredClaims', ['sub', [], [5]]],
    ['schema', [{}, null]],
    ['maxTokenLength', [0, Number.NaN, '5']],
  ])('an invalid "%s" with a TypeError', (name, values) => {
    for (const value of values) {
      const error = errorOf(() => run({ [name]: value }));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toMatch(new RegExp(`^"${name}" must be `));
      expect(error.code).toBe('ERR_OPTION_INVALID');
    }
  });
});

describe('ignores', () => {
  test.each([
    'algorithms',
    'audience',
    'issuer',
    'subject',
    'jwtid',
    'nonce',
    'maxAge',
    'clockTimestamp',
    'clockTolerance',
    'complete',
    'ignoreExpiration',
    'ignoreNotBefore',
    'typ',
    'requiredClaims',
    'schema',
    'maxTokenLength',
    'allowInsecureKeySizes',
    'allowInvalidAsymmetricKeyTypes',
  ])('"%s" if it is undefined', (name) => {
    expect(run({ [name]: undefined })).toEqual(claims);
  });

  test.each<[title: string, options: unknown]>([
    ['a clockTolerance of false', { clockTolerance: false }],
    ['a maxAge of false', { maxAge: false }],
    ['unknown options', { algorithm: 'RS256', issuers: 'x', foo: 1 }],
    ['inherited options', Object.create({ issuer: 'other', audience: 'other' })],
    ['a string as options', 'text'],
    ['a number as options', 5],
    ['a list as options', ['a']],
    ['true as options', true],
  ])('%s', (_, options) => {
    expect(run(options)).toEqual(claims);
  });
});

test.each(['audience', 'issuer', 'subject', 'jwtid'])('compares an empty "%s"', (name) => {
  const options = { [name]: '' };
  expect(errorOf(() => run(options)).message).toBe(`jwt ${name} invalid. expected: `);
  const empty = tokenOf({ aud: '', iss: '', sub: '', jti: '' });
  expect(run(options, empty)).toMatchObject({ sub: '' });
});

test('treats a string as algorithms as one name', () => {
  expect(run({ algorithms: 'HS256' })).toEqual(claims);
  for (const algorithms of ['HS2567', 'HS256,HS384', '']) {
    expect(() => run({ algorithms })).toThrow('invalid algorithm');
  }
});

test('accepts frozen options', () => {
  const options = Object.freeze({
    algorithms: Object.freeze(['HS256']),
    audience: Object.freeze(['a']),
    issuer: Object.freeze(['i']),
    subject: 'ada',
  });
  expect(run(options)).toEqual(claims);
});

describe('the time', () => {
  const token = tokenOf({ exp: NOW + 1, nbf: NOW });

  test('is clockTimestamp', () => {
    expect(run({ clockTimestamp: NOW }, token)).toBeTypeOf('object');
    expect(() => run({ clockTimestamp: NOW + 1 }, token)).toThrow('jwt expired');
    expect(() => run({ clockTimestamp: NOW - 1 }, token)).toThrow('jwt not active');
  });

  test.each([undefined, 0])('is Date.now() with a clockTimestamp of %j', (clockTimestamp) => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 + 999 });
    expect(run({ clockTimestamp }, token)).toBeTypeOf('object');
    vi.setSystemTime(NOW * 1000 + 1000);
    expect(() => run({ clockTimestamp }, token)).toThrow('jwt expired');
  });
});
