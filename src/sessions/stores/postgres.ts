/** Stores sessions in PostgreSQL. */

import { createHash } from 'node:crypto';
import * as option from '../../core/option-rules.ts';
import { checkMethods, hasMethod } from '../../databases/client-shape.ts';
import { hasCode, retryOn } from '../../databases/retry.ts';
import {
  compileOnce,
  type SqlRow,
  type SqlValues,
  type Statement,
  valuesOf,
  withNumbers,
} from '../../databases/sql-values.ts';
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
  tableRules,
  timesOf,
  typeOf,
  withoutSchema,
} from './sql.ts';

export type { TableOptions };

/**
 * A pool or client of `pg`, PGlite, or any object that runs a statement with `$1` and its values.
 *
 * @example
 * ```ts
 * const logged = (client: PostgresClient): PostgresClient => ({
 *   query(text, values) {
 *     console.log(text);
 *     return client.query(text, values);
 *   },
 * });
 * ```
 */
export interface PostgresClient {
  /** Runs one statement. */
  query(text: string, values?: never[]): Promise<{ rows: unknown[] }>;
}

/**
 * The function of `postgres` (postgres.js).
 *
 * @example
 * ```ts
 * const storeIn = (sql: PostgresJsClient) => createPostgresStore(sql);
 * ```
 */
export interface PostgresJsClient {
  /** Runs one statement. */
  unsafe(text: string, values?: never[], options?: { prepare?: boolean }): PromiseLike<unknown[]>;
}

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

/** Serialization failure and deadlock: the statement had no effect and can be sent again. */
const ROLLBACK_CODES = ['40001', '40P01'];
/** Another server creates the same table: `IF NOT EXISTS` checks before it creates, not while. */
const CREATE_RACE_CODES = [...ROLLBACK_CODES, '23505', '42710', '42P07'];

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

/** Runs one statement on a client or in a transaction. */
type Query = (text: string, values: never[], name?: string) => Promise<SqlRow[]>;

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
  const compile = compileOnce(toPositional);
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

function queryOf(client: PostgresClient | PostgresJsClient, prepare: boolean): Query {
  if (hasMethod(client, 'unsafe')) {
    const sql = client as PostgresJsClient;
    return async (text, values) => (await sql.unsafe(text, values, { prepare })) as SqlRow[];
  }
  const { query } = client as PostgresClient;
  return async (text, values, name) => {
    const statement = prepare && name ? [{ name, text, values } as never] : [text, values];
    return (await query.apply(client, statement as [string, never[]])).rows as SqlRow[];
  };
}

const READ_COMMITTED = 'ISOLATION LEVEL READ COMMITTED';

/** The transactions of the clients that have them. */
interface TransactionClient extends PostgresClient {
  release(broken: boolean): void;
}
interface Transactions {
  begin(options: string, work: (client: PostgresJsClient) => Promise<SqlRow[]>): Promise<SqlRow[]>;
  transaction(work: (client: PostgresClient) => Promise<SqlRow[]>): Promise<SqlRow[]>;
  connect(): Promise<TransactionClient>;
}

/**
 * Returns a function that runs statements on one connection in a transaction of its own, at READ COMMITTED.
 * Undefined for clients without such a method: those of one connection share it with other calls.
 */
function readCommittedOf(client: PostgresClient | PostgresJsClient) {
  const { begin, transaction, connect } = client as unknown as Transactions;
  if (hasMethod(client, 'unsafe')) {
    if (!begin) return undefined;
    return (work: (query: Query) => Promise<SqlRow[]>) =>
      begin.call(client, READ_COMMITTED, (connection) => work(queryOf(connection, false)));
  }
  if (transaction) {
    return (work: (query: Query) => Promise<SqlRow[]>) =>
      transaction.call(client, async (connection) => {
        await connection.query(`SET TRANSACTION ${READ_COMMITTED}`);
        return work(queryOf(connection, false));
      });
  }
  // A single client of `pg` has `connect`, too. Only a pool counts its connections.
  if (!connect || !('totalCount' in client)) return undefined;
  return async (work: (query: Query) => Promise<SqlRow[]>) => {
    const connection = await connect.call(client);
    let broken = true;
    try {
      await connection.query(`BEGIN ${READ_COMMITTED}`);
      const result = await work(queryOf(connection, false));
      await connection.query('COMMIT');
      broken = false;
      return result;
    } finally {
      // Closes the connection after an error, and the transaction with it.
      connection.release(broken);
    }
  };
}

interface NamedStatement extends Statement {
  readonly name: string;
}

function toPositional(named: string): NamedStatement {
  const statement = withNumbers(
    named,
    (number, name) => `$${number}::${typeOf(name) === 'integer' ? 'bigint' : 'text'}`,
  );
  // A digest of the text, so that stores with different tables can share a connection.
  const digest = createHash('sha256').update(statement.text).digest('hex');
  return { ...statement, name: `jotkit_${digest.slice(0, 16)}` };
}
