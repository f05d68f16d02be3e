import { Redis } from 'ioredis';
import { afterAll, describe, expect, inject, test } from 'vitest';
import {
  DAY_MS,
  logIn,
  NOW_MS,
  newRefresh,
  newUid,
} from '../../src/sessions/stores/law-clients.ts';
import { createRedisStore } from '../../src/sessions/stores/redis.ts';

describe('the Redis store', () => {
  const client = new Redis(inject('servers').redis);
  afterAll(() => client.quit());
  const store = createRedisStore(client, { prefix: 'shop:' });

  test('lets the hash of a user expire with the last session', async () => {
    const uid = newUid();
    const daysLeft = async () => Math.ceil((await client.pttl(`shop:${uid}`)) / DAY_MS);
    const endsIn = (days: number) => ({ uid, endsAt: NOW_MS + days * DAY_MS });
    const { session, token } = await logIn(store, endsIn(2));
    expect(await daysLeft()).toBe(2);
    await logIn(store, endsIn(5));
    await logIn(store, endsIn(1));
    expect(await daysLeft()).toBe(5);
    await store.rotate(newRefresh(session, token).request);
    expect(await daysLeft()).toBe(5);
    await logIn(store, { ...endsIn(3), max: 1 });
    expect(await daysLeft()).toBe(3);
  });

  test('reads the clock of Redis in a refresh without a time', async () => {
    const timeOfRedis = async () => {
      const [seconds, micros] = (await client.time()).map(Number);
      return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
    };
    const before = await timeOfRedis();
    const ends = { idleEndsAt: before + DAY_MS, endsAt: before + DAY_MS };
    const { session, token } = await logIn(store, { now: before, ...ends });
    await store.rotate(newRefresh(session, token, { now: null }).request);
    const found = await store.get(session.uid, session.sid, before);
    expect(found?.refreshedAt).toBeGreaterThanOrEqual(before);
    expect(found?.refreshedAt).toBeLessThanOrEqual(await timeOfRedis());
  });
});
