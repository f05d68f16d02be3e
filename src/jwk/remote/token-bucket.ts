/** Limits a rate with a token bucket. */

/** Returns a function that takes one and reports whether it could. `refill` and `now` are seconds. */
export function createTokenBucket(size: number, refill: number): (now: number) => boolean {
  // In seconds, of which each one costs `refill`: whole seconds add up without rounding.
  let credit = size * refill;
  let last = 0;
  return (now) => {
    credit = Math.min(size * refill, credit + now - last);
    last = now;
    if (credit < refill) return false;
    credit -= refill;
    return true;
  };
}
