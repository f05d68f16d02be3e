/** Decides what a presented refresh token does to its session: the rule that every store follows. */

import type {
  NewSession,
  RotateOutcome,
  RotateRequest,
  SessionRow,
  StoredSession,
} from './store.ts';

/** A thief who refreshes in every burst must not suspend the detection of reuse for longer. */
const MAX_BURST_GENERATIONS = 8;

/**
 * What a {@link RotateRequest} does. Store `write`, if present, only if the row that you passed is still
 * the stored one.
 *
 * @example
 * ```ts
 * const isReadOnly = ({ write }: Rotation): boolean => write === undefined;
 * ```
 */
export interface Rotation {
  readonly outcome: RotateOutcome;
  readonly write?: SessionRow;
}

/**
 * Decides a {@link RotateRequest} on one version of the row. `now` is in milliseconds: that of the request,
 * or the time of the database if it is null.
 *
 * @example
 * ```ts
 * const rows = new Map<string, SessionRow>(); // in one process, without a wait between get and set
 * const rotate = (request: RotateRequest): RotateOutcome => {
 *   const { outcome, write } = rotateRow(rows.get(request.sid), request, request.now ?? Date.now());
 *   if (write) rows.set(write.sid, write);
 *   return outcome;
 * };
 * ```
 */
export function rotateRow(
  row: SessionRow | undefined,
  request: RotateRequest,
  now: number,
): Rotation {
  if (!row || row.uid !== request.uid || isExpired(row, now)) {
    return { outcome: { kind: 'unknown' } };
  }
  const { generation, presented, next } = request;
  const isEnd = row.current === next && row.endedAt !== null;
  const end: RotateOutcome =
    generation > row.generation
      ? { kind: 'ahead' }
      : { kind: 'reuse', behind: row.generation - generation };
  if (isEnd) return { outcome: end };
  if (row.endedAt !== null) return { outcome: { kind: 'revoked' } };

  if (row.current === presented) {
    const write = toRotated(row, request, now);
    return { outcome: rotatedOutcome(write), write };
  }
  // `next` is random: the client of the database sent this command again.
  if (row.current === next) return { outcome: rotatedOutcome(row) };

  if (generation <= row.generation) {
    if (row.previous === presented && isWithin(row, request.grace, now)) {
      const { refreshedAt, idleEndsAt, sealed } = row;
      const late = Math.max(0, now - refreshedAt);
      return { outcome: { kind: 'grace', refreshedAt, idleEndsAt, sealed, late } };
    }
    const oldest = Math.max(row.burstStart, row.generation - MAX_BURST_GENERATIONS);
    if (generation >= oldest && isWithin(row, request.burst, now)) {
      return { outcome: { kind: 'superseded' } };
    }
  }
  // The presented token, and the current one with it, never becomes current again.
  return { outcome: end, write: { ...row, endedAt: now, current: next } };
}

function toRotated(row: SessionRow, request: RotateRequest, now: number): SessionRow {
  const idleEndsAt = Math.min(now + Math.min(row.idle, request.idle), row.endsAt);
  return {
    ...row,
    generation: row.generation + 1,
    current: request.next,
    previous: row.current,
    sealed: request.sealed,
    // The token presented now, not its successor: three tabs with one token are a burst. Read only if a
    // request allows bursts.
    burstStart: now < row.refreshedAt + request.burst ? row.burstStart : row.generation,
    refreshedAt: now,
    idleEndsAt,
    meta: request.meta ?? row.meta,
  };
}

function rotatedOutcome({ refreshedAt, idleEndsAt }: SessionRow): RotateOutcome {
  return { kind: 'rotated', refreshedAt, idleEndsAt };
}

/** Never within 0 ms, although a clock that was set back can be earlier than `refreshedAt`. */
function isWithin({ refreshedAt }: SessionRow, period: number, now: number): boolean {
  return period > 0 && now < refreshedAt + period;
}

/** Reports whether the session can be refreshed. */
export function isLive(row: SessionRow, now: number): boolean {
  return row.endedAt === null && !isExpired(row, now);
}

/** Reports whether the idle or the absolute end has passed. */
export function isExpired(row: Pick<SessionRow, 'idleEndsAt' | 'endsAt'>, now: number): boolean {
  return now >= row.idleEndsAt || now >= row.endsAt;
}

/** Returns the row of a login. */
export function newRow(session: NewSession, now: number): SessionRow {
  const first = { generation: 1, previous: '', sealed: '', burstStart: 1 };
  return { ...session, ...first, createdAt: now, refreshedAt: now, endedAt: null };
}

/** Returns the session without the members that only the store needs. */
export function toStoredSession(row: StoredSession): StoredSession {
  const { uid, sid, slot, upstream, generation, createdAt, refreshedAt, idleEndsAt, endsAt, meta } =
    row;
  return {
    ...{ uid, sid, slot, upstream, generation },
    ...{ createdAt, refreshedAt, idleEndsAt, endsAt, meta },
  };
}

/** A session with the members that decide which sessions a login ends. */
type Ranked = Pick<SessionRow, 'sid' | 'endedAt' | 'refreshedAt'>;

/** Sorts the most recently refreshed session first, and ended sessions last. */
export function compareByUse(a: Ranked, b: Ranked): number {
  const byEnd = Number(a.endedAt !== null) - Number(b.endedAt !== null);
  return byEnd || b.refreshedAt - a.refreshedAt || (a.sid < b.sid ? -1 : 1);
}
