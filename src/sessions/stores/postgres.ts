/** Sessions in PostgreSQL. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionStore } from '../store.ts';
import { checkMethods } from './client.ts';
import type { TableOptions } from './sql.ts';
import { evicted, rotateOutcome, type SqlRow, sessionOf, statements, tableOf } from './sql.ts';

/** A pool or client of `pg`, PGlite, or anything that answers a text with `$1` and its values. */
export interface PostgresClient {
  query(text: string, values?: never[]): Promise<{ rows: unknown[] }>;
}

/** A {@link SessionStore} that can make its table. */
export interface PostgresStore extends Required<SessionStore> {
  /** Creates table and index where they are not there. */
  createTable(): Promise<void>;
}

type Value = string | number | null;
type Values = Record<string, Value>;

/** Serialization failure and deadlock: the statement did nothing, and may be tried again. */
const TRY_AGAIN = ['40001', '40P01'];
const TRIES = 20;

const INTEGERS = ['gen', 'now', 'grace', 'idleExp', 'absExp', 'max', 'limit'];

/**
 * Keeps sessions in PostgreSQL 12 or newer, by your pool or client, which stays yours. Every operation is
 * a statement by itself, right at every isolation level; none is prepared under a name, so that poolers
 * are welcome. Do not hand in a client that is within a transaction of yours.
 *
 * @example
 * ```ts no-run
 * import { Pool } from 'pg';
 * import { createPostgresStore } from 'jotkit/sessions/postgres';
 *
 * const store = createPostgresStore(new Pool({ connectionString }));
 * await store.createTable(); // or run the statements of docs/guide/operating-sessions.md
 * ```
 */
export function createPostgresStore(
  client: PostgresClient,
  options: TableOptions = {},
): PostgresStore {
  checkMethods(client, ['query'], 'client');
  const sql = statements(tableOf(options), 'BIGINT', 'FOR UPDATE SKIP LOCKED');
  const positional = new Map<string, { text: string; names: string[] }>();

  async function rows(named: string, values: Values): Promise<SqlRow[]> {
    const { text, names } = positional.get(named) ?? toPositional(named);
    positional.set(named, { text, names });
    const list = names.map((name) => values[name]) as never[];
    for (let tries = 1; ; tries++) {
      try {
        return (await client.query(text, list)).rows as SqlRow[];
      } catch (error) {
        if (tries === TRIES || !TRY_AGAIN.includes(Object(error).code)) throw error;
        await sleep(Math.random() * Math.min(100, 2 ** tries));
      }
    }
  }

  return {
    async createTable() {
      // Room in every page for the next version of a row: a refresh touches no index.
      await client.query(`${inOrder(sql.create)} WITH (fillfactor = 70)`);
      await client.query(sql.createIndex);
    },
    async issue(session, { now, max }) {
      await rows(sql.issue, { ...session, now });
      return { evicted: evicted(await rows(sql.trim, { uid: session.uid, now, max })) };
    },
    async rotate(request) {
      return rotateOutcome((await rows(sql.rotate, { ...request }))[0], request);
    },
    async revoke(uid, sid) {
      return (await rows(sql.revoke, { uid, sid })).length > 0;
    },
    async revokeAll(uid, except = '') {
      return (await rows(sql.revokeAll, { uid, except })).length;
    },
    async get(uid, sid, now) {
      return (await rows(sql.get, { uid, sid, now })).map(sessionOf)[0] ?? null;
    },
    async list(uid, now) {
      return (await rows(sql.list, { uid, now })).map(sessionOf);
    },
    async purge(now, limit) {
      return (await rows(sql.purge, { now, limit })).length;
    },
  };
}

/** Ids compare by their bytes, whatever the language of the database. */
function inOrder(create: string): string {
  return create.replaceAll('TEXT NOT NULL', 'TEXT COLLATE "C" NOT NULL');
}

function toPositional(named: string): { text: string; names: string[] } {
  const names: string[] = [];
  const text = named.replaceAll(/:(\w+)/g, (_, name: string) => {
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}::${INTEGERS.includes(name) ? 'bigint' : 'text'}`;
  });
  return { text, names };
}
