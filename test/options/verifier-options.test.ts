import { describe, expect, test } from 'vitest';
import { createVerifier } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { tokenOf } from '../fixtures/tokens.ts';

const create = (options: unknown) => createVerifier(secret, options as never);

const TEXT = 'a non-empty string, or false';
const SPAN = 'a number of seconds or a timespan with its unit such as "15m", not negative';
const schema = {
  '~standard': { version: 1, vendor: 'x', validate: (value: unknown) => ({ value }) },
};

/** Each option with what is expected of it, what it takes and what it does not. */
const rows: Array<[name: string, expected: string, good: unknown[], bad: unknown[]]> = [
  [
    'algorithms',
    'a non-empty array of HS256, ',
    [['HS256']],
    [[], 'HS256', ['hs256'], [null], new Set(['HS256']), false],
  ],
  [
    'issuer',
    'a non-empty string or array of these, or false',
    ['a', ['a', 'b'], false],
    ['', [], [''], ['a', ''], /a/, 5, true],
  ],
  [
    'audience',
    'a non-empty string, a RegExp, or an array of these, or false',
    ['a', /a/, ['a', /b/], false],
    ['', [], [''], [5], 5, true],
  ],
  ['subject', TEXT, ['a', false], ['', ['a'], /a/, 5, true]],
  ['jwtid', TEXT, ['a', false], ['', ['a'], 5]],
  ['nonce', TEXT, ['a', false], ['', ['a'], 5]],
  [
    'typ',
    'a non-empty string, or an array of these in which null stands for an absent typ, or false',
    ['JWT', ['JWT', null], false],
    ['', [], [''], 5, [undefined]],
  ],
  [
    'requiredClaims',
    'a non-empty array of non-empty strings, or false',
    [['sub'], false],
    ['sub', [], [''], [5]],
  ],
  [
    'schema',
    'a Standard Schema validator, or false',
    [schema, false],
    [{}, true, 'x', { '~standard': {} }, () => true],
  ],
  [
    'maxAge',
    `${SPAN}, or false`,
    [0, 60, 1.5, '15m', '2 days', false],
    [-1, '-1m', '60', '', 'soon', Number.NaN, Number.POSITIVE_INFINITY, true],
  ],
  [
    'clockTolerance',
    SPAN,
    [0, 5, '30s'],
    [-1, '5', '', 'soon', Number.NaN, Number.POSITIVE_INFINITY, false],
  ],
  ['ignoreExpiration', 'a boolean', [true, false], [1, 'true', 'false', 0]],
  ['ignoreNotBefore', 'a boolean', [true, false], [1, 'true']],
  ['complete', 'a boolean', [true, false], [1, 'true']],
  [
    'maxTokenLength',
    'a positive integer',
    [1, 1e6],
    [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5', false],
  ],
  ['allowInsecureKeySizes', 'a boolean', [true, false], [1, 'true']],
  [
    'cache',
    'a boolean, or an object of max, maxBytes (positive integers) and ttl (a duration)',
    [true, false, {}, { max: 5, maxBytes: 5, ttl: '5m' }],
    [
      1,
      'true',
      [],
      { max: 0 },
      { max: undefined },
      { size: 5 },
      { maxBytes: 1.5 },
      { ttl: '5' },
      { ttl: -1 },
    ],
  ],
  ['async', 'a boolean', [true, false], [1, 'true']],
  ['clock', 'a function', [() => 0], [0, new Date(0), 'now', false]],
];

describe.each(rows)('the option "%s" of a verifier', (name, expected, good, bad) => {
  test.each(good.map((value) => [value] as const))('may be %s', (value) => {
    expect(create({ [name]: value })).toBeTypeOf('function');
  });

  test.each([undefined, null, ...bad].map((value) => [value] as const))(
    'may not be %s',
    (value) => {
      const error = errorOf(() => create({ [name]: value }));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message.startsWith(`"${name}" must be ${expected}`)).toBe(true);
      expect(error.message).toMatch(/, got [^,]+$/);
      expect(error.code).toBe('ERR_OPTION_INVALID');
    },
  );
});

test.each([
  'issuers',
  'Issuer',
  'algorithm',
  'clockTimestamp',
  'allowInvalidAsymmetricKeyTypes',
  'toString',
  '__proto__',
])('an option that is not known is refused by name: %s', (name) => {
  const error = errorOf(() => create(JSON.parse(`{"${name}":"a"}`)));
  expect(error).toBeInstanceOf(TypeError);
  expect(
    error.message.startsWith(`"${name}" is not an option; expected one of algorithms, issuer,`),
  ).toBe(true);
  expect(error.code).toBe('ERR_OPTION_INVALID');
});

test.each([null, 'HS256', 5, [], new Date(0), new (class Options {})()])(
  'options of %o are no options',
  (options) => {
    const error = errorOf(() => create(options));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^options must be an object, got /);
  },
);

test('a message about a wrong value does not quote text, which may have been a key', () => {
  const { message } = errorOf(() => create({ clock: 'correct horse battery staple' }));
  expect(message).toBe('"clock" must be a function, got a string');
});

test('a list with a hole is refused', () => {
  const holed: string[] = ['a'];
  holed[2] = 'c';
  expect(() => create({ issuer: holed })).toThrow('"issuer" must be');
  expect(() => create({ requiredClaims: holed })).toThrow('"requiredClaims" must be');
});

test('inherited options do not count', () => {
  const options = Object.assign(Object.create(null), { subject: 'ada' });
  const token = tokenOf({ sub: 'eve' });
  expect(() => create(options)(token)).toThrow('jwt subject invalid');
  Object.defineProperty(Object.prototype, 'subject', { value: 'ada', configurable: true });
  try {
    expect(create({})(token)).toEqual({ sub: 'eve' });
  } finally {
    Reflect.deleteProperty(Object.prototype, 'subject');
  }
});

describe('false switches a policy off', () => {
  const off = {
    issuer: false,
    audience: false,
    subject: false,
    jwtid: false,
    nonce: false,
    typ: false,
    requiredClaims: false,
    schema: false,
    maxAge: false,
  };
  test('as if it had been left out', () => {
    const claims = { iss: 'x', aud: 'x', sub: 'x', jti: 'x', nonce: 'x', iat: 1 };
    expect(create(off)(tokenOf(claims, { typ: 'x' }))).toEqual(claims);
  });
});
