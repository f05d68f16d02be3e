/** Checks sessions behind a proxy that loses responses after the commit. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { describe, expect, inject, test } from 'vitest';
import type { IssuedTokens } from '../../../src/sessions/issued-tokens.ts';
import { createRedisStore } from '../../../src/sessions/stores/redis.ts';
import { rejectionOf } from '../../fixtures/outcome.ts';
import {
  alarmsIn,
  type Client,
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
import { startProxy, type TcpProxy } from '../proxy.ts';

const { postgres, mariadb, redis } = inject('servers');

/** A lost response of Redis is that of many requests, which share a connection. */
const names: Array<[name: string, port: number, losses: number]> = [
  ['pg, read committed', postgres, 80],
  ['postgres.js', postgres, 80],
  ['mysql2, read committed', mariadb, 80],
  ['mariadb, read committed', mariadb, 80],
  ['ioredis', redis, 40],
  ['redis', redis, 40],
];

/** Loses every tenth response until `losses` are lost. */
async function loseResponses(proxy: TcpProxy, losses: number): Promise<void> {
  let responses = 0;
  proxy.loses = () => ++responses % 10 === 0;
  while (proxy.losses < losses) await sleep(10);
  proxy.loses = () => false;
}

describe.each(names)('a proxy before the server of %s', (name, port, losses) => {
  test('loses responses under load, and every retry yields the one successor', async () => {
    const proxy = untilEnd(await startProxy(port));
    const opened = await open(name, proxy.port);
    const { sessions, events } = serverOn(opened.store);
    const clients = await login(sessions, 16);
    const tally = newTally();
    const endLoad = startLoad(sessions, clients, tally, 2);
    await loseResponses(proxy, losses);
    await endLoad();
    const lost = lostIn(tally, events);
    report(`${name}, responses lost:`, tally, events, { cuts: proxy.losses, lost });
    expect(lost).toBeGreaterThan(5);
    await expectUnharmed(sessions, clients, tally, events);
  });

  test('loses one response: a retry succeeds within the grace, and ends the session later', async () => {
    const proxy = untilEnd(await startProxy(port));
    const [opened, direct] = [await open(name, proxy.port), await open(name)];
    const { sessions, events } = serverOn(opened.store, { grace: '3s' });
    const [prompt, late] = (await login(sessions, 2)) as [Client, Client];
    const lose = async ({ uid, token }: Client) => {
      const isReplaced = async () =>
        (await direct.store.list(uid, Date.now()))[0]?.generation === 2;
      proxy.loses = isReplaced;
      const error = await rejectionOf(sessions.refresh(token));
      proxy.loses = () => false;
      expect([error.code, await isReplaced()]).toEqual(['ERR_SESSION_UNAVAILABLE', true]);
    };
    await lose(prompt);
    const retries = [sessions.refresh(prompt.token), sessions.refresh(prompt.token)];
    const [first, second] = (await Promise.all(retries)) as [IssuedTokens, IssuedTokens];
    expect(first.refresh).toBe(second.refresh);
    await lose(late);
    await sleep(3100);
    expect((await rejectionOf(sessions.refresh(late.token))).code).toBe('ERR_SESSION_REUSED');
    expect(alarmsIn(events)).toMatchObject([{ type: 'reuse', uid: late.uid, behind: 1 }]);
    expect((await sessions.refresh(first.refresh)).uid).toBe(prompt.uid);
  });
});

test('commands that ioredis sends again have one outcome, without a grace, too', async () => {
  const proxy = untilEnd(await startProxy(redis));
  const client = new Redis(proxy.port, { retryStrategy: () => 10 });
  const admin = new Redis(redis);
  client.on('error', () => {});
  const { sessions, events } = serverOn(createRedisStore(client), { grace: '0s' });
  const clients = await login(sessions, 16);
  const tally = newTally();
  const commands = async () =>
    Number((await admin.info('commandstats')).match(/cmdstat_evalsha:calls=(\d+)/)?.[1]);
  const before = await commands();
  const endLoad = startLoad(sessions, clients, tally);
  await loseResponses(proxy, 40);
  await endLoad();
  const sentAgain = (await commands()) - before - tally.refreshes;
  report('ioredis, responses lost:', tally, events, { cuts: proxy.losses, sentAgain });
  expect(sentAgain).toBeGreaterThan(40);
  expect(tally.failures).toBe(0);
  await expectUnharmed(sessions, clients, tally, events);
  await Promise.all([client.quit(), admin.quit()]);
});
