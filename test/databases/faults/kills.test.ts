/** Checks sessions while SIGKILL ends a server or a client under load. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, test } from 'vitest';
import { rejectionOf } from '../../fixtures/outcome.ts';
import {
  accessKey,
  type Client,
  expectUnharmed,
  login,
  newTally,
  open,
  refreshKey,
  report,
  serverOn,
  startLoad,
  untilEnd,
} from '../load.ts';
import { type Server, startMariadb, startPostgres, startRedis } from '../servers.ts';

const KILLS = 3;

describe('kill -9 of the server under load', () => {
  const safeRedis = () => startRedis('--appendfsync', 'always');
  const kinds: Record<string, () => Promise<Server>> = {
    'pg, read committed': startPostgres,
    'mysql2, read committed': startMariadb,
    'mariadb, read committed': startMariadb,
    ioredis: safeRedis,
    redis: safeRedis,
  };

  test.each(Object.entries(kinds))('loses and restores no session on %s', async (name, start) => {
    const server = untilEnd(await start());
    const opened = await open(name, server.ports[0]);
    const { sessions, events } = serverOn(opened.store);
    const clients = await login(sessions, 16);
    const leaving = await login(sessions, 60);
    const loggedOut: Client[] = [];
    const tally = newTally();
    const endLoad = startLoad(sessions, clients, tally);
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
    for (let kills = 0; kills < KILLS; kills++) {
      await sleep(400);
      await server.kill();
      await server.start();
    }
    await sleep(300);
    await Promise.all([endLoad(), logouts]);
    const counts = { kills: KILLS, logouts: loggedOut.length };
    report(`${name}, server killed:`, tally, events, counts);
    expect(tally.failures).toBeGreaterThan(0);
    await expectUnharmed(sessions, clients, tally, events);
    expect(loggedOut.length).toBeGreaterThan(0);
    for (const { token } of loggedOut) {
      expect((await rejectionOf(sessions.refresh(token))).code).toBe('ERR_SESSION_UNKNOWN');
    }
  });
});

test('a process that is killed during a refresh loses no session on SQLite', async () => {
  const name = 'better-sqlite3';
  const opened = await open(name);
  const { sessions, events } = serverOn(opened.store);
  const clients = await login(sessions, 4);
  const tally = newTally();
  const keys = {
    accessKey: accessKey.toString('base64url'),
    refreshKey: refreshKey.toString('base64url'),
  };
  for (let kills = 0; kills < KILLS; kills++) {
    const racer = join(import.meta.dirname, '..', 'racer.ts');
    const child = fork(racer, { execArgv: ['--no-warnings'] });
    child.send({ client: name, servers: inject('servers'), ...keys, grace: 300 });
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
        tally.refreshes++;
      }
    }
  }
  report('SQLite, process killed:', tally, events, { kills: KILLS });
  await expectUnharmed(sessions, clients, tally, events);
});
