/** Checks sessions under load while operations fail and connections break. */

import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { Client as PostgresClient } from 'pg';
import { describe, expect, inject, test } from 'vitest';
import type { SessionStore } from '../../../src/sessions/store.ts';
import {
  expectUnharmed,
  login,
  newTally,
  open,
  report,
  serverOn,
  startLoad,
  underLoad,
} from '../load.ts';

describe('errors before and after the commit', () => {
  const names = [
    'better-sqlite3',
    'node:sqlite',
    'libSQL',
    'pg, read committed',
    'postgres.js',
    'mysql2, read committed',
    'mariadb, read committed',
    'ioredis',
    'redis, cluster',
  ];
  test.each(names)('of two in five refreshes end no session on %s', async (name) => {
    const opened = await open(name);
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
    report(`${name}, injected errors:`, tally, events);
    expect(tally.failures).toBeGreaterThan(800);
    await expectUnharmed(sessions, clients, tally, events);
  });
});

describe('connections that break under load', () => {
  const redisCli = async (...args: string[]) => {
    execFileSync('redis-cli', ['-p', String(inject('servers').redis), ...args]);
  };
  const breaks: Record<string, () => Promise<void>> = {
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
    ioredis: () => redisCli('client', 'kill', 'type', 'normal'),
    redis: () => redisCli('client', 'kill', 'type', 'normal'),
  };

  test.each(Object.entries(breaks))('end no session on %s', async (name, breakConnections) => {
    const opened = await open(name);
    const { sessions, events } = serverOn(opened.store);
    const clients = await login(sessions, 16);
    const tally = newTally();
    const endLoad = startLoad(sessions, clients, tally);
    for (let times = 0; times < 8; times++) {
      await sleep(150);
      await breakConnections();
    }
    await endLoad();
    report(`${name}, broken eight times:`, tally, events);
    await expectUnharmed(sessions, clients, tally, events);
  });
});
