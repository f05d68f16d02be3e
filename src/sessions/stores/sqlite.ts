/** Stores sessions in SQLite: a file that several processes of one machine can share. */

import * as option from '../../core/option-rules.ts';
import type { SessionStore } from '../store.ts';
import { checkMethods } from './client-shape.ts';
import {
  DEFAULT_TABLE,
  type SqlRow,
  type SqlValues,
  sqlOperations,
  statements,
  type TableOptions,
  tableRules,
  withoutSchema,
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
  /** Prepares a statement. */
  prepare(sql: string): SqliteStatement;
}

/** Takes values by name. */
interface SqliteStatement {
  get(...values: never[]): unknown;
  all(...values: never[]): unknown[];
  run(...values: never[]): unknown;
}

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

const BUSY_TIMEOUT_MS = 5000;

/**
 * Creates a store in an SQLite database. You open the database, in WAL mode, and close it. Sets
 * `busy_timeout` to 5 s unless you set one: without it, concurrent writers fail with SQLITE_BUSY.
 *
 * Prepares a statement at its first use. Every operation runs synchronously, as the database does.
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
  database: SqliteDatabase,
  options: TableOptions = {},
): SqliteStore {
  checkMethods(database, ['prepare'], 'database');
  const own: TableOptions = option.checkOptions(options, tableRules);
  const table = own.table ?? DEFAULT_TABLE;
  const sql = statements(table, 'INTEGER');
  const timeoutMs = Number(Object.values(Object(database.prepare('PRAGMA busy_timeout').get()))[0]);
  if (timeoutMs === 0) database.prepare(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`).get();

  const prepared = new Map<string, ReturnType<SqliteDatabase['prepare']>>();
  const rows = (text: string, values: SqlValues): SqlRow[] => {
    const statement = prepared.get(text) ?? database.prepare(text);
    prepared.set(text, statement);
    return statement.all(values as never) as SqlRow[];
  };

  return {
    async createTable() {
      database.prepare(`${sql.create} WITHOUT ROWID`).run();
      // For a table of an attached database, SQLite takes the schema before the name of the index only.
      const index = `CREATE INDEX IF NOT EXISTS ${table}_ends_at ON ${withoutSchema(table)} (ends_at)`;
      database.prepare(index).run();
    },
    ...sqlOperations(sql, rows),
  };
}
