/** Checks sessions after a database lost its last writes: failover, a restored backup, an empty store. */

import { randomUUID } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { Redis } from 'ioredis';
import * as mysql from 'mysql2/promise';
import { Client as PostgresClient } from 'pg';
import { describe, expect, inject, test } from 'vitest';
import type { SessionEvent } from '../../../src/sessions/listener.ts';
import type { Sessions } from '../../../src/sessions/sessions.ts';
import { createSqliteStore } from '../../../src/sessions/stores/sqlite.ts';
import { rejectionOf } from '../../fixtures/outcome.ts';
import {
  alarmsIn,
  type Client,
  login,
  newTally,
  open,
  refreshOnce,
  report,
  serverOn,
  startLoad,
  untilEnd,
} from '../load.ts';
import { startProxy } from '../proxy.ts';
import {
  type Server,
  startMariadb,
  startPostgres,
  startPostgresReplica,
  startRedis,
} from '../servers.ts';

const codeOf = async (promise: Promise<unknown>) => (await rejectionOf(promise)).code;

/** Runs one statement, and resolves to the first column of its first row. */
async function onPostgres(server: Server, statement: string): Promise<unknown> {
  const address = { host: '127.0.0.1', port: server.ports[0] ?? 0, user: 'postgres' };
  const client = new PostgresClient({ ...address, database: 'postgres' });
  await client.connect();
  const { rows } = await client.query({ text: statement, rowMode: 'array' });
  await client.end();
  return rows[0]?.[0];
}

async function onMariadb(server: Server, statement: string): Promise<unknown> {
  const address = { host: '127.0.0.1', port: server.ports[0] ?? 0, user: 'root', database: 'test' };
  const connection = await mysql.createConnection({ ...address, rowsAsArray: true });
  const [rows] = await connection.query(statement);
  await connection.end();
  return Array.isArray(rows) ? (rows as unknown[][])[0]?.[0] : undefined;
}

async function onRedis(server: Server, ...command: [string, ...string[]]): Promise<string> {
  const client = new Redis(server.ports[0] ?? 0);
  const reply = await client.call(...command);
  await client.quit();
  return String(reply);
}

interface Kind {
  start(): Promise<Server>;
  /** Starts a replica, which has received everything until now. */
  replicate(primary: Server): Promise<Server>;
  /** Makes the replica a primary. From then on it receives nothing. */
  promote(replica: Server): Promise<unknown>;
  empty(server: Server): Promise<unknown>;
}

const postgres: Kind = {
  start: startPostgres,
  replicate: startPostgresReplica,
  promote: (replica) => onPostgres(replica, 'SELECT pg_promote()'),
  empty: (server) => onPostgres(server, 'TRUNCATE jotkit_sessions'),
};

const mariadb: Kind = {
  start: () => startMariadb('--server-id=1', '--log-bin'),
  async replicate(primary) {
    const replica = await startMariadb('--server-id=2');
    const address = `MASTER_HOST='127.0.0.1', MASTER_PORT=${primary.ports[0]}, MASTER_USER='root'`;
    await onMariadb(replica, `CHANGE MASTER TO ${address}, MASTER_USE_GTID=slave_pos`);
    await onMariadb(replica, 'START SLAVE');
    const position = await onMariadb(primary, 'SELECT @@gtid_current_pos');
    expect(await onMariadb(replica, `SELECT MASTER_GTID_WAIT('${position}', 20)`)).toBe(0);
    return replica;
  },
  promote: (replica) => onMariadb(replica, 'STOP SLAVE'),
  empty: (server) => onMariadb(server, 'TRUNCATE jotkit_sessions'),
};

const redis: Kind = {
  // By default a copy for a replica starts after five seconds.
  start: () => startRedis('--repl-diskless-sync-delay', '0'),
  async replicate(primary) {
    const replica = await startRedis('--replicaof', '127.0.0.1', String(primary.ports[0]));
    const state = () => onRedis(replica, 'INFO', 'replication');
    await expect.poll(state, { timeout: 10_000 }).toContain('master_link_status:up');
    return replica;
  },
  promote: (replica) => onRedis(replica, 'REPLICAOF', 'NO', 'ONE'),
  empty: (server) => onRedis(server, 'FLUSHALL'),
};

const kinds: Array<[client: string, kind: Kind]> = [
  ['pg, read committed', postgres],
  ['mysql2, read committed', mariadb],
  ['ioredis', redis],
  ['redis', redis],
];

/** Checks that the store lost the token of the client, and that none of its tokens drives the session. */
async function expectEnded(sessions: Sessions, { uid, token, spent }: Client): Promise<void> {
  expect(await sessions.list(uid)).toEqual([]);
  for (const used of [...spent.slice(-10), token]) {
    expect(await codeOf(sessions.refresh(used))).toBe('ERR_SESSION_REVOKED');
  }
}

describe.each(kinds)('a database behind %s', (name, kind) => {
  test('that fails over without the last writes ends their sessions, once, and no other', async () => {
    const primary = untilEnd(await kind.start());
    const proxy = untilEnd(await startProxy(primary.ports[0] ?? 0));
    const opened = await open(name, proxy.port);
    const { sessions, events } = serverOn(opened.store);
    const [busy, resting] = [await login(sessions, 24), await login(sessions, 24)];
    const tally = newTally();
    for (const client of resting) await refreshOnce(sessions, client, tally);
    const replica = untilEnd(await kind.replicate(primary));

    const endLoad = startLoad(sessions, busy, tally);
    await sleep(500);
    await kind.promote(replica);
    await sleep(200);
    const [newcomer] = (await login(sessions, 1)) as [Client];
    proxy.target = replica.ports[0] ?? 0;
    proxy.cut();
    await primary.kill();
    await sleep(1000);
    await endLoad();

    const lost = tally.rejected.length;
    report(`${name}, failover:`, { ...tally, rejected: [] }, [], { lost });
    expect(lost).toBeGreaterThan(0);
    expect(new Set(tally.rejected)).toEqual(new Set(['ERR_SESSION_AHEAD']));
    const alarms = alarmsIn(events) as Array<SessionEvent & { uid: string }>;
    expect(new Set(alarms.map(({ type }) => type))).toEqual(new Set(['ahead']));
    const ended = new Set(alarms.map(({ uid }) => uid));
    expect([alarms.length, ended.size]).toEqual([lost, lost]);
    for (const client of [...busy, ...resting]) {
      if (ended.has(client.uid)) await expectEnded(sessions, client);
      else expect(await refreshOnce(sessions, client, tally)).toBe(true);
    }
    expect(resting.some(({ uid }) => ended.has(uid))).toBe(false);
    expect(await codeOf(sessions.refresh(newcomer.token))).toBe('ERR_SESSION_UNKNOWN');
    expect(alarmsIn(events)).toHaveLength(lost);
  });

  test('that is emptied rejects all tokens without an alarm, and accepts logins', async () => {
    const server = untilEnd(await kind.start());
    const opened = await open(name, server.ports[0]);
    const { sessions, events } = serverOn(opened.store);
    const clients = await login(sessions, 24);
    const tally = newTally();
    const endLoad = startLoad(sessions, clients, tally);
    await sleep(200);
    await kind.empty(server);
    await sleep(200);
    await endLoad();
    report(`${name}, emptied:`, { ...tally, rejected: [] }, events);
    expect(tally.rejected).toEqual(clients.map(() => 'ERR_SESSION_UNKNOWN'));
    expect(alarmsIn(events)).toEqual([]);
    const { refresh } = await sessions.issue(String(clients[0]?.uid));
    expect((await sessions.refresh(refresh)).uid).toBe(clients[0]?.uid);
  });
});

describe('a backup that is restored on SQLite', () => {
  /** Logs in two clients, changes their sessions after a backup, and restores it. */
  async function restored(refreshes: number) {
    const { folder } = inject('servers');
    const openFile = (file: string) => new Sqlite(join(folder, file));
    const [before, backup] = [`${randomUUID()}.db`, `${randomUUID()}.db`];
    const database = openFile(before);
    const store = createSqliteStore(database);
    await store.createTable();
    const { sessions } = serverOn(store);
    const [client, leaver] = (await login(sessions, 2)) as [Client, Client];
    copyFileSync(join(folder, before), join(folder, backup));
    const current = client.token;
    for (let i = 0; i < refreshes; i++) await refreshOnce(sessions, client, newTally());
    await sessions.revoke(leaver.token);
    database.close();

    const restoredDatabase = untilEnd(openFile(backup));
    const server = serverOn(createSqliteStore(restoredDatabase), { grace: '1s' });
    return { ...server, client, leaver, current };
  }

  test('ends the session of a newer token, which no spent token drives', async () => {
    const { sessions, events, client } = await restored(3);
    expect(await codeOf(sessions.refresh(client.token))).toBe('ERR_SESSION_AHEAD');
    await expectEnded(sessions, client);
    expect(events).toMatchObject([{ type: 'ahead', uid: client.uid }]);
  });

  test('makes a token current again that was spent, until its owner comes', async () => {
    const { sessions, events, client, current } = await restored(2);
    const stolen = await sessions.refresh(current);
    expect(await codeOf(sessions.refresh(client.token))).toBe('ERR_SESSION_AHEAD');
    expect(await codeOf(sessions.refresh(stolen.refresh))).toBe('ERR_SESSION_REVOKED');
    expect(alarmsIn(events)).toHaveLength(1);
  });

  test('lets a spent token make another token of the same generation: reuse after the burst', async () => {
    const { sessions, events, client, current } = await restored(1);
    const stolen = await sessions.refresh(current);
    expect(await codeOf(sessions.refresh(client.token))).toBe('ERR_SESSION_SUPERSEDED');
    await sleep(1100);
    expect(await codeOf(sessions.refresh(client.token))).toBe('ERR_SESSION_REUSED');
    expect(await codeOf(sessions.refresh(stolen.refresh))).toBe('ERR_SESSION_REVOKED');
    expect(alarmsIn(events)).toMatchObject([{ type: 'reuse', behind: 0 }]);
  });

  // No store can know of a logout that it lost: docs/guide/sessions-in-production.md says to empty the table.
  test('undoes later logouts: their tokens are valid again', async () => {
    const { sessions, leaver } = await restored(1);
    expect((await sessions.refresh(leaver.token)).uid).toBe(leaver.uid);
  });
});
