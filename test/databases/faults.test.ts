/** Checks sessions under load while responses are lost, servers are killed and connections break. */

import { fork, spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { Client as PostgresClient } from 'pg';
import { describe, expect, inject, test } from 'vitest';
import type { SessionEvent } from '../../src/sessions/listener.ts';
import { createSessions, type Sessions } from '../../src/sessions/sessions.ts';
import type { SessionStore } from '../../src/sessions/store.ts';
import { createSqliteStore } from '../../src/sessions/stores/sqlite.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { type Client, newTally, refreshOnce, underLoad } from './load.ts';
import { type Server, startPostgres, startRedis } from './servers.ts';
import { openers } from './stores.ts';

const [accessKey, refreshKey] = [randomBytes(32), randomBytes(32)];

function serverOn(store: SessionStore) {
  const events: SessionEvent[] = [];
  const sessions = createSessions({
    store,
    access: { key: accessKey },
    refresh: { key: refreshKey, grace: 300 },
    issuer: 'https://id.example',
    audience: 'api',
    on: (event) => events.push(event),
  });
  return { sessions, events };
}

async function login(sessions: Sessions, count: number): Promise<Client[]> {
  const uids = Array.from({ length: count }, () => randomUUID());
  return Promise.all(
    uids.map(async (uid) => ({ uid, token: (await sessions.issue(uid)).refresh })),
  );
}

/** Checks that no session was revoked, and that every client can refresh. */
async function expectUnharmed(sessions: Sessions, clients: Client[], events: SessionEvent[]) {
  const tally = newTally();
  for (const client of clients) await refreshOnce(sessions, client, tally);
  expect(tally.rejected).toEqual([]);
  expect(events.filter(({ type }) => type === 'reuse' || type === 'ahead')).toEqual([]);
  for (const { uid } of clients) expect(await sessions.list(uid)).toHaveLength(1);
}

const log = (title: string, counts: object) => console.log(title, JSON.stringify(counts));

describe('errors before and after the commit', () => {
  const names = [
    'better-sqlite3',
    'node:sqlite',
    'pg, read committed',
    'ioredis',
    'redis, cluster',
  ];
  test.each(names)('of two in five refreshes end no session on %s', async (name) => {
    const opened = await openers[name]?.(inject('servers'));
    if (!opened) throw new Error(`no store is named ${name}`);
    // Repeatable: the seed is fixed.
    const percents = fc.sample(fc.integer({ min: 0, max: 99 }), { numRuns: 20_000, seed: 7 });
    const store: SessionStore = {
      ...opened.store,
      async rotate(request) {
        const percent = percents.pop() ?? 99;
        if (percent < 20) throw new Error('failed before');
        const outcome = await opened.store.rotate(request);
        if (percent < 40) throw new Error('failed after');
        return outcome;
      },
    };
    const { sessions, events } = serverOn(store);
    const clients = await login(sessions, 30);
    const tally = newTally();
    await underLoad(sessions, clients, tally, () => tally.refreshes < 1800);
    log(`${name}, injected errors:`, tally);
    expect(tally.failures).toBeGreaterThan(800);
    await expectUnharmed(sessions, clients, events);
    await opened.close();
  });
});

describe('kill -9 of the server under load', () => {
  const safeRedis = () => startRedis('--appendfsync', 'always');
  const kinds: Record<string, { start: () => Promise<Server>; client: string }> = {
    PostgreSQL: { start: startPostgres, client: 'pg, read committed' },
    'Redis with ioredis': { start: safeRedis, client: 'ioredis' },
    'Redis with node-redis': { start: safeRedis, client: 'redis' },
  };

  test.each(Object.entries(kinds))('%s loses no session and restores none', async (name, kind) => {
    const server = await kind.start();
    const port = server.ports[0] ?? 0;
    const opened = await openers[kind.client]?.({
      ...inject('servers'),
      postgres: port,
      redis: port,
    });
    if (!opened) throw new Error(`no store is named ${kind.client}`);
    const { sessions, events } = serverOn(opened.store);
    const clients = await login(sessions, 16);
    const leaving = await login(sessions, 60);
    const loggedOut: Client[] = [];
    const tally = newTally();
    let continues = true;
    const load = underLoad(sessions, clients, tally, () => continues);
    const logouts = (async () => {
      for (const client of leaving) {
        await sleep(15);
        // Only a logout that resolved must last.
        await sessions.revoke(client.token).then(
          () => loggedOut.push(client),
          () => {},
        );
      }
    })();
    for (let kills = 0; kills < 3; kills++) {
      await sleep(400);
      await server.kill();
      await server.start();
    }
    await sleep(300);
    continues = false;
    await Promise.all([load, logouts]);
    log(`${name}, killed three times:`, { ...tally, logouts: loggedOut.length });
    expect(tally.failures).toBeGreaterThan(0);
    await expectUnharmed(sessions, clients, events);
    expect(loggedOut.length).toBeGreaterThan(0);
    for (const { token } of loggedOut) {
      expect((await rejectionOf(sessions.refresh(token))).code).toBe('ERR_SESSION_UNKNOWN');
    }
    await opened.close();
    await server.stop();
  });
});

describe('connections that break under load', () => {
  const breaks: Record<string, () => Promise<unknown>> = {
    'pg, read committed': async () => {
      const address = { host: '127.0.0.1', port: inject('servers').postgres, user: 'postgres' };
      const admin = new PostgresClient({ ...address, database: 'postgres' });
      await admin.connect();
      await admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`,
      );
      await admin.end();
    },
    ioredis: async () => spawnSync('redis-cli', redisArgs('client', 'kill', 'type', 'normal')),
    redis: async () => spawnSync('redis-cli', redisArgs('client', 'kill', 'type', 'normal')),
  };

  test.each(Object.entries(breaks))('end no session on %s', async (name, breakConnections) => {
    const opened = await openers[name]?.(inject('servers'));
    if (!opened) throw new Error(`no store is named ${name}`);
    const { sessions, events } = serverOn(opened.store);
    const clients = await login(sessions, 16);
    const tally = newTally();
    let continues = true;
    const load = underLoad(sessions, clients, tally, () => continues);
    for (let times = 0; times < 8; times++) {
      await sleep(150);
      await breakConnections();
    }
    continues = false;
    await load;
    log(`${name}, broken eight times:`, tally);
    await expectUnharmed(sessions, clients, events);
    await opened.close();
  });
});

const redisArgs = (...args: string[]) => ['-p', String(inject('servers').redis), ...args];

test('a process that is killed during a refresh loses no session on SQLite', async () => {
  const servers = inject('servers');
  const opened = await openers['better-sqlite3']?.(servers);
  if (!opened) throw new Error('no store');
  const { sessions, events } = serverOn(opened.store);
  const clients = await login(sessions, 4);
  const keys = {
    accessKey: accessKey.toString('base64url'),
    refreshKey: refreshKey.toString('base64url'),
  };
  let refreshes = 0;
  for (let kills = 0; kills < 3; kills++) {
    const racer = join(import.meta.dirname, 'racer.ts');
    const child = fork(racer, { execArgv: ['--no-warnings'] });
    child.send({ client: 'better-sqlite3', servers, ...keys, grace: 300 });
    await once(child, 'message');
    let dead = false;
    const exit = once(child, 'exit').then(() => {
      dead = true;
    });
    setTimeout(() => child.kill('SIGKILL'), 250);
    while (!dead) {
      child.send({ tokens: clients.map(({ token }) => token), times: 1 }, () => {});
      // If it is killed first, the successors are lost: the clients keep the old tokens.
      const message = await Promise.race([once(child, 'message'), exit]);
      if (!message) break;
      for (const [i, use] of message[0].entries()) {
        (clients[i] as Client).token = use.refresh;
        refreshes++;
      }
    }
  }
  log('SQLite, process killed three times:', { refreshes });
  await expectUnharmed(sessions, clients, events);
  await opened.close();
});

test('a restored backup rejects newer tokens and keeps their sessions on SQLite', async () => {
  const { folder } = inject('servers');
  const open = (file: string) => {
    const database = new Sqlite(join(folder, file));
    return { database, store: createSqliteStore(database) };
  };
  const before = open('before.db');
  await before.store.createTable();
  const { sessions } = serverOn(before.store);
  const [client, leaver] = (await login(sessions, 2)) as [Client, Client];
  copyFileSync(join(folder, 'before.db'), join(folder, 'backup.db'));
  const old = client.token;
  for (let i = 0; i < 3; i++) await refreshOnce(sessions, client, newTally());
  await sessions.revoke(leaver.token);
  before.database.close();

  const after = open('backup.db');
  const restored = serverOn(after.store);
  const error = await rejectionOf(restored.sessions.refresh(client.token));
  expect(error.code).toBe('ERR_SESSION_AHEAD');
  expect(restored.events.map(({ type }) => type)).toEqual(['ahead']);
  expect(await restored.sessions.list(client.uid)).toHaveLength(1);
  // The backup also restores older tokens and later logouts: docs/guide/sessions-in-production.md.
  expect((await restored.sessions.refresh(old)).uid).toBe(client.uid);
  expect((await restored.sessions.refresh(leaver.token)).uid).toBe(leaver.uid);
  after.database.close();
});
