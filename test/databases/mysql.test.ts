/** Checks the MySQL store with other settings of the client, the session and the table. */

import * as mariadb from 'mariadb';
import { createPool } from 'mysql2';
import * as mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { storeLaws } from '../../src/sessions/stores/conformance.ts';
import { DAY_MS, expectOutcome, logIn, newUid } from '../../src/sessions/stores/law-clients.ts';
import { createMysqlStore, type MysqlPool } from '../../src/sessions/stores/mysql.ts';

const addressOf = () => ({
  ...{ host: '127.0.0.1', port: inject('servers').mariadb, user: 'root', database: 'test' },
});

/** Runs `setup` on every connection before its first statement. */
function poolOf(setup: string, options: mysql.PoolOptions = {}): mysql.Pool {
  const pool = mysql.createPool({ ...addressOf(), ...options });
  pool.pool.on('connection', (connection) => connection.query(setup));
  return pool;
}

async function checkLaws(pool: MysqlPool, table: string): Promise<void> {
  const store = createMysqlStore(pool, { table });
  await store.createTable();
  for (const { check } of storeLaws) await check(store);
}

describe('the MySQL store obeys the laws', () => {
  test.each([
    ['in another character set', "SET NAMES latin1, SESSION time_zone = '+13:00'"],
    ['in strict SQL modes', "SET SESSION sql_mode = 'TRADITIONAL,ANSI,NO_BACKSLASH_ESCAPES'"],
    ['without a strict SQL mode', "SET SESSION sql_mode = ''"],
    ['if assignments are simultaneous', "SET SESSION sql_mode = 'SIMULTANEOUS_ASSIGNMENT'"],
    ['if a read row that changed is an error', 'SET SESSION innodb_snapshot_isolation = ON'],
  ])('%s', async (_, setup) => {
    const pool = poolOf(setup);
    await checkLaws(pool, 'jotkit_sessions');
    await pool.end();
  });

  const options = { rowsAsArray: true, namedPlaceholders: true };
  /** Reads every column as text, which changes those that are bytes. */
  const typeCast = (column: { string(): string | null }) => column.string();

  test.each<[string, mysql.PoolOptions]>([
    ['with other numbers', { supportBigNumbers: true, bigNumberStrings: true }],
    ['with rows of rows', { nestTables: true }],
    ['without types', { typeCast: false }],
    ['with types of its own', { typeCast: typeCast as never }],
  ])('with other options of mysql2: %s', async (_, results) => {
    const pool = poolOf('DO 0', { ...options, ...results, charset: 'latin1' });
    await checkLaws(pool, 'jotkit_sessions');
    await pool.end();
  });

  test('with other options of mariadb', async () => {
    const numbers = { bigIntAsNumber: true, insertIdAsNumber: true, foundRows: false };
    const results = { metaAsArray: true, nestTables: true, collation: 'LATIN1_SWEDISH_CI' };
    const pool = mariadb.createPool({
      ...addressOf(),
      ...{ ...options, ...numbers, ...results, typeCast: typeCast as never },
    });
    await checkLaws(pool, 'jotkit_sessions');
    await pool.end();
  });

  test('on the promises of a pool with callbacks', async () => {
    const pool = createPool(addressOf());
    await checkLaws(pool.promise(), 'jotkit_sessions');
    pool.end();
  });

  test('in a partitioned table of another database', async () => {
    const pool = poolOf('CREATE DATABASE IF NOT EXISTS auth');
    await createMysqlStore(pool, { table: 'auth.sessions' }).createTable();
    await pool.query('ALTER TABLE auth.sessions PARTITION BY KEY (uid) PARTITIONS 4');
    await checkLaws(pool, 'auth.sessions');
    await pool.end();
  });
});

describe('the MySQL store', () => {
  let pool: mysql.Pool;
  beforeAll(() => {
    pool = poolOf('DO 0');
  });
  afterAll(() => pool.end());

  test('creates its table once when many servers start at the same time', async () => {
    for (const table of ['created_1', 'created_2', 'created_3']) {
      const stores = Array.from({ length: 8 }, () => createMysqlStore(pool, { table }));
      await Promise.all(stores.map((store) => store.createTable()));
      expect(await stores[0]?.list('ada', 0)).toEqual([]);
    }
  });

  const now = Date.now();
  const ends = { idleEndsAt: now + DAY_MS, endsAt: now + 30 * DAY_MS };

  test.each([
    ['moves with each refresh', {}, 7 * DAY_MS],
    ['follows its own lifetime', { idle: DAY_MS }, DAY_MS],
    ['is its absolute end', { endsAt: now + 2 * DAY_MS }, undefined],
  ])('returns the stored times of a session whose idle end %s', async (_, given, lifetime) => {
    const store = createMysqlStore(pool);
    const { session, token } = await logIn(store, { now, ...ends, ...given });
    const { outcome } = await expectOutcome(store, session, token, 'rotated', { now: null });
    const { refreshedAt, idleEndsAt } = outcome;
    expect(await store.get(session.uid, session.sid, now)).toMatchObject({
      refreshedAt,
      idleEndsAt,
    });
    expect(idleEndsAt).toBe(lifetime === undefined ? session.endsAt : refreshedAt + lifetime);
  });

  test('stores the longest names, three bytes for each character', async () => {
    const store = createMysqlStore(pool);
    const uid = `${'語'.repeat(219)}${newUid().slice(-36)}`;
    const { session, token } = await logIn(store, { uid, slot: uid, upstream: uid });
    await expectOutcome(store, session, token, 'rotated');
    const [found] = await store.list(uid, session.idleEndsAt - 1);
    expect([found?.uid, found?.slot, found?.upstream]).toEqual([uid, uid, uid]);
  });

  test('reads few rows, whatever the number of sessions', async () => {
    const explained: Record<string, string> = {};
    const explaining = {
      getConnection: () => pool.getConnection(),
      async execute(statement: { sql: string }, values: never[]) {
        const { sql } = statement;
        if (/^\s*(SELECT|UPDATE|DELETE)/.test(sql)) {
          const [plans] = await pool.execute<mysql.RowDataPacket[]>(`EXPLAIN ${sql}`, values);
          explained[sql] = `${plans[0]?.['type']} ${plans[0]?.['key']}`;
        }
        return pool.execute(statement, values);
      },
    };
    const store = createMysqlStore(explaining as unknown as MysqlPool, { table: 'explained' });
    await store.createTable();
    for (let user = 0; user < 200; user++) await logIn(store, { uid: `user-${user}` });
    const { session, token } = await logIn(store);
    await expectOutcome(store, session, token, 'rotated');
    await expectOutcome(store, session, token, 'grace');
    await store.get(session.uid, session.sid, 0);
    await store.list(session.uid, 0);
    await store.revoke(session.uid, session.sid);
    await store.revokeAll(session.uid);
    await store.purge(0, 200);
    expect(Object.keys(explained).length).toBeGreaterThan(7);
    for (const [sql, plan] of Object.entries(explained)) {
      const isPurge = sql.includes('ORDER BY ends_at');
      expect(plan, sql).toMatch(isPurge ? /^range ends_at$/ : /^(const|ref|range) PRIMARY$/);
    }
  });
});
