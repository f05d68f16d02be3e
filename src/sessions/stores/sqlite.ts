/** Sessions in SQLite: a file that several processes of one machine may share. */

import * as option from '../../core/option-rules.ts';
import type { SessionStore } from '../store.ts';
import { checkMethods } from './client-shape.ts';
import {
  bare,
  type SqlRow,
  type SqlValues,
  sqlOperations,
  statements,
  TABLE,
  type TableOptions,
  tableRules,
} from './sql.ts';

export type { TableOptions };

/**
 * A database of `node:sqlite` (`DatabaseSync`) or of `better-sqlite3`.
 *
 * @example
 * ```ts
 * const storeIn = (database: SqliteDatabase) => createSqliteStore(database);
 * ```
 */
export interface SqliteDatabase {
  /** Compiles a statement. */
  prepare(sql: string): SqliteStatement;
}

/** Values are given by name. */
interface SqliteStatement {
  get(...values: never[]): unknown;
  all(...values: never[]): unknown[];
  run(...values: never[]): unknown;
}

/**
 * A {@link SessionStore} that can make its table.
 *
 * @example
 * ```ts
 * const prepare = (store: SqliteStore) => store.createTable();
 * ```
 */
export interface SqliteStore extends Required<SessionStore> {
  /** Creates table and index where they are not there. */
  createTable(): Promise<void>;
}

/**
 * Keeps sessions in an SQLite database, which stays yours: open it in WAL mode, and close it.
 * A busy timeout of 5 seconds is set where there is none, so that processes wait for each other.
 *
 * Statements are prepared at the first use, and each is synchronous inside, as the database is.
 *
 * @example
 * ```ts no-run
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
  database: SqliteDatabase,
  options: TableOptions = {},
): SqliteStore {
  checkMethods(database, ['prepare'], 'database');
  const own: TableOptions = option.checkOptions(options, tableRules);
  const table = own.table ?? TABLE;
  const sql = statements(table, 'INTEGER');
  const timeout = Number(Object.values(Object(database.prepare('PRAGMA busy_timeout').get()))[0]);
  if (timeout === 0) database.prepare('PRAGMA busy_timeout = 5000').get();

  const prepared = new Map<string, ReturnType<SqliteDatabase['prepare']>>();
  const rows = (text: string, values: SqlValues): SqlRow[] => {
    const statement = prepared.get(text) ?? database.prepare(text);
    prepared.set(text, statement);
    return statement.all(values as never) as SqlRow[];
  };

  return {
    async createTable() {
      database.prepare(`${sql.create} WITHOUT ROWID`).run();
      // Of an attached database SQLite wants the name before the index, and only there.
      const index = `CREATE INDEX IF NOT EXISTS ${table}_abs_exp ON ${bare(table)} (abs_exp)`;
      database.prepare(index).run();
    },
    ...sqlOperations(sql, rows),
  };
}
