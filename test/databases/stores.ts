/** Opens every store with every client, in this process or another. */

import { DatabaseSync } from 'node:sqlite';
import { createClient as createLibsql } from '@libsql/client';
import Sqlite from 'better-sqlite3';
import { Cluster, Redis } from 'ioredis';
import * as mariadb from 'mariadb';
import * as mysql from 'mysql2/promise';
import { Pool } from 'pg';
import postgres from 'postgres';
import { createClient, createCluster } from 'redis';
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

const levels = ['read committed', 'repeatable read', 'serializable'] as const;

export function pgPool(servers: Servers, isolation = 'read committed'): Pool {
  const options = `-c default_transaction_isolation=${isolation.replaceAll(' ', '\\ ')}`;
  const address = { host: '127.0.0.1', port: servers.postgres, user: 'postgres' };
  const pool = new Pool({ ...address, database: 'postgres', max: 32, options });
  // An idle connection that breaks: the pool opens another.
  pool.on('error', () => {});
  return pool;
}

async function pgStore(servers: Servers, isolation: string, prepare = false): Promise<Opened> {
  const pool = pgPool(servers, isolation);
  const store = createPostgresStore(pool, { prepare });
  await store.createTable();
  return { store, close: () => pool.end() };
}

const mysqlAddress = ({ mariadb: port }: Servers) => ({
  ...{ host: '127.0.0.1', port, user: 'root', database: 'test' },
});

function setIsolation(level: string): string {
  return `SET SESSION TRANSACTION ISOLATION LEVEL ${level}`;
}

export function mysqlPool(servers: Servers, isolation: string): mysql.Pool {
  const pool = mysql.createPool({ ...mysqlAddress(servers), connectionLimit: 32 });
  // The first statement of every connection.
  pool.pool.on('connection', (connection) => connection.query(setIsolation(isolation)));
  return pool;
}

async function mysql2Store(servers: Servers, isolation: string): Promise<Opened> {
  const pool = mysqlPool(servers, isolation);
  const store = createMysqlStore(pool);
  await store.createTable();
  return { store, close: () => pool.end() };
}

async function mariadbStore(servers: Servers, isolation: string): Promise<Opened> {
  const initSql = setIsolation(isolation);
  const pool = mariadb.createPool({ ...mysqlAddress(servers), connectionLimit: 32, initSql });
  const store = createMysqlStore(pool);
  await store.createTable();
  return { store, close: () => pool.end() };
}

export type Opener = (servers: Servers) => Promise<Opened>;

/** Returns one opener for each isolation level. */
const atEveryLevel = (client: string, open: (servers: Servers, level: string) => Promise<Opened>) =>
  Object.fromEntries(
    levels.map((level): [string, Opener] => [
      `${client}, ${level}`,
      (servers) => open(servers, level),
    ]),
  );

export const openers: Record<string, Opener> = {
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
  libSQL: async ({ folder }) => {
    const client = createLibsql({ url: `file:${folder}/libsql.db` });
    await client.execute('PRAGMA journal_mode = WAL');
    const store = createSqliteStore(client);
    await store.createTable();
    return { store, close: async () => client.close() };
  },
  ...atEveryLevel('pg', pgStore),
  'pg, prepared': (servers) => pgStore(servers, 'read committed', true),
  'postgres.js': async ({ postgres: port }) => {
    const address = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres' };
    const sql = postgres({ ...address, max: 16, onnotice: () => {} });
    const store = createPostgresStore(sql);
    await store.createTable();
    return { store, close: () => sql.end() };
  },
  ...atEveryLevel('mysql2', mysql2Store),
  ...atEveryLevel('mariadb', mariadbStore),
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
