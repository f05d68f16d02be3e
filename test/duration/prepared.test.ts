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

describe.each(options)('the option "%s"', (name, create) => {
  test.each(['60', '1.5', '60 '])('must have a unit: rejects %j', (value) => {
    const error = errorOf(() => create(value));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(
      `"${name}" must be a number of seconds or a timespan with its unit`,
    );
    expect(error.code).toBe('ERR_OPTION_INVALID');
  });

  test('must not be a string that is only a number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (number) => {
        expect(() => create(String(number))).toThrow(TypeError);
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  test.each([60, 1.5, '60s', '.5h', '1500ms'])('can be %j', (value) => {
    expect(create(value)).toBeTypeOf('function');
  });
});

test('accepts a negative duration as expiresIn only', () => {
  const sign = createSigner(secret, { expiresIn: '-1h', clock });
  expect(payloadOf(sign({})).exp).toBe(NOW - 3600);
  expect(() => createVerifier(secret, { maxAge: '-1h' })).toThrow('not negative');
  expect(() => createVerifier(secret, { clockTolerance: '-1s' })).toThrow('not negative');
});

test('rounds times from strings down to a second, not times from numbers', () => {
  const exp = (expiresIn: never) => payloadOf(createSigner(secret, { expiresIn, clock })({})).exp;
  expect(exp(1.5 as never)).toBe(NOW + 1.5);
  expect(exp('1500ms' as never)).toBe(NOW + 1);
  expect(exp('1.5h' as never)).toBe(NOW + 5400);
});
