import { describe, expect, test } from 'vitest';
import { sign } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { headerOf, payloadOf } from '../fixtures/tokens.ts';

const SPAN = 'should be a number of seconds or string representing a timespan';

/** Each option with the words about it, what it takes and what it does not. */
const rows: Array<[name: string, words: string, good: unknown[], bad: unknown[]]> = [
  ['algorithm', 'must be a valid string enum value', ['HS256', 'HS512'], ['hs256', 'foo', '', 5]],
  ['expiresIn', SPAN, [0, -1, 60, '1h', '-1h'], [1.5, Number.NaN, '', true, {}, null]],
  ['notBefore', SPAN, [0, -1, 60, '1h'], [1.5, Number.POSITIVE_INFINITY, '', false, [], null]],
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

describe.each(rows)('the option "%s"', (name, words, good, bad) => {
  test.each(good)('may be %j', (value) => {
    expect(sign({}, secret, { [name]: value })).toBeTypeOf('string');
  });

  test.each([undefined, ...bad])('may not be %j', (value) => {
    const error = errorOf(() => sign({}, secret, { [name]: value }));
    expect(error.message).toBe(`"${name}" ${words}`);
    expect(error.constructor).toBe(Error);
    expect(error.code).toBe('ERR_OPTION_INVALID');
  });
});

test('an option that is not known is refused by its name', () => {
  const error = errorOf(() => sign({}, secret, { expiresin: 60 } as never));
  expect(error.message).toBe('"expiresin" is not allowed in "options"');
});

test.each(['constructor', 'toString', 'valueOf', '__proto__'])(
  'an option named "%s" is not known either',
  (name) => {
    const options = JSON.parse(`{ "${name}": 1 }`);
    const error = errorOf(() => sign({}, secret, options));
    expect(error.message).toBe(`"${name}" is not allowed in "options"`);
  },
);

test('options are judged in the order of their keys', () => {
  const fault = (options: object) => errorOf(() => sign({}, secret, options)).message;
  expect(fault({ issuer: 1, foo: 1 })).toBe('"issuer" must be a string');
  expect(fault({ foo: 1, issuer: 1 })).toBe('"foo" is not allowed in "options"');
});

test('an empty text is written as it is', () => {
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

test('inherited options are not options', () => {
  expect(() => sign({}, secret, Object.create({ issuer: 'a' }))).toThrow(
    'Expected "options" to be a plain object.',
  );
});

test('the options are not changed, and may be frozen', () => {
  const options = Object.freeze({
    algorithm: 'HS256' as const,
    header: Object.freeze({ a: 1 }),
    audience: Object.freeze(['a']) as string[],
    expiresIn: 5,
  });
  expect(payloadOf(sign({ iat: 1 }, secret, options))).toEqual({ iat: 1, exp: 6, aud: ['a'] });
  expect(options.header).toEqual({ a: 1 });
});
