/** Decides what a presented refresh token does to its session: the rule that every store follows. */

import type { RotateOutcome, RotateRequest, SessionRow, StoredSession } from './store.ts';

/** Reports whether the session can be refreshed. */
export function isLive(row: SessionRow, now: number): boolean {
  return row.endedAt === null && !isExpired(row, now);
}

/** Reports whether the idle or the absolute end has passed. */
export function isExpired(row: Pick<SessionRow, 'idleEndsAt' | 'endsAt'>, now: number): boolean {
  return now >= row.idleEndsAt || now >= row.endsAt;
}

/** Returns the session without the members that only the store needs. */
export function toStoredSession(row: StoredSession): StoredSession {
  const { sid, uid, slot, generation, createdAt, refreshedAt, idleEndsAt, endsAt, meta } = row;
  return { sid, uid, slot, generation, createdAt, refreshedAt, idleEndsAt, endsAt, meta };
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
        generation: row.generation + 1,
        current: next,
        previous: row.current,
        sealed,
        refreshedAt: now,
        idleEndsAt: Math.min(request.idleEndsAt, row.endsAt),
        meta: meta ?? row.meta,
      };
      return { outcome: { kind, refreshedAt: now, endsAt: row.endsAt }, changed };
    }
    case 'grace': {
      const { refreshedAt, endsAt, sealed } = row;
      return { outcome: { kind, refreshedAt, endsAt, sealed } };
    }
    case 'reuse':
      return { outcome: { kind }, changed: { ...row, endedAt: now } };
    default:
      return { outcome: { kind } };
  }
}

function decideRotation(row: SessionRow, request: RotateRequest): RotateOutcome['kind'] {
  if (row.uid !== request.uid || isExpired(row, request.now)) return 'unknown';
  if (row.endedAt !== null) return 'revoked';
  if (request.presented === row.current) return 'rotated';
  // The store lost writes, by a restored backup or a failover: no theft.
  if (request.generation > row.generation) return 'ahead';
  return request.presented === row.previous && isInGrace(row, request) ? 'grace' : 'reuse';
}

/** A clock that was set back, or another server's clock, can be earlier than `refreshedAt`. */
function isInGrace({ refreshedAt }: SessionRow, { now, grace }: RotateRequest): boolean {
  return grace > 0 && now < refreshedAt + grace;
}
