/** Checks which database clients, with which settings, send a refresh after the outage that rejected it. */

import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import * as mariadb from 'mariadb';
import * as mysql from 'mysql2/promise';
import { Pool } from 'pg';
import postgresJs from 'postgres';
import { createClient } from 'redis';
import { describe, expect, inject, test } from 'vitest';
import { createMysqlStore } from '../../../src/sessions/stores/mysql.ts';
import { createPostgresStore } from '../../../src/sessions/stores/postgres.ts';
import { createRedisStore } from '../../../src/sessions/stores/redis.ts';
import { rejectionOf } from '../../fixtures/outcome.ts';
import { type Client, login, open, serverOn, untilEnd } from '../load.ts';
import { startProxy, type TcpProxy } from '../proxy.ts';
import type { Opened } from '../stores.ts';

const servers = inject('servers');
const { postgres, redis } = servers;

function ioredisStore(port: number, options: object): Opened {
  const client = new Redis(port, { retryStrategy: () => 100, ...options });
  client.on('error', () => {});
  return { store: createRedisStore(client), close: async () => client.disconnect() };
}

/** The defaults send a command again after the next connect, however late, and queue others until then. */
const prompt = {
  connectTimeout: 500,
  // Closes the connection. `commandTimeout` leaves it open, so that the command can arrive later.
  socketTimeout: 500,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
};

async function redisStore(port: number): Promise<Opened> {
  const client = createClient({
    url: `redis://127.0.0.1:${port}`,
    disableOfflineQueue: true,
    pingInterval: 200,
    socket: { connectTimeout: 500, socketTimeout: 500, reconnectStrategy: 50 },
  });
  client.on('error', () => {});
  await client.connect();
  return { store: createRedisStore(client), close: async () => client.destroy() };
}

function pgStore(port: number): Opened {
  const address = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres' };
  const limits = { connectionTimeoutMillis: 500, query_timeout: 500 };
  // The second refresh waits for the connection of the first.
  const pool = new Pool({ ...address, ...limits, max: 1 });
  pool.on('error', () => {});
  return { store: createPostgresStore(pool), close: () => pool.end() };
}

const mysqlAddress = { host: '127.0.0.1', user: 'root', database: 'test', connectionLimit: 1 };

function mysql2Store(port: number): Opened {
  const pool = mysql.createPool({ ...mysqlAddress, port, connectTimeout: 500 });
  // The only timeout of mysql2 that closes a silent connection.
  pool.pool.on('connection', (connection) => {
    const { stream } = connection as unknown as { stream: Socket };
    stream.setTimeout(500, () => connection.destroy());
  });
  return { store: createMysqlStore(pool), close: () => pool.end() };
}

function mariadbStore(port: number): Opened {
  const limits = { socketTimeout: 500, acquireTimeout: 500, connectTimeout: 500 };
  const pool = mariadb.createPool({ ...mysqlAddress, ...limits, port });
  return { store: createMysqlStore(pool), close: () => pool.end() };
}

function postgresJsStore(port: number): Opened {
  const address = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres' };
  const sql = postgresJs({ ...address, max: 1, connect_timeout: 1 });
  return { store: createPostgresStore(sql), close: () => sql.end({ timeout: 1 }) };
}

type Open = (port: number) => Opened | Promise<Opened>;

const bounded: Array<[client: string, port: number, open: Open]> = [
  ['pg, read committed', postgres, pgStore],
  ['mysql2, read committed', servers.mariadb, mysql2Store],
  ['mariadb, read committed', servers.mariadb, mariadbStore],
  // Sends the first statement later, and no other after its time limit.
  ['postgres.js', postgres, postgresJsStore],
  ['ioredis', redis, (port) => ioredisStore(port, prompt)],
  ['redis', redis, redisStore],
];

/** Each begins an outage. The function that it returns ends what was in flight. */
const outages: Record<string, (proxy: TcpProxy) => () => void> = {
  down(proxy) {
    proxy.isDown = true;
    proxy.cut();
    return () => {};
  },
  'silent, then down'(proxy) {
    proxy.hold('requests');
    return () => {
      proxy.isDown = true;
      proxy.cut();
    };
  },
  silent(proxy) {
    proxy.hold('requests');
    return () => {};
  },
};

/**
 * One of two servers has an outage of its database when a client refreshes. The client continues at the
 * other server. Resolves after the outage to the last token.
 */
async function outlive(name: string, port: number, openBehind: Open, outage: string) {
  const proxy = untilEnd(await startProxy(port));
  const [behind, beside] = [untilEnd(await openBehind(proxy.port)), await open(name)];
  const first = serverOn(behind.store, { grace: '1s', storeTimeout: '1s' });
  const { sessions } = serverOn(beside.store, { grace: '1s' });
  const [{ uid, token }] = (await login(sessions, 1)) as [Client];
  const isUp = () => first.sessions.list(uid).then(Boolean, () => false);
  await expect.poll(isUp, { timeout: 10_000 }).toBe(true);

  const endFlight = outages[outage]?.(proxy);
  // The client notices that its connections are closed.
  await sleep(100);
  const attempts = [first.sessions.refresh(token), first.sessions.refresh(token)].map(rejectionOf);
  for (const { code } of await Promise.all(attempts)) expect(code).toBe('ERR_SESSION_UNAVAILABLE');
  endFlight?.();

  const second = await sessions.refresh(token);
  const third = await sessions.refresh(second.refresh);
  // After the grace and the burst, a second use of the first token is a theft.
  await sleep(1100);
  proxy.isDown = false;
  proxy.release();
  await expect.poll(isUp, { timeout: 10_000 }).toBe(true);
  await sleep(200);
  return { sessions, token: third.refresh };
}

describe.each(bounded)('%s', (name, port, openBehind) => {
  test.each(Object.keys(outages))(
    'sends no rejected refresh after its server was %s',
    async (outage) => {
      const { sessions, token } = await outlive(name, port, openBehind, outage);
      const { uid } = await sessions.refresh(token);
      expect(await sessions.list(uid)).toHaveLength(1);
    },
  );
});

test('ioredis by default sends a rejected refresh later, which ends the session', async () => {
  const openBehind = (port: number) => ioredisStore(port, {});
  const { sessions, token } = await outlive('ioredis', redis, openBehind, 'silent, then down');
  expect((await rejectionOf(sessions.refresh(token))).code).toBe('ERR_SESSION_REVOKED');
});
