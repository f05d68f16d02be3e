/** What a presented refresh token does to its session: the rule that every store carries out. */

import type { RotateOutcome, RotateRequest, SessionRow, StoredSession } from './store.ts';

/** Whether the session can still be refreshed. */
export function isLive(row: SessionRow, now: number): boolean {
  return row.reusedAt === null && !isOver(row, now);
}

/** Whether its idle or absolute end has passed. */
export function isOver(row: Pick<SessionRow, 'idleExp' | 'absExp'>, now: number): boolean {
  return now >= row.idleExp || now >= row.absExp;
}

/** The session without what only the store needs. */
export function show(row: StoredSession): StoredSession {
  const { sid, uid, slot, gen, createdAt, rotatedAt, idleExp, absExp, meta } = row;
  return { sid, uid, slot, gen, createdAt, rotatedAt, idleExp, absExp, meta };
}

/** Answers with the outcome, and with the row as it is from now on, where it changes. */
export function rotateRow(
  row: SessionRow | undefined,
  request: RotateRequest,
): { outcome: RotateOutcome; changed?: SessionRow } {
  if (!row) return { outcome: { kind: 'unknown' } };
  const { now, next, sealed, meta } = request;
  const kind = judge(row, request);
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

function judge(row: SessionRow, request: RotateRequest): RotateOutcome['kind'] {
  if (row.uid !== request.uid || isOver(row, request.now)) return 'unknown';
  if (row.reusedAt !== null) return 'revoked';
  if (request.presented === row.cur) return 'rotated';
  // The store lost writes: a backup, a failover. The holder did nothing wrong.
  if (request.gen > row.gen) return 'ahead';
  return request.presented === row.prev && inGrace(row, request) ? 'grace' : 'reuse';
}

/** A clock that was set back, or that of another server, puts the rotation into the future. */
function inGrace({ rotatedAt }: SessionRow, { now, grace }: RotateRequest): boolean {
  return grace > 0 && now < rotatedAt + grace;
}
