/** Stores used identifiers in PostgreSQL. */

import * as option from '../../core/option-rules.ts';
import { checkMethods } from '../../databases/client-shape.ts';
import {
  CREATE_RACE_CODES,
  type PostgresClient,
  type PostgresJsClient,
  queryOf,
  ROLLBACK_CODES,
  toPositional,
} from '../../databases/postgres-client.ts';
import { retryOn } from '../../databases/retry.ts';
import { compileOnce, type SqlValues, valuesOf } from '../../databases/sql-values.ts';
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
  typeOf,
} from './sql.ts';

export type { PostgresClient, PostgresJsClient, ReplayTableOptions, ReplayTableStore };

/**
 * Options of {@link createPostgresReplayStore}.
 *
 * @example
 * ```ts
 * const options: PostgresReplayOptions = { table: 'auth.replay', prepare: true };
 * ```
 */
export interface PostgresReplayOptions extends ReplayTableOptions {
  /**
   * Names the statements, so that PostgreSQL plans each once in a connection. Requires a client that takes
   * `{ name, text, values }`, as `pg` does, or postgres.js, and no pooler or one that supports prepared
   * statements. Default: false.
   */
  prepare?: boolean;
}

const postgresRules: option.OptionRules = { ...replayTableRules, prepare: option.boolean };

const dialect: Dialect = {
  // Ids are compared by their bytes, whatever the collation of the database.
  id: 'TEXT COLLATE "C"',
  until: 'BIGINT',
  skipLocked: 'FOR UPDATE SKIP LOCKED',
};

/**
 * Creates a store in PostgreSQL 12 or newer. You open and close the pool or client. Every operation is one
 * statement, works at every isolation level, and has no name unless you set `prepare`, so that poolers work.
 * Do not pass a client that is inside a transaction.
 *
 * @example
 * ```ts
 * import { Pool } from 'pg';
 * import { createPostgresReplayStore } from 'jotkit/replay/postgres';
 *
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL });
 * pool.on('error', console.error); // without a listener a broken connection ends the process
 * const replay = createPostgresReplayStore(pool);
 * await replay.createTable(); // or run the statements of docs/guide/replay-stores.md
 * ```
 */
export function createPostgresReplayStore(
  client: PostgresClient | PostgresJsClient,
  options: PostgresReplayOptions = {},
): ReplayTableStore {
  checkMethods(client, ['query', 'unsafe'], 'client');
  const own: PostgresReplayOptions = option.checkOptions(options, postgresRules);
  const table = own.table ?? DEFAULT_TABLE;
  const sql = statements(table, dialect);
  const compile = compileOnce((named) => toPositional(named, typeOf));
  const query = queryOf(client, own.prepare ?? false);

  function rows(named: string, values: SqlValues) {
    const statement = compile(named);
    const ordered = valuesOf(statement, values) as never[];
    return retryOn(ROLLBACK_CODES, () => query(statement.text, ordered, statement.name));
  }

  return {
    async createTable() {
      const index = `CREATE INDEX IF NOT EXISTS ${withoutSchema(table)}_until ON ${table} (until)`;
      await retryOn(CREATE_RACE_CODES, () => query(sql.create, []));
      await retryOn(CREATE_RACE_CODES, () => query(index, []));
    },
    ...guardedStore(sqlOperations(sql, rows), own.timeout),
  };
}
