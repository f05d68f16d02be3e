/** Caches a remote key set: decides when it is usable and when it is fetched. */

import type { KeyObject } from 'node:crypto';
import {
  DUPLICATE_MEMBER,
  NOT_JSON,
  parseJson,
  TOO_DEEP,
} from '../../core/encoding/strict-json.ts';
import { isAlgorithm, rowOf } from '../../core/keys/algorithms.ts';
import { sharesPromises } from '../../core/keys/runtime.ts';
import { LruMap } from '../../core/lru-map.ts';
import { noKeys } from '../../core/verify/no-keys.ts';
import { KeySourceError } from '../../errors.ts';
import { type KeySet, readJwks, type SetKey, skippedReasons } from '../jwks/jwk-set.ts';
import { type KeyHint, selectKeys, whyNoKey } from '../jwks/select-key.ts';
import { Backoff } from './backoff.ts';
import { type DocumentRequest, type FetchedDocument, fetchDocument } from './fetch-document.ts';
import { type Bounds, freshnessLifetime } from './freshness.ts';
import { shownUrl } from './jwks-url.ts';
import { createMonotonicClock } from './monotonic-clock.ts';
import { publishFailed, publishRefreshed, publishStale } from './remote-events.ts';
import { createTokenBucket } from './token-bucket.ts';

/** Compiled options of a remote set. Times are seconds. */
export interface RemotePolicy {
  readonly request: DocumentRequest;
  readonly freshFor: Bounds;
  readonly maxStale: number;
  readonly maxKeys: number;
  readonly clock: (() => number) | undefined;
}

/** The last valid response. */
interface CachedSet {
  readonly set: KeySet;
  readonly text: string;
  readonly etag: string | null;
  /** Sequence number of the fetch. */
  readonly fetch: number;
  /** Time of the request. */
  readonly at: number;
  /** Seconds for which it is fresh. */
  readonly lifetime: number;
}

/**
 * How far the cached set is usable: `aging` is fresh and due for renewal; `stale` is used only while the
 * endpoint fails; `none` is not used.
 */
type Freshness = 'fresh' | 'aging' | 'stale' | 'none';

interface PendingFetch {
  readonly number: number;
  readonly done: Promise<void>;
}

/** Part of its lifetime after which a fresh set is renewed. */
const RENEWAL_FRACTION = 0.8;

/** Fetches for unknown `kid`s: one is left for a rotation, a flood gets four a minute. */
const UNKNOWN_KID_FETCHES = 5;
const UNKNOWN_KID_REFILL_SECONDS = 15;

/** A `kid` that was looked up and not found causes another fetch only when the set is that old. */
const RECHECK_SECONDS = 15;
/** Fetches that such a `kid` leaves for those that were never looked up. */
const RECHECK_RESERVE = 3;
const MAX_REJECTED_KIDS = 1000;

/** Needs no timer: fetches what is due when the set is next used. */
export class RemoteSet {
  readonly #policy: RemotePolicy;
  readonly #shownUrl: string;
  readonly #now: () => number;
  readonly #unknownKidBudget = createTokenBucket(UNKNOWN_KID_FETCHES, UNKNOWN_KID_REFILL_SECONDS);
  /** Headers that were looked up and have no key. Only completed look-ups enter it. */
  readonly #rejected = new LruMap<string, true>(MAX_REJECTED_KIDS);
  #cached: CachedSet | undefined;
  #pending: PendingFetch | undefined;
  #startedFetches = 0;
  readonly #backoff = new Backoff();
  #lastError: unknown;
  readonly #controllers = new Set<AbortController>();
  #closed = false;

  constructor(policy: RemotePolicy) {
    this.#policy = policy;
    this.#shownUrl = shownUrl(policy.request.url);
    this.#now = createMonotonicClock(policy.clock);
  }

  /** The keys of the last response. */
  get keys(): readonly SetKey[] {
    return this.#cached?.set.keys ?? [];
  }

  /** Returns the keys that may have signed a token with this header. Throws KeySourceError. */
  async find(header: KeyHint): Promise<readonly KeyObject[]> {
    if (!hasPublicKeys(header.alg)) return [];
    const started = this.#startedFetches;
    const freshness = this.#freshness();
    if (freshness !== 'fresh') await this.#ensureUsable(freshness);
    const select = () => (this.#cached ? selectKeys(header, this.#cached.set) : []);
    // Only a fetch started after the token arrived is conclusive: an older one may predate a rotation.
    const isConclusive = () => (this.#cached?.fetch ?? 0) > started;
    const name = `${header.alg} ${header.kid ?? ''}`;
    if (select().length === 0 && !isConclusive()) {
      const mayFetch = () => select().length === 0 && this.#mayFetchUnknownKid(name);
      await waitUntilSettled(this.#fetchAfter(started, mayFetch));
    }
    this.#checkOpen();
    const selected = select();
    if (selected.length > 0) return selected.map(({ key }) => key);
    if (this.#isFailing || !this.#cached) throw this.#unavailable();
    if (isConclusive()) this.#rejected.set(name, true);
    else if (!this.#rejected.get(name)) throw this.#notLookedUp();
    return noKeys(whyNoKey(header, this.#cached.set));
  }

  /** Fetches now. Throws KeySourceError; the cached set stays then. */
  async reload(): Promise<void> {
    this.#checkOpen();
    await this.#fetchAfter(this.#startedFetches, () => true);
    this.#checkOpen();
  }

  /** Aborts pending fetches, and deletes the keys. */
  close(): void {
    this.#closed = true;
    this.#cached = undefined;
    for (const controller of this.#controllers) controller.abort(new Error('the set was closed'));
  }

  /** Fetches what is due, and waits only if the cached set is not usable without it. */
  async #ensureUsable(freshness: Freshness): Promise<void> {
    this.#checkOpen();
    const before = this.#cached;
    const expectsFailure = freshness === 'stale' && this.#backoff.expectsFailure(this.#now());
    if (freshness === 'aging' || expectsFailure) {
      if (!this.#pending && this.#mayRetry()) void waitUntilSettled(this.#startFetch());
    } else if (this.#pending || this.#mayRetry()) {
      await waitUntilSettled(this.#startFetch());
      this.#checkOpen();
      // A response of now is usable, even with a lifetime of 0.
      if (this.#cached !== before) return;
    }
    const remaining = this.#freshness();
    if (remaining === 'none') throw this.#unavailable();
    if (remaining === 'stale') publishStale(this.#shownUrl, this.#age());
  }

  #freshness(): Freshness {
    const age = this.#age();
    const { lifetime } = this.#cached ?? { lifetime: 0 };
    if (age < lifetime) return age < lifetime * RENEWAL_FRACTION ? 'fresh' : 'aging';
    return age < lifetime + this.#policy.maxStale ? 'stale' : 'none';
  }

  /** Seconds since the request of the cached set. */
  #age(): number {
    return this.#cached ? this.#now() - this.#cached.at : Number.POSITIVE_INFINITY;
  }

  get #isFailing(): boolean {
    return this.#backoff.failures > 0;
  }

  #mayRetry(): boolean {
    return this.#backoff.allows(this.#now());
  }

  /** Senders of tokens choose the `kid`, so they must not control the number of fetches. */
  #mayFetchUnknownKid(name: string): boolean {
    if (this.#isFailing) return this.#mayRetry();
    if (!this.#rejected.get(name)) return this.#unknownKidBudget(this.#now());
    return this.#age() >= RECHECK_SECONDS && this.#unknownKidBudget(this.#now(), RECHECK_RESERVE);
  }

  /** Waits for a fetch that started after the first `started` ones. Starts one if allowed. */
  async #fetchAfter(started: number, allowed: () => boolean): Promise<void> {
    if (this.#pending && this.#pending.number <= started)
      await waitUntilSettled(this.#pending.done);
    if (this.#pending && this.#pending.number > started) await this.#pending.done;
    else if (!this.#closed && allowed()) await this.#startFetch();
  }

  /** Runs one fetch at a time, shared by all callers. */
  #startFetch(): Promise<void> {
    if (this.#pending) return this.#pending.done;
    const number = ++this.#startedFetches;
    const done = this.#load(number).finally(() => {
      if (this.#pending?.number === number) this.#pending = undefined;
    });
    if (sharesPromises()) this.#pending = { number, done };
    return done;
  }

  async #load(number: number): Promise<void> {
    const { request } = this.#policy;
    const at = this.#now();
    const controller = new AbortController();
    this.#controllers.add(controller);
    const etag = this.#cached?.etag ?? undefined;
    const headers = { ...request.headers, ...(etag && { 'if-none-match': etag }) };
    try {
      const response = await fetchDocument({ ...request, headers }, controller);
      this.#store(response, number, at, etag);
    } catch (error) {
      this.#lastError = error;
      this.#backoff.fail(this.#now(), Math.random());
      publishFailed(this.#shownUrl, this.#reason(), this.#backoff.failures);
      throw this.#unavailable();
    } finally {
      this.#controllers.delete(controller);
    }
  }

  /** Replaces the set: a key that is no longer in it verifies nothing from here on. */
  #store(response: FetchedDocument, number: number, at: number, sentEtag?: string): void {
    const cached = this.#cached;
    // Overtaken by another fetch, in a runtime that shares none.
    if (this.#closed || (cached && cached.fetch > number)) return;
    const { status, headers, text } = response;
    // Without an ETag in the request, 304 says nothing.
    const isNotModified = status === 304 && sentEtag !== undefined;
    const unchanged = cached && (isNotModified || (status === 200 && text === cached.text));
    if (!unchanged && status !== 200) throw new Error(`status ${status}`);
    // RFC 9111 §4.3.4: without new headers, the stored ones stay valid.
    const keepsLifetime = status === 304 && headers.get('cache-control') === null;
    const lifetime =
      unchanged && keepsLifetime
        ? cached.lifetime
        : freshnessLifetime(headers, this.#policy.freshFor);
    // The same keys stay the same objects: the token cache compares them.
    const set = unchanged ? cached.set : parseRemoteSet(text, this.#policy.maxKeys);
    const etag = headers.get('etag') ?? (unchanged ? cached.etag : null);
    this.#cached = { set, text: unchanged ? cached.text : text, etag, fetch: number, at, lifetime };
    this.#backoff.succeed();
    publishRefreshed(this.#shownUrl, set.keys.length, !unchanged);
  }

  #checkOpen(): void {
    if (this.#closed) throw new KeySourceError('the key set was closed');
  }

  #reason(): string {
    return this.#lastError instanceof Error ? this.#lastError.message : 'unknown';
  }

  /** The token may be valid: its key may be new. */
  #notLookedUp(): KeySourceError {
    const reason = 'too many unknown keys were looked up, try again later';
    return new KeySourceError(`no keys from ${this.#shownUrl}: ${reason}`);
  }

  #unavailable(): KeySourceError {
    return new KeySourceError(`no keys from ${this.#shownUrl}: ${this.#reason()}`, this.#lastError);
  }
}

/** Whether a set of public keys can have a key for this algorithm. If not, nothing needs to be fetched. */
export function hasPublicKeys(alg: unknown): boolean {
  return isAlgorithm(alg) && !rowOf(alg).keyTypes.includes('secret');
}

/** Imports the keys of a document. Throws Error without a usable key: the cached set is better then. */
function parseRemoteSet(text: string, maxKeys: number): KeySet {
  const document = parseJson(text);
  if (document === NOT_JSON) throw new Error('a response that is not JSON');
  if (document === DUPLICATE_MEMBER || document === TOO_DEEP)
    throw new Error('JSON with a duplicate member, or nested too deep');
  const set = readJwks(document, maxKeys);
  if (set.keys.length === 0) {
    const reasons = set.skipped.length > 0 ? `:${skippedReasons(set.skipped)}` : '';
    throw new Error(`a JWK Set without a key that can verify a token${reasons}`);
  }
  return set;
}

async function waitUntilSettled(promise: Promise<unknown>): Promise<void> {
  try {
    await promise;
  } catch {
    // Stored as the last error of the set.
  }
}
