/** Declares what a replay store does: it accepts each identifier once. */

import { KeySourceError, nameErrors, withCode } from '../errors.ts';

/**
 * Stores the identifiers of proofs and assertions until they expire. Times are milliseconds since 1970.
 *
 * `use` must be atomic: of two calls with one `id`, at the same time and in any process, only one resolves to
 * `true`.
 *
 * @example
 * ```ts
 * const store: ReplayStore = createMemoryReplayStore();
 * const isFirst = await store.use('id of a proof', Date.now() + 60_000, Date.now());
 * ```
 */
export interface ReplayStore {
  /**
   * Stores `id` until the time `until`. Resolves to `true` if it is not stored yet, or expired: the stored
   * time is not after `now`. Resolves to `false` if it was used, or `until` is not after `now`. Rejects if the
   * store fails.
   *
   * jotkit passes digests: 43 characters of base64url, case-sensitive. `owner` names whose id it is, such as
   * the thumbprint of a key. A store of limited size counts by it, so that one owner cannot fill the store.
   * Others ignore it.
   */
  use(id: string, until: number, now: number, owner?: string): Promise<boolean>;
  /** Deletes at most `limit` identifiers that expired a minute before `now`. Resolves to their number. */
  purge?(now: number, limit: number): Promise<number>;
}

/**
 * The replay store failed, so the proof may be valid. Respond with 503, not 401. `cause` is what the store threw.
 *
 * @example
 * ```ts
 * const isOutage = (error: unknown) => error instanceof ReplayStoreError;
 * ```
 */
export class ReplayStoreError extends KeySourceError {
  constructor(message: string, cause?: unknown) {
    super(message, cause);
    withCode(this, 'ERR_REPLAY_STORE');
  }
}

nameErrors(ReplayStoreError, 'ReplayStoreError');
