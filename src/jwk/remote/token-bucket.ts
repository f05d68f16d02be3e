/** A token bucket: some at once, then one from time to time. */

/** Answers whether one more is allowed now; `refill` and `now` in seconds, and `now` never runs backwards. */
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
