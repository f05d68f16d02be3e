import { describe, expect, test } from 'vitest';
import { createVerifier } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { tokenOf } from '../fixtures/tokens.ts';

const create = (options: unknown) => createVerifier(secret, options as never);

const STRING = 'a non-empty string, or false';
const DURATION = 'a number of seconds or a timespan with its unit such as "15m", not negative';
const schema = {
  '~standard': { version: 1, vendor: 'x', validate: (value: unknown) => ({ value }) },
};

/** Each option with what its message expects, values it accepts and values it rejects. */
const rows: Array<[name: string, expected: string, accepted: unknown[], rejected: unknown[]]> = [
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
  ['subject', STRING, ['a', false], ['', ['a'], /a/, 5, true]],
  ['jwtid', STRING, ['a', false], ['', ['a'], 5]],
  ['nonce', STRING, ['a', false], ['', ['a'], 5]],
  [
    'typ',
    'a non-empty string, or an array of these in which null allows an absent typ, or false',
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
    `${DURATION}, or false`,
    [0, 60, 1.5, '15m', '2 days', false],
    [-1, '-1m', '60', '', 'soon', Number.NaN, Number.POSITIVE_INFINITY, true],
  ],
  [
    'clockTolerance',
    DURATION,
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

describe.each(rows)('the option "%s" of createVerifier', (name, expected, accepted, rejected) => {
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

test('createVerifier names the option and the algorithm that an error is like', () => {
  expect(errorOf(() => create({ issuers: 'a' })).message).toBe(
    '"issuers" is not an option: did you mean "issuer"?',
  );
  expect(errorOf(() => create({ algorithms: ['HS256', 'HS265'] })).message).toMatch(
    /, got "HS265": did you mean HS256\?$/,
  );
});

test.each(['clockTimestamp', 'toString', '__proto__'])(
  'createVerifier rejects the unknown option "%s"',
  (name) => {
    const error = errorOf(() => create(JSON.parse(`{"${name}":"a"}`)));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(
      `"${name}" is not an option; expected one of algorithms, issuer,`,
    );
    expect(error.code).toBe('ERR_OPTION_INVALID');
  },
);

test.each([null, 'HS256', 5, [], new Date(0)])(
  'createVerifier rejects options of %o',
  (options) => {
    const error = errorOf(() => create(options));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^options must be an object, got /);
  },
);

test('does not quote a wrong string, which may be a secret', () => {
  const { message } = errorOf(() => create({ clock: 'correct horse battery staple' }));
  expect(message).toBe('"clock" must be a function, got a string');
});

test('rejects a list with a hole', () => {
  const holed: string[] = ['a'];
  holed[2] = 'c';
  expect(() => create({ issuer: holed })).toThrow('"issuer" must be');
  expect(() => create({ requiredClaims: holed })).toThrow('"requiredClaims" must be');
});

test('false switches a policy off', () => {
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
  const claims = { iss: 'x', aud: 'x', sub: 'x', jti: 'x', nonce: 'x', iat: 1 };
  expect(create(off)(tokenOf(claims, { typ: 'x' }))).toEqual(claims);
});
