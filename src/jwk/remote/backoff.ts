/** Delays fetches from an endpoint that failed. */

const FIRST_DELAY_SECONDS = 1;

const MAX_DELAY_SECONDS = 60;

/**
 * Returns the seconds to wait after consecutive failures. They double. `random`, from 0 to below 1,
 * subtracts up to half, so that many services do not retry at the same time.
 */
export function retryDelay(failures: number, random: number): number {
  const delay = Math.min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** (failures - 1));
  return delay * (1 - random / 2);
}

/** Counts consecutive failures. `now` is in seconds and never decreases. */
export class Backoff {
  #failures = 0;
  #until = 0;

  get failures(): number {
    return this.#failures;
  }

  fail(now: number, random: number): void {
    this.#failures++;
    this.#until = now + retryDelay(this.#failures, random);
  }

  succeed(): void {
    this.#failures = 0;
  }

  allows(now: number): boolean {
    return this.#failures === 0 || now >= this.#until;
  }

  /** Whether the last failure is so recent that the next fetch will probably fail, too. */
  expectsFailure(now: number): boolean {
    return this.#failures > 0 && now < this.#until + MAX_DELAY_SECONDS;
  }
}
