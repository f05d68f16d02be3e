import { describe, expect, test } from 'vitest';
import { sign } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { headerOf, payloadOf } from '../fixtures/tokens.ts';

const TIMESPAN = 'should be a number of seconds or string representing a timespan';

/** Each option with its message, values it accepts and values it rejects. */
const rows: Array<[name: string, message: string, accepted: unknown[], rejected: unknown[]]> = [
  ['algorithm', 'must be a valid string enum value', ['HS256', 'HS512'], ['hs256', 'foo', '', 5]],
  ['expiresIn', TIMESPAN, [0, -1, 60, '1h', '-1h'], [1.5, Number.NaN, '', true, {}, null]],
  ['notBefore', TIMESPAN, [0, -1, 60, '1h'], [1.5, Number.POSITIVE_INFINITY, '', false, [], null]],
  ['audience', 'must be a string or array', ['', 'a', [], ['a', 5]], [5, {}, /a/, null]],
  ['issuer', 'must be a string', ['', 'a'], [5, ['a'], null]],
  ['subject', 'must be a string', ['', 'a'], [5, ['a'], null]],
  ['jwtid', 'must be a string', ['', 'a'], [5, ['a'], null]],
  ['keyid', 'must be a string', ['', 'a'], [5, ['a'], null]],
  ['encoding', 'must be a string', ['', 'utf8'], [5, null]],
  ['header', 'must be an object', [{}, { a: 1 }], ['a', [], 5, null, new Date(0)]],
  ['noTimestamp', 'must be a boolean', [true, false], ['true', 1, null]],
  ['mutatePayload', 'must be a boolean', [true, false], ['true', 1, null]],
  ['allowInsecureKeySizes', 'must be a boolean', [true, false], ['true', 0, null]],
  ['allowInvalidAsymmetricKeyTypes', 'must be a boolean', [true, false], ['true', 0, null]],
];

describe.each(rows)('the option "%s" of sign', (name, message, accepted, rejected) => {
  test.each(accepted)('can be %j', (value) => {
    expect(sign({}, secret, { [name]: value })).toBeTypeOf('string');
  });

  test.each([undefined, ...rejected])('must not be %j', (value) => {
    const error = errorOf(() => sign({}, secret, { [name]: value }));
    expect(error.message).toBe(`"${name}" ${message}`);
    expect(error.constructor).toBe(Error);
    expect(error.code).toBe('ERR_OPTION_INVALID');
  });
});

test.each(['expiresin', 'constructor', '__proto__'])('rejects the unknown option "%s"', (name) => {
  const error = errorOf(() => sign({}, secret, JSON.parse(`{ "${name}": 1 }`)));
  expect(error.message).toBe(`"${name}" is not allowed in "options"`);
});

test('checks options in the order of their keys', () => {
  const messageOf = (options: object) => errorOf(() => sign({}, secret, options)).message;
  expect(messageOf({ issuer: 1, foo: 1 })).toBe('"issuer" must be a string');
  expect(messageOf({ foo: 1, issuer: 1 })).toBe('"foo" is not allowed in "options"');
});

test('writes empty strings', () => {
  const token = sign({}, secret, {
    audience: '',
    issuer: '',
    subject: '',
    jwtid: '',
    keyid: '',
  });
  expect(payloadOf(token)).toMatchObject({ aud: '', iss: '', sub: '', jti: '' });
  expect(headerOf(token).kid).toBe('');
});

test('rejects inherited options', () => {
  expect(() => sign({}, secret, Object.create({ issuer: 'a' }))).toThrow(
    'Expected "options" to be a plain object.',
  );
});

test('does not change the options, which can be frozen', () => {
  const options = Object.freeze({
    algorithm: 'HS256' as const,
    header: Object.freeze({ a: 1 }),
    audience: Object.freeze(['a']) as string[],
    expiresIn: 5,
  });
  expect(payloadOf(sign({ iat: 1 }, secret, options))).toEqual({ iat: 1, exp: 6, aud: ['a'] });
  expect(options.header).toEqual({ a: 1 });
});
