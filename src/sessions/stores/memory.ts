/** Stores sessions in the memory of one process: for tests, demonstrations and single small servers. */

import { warnOnce } from '../../core/warn-once.ts';
import {
  compareByUse,
  isExpired,
  isLive,
  newRow,
  rotateRow,
  toStoredSession,
} from '../rotate-row.ts';
import type { SessionRow, SessionStore } from '../store.ts';

/**
 * Creates a store in the memory of this process: its sessions end with the process, and no other process
 * has them. Warns once if `NODE_ENV` is `production`.
 *
 * @example
 * ```ts
 * import { createMemoryStore } from 'jotkit/sessions/memory';
 *
 * const store = createMemoryStore();
 * ```
 */
export function createMemoryStore(): Required<SessionStore> {
  if (process.env.NODE_ENV === 'production') {
    warnOnce(
      'JOTKIT_MEMORY_STORE',
      'Sessions in memory end with the process and are not shared between servers: use jotkit/sessions/sqlite, /postgres, /mysql or /redis.',
    );
  }
  const users = new Map<string, Map<string, SessionRow>>();
  const rowsOf = (uid: string) => [...(users.get(uid)?.values() ?? [])];
  const remove = (uid: string, sid: string): boolean => {
    const sessions = users.get(uid);
    const removed = sessions?.delete(sid) ?? false;
    if (sessions?.size === 0) users.delete(uid);
    return removed;
  };

  // No function awaits anything, so each is atomic.
  return {
    async issue(session, { now, max }) {
      const { uid, slot } = session;
      for (const row of rowsOf(uid)) {
        if (row.slot === slot || isExpired(row, now)) remove(uid, row.sid);
      }
      const ended = rowsOf(uid)
        .sort(compareByUse)
        .slice(max - 1);
      for (const row of ended) remove(uid, row.sid);
      const sessions = users.get(uid) ?? new Map<string, SessionRow>();
      users.set(uid, sessions.set(session.sid, newRow(session, now)));
      return { evicted: ended.filter((row) => isLive(row, now)).map(({ sid }) => sid) };
    },
    async rotate(request) {
      const sessions = users.get(request.uid);
      const row = sessions?.get(request.sid);
      const { outcome, write } = rotateRow(row, request, request.now ?? Date.now());
      if (write) sessions?.set(write.sid, write);
      return outcome;
    },
    async revoke(uid, sid) {
      return remove(uid, sid);
    },
    async revokeAll(uid, except) {
      const ended = rowsOf(uid).filter(({ sid }) => sid !== except);
      for (const { sid } of ended) remove(uid, sid);
      return ended.length;
    },
    async get(uid, sid, now) {
      const row = users.get(uid)?.get(sid);
      return row && isLive(row, now) ? toStoredSession(row) : null;
    },
    async list(uid, now) {
      return rowsOf(uid)
        .filter((row) => isLive(row, now))
        .sort(compareByUse)
        .map(toStoredSession);
    },
    async purge(now, limit) {
      let purged = 0;
      for (const [uid, sessions] of users) {
        for (const row of sessions.values()) {
          if (purged === limit) return purged;
          if (now >= row.endsAt && remove(uid, row.sid)) purged++;
        }
      }
      return purged;
    },
  };
}
