/** Runs statements on pools and clients of pg, on PGlite and on postgres.js. */

import { createHash } from 'node:crypto';
import { hasMethod } from './client-shape.ts';
import { type SqlRow, type Statement, withNumbers } from './sql-values.ts';

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

/** Serialization failure and deadlock: the statement had no effect and can be sent again. */
export const ROLLBACK_CODES = ['40001', '40P01'];
/** Another server creates the same table: `IF NOT EXISTS` checks before it creates, not while. */
export const CREATE_RACE_CODES = [...ROLLBACK_CODES, '23505', '42710', '42P07'];

/** Runs one statement on a client or in a transaction. */
export type Query = (text: string, values: never[], name?: string) => Promise<SqlRow[]>;

/** Returns what runs statements on the client. */
export function queryOf(client: PostgresClient | PostgresJsClient, prepare: boolean): Query {
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
export function readCommittedOf(client: PostgresClient | PostgresJsClient) {
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

/** Replaces every name by a number and its type. */
export function toPositional(
  named: string,
  typeOf: (name: string) => 'text' | 'integer',
): NamedStatement {
  const statement = withNumbers(
    named,
    (number, name) => `$${number}::${typeOf(name) === 'integer' ? 'bigint' : 'text'}`,
  );
  // A digest of the text, so that stores with different tables can share a connection.
  const digest = createHash('sha256').update(statement.text).digest('hex');
  return { ...statement, name: `jotkit_${digest.slice(0, 16)}` };
}
