/** The table of the SQL stores, and the plan of statements by which all of them work. */

import type { SqlRow, SqlValues } from '../../databases/sql-values.ts';
import { usageError } from '../../errors.ts';
import { newRow, rotateRow, toStoredSession } from '../rotate-row.ts';
import type {
  NewSession,
  RotateOutcome,
  RotateRequest,
  SessionRow,
  SessionStore,
  StoredSession,
} from '../store.ts';

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

/** The type of each column, in the order of the table. */
export const columns: Readonly<Record<keyof SessionRow, 'text' | 'integer'>> = {
  uid: 'text',
  sid: 'text',
  slot: 'text',
  upstream: 'text',
  generation: 'integer',
  current: 'text',
  previous: 'text',
  sealed: 'text',
  burstStart: 'integer',
  createdAt: 'integer',
  refreshedAt: 'integer',
  idle: 'integer',
  idleEndsAt: 'integer',
  endsAt: 'integer',
  endedAt: 'integer',
  meta: 'text',
};

type Member = keyof SessionRow;
export const members = Object.keys(columns) as Member[];
const nullable: readonly Member[] = ['upstream', 'endedAt', 'meta'];
/** What a rotation changes. */
const changing: readonly Member[] = [
  ...(['generation', 'current', 'previous', 'sealed', 'burstStart'] as const),
  ...(['refreshedAt', 'idleEndsAt', 'endedAt', 'meta'] as const),
];

const columnNames = Object.fromEntries(
  members.map((member) => [member, member.replace(/[A-Z]/g, (big) => `_${big.toLowerCase()}`)]),
) as Record<Member, string>;

/** Returns the name of the column: `idle_ends_at` for `idleEndsAt`. */
function columnOf(member: Member): string {
  return columnNames[member];
}

/** Returns the columns of the members. */
export function listOf(names: readonly Member[]): string {
  return names.map(columnOf).join(', ');
}

const setTo = (names: readonly Member[], value: (member: Member) => string) =>
  names.map((member) => `${columnOf(member)} = ${value(member)}`).join(', ');

const integerNames = new Set(['now', 'idle', 'burst', 'max', 'limit', 'seen']);

/** Returns the type of a value. */
export function typeOf(name: string): 'text' | 'integer' {
  const type = Object.hasOwn(columns, name) ? columns[name as Member] : 'text';
  return integerNames.has(name) ? 'integer' : type;
}

/** How databases differ. */
export interface Dialect {
  /** Type of a column. */
  typeOf(member: keyof SessionRow): string;
  /** Milliseconds since 1970 by the clock of the database. */
  readonly clock: string;
  /** The smaller of two values. */
  readonly least: 'LEAST' | 'MIN';
  /** Ends a SELECT whose rows no other statement may change meanwhile. */
  readonly lock: string;
  /** Leaves out the rows that another statement has locked. */
  readonly skipLocked: string;
  /** Ends a change, for clients that count its rows. */
  readonly returning: string;
}

/** The idle end is never after the absolute end. */
const isLiveAt = (now: string) => `ended_at IS NULL AND idle_ends_at > ${now}`;
const IS_LIVE = isLiveAt(':now');

export type Statements = ReturnType<typeof statements>;

/** Returns the statements, with `:name` for values. */
export function statements(table: string, dialect: Dialect) {
  const { clock, least, lock, skipLocked, returning } = dialect;
  const session = `uid = :uid AND sid = :sid`;
  const rotationBy = (now: string) => ({
    // The common case of rotateRow. Every expression sees the row before the update.
    rotate: `
UPDATE ${table} SET
  current = :next, previous = current, sealed = :sealed, generation = generation + 1,
  burst_start = CASE WHEN ${now} < refreshed_at + :burst THEN burst_start ELSE generation END,
  refreshed_at = ${now}, idle_ends_at = ${least}(${now} + ${least}(idle, :idle), ends_at),
  meta = COALESCE(:meta, meta)
WHERE ${session} AND current = :presented AND ${isLiveAt(now)}
RETURNING refreshed_at, idle_ends_at`,
    read: `SELECT ${listOf(members)}, ${now} AS now FROM ${table} WHERE ${session}`,
  });
  return {
    create: `CREATE TABLE IF NOT EXISTS ${table} (
${members.map((name) => `  ${columnOf(name)} ${dialect.typeOf(name)}${nullable.includes(name) ? '' : ' NOT NULL'},`).join('\n')}
  PRIMARY KEY (uid, sid),
  UNIQUE (uid, slot)
)`,
    // Sent again after a lost response, it replaces its own row.
    enter: `
INSERT INTO ${table} (${listOf(members)})
VALUES (${members.map((name) => `:${name}`).join(', ')})
ON CONFLICT (uid, slot) DO UPDATE SET
  ${setTo(
    members.filter((name) => name !== 'uid' && name !== 'slot'),
    (name) => `excluded.${columnOf(name)}`,
  )}
RETURNING sid`,
    count: `
SELECT COUNT(*) AS total, COUNT(CASE WHEN idle_ends_at <= :now THEN 1 END) AS expired
FROM ${table} WHERE uid = :uid`,
    // Ranks the rows of the user as they are once it has locked all of them: no other trim decides meanwhile.
    trim: `
WITH locked AS MATERIALIZED (
  SELECT sid, refreshed_at, idle_ends_at, ended_at FROM ${table}
  WHERE uid = :uid ORDER BY slot ${lock}
), ranked AS (
  SELECT sid, idle_ends_at <= :now AS is_expired, ROW_NUMBER() OVER (ORDER BY
    CASE WHEN idle_ends_at > :now THEN 0 ELSE 1 END,
    CASE WHEN sid = :sid THEN 0 ELSE 1 END,
    CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END, refreshed_at DESC, sid) AS place
  FROM locked
)
DELETE FROM ${table} WHERE uid = :uid
  AND sid IN (SELECT sid FROM ranked WHERE is_expired OR place > :max)
RETURNING sid, CASE WHEN ${IS_LIVE} THEN 1 ELSE 0 END AS live`,
    byClock: rotationBy(clock),
    byTime: rotationBy(':now'),
    /** Only if the row is still the one that was read. */
    write: `
UPDATE ${table} SET ${setTo(changing, (name) => `:${name}`)}
WHERE ${session} AND generation = :seen AND ended_at IS NULL${returning}`,
    revoke: `DELETE FROM ${table} WHERE ${session}${returning}`,
    revokeAll: `DELETE FROM ${table} WHERE uid = :uid AND sid <> :except${returning}`,
    get: `SELECT ${listOf(members)} FROM ${table} WHERE ${session} AND ${IS_LIVE}`,
    list: `SELECT ${listOf(members)} FROM ${table} WHERE uid = :uid AND ${IS_LIVE} ORDER BY refreshed_at DESC, sid`,
    // A CTE, because PostgreSQL can run a subquery again for every row, which defeats the limit.
    purge: `
WITH ended AS MATERIALIZED (
  SELECT uid, sid FROM ${table} WHERE ends_at <= :now ORDER BY ends_at LIMIT :limit ${skipLocked})
DELETE FROM ${table} WHERE (uid, sid) IN (SELECT uid, sid FROM ended)
RETURNING sid`,
  };
}

/** What a store does in its own way. */
export interface Driver {
  /** Runs a query, with the values that it names. */
  rows(statement: string, values: SqlValues): SqlRow[] | Promise<SqlRow[]>;
  /** Runs a change. Resolves to the number of changed rows. */
  changes(statement: string, values: SqlValues): Promise<number>;
  /** Enters a login and trims the sessions of its user. Resolves to the ids of the trimmed ones. */
  issue(row: SessionRow, limits: { now: number; max: number }): Promise<string[]>;
  /** Replaces the token if it is current. Resolves to the new times, or to undefined. */
  replace(statement: string, request: RotateRequest): Promise<RotationTimes | undefined>;
}

interface RotationTimes {
  readonly refreshedAt: number;
  readonly idleEndsAt: number;
}

/** Another statement changes the row between reading and writing only if clients race with one session. */
const MAX_DECISIONS = 20;

/** Creates the operations of a store. None needs a transaction of its own. */
export function sqlOperations(sql: Statements, driver: Driver): Required<SessionStore> {
  async function decide(request: RotateRequest, signal?: AbortSignal): Promise<RotateOutcome> {
    const { uid, sid, now } = request;
    const { read } = now === null ? sql.byClock : sql.byTime;
    for (let decisions = 0; decisions < MAX_DECISIONS; decisions++) {
      signal?.throwIfAborted();
      const [found] = await driver.rows(read, { uid, sid, now });
      const row = found && parseRow(found);
      const { outcome, write } = rotateRow(row, request, Number(found?.['now']));
      if (!row || !write) return outcome;
      const values = { ...write, seen: row.generation };
      if ((await driver.changes(sql.write, values)) > 0) return outcome;
    }
    throw new Error(`other requests changed the session ${MAX_DECISIONS} times`);
  }

  return {
    async issue(session: NewSession, limits) {
      return { evicted: await driver.issue(newRow(session, limits.now), limits) };
    },
    async rotate(request, signal) {
      const { rotate } = request.now === null ? sql.byClock : sql.byTime;
      const times = await driver.replace(rotate, request);
      return times ? { kind: 'rotated', ...times } : decide(request, signal);
    },
    async revoke(uid, sid) {
      return (await driver.changes(sql.revoke, { uid, sid })) > 0;
    },
    async revokeAll(uid, except = '') {
      return driver.changes(sql.revokeAll, { uid, except });
    },
    async get(uid, sid, now) {
      return (await driver.rows(sql.get, { uid, sid, now })).map(parseSession)[0] ?? null;
    },
    async list(uid, now) {
      return (await driver.rows(sql.list, { uid, now })).map(parseSession);
    },
    async purge(now, limit) {
      return driver.changes(sql.purge, { now, limit });
    },
  };
}

/** Returns the times that `rotate` returned. */
export function timesOf(row: SqlRow | undefined): RotationTimes | undefined {
  return row && parseRow(row, ['refreshedAt', 'idleEndsAt']);
}

/** Reports whether `trim` would end a session: from the row of `count`. */
export function needsTrim([counted]: readonly SqlRow[], max: number): boolean {
  return Number(counted?.['total']) > max || Number(counted?.['expired']) > 0;
}

/** Returns the sessions that were live when `trim` ended them. */
export function liveSids(rows: readonly SqlRow[]): string[] {
  return rows.filter((row) => Number(row['live']) === 1).map((row) => String(row['sid']));
}

/** Returns the members of a session, or some of them, from the columns of a row. */
export function parseRow<Name extends Member = Member>(
  row: SqlRow,
  names: readonly Name[] = members as Name[],
): Pick<SessionRow, Name> {
  const entries = names.map((member) => {
    const column = columnOf(member);
    const value = row[column];
    // A client that renames columns would otherwise revoke sessions whose tokens are in their grace period.
    if (value === undefined) throw usageError('ERR_OPTION_INVALID', missing(column));
    const parse = columns[member] === 'integer' ? Number : String;
    return [member, value === null ? null : parse(value)];
  });
  return Object.fromEntries(entries) as Pick<SessionRow, Name>;
}

const missing = (column: string) =>
  `"client" must resolve to rows with the column "${column}": do not let it rename columns`;

const parseSession = (row: SqlRow): StoredSession => toStoredSession(parseRow(row));
