/** Runs statements on pools of mysql2 and mariadb, and on other clients of MySQL. */

import { typeNameOf } from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import { hasMethod } from './client-shape.ts';
import { type SqlRow, type Statement, withQuestionMarks } from './sql-values.ts';

/**
 * A pool of `mysql2/promise` or of `mariadb`.
 *
 * @example
 * ```ts
 * const storeIn = (pool: MysqlPool) => createMysqlStore(pool);
 * ```
 */
export interface MysqlPool {
  /** Runs one statement, which the server prepares. */
  execute(statement: never, values?: never): Promise<unknown>;
  /** Resolves to a connection for a transaction. */
  getConnection(): Promise<MysqlConnection>;
}

/**
 * A connection of a pool.
 *
 * @example
 * ```ts
 * const end = (connection: MysqlConnection) => connection.destroy();
 * ```
 */
export interface MysqlConnection extends Pick<MysqlPool, 'execute'> {
  /** Starts a transaction. */
  beginTransaction(): Promise<unknown>;
  /** Commits the transaction. */
  commit(): Promise<unknown>;
  /** Rolls the transaction back. */
  rollback(): Promise<unknown>;
  /** Returns the connection to its pool. */
  release(): unknown;
  /** Closes the connection. */
  destroy(): unknown;
}

/**
 * Any other client: an object that runs a statement with `?` and its values.
 *
 * @example
 * ```ts
 * const logged = (client: MysqlClient): MysqlClient => ({
 *   query(sql, values) {
 *     console.log(sql);
 *     return client.query(sql, values);
 *   },
 *   transaction: (work) => client.transaction(work),
 * });
 * ```
 */
export interface MysqlClient {
  /** Runs one statement. Values are integers, `Buffer` and null. */
  query(sql: string, values: never[]): Promise<MysqlResult>;
  /** Runs `work` in a transaction of one connection: commits if it resolves, rolls back if it rejects. */
  transaction<Result>(
    work: (client: Pick<MysqlClient, 'query'>) => Promise<Result>,
  ): Promise<Result>;
}

/**
 * The result of a statement: `rows` of a query, `affectedRows` and `insertId` of a change. Columns of the
 * type VARBINARY or BLOB are `Buffer` or `Uint8Array`.
 *
 * @example
 * ```ts
 * const isFound = ({ rows = [] }: MysqlResult): boolean => rows.length > 0;
 * ```
 */
export interface MysqlResult {
  readonly rows?: unknown[];
  readonly affectedRows?: number | bigint | string;
  readonly insertId?: number | bigint | string;
}

/** Deadlock, lock wait timeout, changed row: the statement or the transaction had no effect. */
export const ROLLBACK_CODES = [1213, 1205, 1020];

/** Runs one statement. */
export type Query = (sql: string, values: never[]) => Promise<MysqlResult>;

export interface Connections {
  /** Runs a statement on any connection. */
  readonly query: Query;
  readonly transaction: <Result>(work: (query: Query) => Promise<Result>) => Promise<Result>;
}

/** Returns what runs the statements of a store. Throws TypeError if the value is no such client. */
export function connectionsOf(client: MysqlPool | MysqlClient): Connections {
  if (hasMethod(client, 'getConnection') && hasMethod(client, 'execute')) {
    const pool = client as MysqlPool;
    return { query: queryOf(pool), transaction: (work) => inTransaction(pool, work) };
  }
  if (hasMethod(client, 'query') && hasMethod(client, 'transaction')) {
    const other = client as MysqlClient;
    return {
      query: (sql, values) => other.query(sql, values),
      transaction: (work) =>
        other.transaction((inside) => work((...args) => inside.query(...args))),
    };
  }
  const methods = 'the methods getConnection and execute, or query and transaction';
  throw usageError(
    'ERR_OPTION_INVALID',
    `"client" must have ${methods}, got ${typeNameOf(client)}`,
  );
}

async function inTransaction<Result>(
  pool: MysqlPool,
  work: (query: Query) => Promise<Result>,
): Promise<Result> {
  const connection = await pool.getConnection();
  let result: Result;
  try {
    await connection.beginTransaction();
    result = await work(queryOf(connection));
    await connection.commit();
  } catch (error) {
    await connection.rollback().then(
      () => connection.release(),
      () => connection.destroy(),
    );
    throw error;
  }
  await connection.release();
  return result;
}

/** The same parameters and results for every pool, whatever its options. */
const PLAIN_RESULTS = {
  ...{ namedPlaceholders: false, rowsAsArray: false, metaAsArray: false },
  ...{ nestTables: false, typeCast: undefined },
};

function queryOf(client: Pick<MysqlPool, 'execute'>): Query {
  return async (sql, values) => {
    const statement = { sql, ...PLAIN_RESULTS };
    const result = await client.execute(statement as never, values as never);
    // mysql2 resolves to the result and its columns, mariadb to the result.
    const isPair =
      Array.isArray(result) && (Array.isArray(result[0]) || (result.length === 2 && !result[1]));
    const own = isPair ? result[0] : result;
    return Array.isArray(own) ? { rows: own } : Object(own);
  };
}

/** Returns the rows of a query, with strings for bytes. */
export function rowsOf({ rows }: MysqlResult): SqlRow[] {
  if (Array.isArray(rows)) return rows.map(toText);
  throw usageError(
    'ERR_OPTION_INVALID',
    `"client" must resolve to { rows } for a query, got ${typeNameOf(rows)}`,
  );
}

function toText(row: unknown): SqlRow {
  const entries = Object.entries(row as SqlRow).map(([name, value]) => {
    if (!ArrayBuffer.isView(value)) return [name, value];
    return [name, Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString()];
  });
  return Object.fromEntries(entries);
}

/** Returns the member of the result of a change. */
export function integerOf(result: MysqlResult, name: 'affectedRows' | 'insertId'): number {
  const value = Number(result[name] ?? Number.NaN);
  if (Number.isSafeInteger(value)) return value;
  throw usageError(
    'ERR_OPTION_INVALID',
    `"client" must resolve to { affectedRows, insertId } for a change, got ${typeNameOf(result[name])}`,
  );
}

/** Sends strings as UTF-8, whatever the character set of the connection. */
export const toBytes = (value: string | number | null) =>
  typeof value === 'string' ? Buffer.from(value) : value;

/** Replaces every name by `?`. */
export function toQuestionMarks(
  named: string,
  typeOf: (name: string) => 'text' | 'integer',
): Statement {
  // mysql2 sends numbers as DOUBLE.
  return withQuestionMarks(named, (name) =>
    typeOf(name) === 'integer' ? 'CAST(? AS SIGNED)' : '?',
  );
}
