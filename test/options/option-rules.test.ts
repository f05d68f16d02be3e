/** The functions that check options and word their messages, on their own. */

import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { readClock } from '../../src/core/clock.ts';
import { nearest } from '../../src/core/nearest.ts';
import { isPlainObject, typeNameOf } from '../../src/core/option-rules.ts';

describe('nearest', () => {
  const long = 'a'.repeat(40);

  it.each([
    ['abc', 'abc'],
    ['ABC', 'abc'],
    ['ab', 'abc'],
    ['abcd', 'abc'],
    ['adc', 'abc'],
    ['acb', 'abc'],
    ['bac', 'abc'],
    ['badcef', 'abcdef'],
    ['bcdef', 'abcdef'],
  ])('finds for %j the candidate %j', (value, candidate) => {
    expect(nearest(value, ['unlike', candidate])).toBe(candidate);
  });

  it.each([
    ['two replacements', 'add'],
    ['two insertions', 'a'],
    ['a replacement and a swap', 'bad'],
    ['characters that were moved', 'cab'],
    ['the reverse', 'cba'],
    ['a character twice, before', 'aab'],
    ['a character twice, after', 'bcc'],
    ['a character that returns', 'aca'],
  ])('finds nothing for "abc" after %s', (_, value) => {
    expect(nearest(value, ['abc'])).toBeUndefined();
  });

  it('finds a value of 40 characters, and nothing for a longer one', () => {
    expect(nearest(long, [long])).toBe(long);
    expect(nearest(`${long}a`, [`${long}a`])).toBeUndefined();
  });

  it('returns the first of several that differ as much', () => {
    expect(nearest('abcd', ['abce', 'abcf', 'abxy'])).toBe('abce');
    expect(nearest('abcd', ['abce', 'abcd'])).toBe('abcd');
  });
});

describe('isPlainObject', () => {
  it.each([
    ['an object', {}],
    ['an object without a prototype', Object.create(null)],
    ['an object of another realm', runInNewContext('({})')],
  ])('is true for %s', (_, value) => {
    expect(isPlainObject(value)).toBe(true);
  });

  it.each([
    ['null', null],
    ['a function', () => {}],
    ['an array', []],
    ['a Map', new Map()],
    ['an object that inherits from a plain one', Object.create({ isPrototypeOf: true })],
    ['an object that inherits from one without a prototype', Object.create(Object.create(null))],
  ])('is false for %s', (_, value) => {
    expect(isPlainObject(value)).toBe(false);
  });
});

it.each([
  [undefined, 'undefined'],
  [null, 'null'],
  [true, 'true'],
  [5, '5'],
  ['', 'an empty string'],
  ['secret', 'a string'],
  [5n, 'a bigint'],
  [[], 'an empty array'],
  [['secret'], 'an array'],
  [{}, 'an object'],
  [new Map(), 'an instance of a class'],
])('names a value without quoting a string: %s', (value, name) => {
  expect(typeNameOf(value)).toBe(name);
});

describe('readClock', () => {
  it('returns what the clock returns, from 1e11 milliseconds on', () => {
    expect(readClock(() => 1e11)).toBe(1e11);
  });

  it.each([
    [1e11 - 1, '99999999999'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    ['1800000000000', 'a string'],
    [1_800_000_000_000n, 'a bigint'],
    [new Date(1.8e12), 'an instance of a class'],
  ])('rejects a clock that returns %s', (now, name) => {
    const message = `"clock" must return milliseconds since 1970, got ${name}`;
    expect(() => readClock(() => now as number)).toThrow(message);
  });
});
