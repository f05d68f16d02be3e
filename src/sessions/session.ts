/** Describes a session to its user and to hooks. */

import type { StoredSession } from './store.ts';

/**
 * A session as its user can see it.
 *
 * @example
 * ```ts
 * const deviceOf = ({ sid, meta, refreshedAt, current }: Session) => ({ sid, meta, refreshedAt, current });
 * ```
 */
export interface Session {
  readonly uid: string;
  readonly sid: string;
  /** Only with the policy `'per-device'`. */
  readonly device?: string;
  /** The `upstream` of `issue`; null if absent. */
  readonly upstream: string | null;
  readonly createdAt: Date;
  readonly refreshedAt: Date;
  /** When it ends unless refreshed. */
  readonly expiresAt: Date;
  /** The last `meta` of `issue` or `refresh`; null if absent. */
  readonly meta: unknown;
  /** Whether it is the session of the token that `list` or `refresh` received. */
  readonly current: boolean;
}

/** Returns the session without what only the store needs. */
export function toSession(
  stored: StoredSession,
  { hasDevice, current }: { hasDevice: boolean; current: boolean },
): Session {
  const { uid, sid, slot, upstream, createdAt, refreshedAt, idleEndsAt, endsAt, meta } = stored;
  return {
    uid,
    sid,
    ...(hasDevice && { device: slot }),
    upstream,
    createdAt: new Date(createdAt),
    refreshedAt: new Date(refreshedAt),
    expiresAt: new Date(Math.min(idleEndsAt, endsAt)),
    meta: meta === null ? null : JSON.parse(meta),
    current,
  };
}
