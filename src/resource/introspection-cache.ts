/** Caches what an authorization server said of tokens, without the tokens. */

import { createHmac, randomBytes } from 'node:crypto';
import { LruMap } from '../core/lru-map.ts';
import type { Fault } from '../core/token/fault.ts';

/** An active token. Times are seconds of the monotonic clock. */
export interface ActiveEntry {
  /** Deeply frozen. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Time of the request. */
  readonly at: number;
  /** `exp`: seconds since 1970. */
  readonly exp: number;
  /** Failed exchanges since then, and when the next one is allowed. */
  failures: number;
  retryAt: number;
}

interface RejectedEntry {
  readonly fault: Fault;
  readonly at: number;
}

const MAX_ACTIVE = 10_000;

/** A list of their own: a flood of random tokens evicts no active one. */
const MAX_REJECTED = 1000;

/** Short, because a replica may not know a new token yet. */
const REJECTED_SECONDS = 5;

export class IntrospectionCache {
  /** Random, so that a name in memory is no hash of a token that others could compute. */
  #key: Buffer | undefined;
  readonly #active = new LruMap<string, ActiveEntry>(MAX_ACTIVE);
  readonly #rejected = new LruMap<string, RejectedEntry>(MAX_REJECTED);

  /** Returns the name under which a token is cached. */
  nameOf(token: string): string {
    // With the first token: workerd has no random bytes while a module loads.
    this.#key ??= randomBytes(32);
    return createHmac('sha256', this.#key).update(token).digest('base64');
  }

  active(name: string): ActiveEntry | undefined {
    return this.#active.get(name);
  }

  /** Returns why the token was rejected in the last 5 seconds. */
  rejected(name: string, now: number): Fault | undefined {
    const entry = this.#rejected.get(name);
    return entry && now - entry.at < REJECTED_SECONDS ? entry.fault : undefined;
  }

  accept(name: string, entry: ActiveEntry): void {
    this.#rejected.delete(name);
    this.#active.set(name, entry);
  }

  reject(name: string, entry: RejectedEntry): void {
    this.#active.delete(name);
    this.#rejected.set(name, entry);
  }

  delete(name: string): void {
    this.#active.delete(name);
    this.#rejected.delete(name);
  }

  clear(): void {
    this.#active.clear();
    this.#rejected.clear();
  }
}
