/** Stores sessions in SQLite: a file that several processes of one machine can share. */

import * as option from '../../core/option-rules.ts';
import { checkMethods, hasMethod } from '../../databases/client-shape.ts';
import {
  compileOnce,
  type SqlRow,
  type SqlValues,
  valuesOf,
  withQuestionMarks,
} from '../../databases/sql-values.ts';
import type { SessionStore } from '../store.ts';
import {
  columns,
  DEFAULT_TABLE,
  type Dialect,
  liveSids,
  sqlOperations,
  statements,
  type TableOptions,
  tableRules,
  timesOf,
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

/** Takes values in their order. */
interface SqliteStatement {
  get(...values: never[]): unknown;
  all(...values: never[]): unknown[];
  run(...values: never[]): unknown;
}

/**
 * A client of `@libsql/client`.
 *
 * @example
 * ```ts
 * const storeIn = (client: LibsqlClient) => createSqliteStore(client);
 * ```
 */
export interface LibsqlClient {
  /** Runs one statement. */
  execute(statement: never): Promise<{ rows: unknown[] }>;
  /** Runs statements in one transaction. */
  batch(statements: never[], mode?: 'write'): Promise<Array<{ rows: unknown[] }>>;
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

const dialect: Dialect = {
  typeOf: (member) => (columns[member] === 'integer' ? 'INTEGER' : 'TEXT'),
  // Every process of the machine has the same clock: the store passes it.
  clock: ':now',
  least: 'MIN',
  lock: '',
  skipLocked: '',
  returning: ' RETURNING sid',
};

type Step = readonly [statement: string, values: SqlValues];

/** Runs statements on a database. */
interface Runner {
  /** Runs a statement without values and rows. */
  run(statement: string): unknown;
  rows(...step: Step): SqlRow[] | Promise<SqlRow[]>;
  /** Runs all in one transaction, or none. Resolves to the rows of the last. */
  together(...steps: Step[]): SqlRow[] | Promise<SqlRow[]>;
}

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
  const { run, rows, together } = hasMethod(database, 'batch')
    ? libsqlRunner(database as LibsqlClient)
    : databaseRunner(database as SqliteDatabase);
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

function databaseRunner(database: SqliteDatabase): Runner {
  const timeoutMs = Number(Object.values(Object(database.prepare('PRAGMA busy_timeout').get()))[0]);
  if (timeoutMs === 0) database.prepare(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`).get();

  const compile = compileOnce((named) => {
    const statement = withQuestionMarks(named);
    return { ...statement, prepared: database.prepare(statement.text) };
  });
  const run = (text: string) => compile(text).prepared.run();
  const rows = (...[named, values]: Step) => {
    const statement = compile(named);
    return statement.prepared.all(...(valuesOf(statement, values) as never[])) as SqlRow[];
  };

  const succeeds = (text: string): boolean => {
    try {
      run(text);
      return true;
    } catch {
      return false;
    }
  };

  return {
    run,
    rows,
    together(...steps) {
      run('SAVEPOINT jotkit');
      try {
        const results = steps.map((step) => rows(...step));
        run('RELEASE jotkit');
        return results.at(-1) as SqlRow[];
      } catch (error) {
        // RELEASE cannot commit if the database is busy. If SQLite has rolled the whole transaction back,
        // nothing is left of the savepoint. The error of neither says why.
        const isUndone = succeeds('ROLLBACK TO jotkit') && succeeds('RELEASE jotkit');
        if (!isUndone) succeeds('ROLLBACK');
        throw error;
      }
    },
  };
}

function libsqlRunner(client: LibsqlClient): Runner {
  const compile = compileOnce((named) => withQuestionMarks(named));
  const toStatement = ([named, values]: Step) => {
    const statement = compile(named);
    return { sql: statement.text, args: valuesOf(statement, values) } as never;
  };
  return {
    run: (statement) => client.execute(statement as never),
    rows: async (...step) => (await client.execute(toStatement(step))).rows as SqlRow[],
    async together(...steps) {
      const results = await client.batch(steps.map(toStatement), 'write');
      return results.at(-1)?.rows as SqlRow[];
    },
  };
}
