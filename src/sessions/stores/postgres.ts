/** Sessions in PostgreSQL. */

import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
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
 * A pool or client of `pg`, PGlite, or anything that answers a text with `$1` and its values.
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
   * Give statements names, so that PostgreSQL plans them once in a connection: about twice as
   * many refreshes. For clients that take `{ name, text, values }`, as `pg` does, and without a pooler between,
   * or with one that knows prepared statements. Default: false.
   */
  prepare?: boolean;
}

/**
 * A {@link SessionStore} that can make its table.
 *
 * @example
 * ```ts
 * const prepare = (store: PostgresStore) => store.createTable();
 * ```
 */
export interface PostgresStore extends Required<SessionStore> {
  /** Creates table and index where they are not there. */
  createTable(): Promise<void>;
}

/** Serialization failure and deadlock: the statement did nothing, and may be tried again. */
const TRY_AGAIN = ['40001', '40P01'];
/** Another server makes the same table at the same moment: `IF NOT EXISTS` looks before, not while. */
const BEING_MADE = [...TRY_AGAIN, '23505', '42710', '42P07'];
const TRIES = 20;

const rules: option.OptionRules = { ...tableRules, prepare: option.boolean };

const INTEGERS = ['gen', 'now', 'grace', 'idleExp', 'absExp', 'max', 'limit'];

/**
 * Keeps sessions in PostgreSQL 12 or newer, by your pool or client, which stays yours. Every statement is
 * right by itself, at every isolation level; none is prepared under a name unless you say so, and poolers
 * are welcome. Do not hand in a client that is within a transaction of yours.
 *
 * @example
 * ```ts no-run
 * import { Pool } from 'pg';
 * import { createPostgresStore } from 'jotkit/sessions/postgres';
 *
 * const pool = new Pool({ connectionString });
 * pool.on('error', console.error); // or a connection that is cut ends the process
 * const store = createPostgresStore(pool);
 * await store.createTable(); // or run the statements of docs/guide/operating-sessions.md
 * ```
 */
export function createPostgresStore(
  client: PostgresClient,
  options: PostgresStoreOptions = {},
): PostgresStore {
  checkMethods(client, ['query'], 'client');
  const own: PostgresStoreOptions = option.checkOptions(options, rules);
  const table = own.table ?? TABLE;
  const sql = statements(table, 'BIGINT', 'FOR UPDATE SKIP LOCKED');
  const positional = new Map<string, Positional>();

  async function rows(named: string, values: SqlValues): Promise<SqlRow[]> {
    const statement = positional.get(named) ?? toPositional(named);
    positional.set(named, statement);
    const { text, name, names } = statement;
    const list = names.map((name) => values[name]) as never[];
    const send = own.prepare
      ? () => client.query({ name, text, values: list } as never)
      : () => client.query(text, list);
    return (await again(send, TRY_AGAIN)).rows as SqlRow[];
  }

  return {
    async createTable() {
      // Room in every page for the next version of a row: a refresh touches no index.
      const create = `${inOrder(sql.create)} WITH (fillfactor = 70)`;
      const index = `CREATE INDEX IF NOT EXISTS ${bare(table)}_abs_exp ON ${table} (abs_exp)`;
      await again(() => client.query(create), BEING_MADE);
      await again(() => client.query(index), BEING_MADE);
    },
    ...sqlOperations(sql, rows),
  };
}

/** Sends until it works, as long as it fails with one of the codes. */
async function again<Answer>(send: () => Promise<Answer>, codes: readonly string[]) {
  for (let tries = 1; ; tries++) {
    try {
      return await send();
    } catch (error) {
      if (tries === TRIES || !codes.includes(Object(error).code)) throw error;
      await sleep(Math.random() * Math.min(100, 2 ** tries));
    }
  }
}

/** Ids compare by their bytes, whatever the language of the database. */
function inOrder(create: string): string {
  return create.replaceAll('TEXT NOT NULL', 'TEXT COLLATE "C" NOT NULL');
}

interface Positional {
  readonly name: string;
  readonly text: string;
  readonly names: readonly string[];
}

function toPositional(named: string): Positional {
  const names: string[] = [];
  const text = named.replaceAll(/:(\w+)/g, (_, name: string) => {
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}::${INTEGERS.includes(name) ? 'bigint' : 'text'}`;
  });
  // Of the text, so that stores with different tables may share a connection.
  const name = `jotkit_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  return { name, text, names };
}
