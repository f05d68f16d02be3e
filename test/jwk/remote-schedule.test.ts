import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Backoff, retryDelay } from '../../src/jwk/remote/backoff.ts';
import { createMonotonicClock } from '../../src/jwk/remote/monotonic-clock.ts';
import { createTokenBucket } from '../../src/jwk/remote/token-bucket.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the pause after failures', () => {
  test('doubles from a second to a minute', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 1000, 1e9].map((failures) => retryDelay(failures, 0));
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
  });

  test('is shortened by chance, by half at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), chance, (failures, random) => {
        const longest = retryDelay(failures, 0);
        expect(retryDelay(failures, random)).toBeLessThanOrEqual(longest);
        expect(retryDelay(failures, random)).toBeGreaterThanOrEqual(longest / 2);
      }),
    );
  });

  test('is kept to the millisecond, and gone after a success', () => {
    const backoff = new Backoff();
    expect([backoff.failures, backoff.allows(0)]).toEqual([0, true]);
    backoff.fail(100, 0);
    expect([backoff.allows(100), backoff.allows(100.999), backoff.allows(101)]).toEqual([
      false,
      false,
      true,
    ]);
    backoff.fail(101, 0.5);
    expect([backoff.allows(102.499), backoff.allows(102.5)]).toEqual([false, true]);
    expect(backoff.failures).toBe(2);
    backoff.succeed();
    expect([backoff.failures, backoff.allows(0)]).toEqual([0, true]);
  });

  test('is followed by a minute in which another failure is expected', () => {
    const backoff = new Backoff();
    expect(backoff.expectsFailure(0)).toBe(false);
    backoff.fail(100, 0);
    expect([backoff.expectsFailure(160.9), backoff.expectsFailure(161)]).toEqual([true, false]);
    backoff.succeed();
    expect(backoff.expectsFailure(100)).toBe(false);
  });
});

describe('a token bucket', () => {
  test('gives its size at once, then one for each refill', () => {
    const take = createTokenBucket(3, 10);
    const asked = (now: number) =>
      Array.from({ length: 5 }, () => take(now)).filter(Boolean).length;
    expect([0, 9, 10, 19, 20, 1000].map(asked)).toEqual([3, 0, 1, 0, 1, 3]);
  });

  test('never gives more than its size and what was refilled since', () => {
    const steps = fc.array(fc.double({ min: 0, max: 30, noNaN: true }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), steps, (size, pauses) => {
        const take = createTokenBucket(size, 10);
        let now = 0;
        let given = 0;
        for (const pause of pauses) {
          now += pause;
          if (take(now)) given++;
          expect(given).toBeLessThanOrEqual(size + now / 10 + 1e-9);
        }
      }),
    );
  });
});

describe('elapsed time', () => {
  test('is the seconds that passed', () => {
    let now = 5000;
    const elapsed = createMonotonicClock(() => now);
    expect(elapsed()).toBe(0);
    now = 6500;
    expect(elapsed()).toBe(1.5);
  });

  test('stands still where the clock is set back, and goes on from there', () => {
    let now = 5000;
    const elapsed = createMonotonicClock(() => now);
    elapsed();
    now = -1e9;
    expect(elapsed()).toBe(0);
    now += 1000;
    expect(elapsed()).toBe(1);
  });

  test('never decreases, and passes at least as the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e6, max: 1e6 })), (steps) => {
        let now = 0;
        const elapsed = createMonotonicClock(() => now);
        let last = elapsed();
        for (const step of steps) {
          now += step;
          const next = elapsed();
          expect(next - last).toBeCloseTo(Math.max(0, step) / 1000, 6);
          last = next;
        }
      }),
    );
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, undefined, '5'])(
    'is a TypeError for a clock that answers %s',
    (answer) => {
      const elapsed = createMonotonicClock(() => answer as number);
      expect(elapsed).toThrow('"clock" must return milliseconds, got ');
    },
  );
});
