/** Stores sessions in PostgreSQL. */

import * as option from '../../core/option-rules.ts';
import { checkMethods } from '../../databases/client-shape.ts';
import {
  CREATE_RACE_CODES,
  type PostgresClient,
  type PostgresJsClient,
  type Query,
  queryOf,
  ROLLBACK_CODES,
  readCommittedOf,
  toPositional,
} from '../../databases/postgres-client.ts';
import { hasCode, retryOn } from '../../databases/retry.ts';
import { compileOnce, type SqlRow, type SqlValues, valuesOf } from '../../databases/sql-values.ts';
import { tableRules, withoutSchema } from '../../databases/table.ts';
import type { SessionStore } from '../store.ts';
import {
  columns,
  DEFAULT_TABLE,
  type Dialect,
  liveSids,
  needsTrim,
  sqlOperations,
  statements,
  type TableOptions,
  timesOf,
  typeOf,
} from './sql.ts';

export type { PostgresClient, PostgresJsClient, TableOptions };

/**
 * Options of {@link createPostgresStore}.
 *
 * @example
 * ```ts
 * const options: PostgresStoreOptions = { table: 'auth.sessions', prepare: true };
 * ```
 */
export interface PostgresStoreOptions extends TableOptions {
  /**
   * Names the statements, so that PostgreSQL plans each once in a connection: about twice as many
   * refreshes. Requires a client that takes `{ name, text, values }`, as `pg` does, or postgres.js, and no
   * pooler or one that supports prepared statements. Default: false.
   */
  prepare?: boolean;
}

/**
 * A {@link SessionStore} that can create its table.
 *
 * @example
 * ```ts
 * const prepare = (store: PostgresStore) => store.createTable();
 * ```
 */
export interface PostgresStore extends Required<SessionStore> {
  /** Creates the table and its index unless they exist. */
  createTable(): Promise<void>;
}

const postgresRules: option.OptionRules = { ...tableRules, prepare: option.boolean };

const dialect: Dialect = {
  // Ids are compared by their bytes, whatever the collation of the database.
  typeOf: (member) => (columns[member] === 'integer' ? 'BIGINT' : 'TEXT COLLATE "C"'),
  // Not the start of the statement: it may wait for a lock, and the row it waits for is refreshed meanwhile.
  clock: '(EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint',
  least: 'LEAST',
  lock: 'FOR UPDATE',
  skipLocked: 'FOR UPDATE SKIP LOCKED',
  returning: ' RETURNING sid',
};

/** Locks rows in the order of `trim`: two statements that wait for each other would take a second. */
const revokeAllOf = (table: string) => `
WITH locked AS MATERIALIZED (
  SELECT sid FROM ${table} WHERE uid = :uid AND sid <> :except ORDER BY slot FOR UPDATE)
DELETE FROM ${table} WHERE uid = :uid AND sid IN (SELECT sid FROM locked)
RETURNING sid`;

/**
 * Creates a store in PostgreSQL 12 or newer. You open and close the pool or client. Every operation works at
 * every isolation level, and no statement has a name unless you set `prepare`, so that poolers work. Do not
 * pass a client that is inside a transaction.
 *
 * The database must keep its own time, which measures the grace period for all servers.
 *
 * @example
 * ```ts
 * import { Pool } from 'pg';
 * import { createPostgresStore } from 'jotkit/sessions/postgres';
 *
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL });
 * pool.on('error', console.error); // without a listener a broken connection ends the process
 * const store = createPostgresStore(pool);
 * await store.createTable(); // or run the statements of docs/guide/sessions-in-postgresql.md
 * ```
 */
export function createPostgresStore(
  client: PostgresClient | PostgresJsClient,
  options: PostgresStoreOptions = {},
): PostgresStore {
  checkMethods(client, ['query', 'unsafe'], 'client');
  const own: PostgresStoreOptions = option.checkOptions(options, postgresRules);
  const table = own.table ?? DEFAULT_TABLE;
  const sql = { ...statements(table, dialect), revokeAll: revokeAllOf(table) };
  const compile = compileOnce((named) => toPositional(named, typeOf));
  const query = queryOf(client, own.prepare ?? false);
  const isolated = readCommittedOf(client);

  function run(through: Query, named: string, values: SqlValues): Promise<SqlRow[]> {
    const statement = compile(named);
    return through(statement.text, valuesOf(statement, values) as never[], statement.name);
  }

  const rows = (named: string, values: SqlValues) =>
    retryOn(ROLLBACK_CODES, () => run(query, named, values));

  /** A session that is refreshed all the time would otherwise reject the logins and logouts of its user. */
  async function change(named: string, values: SqlValues): Promise<SqlRow[]> {
    if (!isolated) return rows(named, values);
    try {
      return await run(query, named, values);
    } catch (error) {
      if (!hasCode(error, ROLLBACK_CODES)) throw error;
      return retryOn(ROLLBACK_CODES, () => isolated((through) => run(through, named, values)));
    }
  }

  return {
    async createTable() {
      // Leaves space in every page for the next version of a row, so that a refresh updates no index.
      const create = `${sql.create} WITH (fillfactor = 70)`;
      const index = `CREATE INDEX IF NOT EXISTS ${withoutSchema(table)}_ends_at ON ${table} (ends_at)`;
      await retryOn(CREATE_RACE_CODES, () => query(create, []));
      await retryOn(CREATE_RACE_CODES, () => query(index, []));
    },
    ...sqlOperations(sql, {
      rows,
      changes: async (named, values) => (await change(named, values)).length,
      async issue(row, { now, max }) {
        const { uid, sid } = row;
        await rows(sql.enter, row);
        if (!needsTrim(await rows(sql.count, { uid, now }), max)) return [];
        return liveSids(await change(sql.trim, { uid, sid, now, max }));
      },
      replace: async (rotate, request) => timesOf((await rows(rotate, request))[0]),
    }),
  };
}
