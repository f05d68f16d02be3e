/** Stores used identifiers in SQLite: a file that several processes of one machine can share. */

import * as option from '../../core/option-rules.ts';
import { checkMethods } from '../../databases/client-shape.ts';
import { type LibsqlClient, runnerOf, type SqliteDatabase } from '../../databases/sqlite-client.ts';
import { withoutSchema } from '../../databases/table.ts';
import { guardedStore } from './guarded-store.ts';
import {
  DEFAULT_TABLE,
  type Dialect,
  type ReplayTableOptions,
  type ReplayTableStore,
  replayTableRules,
  sqlOperations,
  statements,
} from './sql.ts';

export type { LibsqlClient, ReplayTableOptions, ReplayTableStore, SqliteDatabase };

const dialect: Dialect = { id: 'TEXT', until: 'INTEGER', skipLocked: '' };

/**
 * Creates a store in an SQLite database, or in a libSQL server. You open the database, in WAL mode, and
 * close it. Sets `busy_timeout` of `node:sqlite` and `better-sqlite3` to 5 s unless you set one: without it,
 * concurrent writers fail with SQLITE_BUSY.
 *
 * Except with `@libsql/client`, every operation runs synchronously, as the database does. Do not call `use`
 * inside a transaction that you may roll back: the identifier would be accepted again.
 *
 * @example
 * ```ts
 * import { DatabaseSync } from 'node:sqlite';
 * import { createSqliteReplayStore } from 'jotkit/replay/sqlite';
 *
 * const database = new DatabaseSync('replay.db');
 * database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL');
 * const replay = createSqliteReplayStore(database);
 * await replay.createTable();
 * ```
 */
export function createSqliteReplayStore(
  database: SqliteDatabase | LibsqlClient,
  options: ReplayTableOptions = {},
): ReplayTableStore {
  checkMethods(database, ['prepare', 'batch'], 'database');
  const own: ReplayTableOptions = option.checkOptions(options, replayTableRules);
  const table = own.table ?? DEFAULT_TABLE;
  const sql = statements(table, dialect);
  const { run, rows } = runnerOf(database);
  return {
    async createTable() {
      await run(`${sql.create} WITHOUT ROWID`);
      // For a table of an attached database, SQLite takes the schema before the name of the index only.
      await run(`CREATE INDEX IF NOT EXISTS ${table}_until ON ${withoutSchema(table)} (until)`);
    },
    ...guardedStore(sqlOperations(sql, rows), own.timeout),
  };
}
