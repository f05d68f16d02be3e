/** Every store on every client: how to open it, in this process or another. */

import { DatabaseSync } from 'node:sqlite';
import Sqlite from 'better-sqlite3';
import { Cluster, Redis } from 'ioredis';
import { Pool } from 'pg';
import { createClient, createCluster } from 'redis';
import type { SessionStore } from '../../src/sessions/store.ts';
import { createPostgresStore } from '../../src/sessions/stores/postgres.ts';
import { createRedisStore } from '../../src/sessions/stores/redis.ts';
import { createSqliteStore } from '../../src/sessions/stores/sqlite.ts';

/** Where the databases are. */
export interface Places {
  postgres: number;
  redis: number;
  cluster: number[];
  /** A folder for SQLite files. */
  folder: string;
}

export interface Opened {
  store: SessionStore;
  close(): Promise<unknown>;
}

const levels = ['read committed', 'repeatable read', 'serializable'] as const;

async function pgStore(places: Places, isolation: string, prepare = false): Promise<Opened> {
  const options = `-c default_transaction_isolation=${isolation.replaceAll(' ', '\\ ')}`;
  const place = { host: '127.0.0.1', port: places.postgres, user: 'postgres' };
  const pool = new Pool({ ...place, database: 'postgres', max: 32, options });
  // A connection that is cut while it is idle: the pool makes another.
  pool.on('error', () => {});
  const store = createPostgresStore(pool, { prepare });
  await store.createTable();
  return { store, close: () => pool.end() };
}

export const openers: Record<string, (places: Places) => Promise<Opened>> = {
  'better-sqlite3': async ({ folder }) => {
    const database = new Sqlite(`${folder}/better.db`);
    database.pragma('journal_mode = WAL');
    const store = createSqliteStore(database);
    await store.createTable();
    return { store, close: async () => database.close() };
  },
  'node:sqlite': async ({ folder }) => {
    const database = new DatabaseSync(`${folder}/node.db`);
    database.exec('PRAGMA busy_timeout = 5000');
    database.exec('PRAGMA journal_mode = WAL');
    // As better-sqlite3 is built: no wait for the disk at every commit.
    database.exec('PRAGMA synchronous = NORMAL');
    const store = createSqliteStore(database);
    await store.createTable();
    return { store, close: async () => database.close() };
  },
  ...Object.fromEntries(
    levels.map((level) => [`pg, ${level}`, (places: Places) => pgStore(places, level)]),
  ),
  'pg, prepared': (places) => pgStore(places, 'read committed', true),
  ioredis: async ({ redis }) => {
    const client = new Redis(redis, { maxRetriesPerRequest: 0 });
    client.on('error', () => {});
    return { store: createRedisStore(client), close: () => client.quit() };
  },
  'ioredis, cluster': async ({ cluster }) => {
    const client = new Cluster(cluster.map((port) => ({ host: '127.0.0.1', port })));
    return { store: createRedisStore(client), close: () => client.quit() };
  },
  redis: async ({ redis }) => {
    const client = createClient({ url: `redis://127.0.0.1:${redis}` });
    client.on('error', () => {});
    await client.connect();
    return { store: createRedisStore(client), close: () => client.close() };
  },
  'redis, cluster': async ({ cluster }) => {
    const rootNodes = cluster.map((port) => ({ url: `redis://127.0.0.1:${port}` }));
    const client = createCluster({ rootNodes });
    await client.connect();
    return { store: createRedisStore(client), close: () => client.close() };
  },
};

/** Within one process only. */
export const embedded: Record<string, () => Promise<Opened>> = {
  PGlite: async () => {
    // Loaded where it is used: it is large, and other processes have no need of it.
    const { PGlite } = await import('@electric-sql/pglite');
    const database = new PGlite();
    const store = createPostgresStore(database);
    await store.createTable();
    return { store, close: () => database.close() };
  },
};
