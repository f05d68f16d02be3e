/** Opens every store with every client, in this process or another. */

import type { Pool as MysqlPool } from 'mysql2/promise';
import type { Pool as PostgresPool } from 'pg';
import type { SessionStore } from '../../src/sessions/store.ts';
import { createMysqlStore } from '../../src/sessions/stores/mysql.ts';
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

/** Loads its client alone: a process of a race needs no other. */
export type Opener = (servers: Servers) => Promise<Opened>;

interface TableStore extends SessionStore {
  createTable(): Promise<void>;
}

async function withTable(store: TableStore, close: () => unknown): Promise<Opened> {
  await store.createTable();
  return { store, close: async () => close() };
}

const host = '127.0.0.1';
const levels = ['read committed', 'repeatable read', 'serializable'] as const;

/** Returns one opener for each isolation level. */
function atEveryLevel(client: string, open: (servers: Servers, level: string) => Promise<Opened>) {
  return Object.fromEntries(
    levels.map((level): [string, Opener] => [
      `${client}, ${level}`,
      (servers) => open(servers, level),
    ]),
  );
}

export async function pgPool(servers: Servers, level = 'read committed'): Promise<PostgresPool> {
  const { Pool } = await import('pg');
  const options = `-c default_transaction_isolation=${level.replaceAll(' ', '\\ ')}`;
  const address = { host, port: servers.postgres, user: 'postgres', database: 'postgres' };
  const pool = new Pool({ ...address, max: 32, options });
  // An idle connection that breaks: the pool opens another.
  pool.on('error', () => {});
  return pool;
}

async function pgStore(servers: Servers, level: string, prepare = false): Promise<Opened> {
  const pool = await pgPool(servers, level);
  return withTable(createPostgresStore(pool, { prepare }), () => pool.end());
}

const mysqlAddress = ({ mariadb: port }: Servers) => ({
  ...{ host, port, user: 'root', database: 'test', connectionLimit: 32 },
});

const setLevel = (level: string) => `SET SESSION TRANSACTION ISOLATION LEVEL ${level}`;

export async function mysqlPool(servers: Servers, level: string): Promise<MysqlPool> {
  const { createPool } = await import('mysql2/promise');
  const pool = createPool(mysqlAddress(servers));
  // The first statement of every connection.
  pool.pool.on('connection', (connection) => connection.query(setLevel(level)));
  return pool;
}

async function mysql2Store(servers: Servers, level: string): Promise<Opened> {
  const pool = await mysqlPool(servers, level);
  return withTable(createMysqlStore(pool), () => pool.end());
}

async function mariadbStore(servers: Servers, level: string): Promise<Opened> {
  const { createPool } = await import('mariadb');
  const pool = createPool({ ...mysqlAddress(servers), initSql: setLevel(level) });
  return withTable(createMysqlStore(pool), () => pool.end());
}

export const openers: Record<string, Opener> = {
  'better-sqlite3': async ({ folder }) => {
    const { default: Sqlite } = await import('better-sqlite3');
    const database = new Sqlite(`${folder}/better.db`);
    database.pragma('journal_mode = WAL');
    return withTable(createSqliteStore(database), () => database.close());
  },
  'node:sqlite': async ({ folder }) => {
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(`${folder}/node.db`);
    database.exec('PRAGMA busy_timeout = 5000');
    database.exec('PRAGMA journal_mode = WAL');
    // The default of better-sqlite3: commits do not wait for the disk.
    database.exec('PRAGMA synchronous = NORMAL');
    return withTable(createSqliteStore(database), () => database.close());
  },
  libSQL: async ({ folder }) => {
    const { createClient } = await import('@libsql/client');
    // Without `timeout` concurrent writers fail with SQLITE_BUSY.
    const client = createClient({ url: `file:${folder}/libsql.db`, timeout: 5000 });
    await client.execute('PRAGMA journal_mode = WAL');
    return withTable(createSqliteStore(client), () => client.close());
  },
  ...atEveryLevel('pg', pgStore),
  'pg, prepared': (servers) => pgStore(servers, 'read committed', true),
  'postgres.js': async ({ postgres: port }) => {
    const { default: postgres } = await import('postgres');
    const address = { host, port, user: 'postgres', database: 'postgres' };
    const sql = postgres({ ...address, max: 16, onnotice: () => {} });
    // Without a limit it waits for connections that broke.
    return withTable(createPostgresStore(sql), () => sql.end({ timeout: 1 }));
  },
  ...atEveryLevel('mysql2', mysql2Store),
  ...atEveryLevel('mariadb', mariadbStore),
  ioredis: async ({ redis: port }) => {
    const { Redis } = await import('ioredis');
    const client = new Redis(port, { maxRetriesPerRequest: 0 });
    client.on('error', () => {});
    return { store: createRedisStore(client), close: () => client.quit() };
  },
  'ioredis, cluster': async ({ cluster }) => {
    const { Cluster } = await import('ioredis');
    const client = new Cluster(cluster.map((port) => ({ host, port })));
    return { store: createRedisStore(client), close: () => client.quit() };
  },
  redis: async ({ redis: port }) => {
    const { createClient } = await import('redis');
    const client = createClient({ url: `redis://${host}:${port}` });
    client.on('error', () => {});
    await client.connect();
    return { store: createRedisStore(client), close: () => client.close() };
  },
  'redis, cluster': async ({ cluster }) => {
    const { createCluster } = await import('redis');
    const rootNodes = cluster.map((port) => ({ url: `redis://${host}:${port}` }));
    const client = createCluster({ rootNodes });
    await client.connect();
    return { store: createRedisStore(client), close: () => client.close() };
  },
};
