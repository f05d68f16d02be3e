/** Limits a rate with a token bucket. */

/**
 * Returns a function that takes one, and reports whether it could while leaving `reserve` others. `refill`
 * and `now` are seconds, and `now` never decreases.
 */
export function createTokenBucket(
  size: number,
  refill: number,
): (now: number, reserve?: number) => boolean {
  // In seconds, of which each one costs `refill`: whole seconds add up without rounding.
  let credit = size * refill;
  let last = 0;
  return (now, reserve = 0) => {
    credit = Math.min(size * refill, credit + now - last);
    last = now;
    if (credit < (reserve + 1) * refill) return false;
    credit -= refill;
    return true;
  };
}
