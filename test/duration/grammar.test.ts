import fc from 'fast-check';
import ms from 'ms';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseTimespan } from '../../src/core/encoding/duration.ts';
import { sign } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { NOW, payloadOf } from '../fixtures/tokens.ts';

afterEach(() => void vi.useRealTimers());

/** The milliseconds of the package, which throws for empty and for long text. */
function millisecondsOf(text: string): number | undefined {
  try {
    return ms(text as ms.StringValue) as number | undefined;
  } catch {
    return undefined;
  }
}

const agrees = (text: string) => {
  const expected = millisecondsOf(text);
  expect(parseTimespan(text)?.seconds).toBe(expected === undefined ? undefined : expected / 1000);
};

const UNITS =
  'ms msec msecs millisecond milliseconds s sec secs second seconds m min mins minute minutes h hr hrs hour hours d day days w week weeks y yr yrs year years'.split(
    ' ',
  );

const number = fc.oneof(
  fc.integer({ min: -100_000, max: 100_000 }).map(String),
  fc
    .tuple(fc.constantFrom('', '-'), fc.stringMatching(/^\d{0,6}\.\d{1,6}$/))
    .map(([a, b]) => a + b),
);
const mixedCase = (word: string) =>
  fc
    .array(fc.boolean(), { minLength: word.length, maxLength: word.length })
    .map((upper) => [...word].map((c, i) => (upper[i] ? c.toUpperCase() : c)).join(''));
const unit = fc.constantFrom(...UNITS).chain(mixedCase);
const spaces = fc.stringMatching(/^ {0,5}$/);
const timespan = fc
  .tuple(number, spaces, fc.oneof(unit, fc.constant('')))
  .map((parts) => parts.join(''));

describe('parseTimespan agrees with the package ms', () => {
  test('for timespans', () => {
    fc.assert(
      fc.property(timespan, (text) => {
        expect(parseTimespan(text)).toBeDefined();
        agrees(text);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  test('for strings that are almost timespans', () => {
    const junk = fc.constantFrom(
      ' ',
      '\t',
      '\n',
      '+',
      '-',
      '.',
      'e3',
      's',
      '0',
      'é',
      '\u00a0',
      '\u212a',
    );
    const damaged = fc.tuple(timespan, junk, fc.nat()).map(([text, extra, at]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + extra + text.slice(place);
    });
    fc.assert(fc.property(damaged, agrees), { seed: 2, numRuns: 3000 });
  });

  test('for any string', () => {
    fc.assert(fc.property(fc.string({ maxLength: 120 }), agrees), { seed: 3, numRuns: 2000 });
    const letters = fc.stringMatching(/^[0-9.\- a-z]{0,12}$/);
    fc.assert(fc.property(letters, agrees), { seed: 4, numRuns: 5000 });
  });

  test.each(UNITS)('for the unit "%s"', (name) => {
    for (const text of [`1${name}`, `2.5 ${name.toUpperCase()}`, `-.5${name}`]) {
      expect(parseTimespan(text)?.unit).toBe(true);
      agrees(text);
    }
  });

  test('for at most 100 characters', () => {
    const longest = `${'0'.repeat(97)}10s`;
    expect(parseTimespan(longest)).toEqual({ seconds: 10, unit: true });
    expect(parseTimespan(`0${longest}`)).toBeUndefined();
    agrees(longest);
    agrees(`0${longest}`);
  });
});

test('reports whether a timespan has a unit', () => {
  expect(parseTimespan('60')).toEqual({ seconds: 0.06, unit: false });
  expect(parseTimespan('60 ')).toEqual({ seconds: 0.06, unit: false });
  expect(parseTimespan('60ms')).toEqual({ seconds: 0.06, unit: true });
});

test.each(['', '1.', '+1', '1e3', '1 month', '1h30m', '1\th', ' 1h', 'h', '0x10s', '١s'])(
  'rejects %j',
  (text) => {
    expect(parseTimespan(text)).toBeUndefined();
  },
);

test('sign writes floor(iat + milliseconds / 1000) as exp', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 + 321 });
  fc.assert(
    fc.property(timespan, fc.integer({ min: 0, max: 4e9 }), (text, iat) => {
      const { exp } = payloadOf(sign({ iat }, secret, { expiresIn: text as never }));
      expect(exp).toBe(Math.floor(iat + (millisecondsOf(text) ?? Number.NaN) / 1000) + 0);
    }),
    { seed: 5, numRuns: 500 },
  );
});
