/** The statements that SQLite and PostgreSQL have in common: one for each operation. */

import type * as option from '../../core/options.ts';
import type { RotateOutcome, RotateRequest, SessionStore, StoredSession } from '../store.ts';

/**
 * Options of the SQL stores.
 *
 * @example
 * ```ts
 * const options: TableOptions = { table: 'auth_sessions' };
 * ```
 */
export interface TableOptions {
  /** The name of the table, with a schema if need be. Default `jotkit_sessions`. */
  table?: string;
}

/** The default of {@link TableOptions.table}. */
export const TABLE = 'jotkit_sessions';

export const tableRules: option.OptionRules = {
  table: {
    expected: 'a plain SQL name, or two joined by a dot',
    test: (value) =>
      typeof value === 'string' && /^[a-z_]\w{0,50}(\.[a-z_]\w{0,50})?$/i.test(value),
  },
};

/** What a database answers: columns in lower case, integers perhaps as text or bigint. */
export type SqlRow = Record<string, unknown>;

const SHOWN = `sid, uid, slot, gen, created_at, rotated_at, idle_exp, abs_exp, meta`;
const BY_USE = `CASE WHEN reused_at IS NULL THEN 0 ELSE 1 END, rotated_at DESC, sid`;
const LIVE = `reused_at IS NULL AND idle_exp > :now AND abs_exp > :now`;

// As rotateRow judges; every expression of an UPDATE sees the row as it was.
const ROTATES = `reused_at IS NULL AND cur = :presented`;
const IN_GRACE = `prev = :presented AND :grace > 0 AND :now < rotated_at + :grace`;
const REUSES = `reused_at IS NULL AND cur <> :presented AND gen >= :gen AND NOT (${IN_GRACE})`;

/** The values of a statement, by name. */
export type SqlValues = Record<string, string | number | null>;

/** Names stand for values, `:name`; dialects differ in the types of columns and in locking. */
export function statements(table: string, integer: string, skipLocked = '') {
  const index = `${table.split('.').at(-1)}_abs_exp`;
  return {
    create: `CREATE TABLE IF NOT EXISTS ${table} (
  sid TEXT NOT NULL PRIMARY KEY,
  uid TEXT NOT NULL,
  slot TEXT NOT NULL,
  gen ${integer} NOT NULL,
  cur TEXT NOT NULL,
  prev TEXT NOT NULL,
  sealed TEXT NOT NULL,
  created_at ${integer} NOT NULL,
  rotated_at ${integer} NOT NULL,
  idle_exp ${integer} NOT NULL,
  abs_exp ${integer} NOT NULL,
  reused_at ${integer},
  meta TEXT,
  UNIQUE (uid, slot)
)`,
    createIndex: `CREATE INDEX IF NOT EXISTS ${index} ON ${table} (abs_exp)`,
    // The latest of all, also by a clock that is behind: the trim that follows must not end it, and
    // because all trims go by one order, those of concurrent logins leave the maximum, not less.
    issue: `
INSERT INTO ${table} (sid, uid, slot, gen, cur, prev, sealed,
  created_at, rotated_at, idle_exp, abs_exp, reused_at, meta)
VALUES (:sid, :uid, :slot, 1, :cur, '', '', :now,
  COALESCE((SELECT MAX(rotated_at) + 1 FROM ${table} WHERE uid = :uid AND rotated_at >= :now), :now),
  :idleExp, :absExp, NULL, :meta)
ON CONFLICT (uid, slot) DO UPDATE SET
  sid = excluded.sid, gen = 1, cur = excluded.cur, prev = '', sealed = '',
  created_at = excluded.created_at, rotated_at = excluded.rotated_at,
  idle_exp = excluded.idle_exp, abs_exp = excluded.abs_exp, reused_at = NULL, meta = excluded.meta
RETURNING sid`,
    trim: `
DELETE FROM ${table} WHERE uid = :uid AND (
  idle_exp <= :now OR abs_exp <= :now OR sid IN (
    SELECT sid FROM (
      SELECT sid, ROW_NUMBER() OVER (ORDER BY ${BY_USE}) AS place FROM ${table}
      WHERE uid = :uid AND idle_exp > :now AND abs_exp > :now
    ) AS ranked WHERE place > :max
  ))
RETURNING sid, CASE WHEN ${LIVE} THEN 1 ELSE 0 END AS live`,
    // cur = :next says that this very statement changed the row: :next is new with every request.
    rotate: `
UPDATE ${table} SET
  cur = CASE WHEN ${ROTATES} OR ${REUSES} THEN :next ELSE cur END,
  prev = CASE WHEN ${ROTATES} THEN cur ELSE prev END,
  sealed = CASE WHEN ${ROTATES} THEN :sealed ELSE sealed END,
  gen = CASE WHEN ${ROTATES} THEN gen + 1 ELSE gen END,
  rotated_at = CASE WHEN ${ROTATES} THEN :now ELSE rotated_at END,
  idle_exp = CASE WHEN NOT (${ROTATES}) THEN idle_exp
    WHEN :idleExp < abs_exp THEN :idleExp ELSE abs_exp END,
  meta = CASE WHEN ${ROTATES} THEN COALESCE(:meta, meta) ELSE meta END,
  reused_at = CASE WHEN ${REUSES} THEN :now ELSE reused_at END
WHERE uid = :uid AND sid = :sid AND idle_exp > :now AND abs_exp > :now
RETURNING gen, cur, sealed, rotated_at, abs_exp, reused_at`,
    revoke: `DELETE FROM ${table} WHERE uid = :uid AND sid = :sid RETURNING sid`,
    revokeAll: `DELETE FROM ${table} WHERE uid = :uid AND sid <> :except RETURNING sid`,
    get: `SELECT ${SHOWN} FROM ${table} WHERE uid = :uid AND sid = :sid AND ${LIVE}`,
    list: `SELECT ${SHOWN} FROM ${table} WHERE uid = :uid AND ${LIVE} ORDER BY rotated_at DESC`,
    purge: `
DELETE FROM ${table} WHERE sid IN (
  SELECT sid FROM ${table} WHERE abs_exp <= :now ORDER BY abs_exp LIMIT :limit ${skipLocked})
RETURNING sid`,
  };
}

/** The operations of a store, where a statement with its values is answered now or later. */
export function sqlOperations(
  sql: ReturnType<typeof statements>,
  rows: (statement: string, values: SqlValues) => SqlRow[] | Promise<SqlRow[]>,
): Required<SessionStore> {
  return {
    async issue(session, { now, max }) {
      await rows(sql.issue, { ...session, now });
      return { evicted: evicted(await rows(sql.trim, { uid: session.uid, now, max })) };
    },
    async rotate(request) {
      return rotateOutcome((await rows(sql.rotate, { ...request }))[0], request);
    },
    async revoke(uid, sid) {
      return (await rows(sql.revoke, { uid, sid })).length > 0;
    },
    async revokeAll(uid, except = '') {
      return (await rows(sql.revokeAll, { uid, except })).length;
    },
    async get(uid, sid, now) {
      return (await rows(sql.get, { uid, sid, now })).map(sessionOf)[0] ?? null;
    },
    async list(uid, now) {
      return (await rows(sql.list, { uid, now })).map(sessionOf);
    },
    async purge(now, limit) {
      return (await rows(sql.purge, { now, limit })).length;
    },
  };
}

/** What the row that `rotate` left says about what it did. */
function rotateOutcome(row: SqlRow | undefined, request: RotateRequest): RotateOutcome {
  if (!row) return { kind: 'unknown' };
  const mine = row['cur'] === request.next;
  if (row['reused_at'] !== null) return { kind: mine ? 'reuse' : 'revoked' };
  const times = { rotatedAt: Number(row['rotated_at']), absExp: Number(row['abs_exp']) };
  if (mine) return { kind: 'rotated', ...times };
  if (request.gen > Number(row['gen'])) return { kind: 'ahead' };
  return { kind: 'grace', ...times, sealed: String(row['sealed']) };
}

function sessionOf(row: SqlRow): StoredSession {
  return {
    sid: String(row['sid']),
    uid: String(row['uid']),
    slot: String(row['slot']),
    gen: Number(row['gen']),
    createdAt: Number(row['created_at']),
    rotatedAt: Number(row['rotated_at']),
    idleExp: Number(row['idle_exp']),
    absExp: Number(row['abs_exp']),
    meta: row['meta'] === null ? null : String(row['meta']),
  };
}

/** The sessions that a trim ended and that were not over by themselves. */
function evicted(rows: readonly SqlRow[]): string[] {
  return rows.filter((row) => Number(row['live']) === 1).map((row) => String(row['sid']));
}
