/** Stores sessions in PostgreSQL. */

import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
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
   * refreshes. Requires a client that takes `{ name, text, values }`, as `pg` does, and no pooler or one
   * that supports prepared statements. Default: false.
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
const MAX_ATTEMPTS = 20;
const MAX_RETRY_DELAY_MS = 100;

const postgresRules: option.OptionRules = { ...tableRules, prepare: option.boolean };

const INTEGER_PARAMETERS = ['generation', 'now', 'grace', 'idleEndsAt', 'endsAt', 'max', 'limit'];

/**
 * Creates a store in PostgreSQL 12 or newer. You open and close the pool or client. Every statement is
 * atomic alone, at every isolation level, and has no name unless you set `prepare`, so that poolers work.
 * Do not pass a client that is inside a transaction.
 *
 * @example
 * ```ts
 * import { Pool } from 'pg';
 * import { createPostgresStore } from 'jotkit/sessions/postgres';
 *
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL });
 * pool.on('error', console.error); // without a listener a broken connection ends the process
 * const store = createPostgresStore(pool);
 * await store.createTable(); // or run the statements of docs/guide/session-stores.md
 * ```
 */
export function createPostgresStore(
  client: PostgresClient,
  options: PostgresStoreOptions = {},
): PostgresStore {
  checkMethods(client, ['query'], 'client');
  const own: PostgresStoreOptions = option.checkOptions(options, postgresRules);
  const table = own.table ?? DEFAULT_TABLE;
  const sql = statements(table, 'BIGINT', 'FOR UPDATE SKIP LOCKED');
  const positional = new Map<string, PositionalStatement>();

  async function rows(named: string, values: SqlValues): Promise<SqlRow[]> {
    const statement = positional.get(named) ?? toPositional(named);
    positional.set(named, statement);
    const { text, name, names } = statement;
    const list = names.map((name) => values[name]) as never[];
    const send = own.prepare
      ? () => client.query({ name, text, values: list } as never)
      : () => client.query(text, list);
    return (await retryOn(ROLLBACK_CODES, send)).rows as SqlRow[];
  }

  return {
    async createTable() {
      // Leaves space in every page for the next version of a row, so that a refresh updates no index.
      const create = `${withByteOrder(sql.create)} WITH (fillfactor = 70)`;
      const index = `CREATE INDEX IF NOT EXISTS ${withoutSchema(table)}_ends_at ON ${table} (ends_at)`;
      await retryOn(CREATE_RACE_CODES, () => client.query(create));
      await retryOn(CREATE_RACE_CODES, () => client.query(index));
    },
    ...sqlOperations(sql, rows),
  };
}

/** Sends again while it fails with one of the codes. */
async function retryOn<Result>(codes: readonly string[], send: () => Promise<Result>) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !codes.includes(Object(error).code)) throw error;
      await sleep(Math.random() * Math.min(MAX_RETRY_DELAY_MS, 2 ** attempt));
    }
  }
}

/** Compares ids by their bytes, whatever the collation of the database. */
function withByteOrder(create: string): string {
  return create.replaceAll('TEXT NOT NULL', 'TEXT COLLATE "C" NOT NULL');
}

interface PositionalStatement {
  readonly name: string;
  readonly text: string;
  readonly names: readonly string[];
}

function toPositional(named: string): PositionalStatement {
  const names: string[] = [];
  const text = named.replaceAll(/:(\w+)/g, (_, name: string) => {
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}::${INTEGER_PARAMETERS.includes(name) ? 'bigint' : 'text'}`;
  });
  // A digest of the text, so that stores with different tables can share a connection.
  const name = `jotkit_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  return { name, text, names };
}
