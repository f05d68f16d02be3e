/** Checks sessions behind a proxy that delays requests and responses longer than `storeTimeout`. */

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import {
  expectUnharmed,
  login,
  lostIn,
  newTally,
  open,
  report,
  serverOn,
  startLoad,
  untilEnd,
} from '../load.ts';
import { startProxy } from '../proxy.ts';

const { postgres, mariadb, redis } = inject('servers');

const names: Array<[name: string, port: number]> = [
  ['pg, read committed', postgres],
  ['postgres.js', postgres],
  ['mysql2, read committed', mariadb],
  ['mariadb, read committed', mariadb],
  ['ioredis', redis],
  ['redis', redis],
];

test.each(names)('delays of both directions end no session on %s', async (name, port) => {
  const proxy = untilEnd(await startProxy(port));
  const opened = await open(name, proxy.port);
  const { sessions, events } = serverOn(opened.store, { storeTimeout: '1s' });
  const clients = await login(sessions, 16);
  const tally = newTally();
  const endLoad = startLoad(sessions, clients, tally);
  for (const direction of ['responses', 'requests'] as const) {
    await sleep(200);
    proxy.hold(direction);
    await sleep(1300);
    proxy.release();
  }
  await endLoad();
  const lost = lostIn(tally, events);
  report(`${name}, delayed twice:`, tally, events, { delays: 2, lost });
  // A late success is a retry within the grace.
  expect(lost).toBeGreaterThan(0);
  expect(tally.failures).toBeGreaterThanOrEqual(16);
  await expectUnharmed(sessions, clients, tally, events);
});
