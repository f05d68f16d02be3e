/** Attacks on replay stores: hostile identifiers, floods, polluted prototypes. */

import { afterEach, describe, expect, test } from 'vitest';
import { createMemoryReplayStore } from '../../src/replay/index.ts';
import { createPostgresReplayStore } from '../../src/replay/stores/postgres.ts';
import { createRedisReplayStore } from '../../src/replay/stores/redis.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { hostileIds } from '../replay/hostile-ids.ts';

const NOW = 1_700_000_000_000;
const UNTIL = NOW + 70_000;

describe('a hostile identifier', () => {
  test('is accepted once, and is no other identifier', async () => {
    const store = createMemoryReplayStore();
    for (const id of hostileIds) expect(await store.use(id, UNTIL, NOW)).toBe(true);
    for (const id of hostileIds) expect(await store.use(id, UNTIL, NOW)).toBe(false);
  });

  test('is neither in statements nor in keys, whatever its length', async () => {
    const sent: string[] = [];
    const query = async (text: string, values: unknown[] = []) => ({
      rows: [sent.push(text, String(values[0]))],
    });
    const run = async (_: string, keys: string[]) => sent.push(...keys);
    for (const id of hostileIds) {
      await createPostgresReplayStore({ query } as never).use(id, UNTIL, NOW);
      await createRedisReplayStore({ eval: run }).use(id, UNTIL, NOW);
    }
    const digests = sent.filter((text) => !text.includes('INSERT'));
    expect(digests).toHaveLength(2 * hostileIds.length);
    for (const digest of digests) expect(digest).toMatch(/^(jotkit:replay:)?[\w-]{43}$/);
  });

  test.each(['__proto__', 'constructor', 'toString'])('can have the owner %s', async (owner) => {
    const store = createMemoryReplayStore({ maxPerOwner: 1 });
    expect(await store.use('a', UNTIL, NOW, owner)).toBe(true);
    expect((await rejectionOf(store.use('b', UNTIL, NOW, owner))).name).toBe('ReplayStoreError');
  });
});

test('a flood of one owner makes no proof valid again, and rejects no other owner', async () => {
  const store = createMemoryReplayStore();
  expect(await store.use('spent', UNTIL, NOW, 'victim')).toBe(true);
  let rejections = 0;
  for (let id = 0; id < 5000; id++) {
    await store.use(`${id}`, UNTIL, NOW, 'attacker').catch(() => rejections++);
  }
  expect(rejections).toBe(4000);
  expect(await store.use('spent', UNTIL, NOW, 'victim')).toBe(false);
  expect(await store.use('fresh', UNTIL, NOW, 'victim')).toBe(true);
});

describe('a polluted Object.prototype', () => {
  const prototype = Object.prototype as Record<string, unknown>;
  afterEach(() => {
    for (const name of ['max', 'maxPerOwner', 'table', 'prefix']) delete prototype[name];
  });

  test('adds no option', async () => {
    Object.assign(prototype, { max: 1, maxPerOwner: 1, table: 'other', prefix: 'other:' });
    const store = createMemoryReplayStore({});
    expect(await store.use('a', UNTIL, NOW, 'owner')).toBe(true);
    expect(await store.use('b', UNTIL, NOW, 'owner')).toBe(true);
    const texts: string[] = [];
    const query = async (text: string) => ({ rows: [texts.push(text)] });
    await createPostgresReplayStore({ query }, {}).use('a', UNTIL, NOW);
    const run = async (_: string, [key]: string[]) => texts.push(String(key));
    await createRedisReplayStore({ eval: run }, {}).use('a', UNTIL, NOW);
    expect(texts.filter((text) => text.includes('other'))).toEqual([]);
    expect(texts).toHaveLength(2);
  });
});
