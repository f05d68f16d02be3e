/** Checks the replay stores while a database does not respond, or its responses are lost. */

import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { expect, inject, onTestFinished, test } from 'vitest';
import type { ReplayStore } from '../../../src/replay/store.ts';
import { createRedisReplayStore } from '../../../src/replay/stores/redis.ts';
import { rejectionOf } from '../../fixtures/outcome.ts';
import { untilEnd } from '../load.ts';
import { startProxy } from '../proxy.ts';
import { type Server, startMariadb, startPostgres, startRedis } from '../servers.ts';
import { replayOpeners } from '../stores.ts';

const STORE_TIMEOUT_MS = 5000;

const kinds: Array<[client: string, start: () => Promise<Server>]> = [
  ['pg, read committed', startPostgres],
  ['postgres.js', startPostgres],
  ['mysql2, read committed', startMariadb],
  ['mariadb, read committed', startMariadb],
  ['ioredis', startRedis],
  ['redis', startRedis],
];

async function openOn(name: string, port: number | undefined): Promise<ReplayStore> {
  const ports = port && { postgres: port, mariadb: port, redis: port };
  const opened = await replayOpeners[name]?.({ ...inject('servers'), ...ports });
  if (!opened) throw new Error(`no store is named ${name}`);
  return untilEnd(opened).store;
}

/** Uses a new identifier, which is valid for ten minutes. */
const useIn = (store: ReplayStore, id: string = randomUUID()) =>
  store.use(id, Date.now() + 600_000, Date.now());

test.each(kinds)(
  'a frozen server of %s rejects in time with ReplayStoreError, then continues',
  async (name, start) => {
    const server = untilEnd(await start());
    const store = await openOn(name, server.ports[0]);
    const id = randomUUID();
    expect(await useIn(store, id)).toBe(true);
    server.freeze();
    // After a failure, too: what is closed first waits for the server.
    onTestFinished(() => server.thaw());
    const frozenAt = performance.now();
    const errors = await Promise.all([useIn(store), useIn(store, id)].map(rejectionOf));
    expect(performance.now() - frozenAt).toBeLessThan(STORE_TIMEOUT_MS + 1000);
    for (const error of errors) {
      expect(error).toMatchObject({
        name: 'ReplayStoreError',
        code: 'ERR_REPLAY_STORE',
        cause: { name: 'TimeoutError' },
      });
    }
    server.thaw();
    expect(await useIn(store, id)).toBe(false);
    expect(await useIn(store)).toBe(true);
  },
);

test.each(kinds)('%s has its identifiers after its server was killed', async (name, start) => {
  const server = untilEnd(
    await (start === startRedis ? startRedis('--appendfsync', 'always') : start()),
  );
  const store = await openOn(name, server.ports[0]);
  const ids = Array.from({ length: 20 }, () => randomUUID());
  for (const id of ids) expect(await useIn(store, id)).toBe(true);
  await server.kill();
  expect((await rejectionOf(useIn(store))).code).toBe('ERR_REPLAY_STORE');
  await server.start();
  await expect.poll(() => useIn(store).catch(() => false), { timeout: 10_000 }).toBe(true);
  for (const id of ids) expect(await useIn(store, id)).toBe(false);
});

test('a command that ioredis sends again is no replay', async () => {
  const proxy = untilEnd(await startProxy(inject('servers').redis));
  const client = new Redis(proxy.port, { retryStrategy: () => 10 });
  client.on('error', () => {});
  const store = createRedisReplayStore(client);
  expect(await useIn(store)).toBe(true);
  for (let losses = 1; losses <= 10; losses++) {
    const id = randomUUID();
    proxy.loses = () => proxy.losses < losses;
    expect(await useIn(store, id)).toBe(true);
    expect(proxy.losses).toBe(losses);
    expect(await useIn(store, id)).toBe(false);
  }
  await client.quit();
});
