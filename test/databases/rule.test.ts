/** Compares each store with the rule and with the store in memory, on random rows and requests. */

import { randomUUID } from 'node:crypto';
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import * as mysql from 'mysql2/promise';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { SqlRow } from '../../src/databases/sql-values.ts';
import type {
  NewSession,
  RotateRequest,
  SessionRow,
  SessionStore,
} from '../../src/sessions/index.ts';
import { rotateRow } from '../../src/sessions/rotate-row.ts';
import {
  type ClientToken,
  NOW_MS,
  newRefresh,
  newSession,
  newToken,
} from '../../src/sessions/stores/law-clients.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { createMysqlStore } from '../../src/sessions/stores/mysql.ts';
import { createPostgresStore } from '../../src/sessions/stores/postgres.ts';
import { createRedisStore } from '../../src/sessions/stores/redis.ts';
import { listOf, members, parseRow } from '../../src/sessions/stores/sql.ts';
import { createSqliteStore } from '../../src/sessions/stores/sqlite.ts';

/** A store whose rows this test reads and writes without it. */
interface OpenRows {
  store: SessionStore;
  write(row: SessionRow): Promise<unknown>;
  read(uid: string, sid: string): Promise<SessionRow | undefined>;
  close(): Promise<unknown>;
}

const stores: Record<string, () => Promise<OpenRows>> = {
  Redis: async () => {
    const client = new Redis(inject('servers').redis);
    const keyOf = (uid: string) => `jotkit:sessions:${uid}`;
    return {
      store: createRedisStore(client),
      write: ({ uid, sid, ...row }) => client.hset(keyOf(uid), sid, JSON.stringify(row)),
      async read(uid, sid) {
        const json = await client.hget(keyOf(uid), sid);
        return json === null ? undefined : { uid, sid, ...JSON.parse(json) };
      },
      close: () => client.quit(),
    };
  },
};

const insertWith = (placeholder: (index: number) => string) => {
  const values = members.map((_, index) => placeholder(index)).join();
  return `INSERT INTO jotkit_sessions (${listOf(members)}) VALUES (${values})`;
};
const valuesOf = (row: SessionRow) => members.map((member) => row[member]);
const READ = 'SELECT * FROM jotkit_sessions WHERE uid = $1 AND sid = $2';
const READ_BY_ORDER = READ.replace(/\$\d/g, '?');

const sqlStores: typeof stores = {
  SQLite: async () => {
    const database = new Sqlite(':memory:');
    const store = createSqliteStore(database);
    await store.createTable();
    const insert = database.prepare(insertWith(() => '?'));
    const select = database.prepare(READ_BY_ORDER);
    return {
      store,
      write: async (row) => insert.run(...valuesOf(row)),
      read: async (uid, sid) => parseRow(select.get(uid, sid) as SqlRow),
      close: async () => database.close(),
    };
  },
  PostgreSQL: async () => {
    const address = { host: '127.0.0.1', user: 'postgres', database: 'postgres' };
    const pool = new Pool({ ...address, port: inject('servers').postgres, max: 1 });
    // Commits that do not wait for the disk: this test is about values.
    await pool.query('SET synchronous_commit = off');
    const store = createPostgresStore(pool, { prepare: true });
    await store.createTable();
    return {
      store,
      write: (row) =>
        pool.query(
          insertWith((index) => `$${index + 1}`),
          valuesOf(row),
        ),
      read: async (uid, sid) => parseRow((await pool.query(READ, [uid, sid])).rows[0]),
      close: () => pool.end(),
    };
  },
  MySQL: async () => {
    const address = { host: '127.0.0.1', user: 'root', database: 'test' };
    const pool = mysql.createPool({ ...address, port: inject('servers').mariadb });
    const store = createMysqlStore(pool);
    await store.createTable();
    return {
      store,
      write: (row) =>
        pool.execute(
          insertWith(() => '?'),
          valuesOf(row),
        ),
      async read(uid, sid) {
        const [rows] = await pool.execute<mysql.RowDataPacket[]>(READ_BY_ORDER, [uid, sid]);
        return rows[0] && parseRow(rows[0]);
      },
      close: () => pool.end(),
    };
  },
};

const [BURST_MS, GRACE_MS, IDLE_MS, ABSOLUTE_MS] = [30_000, 60_000, 600_000, 3_000_000];

/** The last has as many digits as times until the year 5138. */
const origins = fc.constantFrom(0, 1_700_000_000_000, 99_999_000_000_000);
const periods = [0, 1, BURST_MS, GRACE_MS, IDLE_MS, ABSOLUTE_MS];
/** One millisecond before, at and after each limit of the rule. */
const delays = fc.constantFrom(...periods.flatMap((period) => [period - 1, period, period + 1]));
/** Few, so that a random token often is the current one, the previous one or its successor. */
const digests = fc.constantFrom('a', 'b', 'c');
const texts = fc.string({ unit: 'grapheme', maxLength: 20 });
const json = fc.option(texts.map((text) => JSON.stringify(text)));

const rows = fc.record({
  slot: texts,
  upstream: fc.option(texts),
  generation: fc.integer({ min: 1, max: 20 }),
  /** Generations since the start of the burst. */
  burst: fc.constantFrom(0, 1, 7, 8, 20),
  current: digests,
  previous: fc.oneof(digests, fc.constant('')),
  sealed: texts,
  idle: fc.constantFrom(GRACE_MS, IDLE_MS, ABSOLUTE_MS),
  idleEndsAfter: delays,
  endsAfter: fc.constantFrom(GRACE_MS, IDLE_MS, ABSOLUTE_MS),
  endedAfter: fc.option(delays, { freq: 3 }),
  meta: json,
});

const requests = fc.record({
  /** How many generations the presented token is behind the row. */
  behind: fc.constantFrom(-1, 0, 1, 2, 7, 8, 9),
  presented: digests,
  next: digests,
  sealed: texts,
  delay: delays,
  grace: fc.constantFrom(0, 1, GRACE_MS, 10 * ABSOLUTE_MS),
  burst: fc.constantFrom(0, 1, BURST_MS),
  idle: fc.constantFrom(GRACE_MS, IDLE_MS),
  meta: json,
});

type Members<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never;

/** The row was refreshed at `origin`, from which every other time counts. */
function rowAt(origin: number, given: Members<typeof rows>): SessionRow {
  const { burst, idleEndsAfter, endsAfter, endedAfter, ...members } = given;
  return {
    ...{ uid: randomUUID(), sid: randomUUID(), ...members },
    burstStart: Math.max(1, given.generation - burst),
    createdAt: origin - 1000,
    refreshedAt: origin,
    idleEndsAt: origin + Math.min(idleEndsAfter, endsAfter),
    endsAt: origin + endsAfter,
    endedAt: endedAfter === null ? null : origin + endedAfter,
  };
}

function requestOn(row: SessionRow, given: Members<typeof requests>): RotateRequest {
  const { behind, delay, ...members } = given;
  const { uid, sid } = row;
  const generation = row.generation - behind;
  return { uid, sid, generation, now: row.refreshedAt + delay, ...members };
}

/** Each is a login, then refreshes of sessions by index. */
const steps = fc.array(
  fc.record({
    slot: fc.nat(5),
    max: fc.integer({ min: 1, max: 4 }),
    lifetime: fc.constantFrom(BURST_MS, GRACE_MS, IDLE_MS),
    wait: fc.constantFrom(0, 1, BURST_MS),
    refreshes: fc.array(
      fc.record({ session: fc.nat(9), isAhead: fc.boolean(), skew: fc.constantFrom(-1, 0, 5000) }),
      { maxLength: 4 },
    ),
  }),
  { minLength: 2, maxLength: 12 },
);

/** Logs in and refreshes in both stores, and compares what they resolve to. */
async function checkTrims(store: SessionStore, list: Members<typeof steps>): Promise<void> {
  const memory = createMemoryStore();
  const both = async <Result>(run: (store: SessionStore) => Promise<Result>): Promise<Result> => {
    const [expected, found] = [await run(memory), await run(store)];
    expect(found).toEqual(expected);
    return expected;
  };
  const uid = randomUUID();
  const clients: Array<{ session: NewSession; token: ClientToken }> = [];
  let now = NOW_MS;
  for (const { slot, max, lifetime, wait, refreshes } of list) {
    const token = newToken();
    const ends = { idleEndsAt: now + lifetime, endsAt: now + 2 * lifetime, idle: lifetime };
    const names = { uid, sid: `sid ${clients.length}`, slot: `slot ${slot}` };
    const session = newSession(token, { ...names, ...ends });
    clients.push({ session, token });
    await both(async (to) => (await to.issue(session, { now, max })).evicted.sort());
    for (const { session: index, isAhead, skew } of refreshes) {
      const client = clients[index];
      if (!client) continue;
      const presented = isAhead ? newToken(99) : client.token;
      const { request, successor } = newRefresh(client.session, presented, { now: now + skew });
      const { kind } = await both((to) => to.rotate(request));
      if (kind === 'rotated') client.token = successor;
    }
    now += wait;
    await both((to) => to.list(uid, now));
  }
}

describe.each(Object.entries({ ...stores, ...sqlStores }))('the store in %s', (_, open) => {
  let opened: OpenRows;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened?.close());

  test('rotates every row as the rule does', async () => {
    const kinds = new Set<string>();
    const check = async (
      origin: number,
      given: Members<typeof rows>,
      list: Members<typeof requests>[],
    ) => {
      let row = rowAt(origin, given);
      await opened.write(row);
      for (const member of list) {
        const request = requestOn(row, member);
        const { outcome, write } = rotateRow(row, request, Number(request.now));
        expect({ ...(await opened.store.rotate(request)) }).toStrictEqual(outcome);
        kinds.add(outcome.kind);
        row = write ?? row;
        expect({ ...(await opened.read(row.uid, row.sid)) }).toStrictEqual(row);
      }
    };
    const lists = fc.array(requests, { minLength: 1, maxLength: 5 });
    await fc.assert(fc.asyncProperty(origins, rows, lists, check), { numRuns: 2000 });
    const every = ['ahead', 'grace', 'reuse', 'revoked', 'rotated', 'superseded', 'unknown'];
    expect([...kinds].sort()).toEqual(every);
  });

  test('ends the sessions at a login that the store in memory ends', async () => {
    const check = (list: Members<typeof steps>) => checkTrims(opened.store, list);
    await fc.assert(fc.asyncProperty(steps, check), { numRuns: 300 });
  });
});
