import { DatabaseSync } from 'node:sqlite';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { hasCode } from '../../src/databases/retry.ts';
import { storeLaws } from '../../src/sessions/stores/conformance.ts';
import { createSqliteStore } from '../../src/sessions/stores/sqlite.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { otherClients, postgresClients } from './other-clients.ts';
import { type Opened, openers } from './stores.ts';

describe.each(Object.entries({ ...openers, ...otherClients }))('the store on %s', (_, open) => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await open(inject('servers'));
  });
  afterAll(() => opened?.close());

  test.each(storeLaws)('$name', ({ check }) => check(opened.store));
});

test.each(Object.entries(postgresClients))(
  '%s reports the codes of PostgreSQL',
  async (_, open) => {
    const { client, close } = await open(inject('servers'));
    const error = await rejectionOf(client.query('SELECT 1 / $1::bigint', [0 as never]));
    expect(hasCode(error, ['22012'])).toBe(true);
    await close();
  },
);

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
