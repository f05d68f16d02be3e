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

const SESSION_COLUMNS = `sid, uid, slot, generation, created_at, refreshed_at, idle_ends_at, ends_at, meta`;
const ORDER_BY_USE = `CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END, refreshed_at DESC, sid`;
const IS_LIVE = `ended_at IS NULL AND idle_ends_at > :now AND ends_at > :now`;

// The rule of rotateRow. Every expression of an UPDATE sees the row before the update.
const IS_IN_GRACE = `previous = :presented AND :grace > 0 AND :now < refreshed_at + :grace`;
const IS_REUSE = `ended_at IS NULL AND current <> :presented AND generation >= :generation AND NOT (${IS_IN_GRACE})`;

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
  generation ${integer} NOT NULL,
  current TEXT NOT NULL,
  previous TEXT NOT NULL,
  sealed TEXT NOT NULL,
  created_at ${integer} NOT NULL,
  refreshed_at ${integer} NOT NULL,
  idle_ends_at ${integer} NOT NULL,
  ends_at ${integer} NOT NULL,
  ended_at ${integer},
  meta TEXT,
  UNIQUE (uid, slot)
)`,
    // The latest of all, even if the clock is behind: the trim that follows must not end it. All trims use
    // one order, so concurrent logins leave exactly the maximum.
    issue: `
INSERT INTO ${table} (sid, uid, slot, generation, current, previous, sealed,
  created_at, refreshed_at, idle_ends_at, ends_at, ended_at, meta)
VALUES (:sid, :uid, :slot, 1, :current, '', '', :now,
  COALESCE((SELECT MAX(refreshed_at) + 1 FROM ${table} WHERE uid = :uid AND refreshed_at >= :now), :now),
  :idleEndsAt, :endsAt, NULL, :meta)
ON CONFLICT (uid, slot) DO UPDATE SET
  sid = excluded.sid, generation = 1, current = excluded.current, previous = '', sealed = '',
  created_at = excluded.created_at, refreshed_at = excluded.refreshed_at,
  idle_ends_at = excluded.idle_ends_at, ends_at = excluded.ends_at, ended_at = NULL, meta = excluded.meta
RETURNING sid`,
    trim: `
DELETE FROM ${table} WHERE uid = :uid AND (
  idle_ends_at <= :now OR ends_at <= :now OR sid IN (
    SELECT sid FROM (
      SELECT sid, ROW_NUMBER() OVER (ORDER BY ${ORDER_BY_USE}) AS place FROM ${table}
      WHERE uid = :uid AND idle_ends_at > :now AND ends_at > :now
    ) AS ranked WHERE place > :max
  ))
RETURNING sid, CASE WHEN ${IS_LIVE} THEN 1 ELSE 0 END AS live`,
    // The common case alone: PostgreSQL takes longer to plan a statement of all cases than to run it.
    rotate: `
UPDATE ${table} SET
  current = :next, previous = current, sealed = :sealed, generation = generation + 1, refreshed_at = :now,
  idle_ends_at = CASE WHEN :idleEndsAt < ends_at THEN :idleEndsAt ELSE ends_at END,
  meta = COALESCE(:meta, meta)
WHERE uid = :uid AND sid = :sid AND current = :presented AND ${IS_LIVE}
RETURNING refreshed_at, ends_at`,
    // For a token that is not the current one: it never becomes current again. Writes the row even if
    // nothing changes, to lock it: the result is of one version. `current = :next`, which is new in every
    // request, marks the statement that found the reuse.
    recheck: `
UPDATE ${table} SET
  current = CASE WHEN ${IS_REUSE} THEN :next ELSE current END,
  ended_at = CASE WHEN ${IS_REUSE} THEN :now ELSE ended_at END
WHERE uid = :uid AND sid = :sid AND idle_ends_at > :now AND ends_at > :now
RETURNING generation, current, sealed, refreshed_at, ends_at, ended_at`,
    revoke: `DELETE FROM ${table} WHERE uid = :uid AND sid = :sid RETURNING sid`,
    revokeAll: `DELETE FROM ${table} WHERE uid = :uid AND sid <> :except RETURNING sid`,
    get: `SELECT ${SESSION_COLUMNS} FROM ${table} WHERE uid = :uid AND sid = :sid AND ${IS_LIVE}`,
    list: `SELECT ${SESSION_COLUMNS} FROM ${table} WHERE uid = :uid AND ${IS_LIVE} ORDER BY refreshed_at DESC`,
    // A CTE, because PostgreSQL can run a subquery again for every row, which defeats the limit.
    purge: `
WITH ended AS (
  SELECT sid FROM ${table} WHERE ends_at <= :now ORDER BY ends_at LIMIT :limit ${skipLocked})
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
    async issue({ sid, uid, slot, current, idleEndsAt, endsAt, meta }, { now, max }) {
      await rows(sql.issue, { sid, uid, slot, current, idleEndsAt, endsAt, meta, now });
      return { evicted: liveSids(await rows(sql.trim, { uid, now, max })) };
    },
    async rotate(request) {
      const { uid, sid, generation, presented, next, sealed, now, grace, idleEndsAt, meta } =
        request;
      const token = { uid, sid, presented, next, now };
      const [rotated] = await rows(sql.rotate, { ...token, sealed, idleEndsAt, meta });
      if (rotated) return { kind: 'rotated', ...rotationTimes(rotated) };
      const [row] = await rows(sql.recheck, { ...token, generation, grace });
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
function recheckOutcome(row: SqlRow, { next, generation }: RotateRequest): RotateOutcome {
  if (row['ended_at'] !== null) return { kind: row['current'] === next ? 'reuse' : 'revoked' };
  if (generation > Number(row['generation'])) return { kind: 'ahead' };
  return { kind: 'grace', ...rotationTimes(row), sealed: String(row['sealed']) };
}

function rotationTimes(row: SqlRow): { refreshedAt: number; endsAt: number } {
  return { refreshedAt: Number(row['refreshed_at']), endsAt: Number(row['ends_at']) };
}

function parseSession(row: SqlRow): StoredSession {
  return {
    sid: String(row['sid']),
    uid: String(row['uid']),
    slot: String(row['slot']),
    generation: Number(row['generation']),
    createdAt: Number(row['created_at']),
    refreshedAt: Number(row['refreshed_at']),
    idleEndsAt: Number(row['idle_ends_at']),
    endsAt: Number(row['ends_at']),
    meta: row['meta'] === null ? null : String(row['meta']),
  };
}

/** Returns the sessions that were live when a trim ended them. */
function liveSids(rows: readonly SqlRow[]): string[] {
  return rows.filter((row) => Number(row['live']) === 1).map((row) => String(row['sid']));
}
