/** A key set that is kept from a remote address: when it counts, and when it is asked for again. */

import type { KeyObject } from 'node:crypto';
import { NOT_JSON, NOT_SAFE, parseJson } from '../../core/encoding/strict-json.ts';
import { isAlgorithm, rowOf } from '../../core/keys/algorithms.ts';
import { sharesPromises } from '../../core/keys/runtime.ts';
import { KeySourceError } from '../../errors.ts';
import { type KeySet, readJwks } from '../jwks/jwk-set.ts';
import { type KeyHint, selectKeys } from '../jwks/select-key.ts';
import { Backoff } from './backoff.ts';
import { type DocumentRequest, type FetchedDocument, fetchDocument } from './fetch-document.ts';
import { type Bounds, freshnessLifetime } from './freshness.ts';
import { shownUrl } from './jwks-url.ts';
import { createMonotonicClock } from './monotonic-clock.ts';
import { publishFailed, publishRefreshed, publishStale } from './remote-events.ts';
import { createTokenBucket } from './token-bucket.ts';

/** What a remote set was told, compiled. Times are seconds. */
export interface RemotePolicy {
  readonly request: DocumentRequest;
  readonly freshFor: Bounds;
  readonly maxStale: number;
  readonly maxKeys: number;
  readonly clock: (() => number) | undefined;
}

/** The last good answer. */
interface CachedSet {
  readonly set: KeySet;
  readonly text: string;
  readonly etag: string | null;
  /** The fetch that brought it: they are numbered. */
  readonly fetch: number;
  /** When it was asked for. */
  readonly at: number;
  /** How long it is fresh. */
  readonly lifetime: number;
}

/**
 * How much the kept answer counts: `aging` is still fresh, and due to be renewed; `stale` counts only while the
 * endpoint fails; `none` does not count at all.
 */
type Freshness = 'fresh' | 'aging' | 'stale' | 'none';

interface PendingFetch {
  readonly number: number;
  readonly done: Promise<void>;
}

/** The part of its life after which a set is renewed while it is still fresh. */
const RENEWAL_FRACTION = 0.8;

/** Fetches for unknown keys: a rotation finds one ready, a flood gets four in a minute. */
const UNKNOWN_KID_FETCHES = 5;
const UNKNOWN_KID_REFILL_SECONDS = 15;

/** Needs no timer: what is due is done when the set is next used. */
export class RemoteSet {
  readonly #policy: RemotePolicy;
  /** As it may be shown. */
  readonly #address: string;
  readonly #now: () => number;
  readonly #spare = createTokenBucket(UNKNOWN_KID_FETCHES, UNKNOWN_KID_REFILL_SECONDS);
  #kept: CachedSet | undefined;
  #flight: PendingFetch | undefined;
  /** Fetches that were begun. */
  #begun = 0;
  readonly #backoff = new Backoff();
  /** Why the last fetch failed that did. */
  #failure: unknown;
  readonly #controllers = new Set<AbortController>();
  #closed = false;

  constructor(policy: RemotePolicy) {
    this.#policy = policy;
    this.#address = shownUrl(policy.request.url);
    this.#now = createMonotonicClock(policy.clock);
  }

  /** The keys that may have signed a token with this header. Throws KeySourceError. */
  async find(header: KeyHint): Promise<readonly KeyObject[]> {
    // No set of public keys has a key for it, today or tomorrow.
    if (!isAlgorithm(header.alg) || rowOf(header.alg).keyTypes.includes('secret')) return [];
    const begun = this.#begun;
    const worth = this.#worth();
    if (worth !== 'fresh') await this.#prepare(worth);
    const find = () => (this.#kept ? selectKeys(header, this.#kept.set) : []);
    // An answer that was asked for after the token came settles it; an older one may have been overtaken
    // by a rotation.
    if (find().length === 0 && (this.#kept?.fetch ?? 0) <= begun) {
      await waitUntilSettled(this.#askAfter(begun, () => find().length === 0 && this.#mayAskForKey()));
    }
    this.#checkOpen();
    const found = find();
    if (found.length === 0 && this.#isFailing) throw this.#unavailable();
    return found.map(({ key }) => key);
  }

  /** Asks now. Throws KeySourceError; what is kept stays then. */
  async reload(): Promise<void> {
    this.#checkOpen();
    await this.#askAfter(this.#begun, () => true);
    this.#checkOpen();
  }

  /** Ends what is under way, and lets go of the keys. */
  close(): void {
    this.#closed = true;
    this.#kept = undefined;
    for (const controller of this.#controllers) controller.abort(new Error('the set was closed'));
  }

  /** Sees to it that what is kept counts, at the price of a wait only where it would not. */
  async #prepare(worth: Freshness): Promise<void> {
    this.#checkOpen();
    const before = this.#kept;
    if (worth === 'aging' || (worth === 'stale' && this.#backoff.expectsFailure(this.#now()))) {
      if (!this.#flight && this.#mayRetry()) void waitUntilSettled(this.#ask());
    } else if (this.#flight || this.#mayRetry()) {
      await waitUntilSettled(this.#ask());
      this.#checkOpen();
      // An answer of this moment counts, however short its life.
      if (this.#kept !== before) return;
    }
    const rest = this.#worth();
    if (rest === 'none') throw this.#unavailable();
    if (rest === 'stale') publishStale(this.#address, this.#age());
  }

  #worth(): Freshness {
    const age = this.#age();
    const { lifetime: life } = this.#kept ?? { lifetime: 0 };
    if (age < life) return age < life * RENEWAL_FRACTION ? 'fresh' : 'aging';
    return age < life + this.#policy.maxStale ? 'stale' : 'none';
  }

  /** Seconds since what is kept was asked for. */
  #age(): number {
    return this.#kept ? this.#now() - this.#kept.at : Number.POSITIVE_INFINITY;
  }

  get #isFailing(): boolean {
    return this.#backoff.failures > 0;
  }

  #mayRetry(): boolean {
    return this.#backoff.allows(this.#now());
  }

  /** The senders of tokens choose the `kid`: they do not choose how often the endpoint is asked. */
  #mayAskForKey(): boolean {
    return this.#isFailing ? this.#mayRetry() : this.#spare(this.#now());
  }

  /** The answer of a fetch that began later than the first `begun`; where none did, begins one. */
  async #askAfter(begun: number, allowed: () => boolean): Promise<void> {
    if (this.#flight && this.#flight.number <= begun) await waitUntilSettled(this.#flight.done);
    if (this.#flight && this.#flight.number > begun) await this.#flight.done;
    else if (!this.#closed && allowed()) await this.#ask();
  }

  /** One fetch at a time, whoever asks. */
  #ask(): Promise<void> {
    if (this.#flight) return this.#flight.done;
    const number = ++this.#begun;
    const done = this.#load(number).finally(() => {
      if (this.#flight?.number === number) this.#flight = undefined;
    });
    if (sharesPromises()) this.#flight = { number, done };
    return done;
  }

  async #load(number: number): Promise<void> {
    const { request } = this.#policy;
    const at = this.#now();
    const controller = new AbortController();
    this.#controllers.add(controller);
    const etag = this.#kept?.etag;
    const headers = { ...request.headers, ...(etag && { 'if-none-match': etag }) };
    try {
      const answer = await fetchDocument({ ...request, headers }, controller);
      this.#keep(answer, number, at);
    } catch (error) {
      this.#failure = error;
      this.#backoff.fail(this.#now(), Math.random());
      publishFailed(this.#address, this.#reason(), this.#backoff.failures);
      throw this.#unavailable();
    } finally {
      this.#controllers.delete(controller);
    }
  }

  /** Replaces the set: a key that left verifies nothing from here on. */
  #keep(answer: FetchedDocument, number: number, at: number): void {
    const kept = this.#kept;
    // Overtaken by another fetch, in a runtime that shares none.
    if (this.#closed || (kept && kept.fetch > number)) return;
    const { status, headers, text } = answer;
    const unchanged = kept && (status === 304 || (status === 200 && text === kept.text));
    if (!unchanged && status !== 200) throw new Error(`status ${status}`);
    // RFC 9111 §4.3.4: what was said before holds until it is said anew.
    const isSilent = status === 304 && headers.get('cache-control') === null;
    const life = unchanged && isSilent ? kept.lifetime : freshnessLifetime(headers, this.#policy.freshFor);
    // The same keys stay the same objects: a cache of tokens counts on them.
    const set = unchanged ? kept.set : parseRemoteSet(text, this.#policy.maxKeys);
    const etag = headers.get('etag') ?? (unchanged ? kept.etag : null);
    this.#kept = { set, text: unchanged ? kept.text : text, etag, fetch: number, at, lifetime: life };
    this.#backoff.succeed();
    publishRefreshed(this.#address, set.keys.length, !unchanged);
  }

  #checkOpen(): void {
    if (this.#closed) throw new KeySourceError('the key set was closed');
  }

  #reason(): string {
    return this.#failure instanceof Error ? this.#failure.message : 'unknown';
  }

  #unavailable(): KeySourceError {
    return new KeySourceError(`no keys from ${this.#address}: ${this.#reason()}`, this.#failure);
  }
}

/** The keys of a document. Throws Error where it says nothing: what is kept is worth more then. */
function parseRemoteSet(text: string, maxKeys: number): KeySet {
  const document = parseJson(text);
  if (document === NOT_JSON) throw new Error('an answer that is not JSON');
  if (document === NOT_SAFE) throw new Error('JSON that has a member twice, or nests too deep');
  const set = readJwks(document, maxKeys);
  if (set.keys.length === 0) throw new Error('a JWK Set without a key that can verify a token');
  return set;
}

/** Waits, whatever comes of it. */
async function waitUntilSettled(promise: Promise<unknown>): Promise<void> {
  try {
    await promise;
  } catch {
    // Kept as the failure of the set.
  }
}
