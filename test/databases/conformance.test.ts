import { DatabaseSync } from 'node:sqlite';
import Sqlite from 'better-sqlite3';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { storeLaws } from '../../src/sessions/stores/conformance.ts';
import { newSession, newToken } from '../../src/sessions/stores/law-clients.ts';
import { createPostgresStore } from '../../src/sessions/stores/postgres.ts';
import { createSqliteStore } from '../../src/sessions/stores/sqlite.ts';
import { embedded, type Opened, openers } from './stores.ts';

describe.each(Object.entries({ ...openers, ...embedded }))('the store on %s', (_, open) => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await open(inject('servers'));
  });
  afterAll(() => opened?.close());

  test.each(storeLaws)('$name', ({ check }) => check(opened.store));
});

describe('the PostgreSQL store', () => {
  const address = { host: '127.0.0.1', user: 'postgres', database: 'postgres' };
  const poolOf = (max: number) => new Pool({ ...address, port: inject('servers').postgres, max });

  test('creates its table once when many servers start at the same time', async () => {
    const pool = poolOf(8);
    for (const table of ['created_1', 'created_2', 'created_3']) {
      const stores = Array.from({ length: 8 }, () => createPostgresStore(pool, { table }));
      await Promise.all(stores.map((store) => store.createTable()));
      expect(await stores[0]?.list('ada', 0)).toEqual([]);
    }
    await pool.end();
  });

  test('purges no more than the limit with every query plan', async () => {
    const pool = poolOf(1);
    for (const plan of ['hashagg', 'hashjoin', 'mergejoin', 'material', 'sort']) {
      await pool.query(`SET enable_${plan} = off`);
    }
    await pool.query('SET jit = off');
    const store = createPostgresStore(pool, { table: 'purged' });
    await store.createTable();
    for (const sid of ['a', 'b', 'c', 'd', 'e']) {
      const ends = { idleEndsAt: 1000, endsAt: 1000 };
      await store.issue(newSession(newToken(), { sid, ...ends }), { now: 0, max: 9 });
    }
    expect([await store.purge(2000, 2), await store.purge(2000, 9)]).toEqual([2, 3]);
    await pool.end();
  });
});

test.each([
  ['better-sqlite3', () => new Sqlite(':memory:')],
  ['node:sqlite', () => new DatabaseSync(':memory:')],
])('the SQLite store on %s accepts a table of an attached database', async (_, open) => {
  const database = open();
  database.exec("ATTACH DATABASE ':memory:' AS auth");
  const store = createSqliteStore(database, { table: 'auth.sessions' });
  await store.createTable();
  for (const { check } of storeLaws) await check(store);
  database.close();
});
