/** Decides after failures which tokens can be exchanged: an outage stops all, a rate limit only unknown ones. */

import { Backoff, retryDelay } from '../jwk/remote/backoff.ts';
import type { ActiveEntry } from './introspection-cache.ts';

/** What an exchange knew of earlier failures when it began. */
export interface ExchangeStart {
  readonly outage: number;
  readonly limited: number;
}

/** Times are seconds of a monotonic clock. An entry is that of a token which was active before. */
export class ExchangeBackoff {
  /** After a failure of the server. */
  readonly #outage = new Backoff();
  /** After a response that the sender of a token can cause: it must not stop tokens that are known. */
  readonly #limited = new Backoff();
  #isProbing = false;

  allows(entry: ActiveEntry | undefined, now: number): boolean {
    // One exchange finds out whether an outage is over.
    const isOut = this.#outage.failures > 0 && (this.#isProbing || !this.#outage.allows(now));
    if (isOut) return false;
    return entry ? now >= entry.retryAt : this.#limited.allows(now);
  }

  begin(): ExchangeStart {
    if (this.#outage.failures > 0) this.#isProbing = true;
    return { outage: this.#outage.failures, limited: this.#limited.failures };
  }

  succeed(entry: ActiveEntry | undefined): void {
    this.#outage.succeed();
    if (!entry) this.#limited.succeed();
  }

  /** Returns the number of consecutive failures. Exchanges that ran at the same time count as one. */
  fail(
    status: number | undefined,
    entry: ActiveEntry | undefined,
    started: ExchangeStart,
    now: number,
  ): number {
    if (entry && isAboutToken(status)) {
      entry.failures++;
      entry.retryAt = now + retryDelay(entry.failures, Math.random());
      return entry.failures;
    }
    const isLimited = isAboutToken(status);
    const backoff = isLimited ? this.#limited : this.#outage;
    const earlier = isLimited ? started.limited : started.outage;
    if (backoff.failures === earlier) backoff.fail(now, Math.random());
    return backoff.failures;
  }

  /** The exchange that {@link begin} began is over. */
  end({ outage }: ExchangeStart): void {
    if (outage > 0) this.#isProbing = false;
  }
}

function isAboutToken(status: number | undefined): boolean {
  return status === 400 || status === 401 || status === 403 || status === 429;
}
