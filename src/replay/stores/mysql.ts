/** Stores used identifiers in MySQL or MariaDB. */

import * as option from '../../core/option-rules.ts';
import {
  connectionsOf,
  integerOf,
  type MysqlClient,
  type MysqlConnection,
  type MysqlPool,
  type MysqlResult,
  ROLLBACK_CODES,
  toBytes,
  toQuestionMarks,
} from '../../databases/mysql-client.ts';
import { retryOn } from '../../databases/retry.ts';
import { compileOnce, type SqlValues, valuesOf } from '../../databases/sql-values.ts';
import { guardedStore } from './guarded-store.ts';
import {
  DEFAULT_TABLE,
  type Dialect,
  type ReplayTableOptions,
  type ReplayTableStore,
  replayTableRules,
  statements,
  typeOf,
} from './sql.ts';

export type {
  MysqlClient,
  MysqlConnection,
  MysqlPool,
  MysqlResult,
  ReplayTableOptions,
  ReplayTableStore,
};

// Bytes have no collation: no two ids are equal that differ in case.
const dialect: Dialect = { id: 'VARBINARY(64)', until: 'BIGINT', skipLocked: '' };

function mysqlStatements(table: string) {
  const { create } = statements(table, dialect);
  return {
    create: `${create.replace(/\n\)$/, ',\n  INDEX (until)\n)')} ENGINE = InnoDB`,
    // Two statements, because the result of one cannot tell an unchanged row from a new one: with the flag
    // CLIENT_FOUND_ROWS, which mysql2 sets, each has changed one row.
    insert: `INSERT IGNORE INTO ${table} (id, until) VALUES (:id, :until)`,
    replace: `UPDATE ${table} SET until = :until WHERE id = :id AND until <= :now`,
    // Followed by LIMIT, which takes no value of the type that mysql2 sends.
    purge: `DELETE FROM ${table} WHERE until <= :now ORDER BY until`,
  };
}

/**
 * Creates a store in MySQL 8 or MariaDB 10.11, or newer. You open and close the pool. Every operation works
 * at every isolation level. Leave `autocommit` on, its default.
 *
 * @example
 * ```ts
 * import { createPool } from 'mysql2/promise';
 * import { createMysqlReplayStore } from 'jotkit/replay/mysql';
 *
 * const pool = createPool({ uri: process.env.DATABASE_URL });
 * const replay = createMysqlReplayStore(pool);
 * await replay.createTable(); // or run the statement of docs/guide/replay-stores.md
 * ```
 */
export function createMysqlReplayStore(
  client: MysqlPool | MysqlClient,
  options: ReplayTableOptions = {},
): ReplayTableStore {
  const { query } = connectionsOf(client);
  const own: ReplayTableOptions = option.checkOptions(options, replayTableRules);
  const sql = mysqlStatements(own.table ?? DEFAULT_TABLE);
  const compile = compileOnce((named) => toQuestionMarks(named, typeOf));

  function send(named: string, values: SqlValues): Promise<MysqlResult> {
    const statement = compile(named);
    const ordered = valuesOf(statement, values).map(toBytes) as never[];
    return retryOn(ROLLBACK_CODES, () => query(statement.text, ordered));
  }

  const changes = async (named: string, values: SqlValues) =>
    integerOf(await send(named, values), 'affectedRows');

  const operations = {
    async use(id: string, until: number, now: number) {
      if ((await changes(sql.insert, { id, until })) > 0) return true;
      return (await changes(sql.replace, { id, until, now })) > 0;
    },
    purge: (now: number, limit: number) => changes(`${sql.purge} LIMIT ${limit}`, { now }),
  };

  return {
    async createTable() {
      await send(sql.create, {});
    },
    ...guardedStore(operations, own.timeout),
  };
}
