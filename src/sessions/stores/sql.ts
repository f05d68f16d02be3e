/** The statements that SQLite and PostgreSQL have in common. */

import type * as option from '../../core/option-rules.ts';
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
const IN_GRACE = `prev = :presented AND :grace > 0 AND :now < rotated_at + :grace`;
const REUSES = `reused_at IS NULL AND cur <> :presented AND gen >= :gen AND NOT (${IN_GRACE})`;

/** The values of a statement, by name. */
export type SqlValues = Record<string, string | number | null>;

/** The name of a table without its schema. */
export function bare(table: string): string {
  return table.slice(table.indexOf('.') + 1);
}

/** Names stand for values, `:name`; dialects differ in the types of columns and in locking. */
export function statements(table: string, integer: string, skipLocked = '') {
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
    // The common case by itself: of a long statement PostgreSQL has more to plan than to do.
    rotate: `
UPDATE ${table} SET
  cur = :next, prev = cur, sealed = :sealed, gen = gen + 1, rotated_at = :now,
  idle_exp = CASE WHEN :idleExp < abs_exp THEN :idleExp ELSE abs_exp END,
  meta = COALESCE(:meta, meta)
WHERE uid = :uid AND sid = :sid AND cur = :presented AND ${LIVE}
RETURNING rotated_at, abs_exp`,
    // For a token that is not the current one, and never is again. It writes the row also where nothing
    // changes: locked, it answers of one version. cur = :next, which is new with every request, says that
    // this very statement found the reuse.
    judge: `
UPDATE ${table} SET
  cur = CASE WHEN ${REUSES} THEN :next ELSE cur END,
  reused_at = CASE WHEN ${REUSES} THEN :now ELSE reused_at END
WHERE uid = :uid AND sid = :sid AND idle_exp > :now AND abs_exp > :now
RETURNING gen, cur, sealed, rotated_at, abs_exp, reused_at`,
    revoke: `DELETE FROM ${table} WHERE uid = :uid AND sid = :sid RETURNING sid`,
    revokeAll: `DELETE FROM ${table} WHERE uid = :uid AND sid <> :except RETURNING sid`,
    get: `SELECT ${SHOWN} FROM ${table} WHERE uid = :uid AND sid = :sid AND ${LIVE}`,
    list: `SELECT ${SHOWN} FROM ${table} WHERE uid = :uid AND ${LIVE} ORDER BY rotated_at DESC`,
    // Named, or PostgreSQL may run it again for every row: the limit would be none.
    purge: `
WITH ended AS (
  SELECT sid FROM ${table} WHERE abs_exp <= :now ORDER BY abs_exp LIMIT :limit ${skipLocked})
DELETE FROM ${table} WHERE sid IN (SELECT sid FROM ended)
RETURNING sid`,
  };
}

/** The operations of a store, where a statement with its values is answered now or later. */
export function sqlOperations(
  sql: ReturnType<typeof statements>,
  rows: (statement: string, values: SqlValues) => SqlRow[] | Promise<SqlRow[]>,
): Required<SessionStore> {
  return {
    // Values one by one: node:sqlite refuses a name that the statement does not have.
    async issue({ sid, uid, slot, cur, idleExp, absExp, meta }, { now, max }) {
      await rows(sql.issue, { sid, uid, slot, cur, idleExp, absExp, meta, now });
      return { evicted: evicted(await rows(sql.trim, { uid, now, max })) };
    },
    async rotate(request) {
      const { uid, sid, gen, presented, next, sealed, now, grace, idleExp, meta } = request;
      const token = { uid, sid, presented, next, now };
      const [rotated] = await rows(sql.rotate, { ...token, sealed, idleExp, meta });
      if (rotated) return { kind: 'rotated', ...timesOf(rotated) };
      const [row] = await rows(sql.judge, { ...token, gen, grace });
      return row ? verdictOf(row, request) : { kind: 'unknown' };
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

/** What the row that `judge` left says about what it did. */
function verdictOf(row: SqlRow, { next, gen }: RotateRequest): RotateOutcome {
  if (row['reused_at'] !== null) return { kind: row['cur'] === next ? 'reuse' : 'revoked' };
  if (gen > Number(row['gen'])) return { kind: 'ahead' };
  return { kind: 'grace', ...timesOf(row), sealed: String(row['sealed']) };
}

function timesOf(row: SqlRow): { rotatedAt: number; absExp: number } {
  return { rotatedAt: Number(row['rotated_at']), absExp: Number(row['abs_exp']) };
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
