import { describe, expect, test } from 'vitest';
import { createMemoryReplayStore, type ReplayStore } from '../../src/replay/index.ts';
import { replayLaws } from '../../src/replay/stores/conformance.ts';
import { createSqliteReplayStore, type SqliteDatabase } from '../../src/replay/stores/sqlite.ts';
import { checkAgainstModel } from './model.ts';

// Node.js 20 has no node:sqlite, and its types have none.
const sqlite = process.getBuiltinModule?.('node:sqlite') as
  | { DatabaseSync: new (path: string) => SqliteDatabase }
  | undefined;

const stores: Record<string, () => Promise<ReplayStore>> = {
  memory: async () => createMemoryReplayStore(),
  ...(sqlite && {
    'node:sqlite': async () => {
      const store = createSqliteReplayStore(new sqlite.DatabaseSync(':memory:'));
      await store.createTable();
      return store;
    },
  }),
};

describe.each(Object.entries(stores))('the replay store in %s', (_, open) => {
  test.each(replayLaws)('$name', async ({ check }) => check(await open()));

  test('obeys all laws at once', async () => {
    const store = await open();
    await Promise.all(replayLaws.map(({ check }) => check(store)));
  });

  test('agrees with a plain map, with clocks 50 s apart', async () => {
    await checkAgainstModel(await open(), 100);
  });
});

test('gives every law its own name', () => {
  expect(new Set(replayLaws.map(({ name }) => name)).size).toBe(replayLaws.length);
  expect(replayLaws.length).toBeGreaterThan(8);
});
