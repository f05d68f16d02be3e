import { describe, expect, test } from 'vitest';
import { createMemoryReplayStore } from '../../src/replay/index.ts';
import { errorOf, rejectionOf } from '../fixtures/outcome.ts';

const NOW = 1_700_000_000_000;
const UNTIL = NOW + 70_000;
/** When the store may delete what expires at UNTIL. */
const DELETED = UNTIL + 60_000;

type Store = ReturnType<typeof createMemoryReplayStore>;

/** Uses that many identifiers, whose names begin with the prefix. */
async function fill(store: Store, prefix: string, count: number, owner?: string, now = NOW) {
  for (let index = 0; index < count; index++) {
    const isFirst = await store.use(`${prefix} ${index}`, now + UNTIL - NOW, now, owner);
    if (!isFirst) expect.fail(`${prefix} ${index} was used`);
  }
}

describe('the replay store in memory', () => {
  test('rejects when it is full, and evicts nothing', async () => {
    const store = createMemoryReplayStore({ max: 10 });
    await fill(store, 'a', 10);
    const error = await rejectionOf(store.use('one more', UNTIL, NOW));
    expect(error).toMatchObject({ name: 'ReplayStoreError', code: 'ERR_REPLAY_STORE' });
    expect(error.message).toBe(
      'the replay store in memory has 10 identifiers, its maximum: raise "max", or use a database',
    );
    for (let index = 0; index < 10; index++) {
      expect(await store.use(`a ${index}`, UNTIL, NOW)).toBe(false);
    }
  });

  test('rejects when one owner has its maximum, and accepts others', async () => {
    const store = createMemoryReplayStore({ max: 10, maxPerOwner: 3 });
    await fill(store, 'a', 3, 'key a');
    const error = await rejectionOf(store.use('one more', UNTIL, NOW, 'key a'));
    expect(error.message).toMatch(/has 3 identifiers of one owner.*raise "maxPerOwner"/);
    expect(await store.use('a 0', UNTIL, NOW, 'key a')).toBe(false);
    await fill(store, 'b', 3, 'key b');
    await fill(store, 'without owner', 4);
  });

  test('by default stores 100,000 identifiers, 1,000 of one owner', async () => {
    const store = createMemoryReplayStore();
    for (let owner = 0; owner < 100; owner++) await fill(store, `${owner}`, 1000, `key ${owner}`);
    expect((await rejectionOf(store.use('x', UNTIL, NOW, 'key 7'))).message).toMatch(/its maximum/);
    expect((await rejectionOf(store.use('x', UNTIL, NOW))).message).toMatch(/100000 identifiers,/);
  });

  test('has space again a minute after everything has expired', async () => {
    const store = createMemoryReplayStore({ max: 10, maxPerOwner: 5 });
    await fill(store, 'a', 5, 'key a');
    await fill(store, 'b', 5, 'key b');
    await rejectionOf(store.use('one more', DELETED + 1, DELETED - 1));
    await fill(store, 'c', 5, 'key a', DELETED);
    await fill(store, 'd', 5, 'key b', DELETED);
  });

  test.each([
    { perSecond: 3, lifetime: 70_000 },
    { perSecond: 1, lifetime: 300_000 },
  ])('has space for hours of one owner: %o', async ({ perSecond, lifetime }) => {
    const store = createMemoryReplayStore();
    for (let use = 0; use < perSecond * 7200; use++) {
      const now = NOW + (use * 1000) / perSecond;
      if (!(await store.use(`${use}`, now + lifetime, now, 'key'))) expect.fail(`${use} was used`);
    }
  });

  test('stays within its maximum in hours of steady use', async () => {
    const store = createMemoryReplayStore({ max: 300, maxPerOwner: 300 });
    for (let second = 0; second < 5000; second++) {
      const now = NOW + second * 1000;
      expect(await store.use(`id ${second}`, now + 70_000, now, 'key')).toBe(true);
      const last = Math.max(0, second - 69);
      expect(await store.use(`id ${last}`, NOW + last * 1000 + 70_000, now, 'key')).toBe(false);
    }
  });

  test('counts an identifier that is used again after its end once', async () => {
    const store = createMemoryReplayStore({ max: 3, maxPerOwner: 3 });
    await store.use('older', NOW + 1, NOW, 'key');
    await store.use('current', NOW + 1, NOW, 'key');
    for (let turn = 1; turn < 10; turn++) {
      const now = NOW + turn;
      expect(await store.use('current', now + 1, now, 'key')).toBe(true);
    }
  });

  test.each([
    { max: 0 },
    { max: 1.5 },
    { maxPerOwner: '7' },
    { max: undefined },
    { maxPerKey: 7 },
    null,
    7,
  ])('rejects the options %o', (options) => {
    const error = errorOf(() => createMemoryReplayStore(options as never));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
  });
});
