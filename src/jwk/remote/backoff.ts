/** When an endpoint that failed may be asked again. */

/** Seconds after the first failure. */
const FIRST_DELAY_SECONDS = 1;

/** Seconds that are never exceeded. */
const MAX_DELAY_SECONDS = 60;

/**
 * Seconds to wait after so many failures in a row. They double; chance, from 0 to below 1, takes away up
 * to half, so that a fleet of services does not come back in step.
 */
export function retryDelay(failures: number, chance: number): number {
  const delay = Math.min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** (failures - 1));
  return delay * (1 - chance / 2);
}

/** Failures in a row; `now` in seconds, and it never runs backwards. */
export class Backoff {
  #failures = 0;
  #until = 0;

  get failures(): number {
    return this.#failures;
  }

  fail(now: number, chance: number): void {
    this.#failures++;
    this.#until = now + retryDelay(this.#failures, chance);
  }

  succeed(): void {
    this.#failures = 0;
  }

  allows(now: number): boolean {
    return this.#failures === 0 || now >= this.#until;
  }

  /** Whether the last failure is so recent that the next attempt is likely to fail, too. */
  expectsFailure(now: number): boolean {
    return this.#failures > 0 && now < this.#until + MAX_DELAY_SECONDS;
  }
}
