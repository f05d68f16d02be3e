/** Checks the SQLite store with transactions that the database does not commit. */

import { DatabaseSync } from 'node:sqlite';
import Sqlite from 'better-sqlite3';
import { describe, expect, inject, test } from 'vitest';
import { logIn, NOW_MS, newUid } from '../../src/sessions/stores/law-clients.ts';
import { createSqliteStore } from '../../src/sessions/stores/sqlite.ts';
import { rejectionOf } from '../fixtures/outcome.ts';

const clients: Array<[string, (path: string) => Sqlite.Database | DatabaseSync]> = [
  ['better-sqlite3', (path) => new Sqlite(path)],
  ['node:sqlite', (path) => new DatabaseSync(path)],
];

describe.each(clients)('the SQLite store on %s', (name, open) => {
  test('leaves no transaction open after a login that the database could not commit', async () => {
    const path = `${inject('servers').folder}/busy-${name.replace(':', '-')}.db`;
    const database = open(path);
    database.exec('PRAGMA busy_timeout = 20');
    const store = createSqliteStore(database);
    await store.createTable();
    // Without WAL, a commit waits until no other connection reads.
    const reader = open(path);
    reader.exec('BEGIN');
    reader.prepare('SELECT COUNT(*) FROM jotkit_sessions').get();
    const [lost, uid] = [newUid(), newUid()];
    const error = await rejectionOf(logIn(store, { uid: lost }));
    expect(error.message).toBe('database is locked');
    reader.exec('COMMIT');
    const { session } = await logIn(store, { uid });
    // Another connection sees only what is committed.
    const others = createSqliteStore(reader);
    expect(await others.list(lost, NOW_MS)).toEqual([]);
    expect((await others.list(uid, NOW_MS)).map(({ sid }) => sid)).toEqual([session.sid]);
    database.close();
    reader.close();
  });

  test('rejects with the error that rolled back the transaction of the application', async () => {
    const database = open(':memory:');
    const store = createSqliteStore(database);
    await store.createTable();
    database.exec(`CREATE TRIGGER full BEFORE INSERT ON jotkit_sessions
      BEGIN SELECT RAISE(ROLLBACK, 'no space'); END`);
    database.exec('BEGIN');
    expect((await rejectionOf(logIn(store))).message).toBe('no space');
    expect(() => database.exec('COMMIT')).toThrow('no transaction is active');
    database.exec('DROP TRIGGER full');
    const { session } = await logIn(store);
    expect(await store.list(session.uid, NOW_MS)).toHaveLength(1);
    database.close();
  });
});
