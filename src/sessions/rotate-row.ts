/** Decides what a presented refresh token does to its session: the rule that every store follows. */

import type { RotateOutcome, RotateRequest, SessionRow, StoredSession } from './store.ts';

/** Reports whether the session can be refreshed. */
export function isLive(row: SessionRow, now: number): boolean {
  return row.reusedAt === null && !isExpired(row, now);
}

/** Reports whether the idle or the absolute end has passed. */
export function isExpired(row: Pick<SessionRow, 'idleExp' | 'absExp'>, now: number): boolean {
  return now >= row.idleExp || now >= row.absExp;
}

/** Returns the session without the members that only the store needs. */
export function toStoredSession(row: StoredSession): StoredSession {
  const { sid, uid, slot, gen, createdAt, rotatedAt, idleExp, absExp, meta } = row;
  return { sid, uid, slot, gen, createdAt, rotatedAt, idleExp, absExp, meta };
}

/** Returns the outcome and, if the row changes, the row to store. */
export function rotateRow(
  row: SessionRow | undefined,
  request: RotateRequest,
): { outcome: RotateOutcome; changed?: SessionRow } {
  if (!row) return { outcome: { kind: 'unknown' } };
  const { now, next, sealed, meta } = request;
  const kind = decideRotation(row, request);
  switch (kind) {
    case 'rotated': {
      const changed: SessionRow = {
        ...row,
        gen: row.gen + 1,
        cur: next,
        prev: row.cur,
        sealed,
        rotatedAt: now,
        idleExp: Math.min(request.idleExp, row.absExp),
        meta: meta ?? row.meta,
      };
      return { outcome: { kind, rotatedAt: now, absExp: row.absExp }, changed };
    }
    case 'grace': {
      const { rotatedAt, absExp, sealed } = row;
      return { outcome: { kind, rotatedAt, absExp, sealed } };
    }
    case 'reuse':
      return { outcome: { kind }, changed: { ...row, reusedAt: now } };
    default:
      return { outcome: { kind } };
  }
}

function decideRotation(row: SessionRow, request: RotateRequest): RotateOutcome['kind'] {
  if (row.uid !== request.uid || isExpired(row, request.now)) return 'unknown';
  if (row.reusedAt !== null) return 'revoked';
  if (request.presented === row.cur) return 'rotated';
  // The store lost writes, by a restored backup or a failover: no theft.
  if (request.gen > row.gen) return 'ahead';
  return request.presented === row.prev && isInGrace(row, request) ? 'grace' : 'reuse';
}

/** A clock that was set back, or another server's clock, can be earlier than `rotatedAt`. */
function isInGrace({ rotatedAt }: SessionRow, { now, grace }: RotateRequest): boolean {
  return grace > 0 && now < rotatedAt + grace;
}
