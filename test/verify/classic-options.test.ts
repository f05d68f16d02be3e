import { afterEach, describe, expect, test, vi } from 'vitest';
import { JsonWebTokenError, verify } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { NOW, tokenOf } from '../fixtures/tokens.ts';

afterEach(() => void vi.useRealTimers());

const claims = { sub: 'ada', iss: 'i', aud: 'a', jti: 'j', nonce: 'n' };
const good = tokenOf(claims);
const run = (options: unknown, token = good) => verify(token, secret, options as never);

describe('an option of verify is refused', () => {
  const rows: Array<[message: string, name: string, values: unknown[]]> = [
    ['clockTimestamp must be a number', 'clockTimestamp', ['1', true, {}, new Date(0)]],
    ['nonce must be a non-empty string', 'nonce', ['', ' \t', 5, null, false, {}]],
    [
      'allowInvalidAsymmetricKeyTypes must be a boolean',
      'allowInvalidAsymmetricKeyTypes',
      ['true', 1, 0, null],
    ],
    ['clockTolerance must be a number', 'clockTolerance', ['soon', '', {}, [], true]],
    ['"audience" must be a string, RegExp or array', 'audience', [5, {}, true, () => true]],
    ['"issuer" must be a string or array', 'issuer', [5, {}, /i/, true, () => true]],
    ['"subject" must be a string', 'subject', [5, ['ada'], /a/, true]],
    ['"jwtid" must be a string', 'jwtid', [5, ['j'], /j/, true]],
  ];
  test.each(
    rows.flatMap(([message, name, values]) => values.map((v) => [message, name, v] as const)),
  )('as %s: %s: %j', (message, name, value) => {
    const error = errorOf(() => run({ [name]: value }));
    expect(error.constructor).toBe(JsonWebTokenError);
    expect(error.message).toBe(message);
    expect(error.code).toBe('ERR_OPTION_INVALID');
  });

  test.each([5, {}, true, () => true])('with a TypeError: algorithms: %j', (algorithms) => {
    const error = errorOf(() => run({ algorithms }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^"algorithms" must be an array, got /);
  });

  test.each<[name: string, value: unknown]>([
    ['typ', ''],
    ['typ', []],
    ['typ', null],
    ['requiredClaims', 'sub'],
    ['requiredClaims', []],
    ['requiredClaims', [5]],
    ['schema', {}],
    ['schema', null],
    ['maxTokenLength', 0],
    ['maxTokenLength', Number.NaN],
    ['maxTokenLength', '5'],
  ])('with a TypeError where jsonwebtoken has none: %s: %j', (name, value) => {
    const error = errorOf(() => run({ [name]: value }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(new RegExp(`^"${name}" must be `));
    expect(error.code).toBe('ERR_OPTION_INVALID');
  });
});

describe('an option of verify counts as absent', () => {
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
  ])('that is present and undefined: %s', (name) => {
    expect(run({ [name]: undefined })).toEqual(claims);
  });

  test.each([
    ['algorithms', null],
    ['clockTolerance', null],
    ['clockTolerance', Number.NaN],
    ['maxAge', false],
  ])('that says nothing: %s: %j', (name, value) => {
    expect(run({ [name as string]: value })).toEqual(claims);
  });

  test('that is not known, such as algorithm or issuers', () => {
    expect(run({ algorithm: 'RS256', issuers: 'x', foo: 1 })).toEqual(claims);
  });

  test.each([['text'], [5], [['a']], [true]])('in options of %j', (options: unknown) => {
    expect(run(options)).toEqual(claims);
  });

  test('that is inherited', () => {
    expect(run(Object.create({ issuer: 'other', audience: 'other' }))).toEqual(claims);
  });
});

describe('an empty text is a value to compare with:', () => {
  test.each([
    ['audience', 'jwt audience invalid. expected: '],
    ['issuer', 'jwt issuer invalid. expected: '],
    ['subject', 'jwt subject invalid. expected: '],
    ['jwtid', 'jwt jwtid invalid. expected: '],
  ])('%s', (name, message) => {
    expect(errorOf(() => run({ [name]: '' })).message).toBe(message);
    const empty = tokenOf({ aud: '', iss: '', sub: '', jti: '' });
    expect(run({ [name]: '' }, empty)).toMatchObject({ sub: '' });
  });
});

test('a string as algorithms is one name', () => {
  expect(run({ algorithms: 'HS256' })).toEqual(claims);
  expect(() => run({ algorithms: 'HS2567' })).toThrow('invalid algorithm');
  expect(() => run({ algorithms: 'HS256,HS384' })).toThrow('invalid algorithm');
  expect(() => run({ algorithms: '' })).toThrow('invalid algorithm');
});

test('options are not changed, and may be frozen', () => {
  const options = Object.freeze({
    algorithms: Object.freeze(['HS256']),
    audience: Object.freeze(['a']),
    issuer: Object.freeze(['i']),
    subject: 'ada',
    complete: false,
  });
  expect(run(options)).toEqual(claims);
});

describe('the time', () => {
  const token = tokenOf({ exp: NOW + 1, nbf: NOW });

  test('is clockTimestamp where it is given', () => {
    expect(run({ clockTimestamp: NOW }, token)).toBeTypeOf('object');
    expect(() => run({ clockTimestamp: NOW + 1 }, token)).toThrow('jwt expired');
    expect(() => run({ clockTimestamp: NOW - 1 }, token)).toThrow('jwt not active');
  });

  test.each([undefined, null, 0, Number.NaN])(
    'is the real one for a clockTimestamp of %j',
    (clockTimestamp) => {
      vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 + 999 });
      expect(run({ clockTimestamp }, token)).toBeTypeOf('object');
      vi.setSystemTime(NOW * 1000 + 1000);
      expect(() => run({ clockTimestamp }, token)).toThrow('jwt expired');
    },
  );

  test('is read from the global Date of the moment', () => {
    const RealDate = globalThis.Date;
    try {
      globalThis.Date = class extends RealDate {
        static override now() {
          return (NOW + 1) * 1000;
        }
      } as DateConstructor;
      expect(() => run({}, token)).toThrow('jwt expired');
    } finally {
      globalThis.Date = RealDate;
    }
  });
});
