/** The interface of session stores: what they hold, and their atomic operations. */

/**
 * A session as a login creates it. Times are milliseconds since 1970, everything else is a string.
 *
 * @example
 * ```ts
 * const shardOf = ({ uid }: NewSession): number => uid.length % 4;
 * ```
 */
export interface NewSession {
  /** The user. */
  readonly uid: string;
  /** Id of the session: random and unique. */
  readonly sid: string;
  /** A new session replaces the user's session with the same slot. */
  readonly slot: string;
  /** Your second name of the session, such as the `sid` of an identity provider; null if absent. */
  readonly upstream: string | null;
  /** Digest of the `jti` of the first refresh token. */
  readonly current: string;
  /** Milliseconds from a refresh to the idle end. A refresh can shorten them for itself. */
  readonly idle: number;
  /** When it ends unless refreshed: at most `endsAt`. */
  readonly idleEndsAt: number;
  /** When it ends even if refreshed. */
  readonly endsAt: number;
  /** JSON of the application, or null. */
  readonly meta: string | null;
}

/**
 * The whole state of a session: one row, one hash field or one object.
 *
 * @example
 * ```ts
 * const isDead = ({ endedAt }: SessionRow): boolean => endedAt !== null;
 * ```
 */
export interface SessionRow extends NewSession {
  /** Sequence number of the current refresh token; the first is 1. */
  readonly generation: number;
  /** Digest of the previous refresh token; '' before the first refresh. */
  readonly previous: string;
  /** The current `jti`, encrypted for the holder of the previous token; '' before the first refresh. */
  readonly sealed: string;
  /** Sequence number of the first token that the current burst of refreshes replaced; 1 before. */
  readonly burstStart: number;
  readonly createdAt: number;
  /** Time of the last refresh, or of the login. */
  readonly refreshedAt: number;
  /** When a refresh token that should not exist any more, or not yet, ended the session; null if never. */
  readonly endedAt: number | null;
}

/**
 * A live session without its digests.
 *
 * @example
 * ```ts
 * const browserOf = ({ meta }: StoredSession) => meta;
 * ```
 */
export type StoredSession = Pick<
  SessionRow,
  | 'uid'
  | 'sid'
  | 'slot'
  | 'upstream'
  | 'generation'
  | 'createdAt'
  | 'refreshedAt'
  | 'idleEndsAt'
  | 'endsAt'
  | 'meta'
>;

/**
 * A presented refresh token and its successor.
 *
 * @example
 * ```ts
 * const nameOf = ({ sid, generation }: RotateRequest): string => `token ${generation} of ${sid}`;
 * ```
 */
export interface RotateRequest {
  readonly uid: string;
  readonly sid: string;
  /** Sequence number of the presented token. */
  readonly generation: number;
  /** Digest of the `jti` of the presented token. */
  readonly presented: string;
  /** Digest of the `jti` of the successor: random, new in every request. */
  readonly next: string;
  /** The `jti` of the successor, encrypted for the holder of the presented token. */
  readonly sealed: string;
  /** Milliseconds since 1970; null for the clock of the store, which all servers share. */
  readonly now: number | null;
  /** Milliseconds in which the replaced token yields the same successor again. */
  readonly grace: number;
  /** Milliseconds between two refreshes of one burst. */
  readonly burst: number;
  /** Milliseconds to the idle end. The `idle` of the row counts if it is smaller. */
  readonly idle: number;
  /** JSON that replaces the stored one; null keeps it. */
  readonly meta: string | null;
}

/**
 * The result of a {@link RotateRequest}.
 *
 * - `rotated`: the token was current. Its successor is now.
 * - `grace`: the token was replaced, and its successor, which is in `sealed`, has not been presented.
 *   `late` are the milliseconds since.
 * - `superseded`: the token was replaced in a burst of refreshes. Nothing changed.
 * - `reuse`: the token was replaced `behind` refreshes ago. The session has ended.
 * - `ahead`: the store lost the refresh that made the token. The session has ended.
 * - `revoked`: `reuse` or `ahead` ended the session before.
 * - `unknown`: there is no such session, or no longer.
 *
 * @example
 * ```ts
 * const isGranted = ({ kind }: RotateOutcome): boolean => kind === 'rotated' || kind === 'grace';
 * ```
 */
export type RotateOutcome =
  | { readonly kind: 'rotated'; readonly refreshedAt: number; readonly idleEndsAt: number }
  | {
      readonly kind: 'grace';
      readonly refreshedAt: number;
      readonly idleEndsAt: number;
      readonly sealed: string;
      readonly late: number;
    }
  | { readonly kind: 'reuse'; readonly behind: number }
  | { readonly kind: 'superseded' | 'ahead' | 'revoked' | 'unknown' };

/**
 * Stores sessions. Every operation must be atomic, and its effect as durable as the store can make it,
 * before the promise resolves. A rejected promise means that the operation may have happened or not.
 *
 * Test your store with the laws in `jotkit/sessions/conformance`.
 *
 * @example
 * ```ts
 * const store = createMemoryStore();
 * let refreshes = 0;
 * const counting: SessionStore = {
 *   ...store,
 *   rotate(request, signal) {
 *     refreshes++;
 *     return store.rotate(request, signal);
 *   },
 * };
 * ```
 */
export interface SessionStore {
  /**
   * Adds a session, replaces the one in its slot, and ends the least recently refreshed sessions beyond
   * `max`, but never the new one. Resolves to the ids of the live ones among these.
   */
  issue(
    session: NewSession,
    limits: { readonly now: number; readonly max: number },
  ): Promise<{ evicted: string[] }>;
  /**
   * Checks a refresh token and replaces it in one step. Never creates a session. A store that sends several
   * commands must send no more when `signal` is aborted: the client may have refreshed elsewhere since, and
   * a late decision would end its session.
   */
  rotate(request: RotateRequest, signal?: AbortSignal): Promise<RotateOutcome>;
  /** Ends a session. Resolves to whether it existed. */
  revoke(uid: string, sid: string): Promise<boolean>;
  /** Ends all sessions of a user except `except`. Resolves to their number. */
  revokeAll(uid: string, except?: string): Promise<number>;
  /** Resolves to the session, or to null if it is not live. */
  get(uid: string, sid: string, now: number): Promise<StoredSession | null>;
  /** Resolves to the live sessions of a user, the most recently refreshed first. */
  list(uid: string, now: number): Promise<StoredSession[]>;
  /** Removes at most `limit` sessions whose absolute end has passed. Resolves to their number. */
  purge?(now: number, limit: number): Promise<number>;
}
