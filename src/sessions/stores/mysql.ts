/** Stores sessions in MySQL or MariaDB. */

import * as option from '../../core/option-rules.ts';
import {
  connectionsOf,
  integerOf,
  type MysqlClient,
  type MysqlConnection,
  type MysqlPool,
  type MysqlResult,
  type Query,
  ROLLBACK_CODES,
  rowsOf,
  toBytes,
  toQuestionMarks,
} from '../../databases/mysql-client.ts';
import { retryOn } from '../../databases/retry.ts';
import { compileOnce, type SqlValues, valuesOf } from '../../databases/sql-values.ts';
import { tableRules } from '../../databases/table.ts';
import { compareByUse, isExpired } from '../rotate-row.ts';
import type { SessionRow, SessionStore } from '../store.ts';
import {
  columns,
  DEFAULT_TABLE,
  type Dialect,
  listOf,
  members,
  needsTrim,
  parseRow,
  sqlOperations,
  statements,
  type TableOptions,
  typeOf,
} from './sql.ts';

export type { MysqlClient, MysqlConnection, MysqlPool, MysqlResult, TableOptions };

/**
 * A {@link SessionStore} that can create its table.
 *
 * @example
 * ```ts
 * const prepare = (store: MysqlStore) => store.createTable();
 * ```
 */
export interface MysqlStore extends Required<SessionStore> {
  /** Creates the table and its index unless they exist. */
  createTable(): Promise<void>;
}

/** An index of InnoDB has at most 3,072 bytes: `(uid, slot)` has 2,040, for 255 characters each. */
const textTypes: Partial<Record<keyof SessionRow, string>> = {
  uid: 'VARBINARY(1020)',
  slot: 'VARBINARY(1020)',
  upstream: 'VARBINARY(1020)',
  meta: 'MEDIUMBLOB',
};

const dialect: Dialect = {
  // Bytes have no collation: no two ids are equal that differ in case, accents or spaces at the end.
  typeOf: (member) =>
    columns[member] === 'integer' ? 'BIGINT' : (textTypes[member] ?? 'VARBINARY(255)'),
  // UNIX_TIMESTAMP reads local time, which is ambiguous in the hour that the time zone repeats.
  clock: `(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)`,
  least: 'LEAST',
  lock: 'FOR UPDATE',
  skipLocked: '',
  returning: '',
};

const limitRules: option.OptionRules = { limit: option.positiveInteger };

/** What decides which rows a login ends. */
const ranked = ['sid', 'refreshedAt', 'idleEndsAt', 'endsAt', 'endedAt'] as const;

function mysqlStatements(table: string) {
  const { clock } = dialect;
  const shared = statements(table, dialect);
  // The assignments run from left to right: none reads a column that was assigned before.
  const rotateBy = (now: string, refreshedAt: string, idleEndsAt: string) => `
UPDATE ${table} SET
  burst_start = CASE WHEN ${now} < refreshed_at + :burst THEN burst_start ELSE generation END,
  generation = generation + 1, previous = current, current = :next, sealed = :sealed,
  refreshed_at = ${refreshedAt}, idle_ends_at = ${idleEndsAt}, meta = COALESCE(:meta, meta)
WHERE uid = :uid AND sid = :sid AND current = :presented AND ended_at IS NULL AND idle_ends_at > ${now}`;
  const endAfter = (now: string) => `LEAST(${now} + LEAST(idle, :idle), ends_at)`;
  const isShorter = `(${endAfter(clock)} < ${clock} + :idle)`;
  return {
    ...shared,
    create: `${shared.create.replace(/\n\)$/, ',\n  INDEX (ends_at)\n)')} ENGINE = InnoDB ROW_FORMAT = DYNAMIC`,
    enter: `
REPLACE INTO ${table} (${listOf(members)})
VALUES (${members.map((name) => `:${name}`).join(', ')})`,
    lock: `SELECT ${listOf(ranked)} FROM ${table} WHERE uid = :uid ORDER BY sid FOR UPDATE`,
    // Instead of RETURNING, LAST_INSERT_ID returns one number with the result. By the clock of the database
    // it is the time, doubled, plus 1 if the session has a shorter lifetime left than `:idle`. By the time of
    // the request it is the idle end.
    byClock: {
      ...shared.byClock,
      rotate: rotateBy(clock, `LAST_INSERT_ID(${clock} * 2 + ${isShorter}) DIV 2`, endAfter(clock)),
    },
    byTime: {
      ...shared.byTime,
      rotate: rotateBy(':now', ':now', `LAST_INSERT_ID(${endAfter(':now')})`),
    },
    lifetime: `SELECT idle, ends_at FROM ${table} WHERE uid = :uid AND sid = :sid`,
    // Followed by LIMIT, which takes no value of the type that mysql2 sends.
    purge: `DELETE FROM ${table} WHERE ends_at <= :now ORDER BY ends_at`,
  };
}

/**
 * Creates a store in MySQL 8 or MariaDB 10.11, or newer. You open and close the pool. Every operation works
 * at every isolation level. Leave `autocommit` on, its default.
 *
 * The database must keep its own time, which measures the grace period for all servers.
 *
 * @example
 * ```ts
 * import { createPool } from 'mysql2/promise';
 * import { createMysqlStore } from 'jotkit/sessions/mysql';
 *
 * const pool = createPool({ uri: process.env.DATABASE_URL });
 * const store = createMysqlStore(pool);
 * await store.createTable(); // or run the statement of docs/guide/sessions-in-mysql.md
 * ```
 */
export function createMysqlStore(
  client: MysqlPool | MysqlClient,
  options: TableOptions = {},
): MysqlStore {
  const { query, transaction } = connectionsOf(client);
  const own: TableOptions = option.checkOptions(options, tableRules);
  const sql = mysqlStatements(own.table ?? DEFAULT_TABLE);
  const compile = compileOnce((named) => toQuestionMarks(named, typeOf));

  function run(through: Query, named: string, values: SqlValues): Promise<MysqlResult> {
    const statement = compile(named);
    return through(statement.text, valuesOf(statement, values).map(toBytes) as never[]);
  }

  const send = (named: string, values: SqlValues) =>
    retryOn(ROLLBACK_CODES, () => run(query, named, values));
  const rows = async (named: string, values: SqlValues) => rowsOf(await send(named, values));
  const changes = async (named: string, values: SqlValues) =>
    integerOf(await send(named, values), 'affectedRows');

  /** Ranks the rows of the user as they are once it has locked all of them: no other trim decides meanwhile. */
  const trim = ({ uid, sid }: SessionRow, now: number, max: number) =>
    transaction(async (through) => {
      const locked = rowsOf(await run(through, sql.lock, { uid }));
      const all = locked.map((row) => parseRow(row, ranked));
      const isOther = (row: { sid: string }) => Number(row.sid !== sid);
      const surplus = all
        .filter((row) => !isExpired(row, now))
        .sort((a, b) => isOther(a) - isOther(b) || compareByUse(a, b))
        .slice(max);
      for (const row of [...surplus, ...all.filter((row) => isExpired(row, now))]) {
        await run(through, sql.revoke, { uid, sid: row.sid });
      }
      return surplus.filter(({ endedAt }) => endedAt === null).map((row) => row.sid);
    });

  return {
    async createTable() {
      await send(sql.create, {});
    },
    ...sqlOperations(sql, {
      rows,
      changes,
      async issue(row, { now, max }) {
        await send(sql.enter, row);
        if (!needsTrim(await rows(sql.count, { uid: row.uid, now }), max)) return [];
        return retryOn(ROLLBACK_CODES, () => trim(row, now, max));
      },
      async replace(rotate, request) {
        const result = await send(rotate, request);
        if (integerOf(result, 'affectedRows') === 0) return undefined;
        const id = integerOf(result, 'insertId');
        if (request.now !== null) return { refreshedAt: request.now, idleEndsAt: id };
        const refreshedAt = Math.floor(id / 2);
        if (id % 2 === 0) return { refreshedAt, idleEndsAt: refreshedAt + request.idle };
        const [found] = await rows(sql.lifetime, request);
        // Without a row the session has ended since.
        if (!found) return undefined;
        const { idle, endsAt } = parseRow(found, ['idle', 'endsAt']);
        return {
          refreshedAt,
          idleEndsAt: Math.min(refreshedAt + Math.min(idle, request.idle), endsAt),
        };
      },
    }),
    async purge(now, limit) {
      option.checkOption('limit', limit, limitRules);
      return changes(`${sql.purge} LIMIT ${limit}`, { now });
    },
  };
}
