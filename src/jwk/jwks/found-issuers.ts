/** Calls a function that finds issuers, and caches what it returns: each issuer, and each name it rejects. */

import { parseDuration, type Timespan } from '../../core/encoding/duration.ts';
import { sharesPromises } from '../../core/keys/runtime.ts';
import { LruMap } from '../../core/lru-map.ts';
import * as option from '../../core/option-rules.ts';
import { KeySourceError } from '../../errors.ts';
import { createMonotonicClock } from '../remote/monotonic-clock.ts';
import type { IssuerLookUp } from './issuer-verifier.ts';

/**
 * Options of `createIssuers` with a function. An option that is `undefined`, misspelt or of another type is a
 * TypeError.
 *
 * @example
 * ```ts
 * const options: FoundIssuersOptions = { max: 1000, ttl: '1m' };
 * ```
 */
export interface FoundIssuersOptions {
  /** Most issuers to cache; the one that was not used for the longest time is called again. Default 100. */
  max?: number;
  /** How long what the function returned is used, in seconds or a timespan with its unit. Default `'10m'`. */
  ttl?: Timespan;
  /** Returns the time in milliseconds. Default: `Date.now`, looked up at each call. */
  clock?: () => number;
}

const foundIssuersRules: option.OptionRules = {
  max: option.positiveInteger,
  ttl: option.positiveDuration,
  clock: option.callable,
};

const DEFAULT_MAX = 100;
const DEFAULT_TTL_SECONDS = 600;

/** A list of their own: a flood of unknown names evicts no known issuer. */
const MAX_REJECTED = 1000;
const REJECTED_SECONDS = 60;

const MAX_ISS_LENGTH = 2048;

/** What tokens can name: printable ASCII, as URLs are, so that the function need not check it. */
const PRINTABLE = /^[\x21-\x7e]+$/;

interface FoundIssuer<Entry, Compiled> {
  readonly entry: Entry;
  readonly compiled: Compiled;
  /** Time of the call, in seconds. */
  at: number;
}

/** A look-up with a cache. */
export interface FoundIssuers<Compiled> {
  readonly find: IssuerLookUp<Compiled>;
  /** Returns what is cached, also if it is due for another call. */
  cached(iss: string): Compiled | undefined;
  clear(): void;
}

/** Checks the options. `compile` runs once for each entry that the function returns. */
export function createFoundIssuers<Entry, Compiled>(
  lookUp: (iss: string) => Entry | null | undefined | Promise<Entry | null | undefined>,
  compile: (iss: string, entry: Entry) => Compiled,
  options: FoundIssuersOptions = {},
): FoundIssuers<Compiled> {
  const own = option.checkOptions(options, foundIssuersRules) as FoundIssuersOptions;
  const ttl = parseDuration(own.ttl)?.seconds ?? DEFAULT_TTL_SECONDS;
  const now = createMonotonicClock(own.clock);
  const createCache = () => ({
    found: new LruMap<string, FoundIssuer<Entry, Compiled>>(own.max ?? DEFAULT_MAX),
    rejectedAt: new LruMap<string, number>(MAX_REJECTED),
    pending: new Map<string, Promise<Compiled | undefined>>(),
  });
  // Replaced by `clear`: calls that are under way then fill the old one, which nothing reads.
  let cache = createCache();

  async function call(iss: string): Promise<Compiled | undefined> {
    const { found, rejectedAt } = cache;
    const at = now();
    let entry: Entry | null | undefined;
    try {
      entry = await lookUp(iss);
    } catch (error) {
      throw error instanceof KeySourceError
        ? error
        : new KeySourceError('the function that finds issuers failed', error);
    }
    if (entry === null || entry === undefined) {
      found.delete(iss);
      rejectedAt.set(iss, at);
      return undefined;
    }
    const earlier = found.get(iss);
    // The same object: its keys and caches stay.
    const compiled = earlier?.entry === entry ? earlier.compiled : compile(iss, entry);
    found.set(iss, { entry, compiled, at });
    return compiled;
  }

  return {
    find(iss) {
      if (iss.length > MAX_ISS_LENGTH || !PRINTABLE.test(iss)) return undefined;
      const { found, rejectedAt, pending } = cache;
      const known = found.get(iss);
      if (known && now() - known.at < ttl) return known.compiled;
      const rejected = known ? undefined : rejectedAt.get(iss);
      if (rejected !== undefined && now() - rejected < REJECTED_SECONDS) return undefined;
      const running = pending.get(iss);
      if (running) return running;
      const started = call(iss).finally(() => pending.delete(iss));
      if (sharesPromises()) pending.set(iss, started);
      return started;
    },
    cached: (iss) => cache.found.get(iss)?.compiled,
    clear: () => {
      cache = createCache();
    },
  };
}
