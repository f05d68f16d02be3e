/** Opens every store with every client, in this process or another. */

import type { Pool as MysqlPool } from 'mysql2/promise';
import type { Pool as PostgresPool } from 'pg';
import type { MysqlPool as MysqlStorePool } from '../../src/databases/mysql-client.ts';
import type { PostgresClient, PostgresJsClient } from '../../src/databases/postgres-client.ts';
import type { IoredisClient, NodeRedisClient } from '../../src/databases/redis-client.ts';
import type { LibsqlClient, SqliteDatabase } from '../../src/databases/sqlite-client.ts';
import type { ReplayStore } from '../../src/replay/store.ts';
import { createMysqlReplayStore } from '../../src/replay/stores/mysql.ts';
import { createPostgresReplayStore } from '../../src/replay/stores/postgres.ts';
import { createRedisReplayStore } from '../../src/replay/stores/redis.ts';
import { createSqliteReplayStore } from '../../src/replay/stores/sqlite.ts';
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

export interface OpenedReplay extends Pick<Opened, 'close'> {
  store: ReplayStore;
}

/** Loads its client alone: a process of a race needs no other. */
export type Opener = (servers: Servers) => Promise<Opened>;
export type ReplayOpener = (servers: Servers) => Promise<OpenedReplay>;

/** Both stores on one client. */
interface Client {
  sessions: SessionStore & { createTable?(): Promise<void> };
  replay: ReplayStore & { createTable?(): Promise<void> };
  close(): unknown;
}

type ClientOpener = (servers: Servers) => Promise<Client>;

/** Creates the table of the store, if it has one. */
export async function withTable<Store extends { createTable?(): Promise<void> }>(
  store: Store,
  close: () => unknown,
) {
  await store.createTable?.();
  return { store, close: async () => close() };
}

function onSqlite(database: SqliteDatabase | LibsqlClient, close: () => unknown): Client {
  return {
    sessions: createSqliteStore(database),
    replay: createSqliteReplayStore(database),
    close,
  };
}

function onPostgres(
  client: PostgresClient | PostgresJsClient,
  close: () => unknown,
  prepare = false,
): Client {
  return {
    sessions: createPostgresStore(client, { prepare }),
    replay: createPostgresReplayStore(client, { prepare }),
    close,
  };
}

function onMysql(pool: MysqlStorePool, close: () => unknown): Client {
  return { sessions: createMysqlStore(pool), replay: createMysqlReplayStore(pool), close };
}

function onRedis(client: IoredisClient | NodeRedisClient, close: () => unknown): Client {
  return { sessions: createRedisStore(client), replay: createRedisReplayStore(client), close };
}

const host = '127.0.0.1';
const levels = ['read committed', 'repeatable read', 'serializable'] as const;

/** Returns one opener for each isolation level. */
function atEveryLevel(client: string, open: (servers: Servers, level: string) => Promise<Client>) {
  return Object.fromEntries(
    levels.map((level): [string, ClientOpener] => [
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

async function pg(servers: Servers, level: string, prepare = false): Promise<Client> {
  const pool = await pgPool(servers, level);
  return onPostgres(pool, () => pool.end(), prepare);
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

async function mysql2(servers: Servers, level: string): Promise<Client> {
  const pool = await mysqlPool(servers, level);
  return onMysql(pool, () => pool.end());
}

async function mariadb(servers: Servers, level: string): Promise<Client> {
  const { createPool } = await import('mariadb');
  const pool = createPool({ ...mysqlAddress(servers), initSql: setLevel(level) });
  return onMysql(pool, () => pool.end());
}

const clients: Record<string, ClientOpener> = {
  'better-sqlite3': async ({ folder }) => {
    const { default: Sqlite } = await import('better-sqlite3');
    const database = new Sqlite(`${folder}/better.db`);
    database.pragma('journal_mode = WAL');
    return onSqlite(database, () => database.close());
  },
  'node:sqlite': async ({ folder }) => {
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(`${folder}/node.db`);
    database.exec('PRAGMA busy_timeout = 5000');
    database.exec('PRAGMA journal_mode = WAL');
    // The default of better-sqlite3: commits do not wait for the disk.
    database.exec('PRAGMA synchronous = NORMAL');
    return onSqlite(database, () => database.close());
  },
  libSQL: async ({ folder }) => {
    const { createClient } = await import('@libsql/client');
    // Without `timeout` concurrent writers fail with SQLITE_BUSY.
    const client = createClient({ url: `file:${folder}/libsql.db`, timeout: 5000 });
    await client.execute('PRAGMA journal_mode = WAL');
    return onSqlite(client, () => client.close());
  },
  ...atEveryLevel('pg', pg),
  'pg, prepared': (servers) => pg(servers, 'read committed', true),
  'postgres.js': async ({ postgres: port }) => {
    const { default: postgres } = await import('postgres');
    const address = { host, port, user: 'postgres', database: 'postgres' };
    const sql = postgres({ ...address, max: 16, onnotice: () => {} });
    // Without a limit it waits for connections that broke.
    return onPostgres(sql, () => sql.end({ timeout: 1 }));
  },
  ...atEveryLevel('mysql2', mysql2),
  ...atEveryLevel('mariadb', mariadb),
  ioredis: async ({ redis: port }) => {
    const { Redis } = await import('ioredis');
    const client = new Redis(port, { maxRetriesPerRequest: 0 });
    client.on('error', () => {});
    return onRedis(client, () => client.quit());
  },
  'ioredis, cluster': async ({ cluster }) => {
    const { Cluster } = await import('ioredis');
    const client = new Cluster(cluster.map((port) => ({ host, port })));
    return onRedis(client, () => client.quit());
  },
  redis: async ({ redis: port }) => {
    const { createClient } = await import('redis');
    const client = createClient({ url: `redis://${host}:${port}` });
    client.on('error', () => {});
    await client.connect();
    return onRedis(client, () => client.close());
  },
  'redis, cluster': async ({ cluster }) => {
    const { createCluster } = await import('redis');
    const rootNodes = cluster.map((port) => ({ url: `redis://${host}:${port}` }));
    const client = createCluster({ rootNodes });
    await client.connect();
    return onRedis(client, () => client.close());
  },
};

/** Returns an opener of one store for each client. */
function openersOf<Kind extends 'sessions' | 'replay'>(kind: Kind) {
  return Object.fromEntries(
    Object.entries(clients).map(([name, open]) => {
      const openStore = async (servers: Servers) => {
        const { [kind]: store, close } = await open(servers);
        return withTable<Client[Kind]>(store, close);
      };
      return [name, openStore];
    }),
  );
}

export const openers: Record<string, Opener> = openersOf('sessions');
export const replayOpeners: Record<string, ReplayOpener> = openersOf('replay');
