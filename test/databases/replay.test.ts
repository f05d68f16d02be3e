/** Checks the replay stores on every client: the laws, a model, and strings that databases do not like. */

import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import Sqlite from 'better-sqlite3';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { replayLaws } from '../../src/replay/stores/conformance.ts';
import { createRedisReplayStore } from '../../src/replay/stores/redis.ts';
import { createSqliteReplayStore } from '../../src/replay/stores/sqlite.ts';
import { hostileIds } from '../replay/hostile-ids.ts';
import { checkAgainstModel } from '../replay/model.ts';
import { otherReplayClients } from './other-clients.ts';
import { type OpenedReplay, replayOpeners } from './stores.ts';

const MINUTE_MS = 60_000;

describe.each(Object.entries({ ...replayOpeners, ...otherReplayClients }))(
  'the replay store on %s',
  (_, open) => {
    let opened: OpenedReplay;
    beforeAll(async () => {
      opened = await open(inject('servers'));
    });
    afterAll(() => opened?.close());

    test.each(replayLaws)('$name', ({ check }) => check(opened.store));

    test('accepts every string once', async () => {
      const now = Date.now();
      const run = randomUUID();
      for (const id of hostileIds) {
        expect(await opened.store.use(id + run, now + MINUTE_MS, now)).toBe(true);
        expect(await opened.store.use(id + run, now + MINUTE_MS, now)).toBe(false);
      }
    });

    test('agrees with a plain map, with clocks 50 s apart', async () => {
      await checkAgainstModel(opened.store, 8);
    });
  },
);

test.each([
  ['better-sqlite3', () => new Sqlite(':memory:')],
  ['node:sqlite', () => new DatabaseSync(':memory:')],
])('the replay store on %s accepts a table of an attached database', async (_, open) => {
  const database = open();
  database.exec("ATTACH DATABASE ':memory:' AS auth");
  const store = createSqliteReplayStore(database, { table: 'auth.replay' });
  await store.createTable();
  for (const { check } of replayLaws) await check(store);
  database.close();
});

test('the replay store on Redis stores a digest, until a minute after the end', async () => {
  const client = new Redis(inject('servers').redis);
  const prefix = `${randomUUID()}:`;
  const store = createRedisReplayStore(client, { prefix });
  const now = Date.now();
  await store.use('the identifier', now + MINUTE_MS, now);
  const keys = await client.keys(`${prefix}*`);
  expect(keys).toEqual([expect.stringMatching(/:[\w-]{43}$/)]);
  const left = await client.pttl(String(keys[0]));
  expect(left).toBeGreaterThan(MINUTE_MS);
  expect(left).toBeLessThanOrEqual(2 * MINUTE_MS);
  await client.quit();
});
