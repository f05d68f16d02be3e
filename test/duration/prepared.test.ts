import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSigner, createVerifier } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { NOW, payloadOf } from '../fixtures/tokens.ts';

const clock = () => NOW * 1000;

const options: Array<[name: string, create: (value: unknown) => unknown]> = [
  ['expiresIn', (value) => createSigner(secret, { expiresIn: value as never })],
  ['notBefore', (value) => createSigner(secret, { notBefore: value as never })],
  ['maxAge', (value) => createVerifier(secret, { maxAge: value as never })],
  ['clockTolerance', (value) => createVerifier(secret, { clockTolerance: value as never })],
];

describe.each(options)('"%s" of a prepared door', (name, create) => {
  test.each(['60', '0', '1.5', '60 ', '3600000'])('may not be %j: a unit is missing', (value) => {
    const error = errorOf(() => create(value));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(
      `"${name}" must be a number of seconds or a timespan with its unit`,
    );
    expect(error.code).toBe('ERR_OPTION_INVALID');
  });

  test('may never be text that is only a number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (number) => {
        expect(() => create(String(number))).toThrow(TypeError);
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  test.each([60, 1.5, '60s', '1 hour', '.5h', '1500ms'])('may be %j', (value) => {
    expect(create(value)).toBeTypeOf('function');
  });
});

test('a negative timespan ends a token before it begins, and is no age and no tolerance', () => {
  const sign = createSigner(secret, { expiresIn: '-1h', clock });
  expect(payloadOf(sign({})).exp).toBe(NOW - 3600);
  expect(() => createVerifier(secret, { maxAge: '-1h' })).toThrow('not negative');
  expect(() => createVerifier(secret, { clockTolerance: '-1s' })).toThrow('not negative');
});

test('numbers are seconds as they are, text counts down to a whole second', () => {
  const exp = (expiresIn: never) => payloadOf(createSigner(secret, { expiresIn, clock })({})).exp;
  expect(exp(1.5 as never)).toBe(NOW + 1.5);
  expect(exp('1500ms' as never)).toBe(NOW + 1);
  expect(exp('1.5h' as never)).toBe(NOW + 5400);
});
