/** The SQL statements and operations that SQLite and PostgreSQL share. */

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
  /** Name of the table, with its schema if it needs one. Default `jotkit_sessions`. */
  table?: string;
}

export const DEFAULT_TABLE = 'jotkit_sessions';

export const tableRules: option.OptionRules = {
  table: {
    expected: 'a plain SQL name, or two joined by a dot',
    test: (value) =>
      typeof value === 'string' && /^[a-z_]\w{0,50}(\.[a-z_]\w{0,50})?$/i.test(value),
  },
};

/** A row as a client returns it: columns in lower case, integers as number, string or bigint. */
export type SqlRow = Record<string, unknown>;

const SESSION_COLUMNS = `sid, uid, slot, gen, created_at, rotated_at, idle_exp, abs_exp, meta`;
const ORDER_BY_USE = `CASE WHEN reused_at IS NULL THEN 0 ELSE 1 END, rotated_at DESC, sid`;
const IS_LIVE = `reused_at IS NULL AND idle_exp > :now AND abs_exp > :now`;

// The rule of rotateRow. Every expression of an UPDATE sees the row before the update.
const IS_IN_GRACE = `prev = :presented AND :grace > 0 AND :now < rotated_at + :grace`;
const IS_REUSE = `reused_at IS NULL AND cur <> :presented AND gen >= :gen AND NOT (${IS_IN_GRACE})`;

/** The values of a statement, by name. */
export type SqlValues = Record<string, string | number | null>;

/** Returns the name of a table without its schema. */
export function withoutSchema(table: string): string {
  return table.slice(table.indexOf('.') + 1);
}

/** Returns the statements, with `:name` for values. Dialects differ in column types and in locking. */
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
    // The latest of all, even if the clock is behind: the trim that follows must not end it. All trims use
    // one order, so concurrent logins leave exactly the maximum.
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
      SELECT sid, ROW_NUMBER() OVER (ORDER BY ${ORDER_BY_USE}) AS place FROM ${table}
      WHERE uid = :uid AND idle_exp > :now AND abs_exp > :now
    ) AS ranked WHERE place > :max
  ))
RETURNING sid, CASE WHEN ${IS_LIVE} THEN 1 ELSE 0 END AS live`,
    // The common case alone: PostgreSQL takes longer to plan a statement of all cases than to run it.
    rotate: `
UPDATE ${table} SET
  cur = :next, prev = cur, sealed = :sealed, gen = gen + 1, rotated_at = :now,
  idle_exp = CASE WHEN :idleExp < abs_exp THEN :idleExp ELSE abs_exp END,
  meta = COALESCE(:meta, meta)
WHERE uid = :uid AND sid = :sid AND cur = :presented AND ${IS_LIVE}
RETURNING rotated_at, abs_exp`,
    // For a token that is not the current one: it never becomes current again. Writes the row even if
    // nothing changes, to lock it: the result is of one version. `cur = :next`, which is new in every
    // request, marks the statement that found the reuse.
    recheck: `
UPDATE ${table} SET
  cur = CASE WHEN ${IS_REUSE} THEN :next ELSE cur END,
  reused_at = CASE WHEN ${IS_REUSE} THEN :now ELSE reused_at END
WHERE uid = :uid AND sid = :sid AND idle_exp > :now AND abs_exp > :now
RETURNING gen, cur, sealed, rotated_at, abs_exp, reused_at`,
    revoke: `DELETE FROM ${table} WHERE uid = :uid AND sid = :sid RETURNING sid`,
    revokeAll: `DELETE FROM ${table} WHERE uid = :uid AND sid <> :except RETURNING sid`,
    get: `SELECT ${SESSION_COLUMNS} FROM ${table} WHERE uid = :uid AND sid = :sid AND ${IS_LIVE}`,
    list: `SELECT ${SESSION_COLUMNS} FROM ${table} WHERE uid = :uid AND ${IS_LIVE} ORDER BY rotated_at DESC`,
    // A CTE, because PostgreSQL can run a subquery again for every row, which defeats the limit.
    purge: `
WITH ended AS (
  SELECT sid FROM ${table} WHERE abs_exp <= :now ORDER BY abs_exp LIMIT :limit ${skipLocked})
DELETE FROM ${table} WHERE sid IN (SELECT sid FROM ended)
RETURNING sid`,
  };
}

/** Creates the operations of a store. `rows` runs a statement and returns its rows or their promise. */
export function sqlOperations(
  sql: ReturnType<typeof statements>,
  rows: (statement: string, values: SqlValues) => SqlRow[] | Promise<SqlRow[]>,
): Required<SessionStore> {
  return {
    // Only the values of the statement: node:sqlite rejects unknown names.
    async issue({ sid, uid, slot, cur, idleExp, absExp, meta }, { now, max }) {
      await rows(sql.issue, { sid, uid, slot, cur, idleExp, absExp, meta, now });
      return { evicted: liveSids(await rows(sql.trim, { uid, now, max })) };
    },
    async rotate(request) {
      const { uid, sid, gen, presented, next, sealed, now, grace, idleExp, meta } = request;
      const token = { uid, sid, presented, next, now };
      const [rotated] = await rows(sql.rotate, { ...token, sealed, idleExp, meta });
      if (rotated) return { kind: 'rotated', ...rotationTimes(rotated) };
      const [row] = await rows(sql.recheck, { ...token, gen, grace });
      return row ? recheckOutcome(row, request) : { kind: 'unknown' };
    },
    async revoke(uid, sid) {
      return (await rows(sql.revoke, { uid, sid })).length > 0;
    },
    async revokeAll(uid, except = '') {
      return (await rows(sql.revokeAll, { uid, except })).length;
    },
    async get(uid, sid, now) {
      return (await rows(sql.get, { uid, sid, now })).map(parseSession)[0] ?? null;
    },
    async list(uid, now) {
      return (await rows(sql.list, { uid, now })).map(parseSession);
    },
    async purge(now, limit) {
      return (await rows(sql.purge, { now, limit })).length;
    },
  };
}

/** Returns the outcome that the row shows after `recheck`. */
function recheckOutcome(row: SqlRow, { next, gen }: RotateRequest): RotateOutcome {
  if (row['reused_at'] !== null) return { kind: row['cur'] === next ? 'reuse' : 'revoked' };
  if (gen > Number(row['gen'])) return { kind: 'ahead' };
  return { kind: 'grace', ...rotationTimes(row), sealed: String(row['sealed']) };
}

function rotationTimes(row: SqlRow): { rotatedAt: number; absExp: number } {
  return { rotatedAt: Number(row['rotated_at']), absExp: Number(row['abs_exp']) };
}

function parseSession(row: SqlRow): StoredSession {
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

/** Returns the sessions that were live when a trim ended them. */
function liveSids(rows: readonly SqlRow[]): string[] {
  return rows.filter((row) => Number(row['live']) === 1).map((row) => String(row['sid']));
}
