import { describe, expect, test } from 'vitest';
import { createSigner } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';

const create = (options: unknown) => createSigner(secret, options as never);

const DURATION = 'a number of seconds or a timespan with its unit such as "15m", not a time';
const HEADER = 'an object without alg, kid, crit, b64 and without undefined members';

/** Each option with what its message expects, values it accepts and values it rejects. */
const rows: Array<[name: string, expected: string, accepted: unknown[], rejected: unknown[]]> = [
  ['algorithm', 'one of HS256, ', ['HS256', 'HS512'], ['hs256', '', 'foo', 5, ['HS256'], false]],
  ['keyid', 'a non-empty string', ['k'], ['', 5, ['k'], false]],
  [
    'header',
    HEADER,
    [{}, { typ: 'at+jwt' }, { cty: 'x', n: null }],
    [
      'x',
      [],
      new Date(0),
      { alg: 'none' },
      { kid: 'k' },
      { crit: ['x'] },
      { b64: false },
      { typ: undefined },
    ],
  ],
  [
    'expiresIn',
    DURATION,
    [60, 0, -1, 1.5, '15m', '-1s', 999_999_999, '100y'],
    ['60', '', 'soon', Number.NaN, Number.POSITIVE_INFINITY, true, {}, 1e9, 1.7e9],
  ],
  ['notBefore', DURATION, [60, 0, -1, '15m'], ['60', '', 'soon', Number.NaN, false, 1.7e9]],
  [
    'audience',
    'a non-empty string or array of these',
    ['a', ['a', 'b']],
    ['', [], [''], [5], /a/, 5, false],
  ],
  ['issuer', 'a non-empty string', ['a'], ['', ['a'], 5, false]],
  ['subject', 'a non-empty string', ['a'], ['', ['a'], 5, false]],
  ['jwtid', 'a non-empty string or a function', ['a', () => 'a'], ['', ['a'], 5, false]],
  ['noTimestamp', 'a boolean', [true, false], [1, 'true']],
  ['allowInsecureKeySizes', 'a boolean', [true, false], [1, 'true']],
  ['async', 'a boolean', [true, false], [1, 'true']],
  ['clock', 'a function', [() => 0], [0, new Date(0), 'now', false]],
];

describe.each(rows)('the option "%s" of createSigner', (name, expected, accepted, rejected) => {
  test.each(accepted.map((value) => [value] as const))('can be %s', (value) => {
    expect(create({ [name]: value })).toBeTypeOf('function');
  });

  test.each([undefined, null, ...rejected].map((value) => [value] as const))(
    'must not be %s',
    (value) => {
      const error = errorOf(() => create({ [name]: value }));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message.startsWith(`"${name}" must be ${expected}`)).toBe(true);
      expect(error.message).toMatch(/, got [^,]+$/);
      expect(error.code).toBe('ERR_OPTION_INVALID');
    },
  );
});

test.each<[options: object, message: string]>([
  [{ expiresin: 1 }, '"expiresin" is not an option: did you mean "expiresIn"?'],
  [{ expireIn: 1 }, '"expireIn" is not an option: did you mean "expiresIn"?'],
  [{ Issuer: 'a' }, '"Issuer" is not an option: did you mean "issuer"?'],
  [{ algoritm: 'HS256' }, '"algoritm" is not an option: did you mean "algorithm"?'],
])('createSigner names the option that %j is like', (options, message) => {
  expect(errorOf(() => create(options)).message).toBe(message);
});

test.each<[algorithm: unknown, end: string]>([
  ['HS265', ', got "HS265": did you mean HS256?'],
  ['hs256', ', got "hs256": did you mean HS256?'],
  ['EdDSa', ', got "EdDSa": did you mean EdDSA?'],
  ['correct horse battery staple', ', got a string'],
  ['AES', ', got a string'],
  [['HS256'], ', got an array'],
])('createSigner quotes only a misspelt algorithm: %j', (algorithm, end) => {
  expect(errorOf(() => create({ algorithm })).message.endsWith(end)).toBe(true);
});

test.each(['mutatePayload', 'constructor', '__proto__'])(
  'createSigner rejects the unknown option "%s"',
  (name) => {
    const error = errorOf(() => create(JSON.parse(`{"${name}":"a"}`)));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(`"${name}" is not an option; expected one of algorithm,`);
  },
);

test.each([null, 'HS256', 5, [], new Date(0)])('createSigner rejects options of %o', (options) => {
  const error = errorOf(() => create(options));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toMatch(/^options must be an object, got /);
});
