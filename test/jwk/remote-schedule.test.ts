import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Backoff, retryDelay } from '../../src/jwk/remote/backoff.ts';
import { createMonotonicClock } from '../../src/jwk/remote/monotonic-clock.ts';
import { createTokenBucket } from '../../src/jwk/remote/token-bucket.ts';

describe('the delay after failures', () => {
  test('doubles from a second to a minute', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 1000, 1e9].map((failures) => retryDelay(failures, 0));
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
  });

  test('is shortened at random, at most by half', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), random, (failures, random) => {
        const longest = retryDelay(failures, 0);
        expect(retryDelay(failures, random)).toBeLessThanOrEqual(longest);
        expect(retryDelay(failures, random)).toBeGreaterThanOrEqual(longest / 2);
      }),
    );
  });

  test('ends exactly on time, or with a success', () => {
    const backoff = new Backoff();
    expect([backoff.failures, backoff.allows(0)]).toEqual([0, true]);
    backoff.fail(100, 0);
    const allowed = [100, 100.999, 101].map((now) => backoff.allows(now));
    expect(allowed).toEqual([false, false, true]);
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
  test('gives its size at once, then one per refill', () => {
    const take = createTokenBucket(3, 10);
    const taken = (now: number) => Array.from({ length: 5 }, () => take(now)).filter(Boolean);
    expect([0, 9, 10, 19, 20, 1000].map((now) => taken(now).length)).toEqual([3, 0, 1, 0, 1, 3]);
  });

  test('never gives more than its size and the refills', () => {
    const pauses = fc.array(fc.double({ min: 0, max: 30, noNaN: true }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), pauses, (size, pauses) => {
        const take = createTokenBucket(size, 10);
        let now = 0;
        let taken = 0;
        for (const pause of pauses) {
          now += pause;
          if (take(now)) taken++;
          expect(taken).toBeLessThanOrEqual(size + now / 10 + 1e-9);
        }
      }),
    );
  });
});

describe('a monotonic clock', () => {
  test('returns seconds that never decrease, and continues after it is set back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e6, max: 1e6 })), (steps) => {
        let now = 1e12;
        const elapsed = createMonotonicClock(() => now);
        let last = elapsed();
        expect(last).toBe(0);
        for (const step of steps) {
          now += step;
          const next = elapsed();
          expect(next - last).toBeCloseTo(Math.max(0, step) / 1000, 6);
          last = next;
        }
      }),
    );
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -Infinity, 1_700_000_000, null, undefined, '5'])(
    'throws TypeError for a clock that returns %s',
    (now) => {
      const elapsed = createMonotonicClock(() => now as number);
      expect(elapsed).toThrow('"clock" must return milliseconds');
    },
  );
});
