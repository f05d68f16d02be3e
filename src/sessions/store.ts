/** What a session store keeps, and the operations that it makes atomic. */

/**
 * A session as a login makes it. Times are milliseconds since 1970, everything else is text.
 *
 * @example
 * ```ts
 * const shardOf = ({ uid }: NewSession): number => uid.length % 4;
 * ```
 */
export interface NewSession {
  /** The session: random, unguessable, unique. */
  readonly sid: string;
  /** The user. */
  readonly uid: string;
  /** At most one session of a user has a slot; a new one takes the place of the old one. */
  readonly slot: string;
  /** Digest of the first refresh token's `jti`. */
  readonly cur: string;
  /** When it ends unless it is refreshed. */
  readonly idleExp: number;
  /** When it ends in any case. */
  readonly absExp: number;
  /** JSON text of the application, or null. */
  readonly meta: string | null;
}

/**
 * All state of a session: one row, one hash field, one object.
 *
 * @example
 * ```ts
 * const isDead = ({ reusedAt }: SessionRow): boolean => reusedAt !== null;
 * ```
 */
export interface SessionRow extends NewSession {
  /** Number of the current refresh token; the first is 1. */
  readonly gen: number;
  /** Digest of the refresh token before the current one; '' at first. */
  readonly prev: string;
  /** The current `jti`, encrypted for the holder of the previous one; '' at first. */
  readonly sealed: string;
  readonly createdAt: number;
  readonly rotatedAt: number;
  /** When a replaced refresh token came again; from then on the session is dead. */
  readonly reusedAt: number | null;
}

/**
 * A live session, as it is shown: without digests.
 *
 * @example
 * ```ts
 * const found: StoredSession | null = await store.get('ada', 'unknown', Date.now());
 * console.log(found); // → null
 * ```
 */
export type StoredSession = Pick<
  SessionRow,
  'sid' | 'uid' | 'slot' | 'gen' | 'createdAt' | 'rotatedAt' | 'idleExp' | 'absExp' | 'meta'
>;

/**
 * A refresh token that is presented, and what shall take its place.
 *
 * @example
 * ```ts
 * const nameOf = ({ sid, gen }: RotateRequest): string => `token ${gen} of ${sid}`;
 * ```
 */
export interface RotateRequest {
  readonly uid: string;
  readonly sid: string;
  /** Number of the presented token. */
  readonly gen: number;
  /** Digest of the presented token's `jti`. */
  readonly presented: string;
  /** Digest of the `jti` that takes its place: random, new with every request. */
  readonly next: string;
  /** That `jti`, encrypted for the holder of the presented token. */
  readonly sealed: string;
  readonly now: number;
  /** Milliseconds in which the replaced token is answered with the same successor again. */
  readonly grace: number;
  readonly idleExp: number;
  /** JSON text that replaces what is there; null keeps it. */
  readonly meta: string | null;
}

/**
 * What became of a {@link RotateRequest}.
 *
 * @example
 * ```ts
 * const isGranted = ({ kind }: RotateOutcome): boolean => kind === 'rotated' || kind === 'grace';
 * ```
 */
export type RotateOutcome =
  | { readonly kind: 'rotated'; readonly rotatedAt: number; readonly absExp: number }
  | {
      readonly kind: 'grace';
      readonly rotatedAt: number;
      readonly absExp: number;
      readonly sealed: string;
    }
  | { readonly kind: 'reuse' | 'revoked' | 'ahead' | 'unknown' };

/**
 * Where sessions are kept. Every operation is atomic by itself, and what it promised is durable, or as
 * durable as the store can make it, before its promise resolves. A rejected promise says that nothing is
 * known: the operation may have happened.
 *
 * The laws that a store has to keep are a test suite: `jotkit/sessions/conformance`.
 *
 * @example
 * ```ts
 * let refreshes = 0;
 * const counting: SessionStore = {
 *   ...store,
 *   rotate(request) {
 *     refreshes++;
 *     return store.rotate(request);
 *   },
 * };
 * ```
 */
export interface SessionStore {
  /**
   * Adds a session, in place of the one in its slot, and ends the least recently refreshed beyond `max`;
   * answers with the live ones that it ended for that.
   */
  issue(
    session: NewSession,
    limits: { readonly now: number; readonly max: number },
  ): Promise<{ evicted: string[] }>;
  /** Judges a refresh token and replaces it in one step. Never creates a session. */
  rotate(request: RotateRequest): Promise<RotateOutcome>;
  /** Ends a session; says whether there was one. */
  revoke(uid: string, sid: string): Promise<boolean>;
  /** Ends all sessions of a user but one; says how many. */
  revokeAll(uid: string, except?: string): Promise<number>;
  /** The session, if it is live. */
  get(uid: string, sid: string, now: number): Promise<StoredSession | null>;
  /** The live sessions of a user, the most recently refreshed first. */
  list(uid: string, now: number): Promise<StoredSession[]>;
  /** Removes at most `limit` sessions whose absolute end has passed; says how many. */
  purge?(now: number, limit: number): Promise<number>;
}
