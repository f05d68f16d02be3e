/** Opens every store with every client, in this process or another. */

import { DatabaseSync } from 'node:sqlite';
import Sqlite from 'better-sqlite3';
import { Cluster, Redis } from 'ioredis';
import { Pool } from 'pg';
import { createClient, createCluster } from 'redis';
import type { SessionStore } from '../../src/sessions/store.ts';
import { createPostgresStore } from '../../src/sessions/stores/postgres.ts';
import { createRedisStore } from '../../src/sessions/stores/redis.ts';
import { createSqliteStore } from '../../src/sessions/stores/sqlite.ts';

/** Ports of the databases. */
export interface Servers {
  postgres: number;
  mariadb: number;
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

async function pgStore(servers: Servers, isolation: string, prepare = false): Promise<Opened> {
  const options = `-c default_transaction_isolation=${isolation.replaceAll(' ', '\\ ')}`;
  const address = { host: '127.0.0.1', port: servers.postgres, user: 'postgres' };
  const pool = new Pool({ ...address, database: 'postgres', max: 32, options });
  // An idle connection that breaks: the pool opens another.
  pool.on('error', () => {});
  const store = createPostgresStore(pool, { prepare });
  await store.createTable();
  return { store, close: () => pool.end() };
}

export const openers: Record<string, (servers: Servers) => Promise<Opened>> = {
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
    // The default of better-sqlite3: commits do not wait for the disk.
    database.exec('PRAGMA synchronous = NORMAL');
    const store = createSqliteStore(database);
    await store.createTable();
    return { store, close: async () => database.close() };
  },
  ...Object.fromEntries(
    levels.map((level) => [`pg, ${level}`, (servers: Servers) => pgStore(servers, level)]),
  ),
  'pg, prepared': (servers) => pgStore(servers, 'read committed', true),
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

/** Stores that only one process can open. */
export const embedded: Record<string, () => Promise<Opened>> = {
  PGlite: async () => {
    // Large, and not needed by the racers.
    const { PGlite } = await import('@electric-sql/pglite');
    const database = new PGlite();
    const store = createPostgresStore(database);
    await store.createTable();
    return { store, close: () => database.close() };
  },
};
