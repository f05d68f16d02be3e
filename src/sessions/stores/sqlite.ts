/** Stores sessions in SQLite: a file that several processes of one machine can share. */

import * as option from '../../core/option-rules.ts';
import { checkMethods } from '../../databases/client-shape.ts';
import { type LibsqlClient, runnerOf, type SqliteDatabase } from '../../databases/sqlite-client.ts';
import { tableRules, withoutSchema } from '../../databases/table.ts';
import type { SessionStore } from '../store.ts';
import {
  columns,
  DEFAULT_TABLE,
  type Dialect,
  liveSids,
  sqlOperations,
  statements,
  type TableOptions,
  timesOf,
} from './sql.ts';

export type { LibsqlClient, SqliteDatabase, TableOptions };

/**
 * A {@link SessionStore} that can create its table.
 *
 * @example
 * ```ts
 * const prepare = (store: SqliteStore) => store.createTable();
 * ```
 */
export interface SqliteStore extends Required<SessionStore> {
  /** Creates the table and its index unless they exist. */
  createTable(): Promise<void>;
}

const dialect: Dialect = {
  typeOf: (member) => (columns[member] === 'integer' ? 'INTEGER' : 'TEXT'),
  // Every process of the machine has the same clock: the store passes it.
  clock: ':now',
  least: 'MIN',
  lock: '',
  skipLocked: '',
  returning: ' RETURNING sid',
};

/**
 * Creates a store in an SQLite database, or in a libSQL server. You open the database, in WAL mode, and
 * close it. Sets `busy_timeout` of `node:sqlite` and `better-sqlite3` to 5 s unless you set one: without it,
 * concurrent writers fail with SQLITE_BUSY.
 *
 * Prepares a statement at its first use. Except with `@libsql/client`, every operation runs synchronously,
 * as the database does, also inside a transaction of yours.
 *
 * @example
 * ```ts
 * import { DatabaseSync } from 'node:sqlite';
 * import { createSqliteStore } from 'jotkit/sessions/sqlite';
 *
 * const database = new DatabaseSync('sessions.db');
 * database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL');
 * const store = createSqliteStore(database);
 * await store.createTable();
 * ```
 */
export function createSqliteStore(
  database: SqliteDatabase | LibsqlClient,
  options: TableOptions = {},
): SqliteStore {
  checkMethods(database, ['prepare', 'batch'], 'database');
  const own: TableOptions = option.checkOptions(options, tableRules);
  const table = own.table ?? DEFAULT_TABLE;
  const sql = statements(table, dialect);
  const { run, rows, together } = runnerOf(database);
  const operations = sqlOperations(sql, {
    rows,
    changes: async (statement, values) => (await rows(statement, values)).length,
    async issue(row, { now, max }) {
      const { uid, sid } = row;
      return liveSids(await together([sql.enter, row], [sql.trim, { uid, sid, now, max }]));
    },
    replace: async (rotate, request) => timesOf((await rows(rotate, request))[0]),
  });

  return {
    async createTable() {
      await run(`${sql.create} WITHOUT ROWID`);
      // For a table of an attached database, SQLite takes the schema before the name of the index only.
      const index = `CREATE INDEX IF NOT EXISTS ${table}_ends_at ON ${withoutSchema(table)} (ends_at)`;
      await run(index);
    },
    ...operations,
    rotate: (request, signal) =>
      operations.rotate({ ...request, now: request.now ?? Date.now() }, signal),
  };
}
