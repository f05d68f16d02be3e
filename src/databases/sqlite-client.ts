/** Runs statements on databases of node:sqlite and better-sqlite3, and on clients of libSQL. */

import { hasMethod } from './client-shape.ts';
import {
  compileOnce,
  type SqlRow,
  type SqlValues,
  valuesOf,
  withQuestionMarks,
} from './sql-values.ts';

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

const BUSY_TIMEOUT_MS = 5000;

type Step = readonly [statement: string, values: SqlValues];

/** Runs statements on a database. */
interface Runner {
  /** Runs a statement without values and rows. */
  run(statement: string): unknown;
  rows(...step: Step): SqlRow[] | Promise<SqlRow[]>;
  /** Runs all in one transaction, or none. Resolves to the rows of the last. */
  together(...steps: Step[]): SqlRow[] | Promise<SqlRow[]>;
}

/** Returns what runs the statements of a store. */
export function runnerOf(database: SqliteDatabase | LibsqlClient): Runner {
  return hasMethod(database, 'batch')
    ? libsqlRunner(database as LibsqlClient)
    : databaseRunner(database as SqliteDatabase);
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
