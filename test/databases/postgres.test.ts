/** What only PostgreSQL has: plans, partitions, and isolation levels that reject a statement. */

import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { storeLaws } from '../../src/sessions/stores/conformance.ts';
import {
  GRACE_MS,
  logIn,
  NOW_MS,
  newRefresh,
  newSession,
  newToken,
  REFRESH_MS,
  refreshInTurn,
} from '../../src/sessions/stores/law-clients.ts';
import { createPostgresStore, type PostgresClient } from '../../src/sessions/stores/postgres.ts';
import { read } from '../docs/pages.ts';
import { rejectionOf } from '../fixtures/outcome.ts';

const poolOf = (max: number, isolation = 'read committed') =>
  new Pool({
    ...{ host: '127.0.0.1', user: 'postgres', database: 'postgres', max },
    port: inject('servers').postgres,
    options: `-c default_transaction_isolation=${isolation.replaceAll(' ', '\\ ')}`,
  });

interface Sent {
  text: string;
  values: unknown[];
}

/** Records the statements of a store. */
function recorded(pool: Pool) {
  const sent: Sent[] = [];
  const client: PostgresClient = {
    query(text, values = []) {
      sent.push({ text, values });
      return pool.query(text, values);
    },
  };
  return { sent, client };
}

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

test('writes nothing for a token that it rejects, and once when it ends a session', async () => {
  const pool = poolOf(4);
  const { sent, client } = recorded(pool);
  const store = createPostgresStore(client);
  await store.createTable();
  const { session, token } = await logIn(store);
  const [first, second] = await refreshInTurn(store, session, token, 3);
  /** Refreshes, and returns what the row and the statements became. */
  const effectOf = async (presented = token, now = REFRESH_MS) => {
    const version = async () => {
      const text = 'SELECT xmin, xmax, ctid FROM jotkit_sessions WHERE sid = $1';
      return JSON.stringify((await pool.query(text, [session.sid])).rows);
    };
    const before = await version();
    sent.length = 0;
    const { kind } = await store.rotate(newRefresh(session, presented, { now }).request);
    const commands = sent.map(({ text }) => /[A-Z]+/.exec(text)?.[0]);
    return { kind, commands, isChanged: (await version()) !== before };
  };
  const read = ['UPDATE', 'SELECT'];
  for (const replaced of [first, second]) {
    const effect = { kind: 'superseded', commands: read, isChanged: false };
    expect(await effectOf(replaced)).toEqual(effect);
  }
  const later = REFRESH_MS + GRACE_MS;
  const reuse = { kind: 'reuse', commands: [...read, 'UPDATE'], isChanged: true };
  expect(await effectOf(first, later)).toEqual(reuse);
  const revoked = { kind: 'revoked', commands: read, isChanged: false };
  expect(await effectOf(first, later)).toEqual(revoked);
  await pool.end();
});

test('trims the sessions of a user whose session is refreshed all the time', async () => {
  const pool = poolOf(8, 'serializable');
  const store = createPostgresStore(pool, { table: 'busy' });
  await store.createTable();
  const uid = 'busy';
  const busy = await logIn(store, { uid });
  let refreshes = 0;
  let isBusy = true;
  const load = (async () => {
    for (let { token } = busy; isBusy; refreshes++) {
      const now = REFRESH_MS + refreshes;
      const { request, successor } = newRefresh(busy.session, token, { now });
      if ((await store.rotate(request)).kind !== 'rotated') return;
      token = successor;
    }
  })();
  const evicted: string[] = [];
  for (let login = 0; login < 30; login++) {
    const issued = await logIn(store, { uid, max: 3 });
    expect(issued.evicted).not.toContain(issued.session.sid);
    evicted.push(...issued.evicted);
  }
  isBusy = false;
  await load;
  expect(await store.list(uid, NOW_MS)).toHaveLength(3);
  expect(evicted).toHaveLength(28);
  expect(refreshes).toBeGreaterThan(0);
  await pool.end();
});

test('causes no deadlock among logins in shared slots and logouts of one user', async () => {
  const pool = poolOf(16);
  const codes: string[] = [];
  const client: PostgresClient = {
    query: (text, values = []) =>
      pool.query(text, values).catch((error: { code: string }) => {
        codes.push(error.code);
        throw error;
      }),
  };
  const store = createPostgresStore(client, { table: 'slots' });
  await store.createTable();
  const slots = ['phone', 'tablet', 'laptop', undefined];
  const clients = Array.from({ length: 24 }, async (_, index) => {
    for (let login = 0; login < 10; login++) {
      const slot = slots[(index + login) % slots.length];
      await logIn(store, { uid: 'ada', max: 2, ...(slot && { slot }) });
      if (index < 2) await store.revokeAll('ada');
    }
  });
  await Promise.all(clients);
  expect(codes).toEqual([]);
  await pool.end();
});

test('returns a connection to the pool after a trim that failed', async () => {
  const pool = poolOf(1, 'serializable');
  const store = createPostgresStore(pool, { table: 'trimmed' });
  await store.createTable();
  const uid = 'ada';
  await logIn(store, { uid });
  const conflict = `CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = $1; END $$`;
  await pool.query(conflict.replace('$1', "'40001'"));
  await pool.query(
    'CREATE TRIGGER conflict BEFORE DELETE ON trimmed FOR EACH ROW EXECUTE FUNCTION conflict()',
  );
  const error = await rejectionOf(logIn(store, { uid, max: 1 }));
  expect(error.code).toBe('40001');
  await pool.query('DROP TRIGGER conflict ON trimmed');
  expect((await logIn(store, { uid, max: 1 })).evicted).toHaveLength(2);
  await pool.end();
});

describe('the partitioned table of the guide', () => {
  const page = read('docs/guide/sessions-in-postgresql.md');
  let pool: Pool;
  beforeAll(async () => {
    pool = poolOf(16);
    await createPostgresStore(pool).createTable();
    const [, statements = ''] = /```sql \[partitions\.sql\]\n(.*?)```/s.exec(page) ?? [];
    await pool.query(statements);
  });
  afterAll(() => pool?.end());

  test.each(storeLaws)('$name', ({ check }) =>
    check(createPostgresStore(pool, { table: 'sessions' })),
  );

  test('has every session in the partition of its user', async () => {
    const { session } = await logIn(createPostgresStore(pool, { table: 'sessions' }));
    const text = 'EXPLAIN SELECT FROM sessions WHERE uid = $1';
    const plan = JSON.stringify((await pool.query(text, [session.uid])).rows);
    expect(new Set(plan.match(/\bon sessions_\d/g)).size).toBe(1);
  });
});

describe('a user with 10,000 sessions among 100,000 of others', () => {
  const uid = 'many';
  let pool: Pool;
  const { sent, client } = (() => {
    const sent: Sent[] = [];
    const query: PostgresClient['query'] = (text, values = []) => {
      sent.push({ text, values });
      return pool.query(text, values);
    };
    return { sent, client: { query } };
  })();
  const store = createPostgresStore(client, { table: 'planned' });

  beforeAll(async () => {
    pool = poolOf(1);
    await store.createTable();
    await pool.query(
      `INSERT INTO planned SELECT CASE WHEN n <= 10000 THEN '${uid}' ELSE 'user ' || n / 3 END, 'sid ' || n,
         'slot ' || n, NULL, 1, 'digest', '', '', 1, ${NOW_MS}, ${NOW_MS} + n, 1, ${REFRESH_MS * 2} + n,
         ${REFRESH_MS * 2} + n, NULL, NULL
       FROM generate_series(1, 110000) AS n`,
    );
  });
  afterAll(() => pool?.end());

  interface Plan {
    'Node Type': string;
    'Relation Name'?: string;
    'Index Cond'?: string;
    Plans?: Plan[];
  }
  const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

  /** Returns how each statement of an operation reads the table. */
  async function scansOf(operation: () => Promise<unknown>) {
    sent.length = 0;
    await operation();
    const scans: string[] = [];
    for (const { text, values } of [...sent]) {
      const { rows } = await pool.query(`EXPLAIN (FORMAT JSON) ${text}`, values);
      for (const node of nodesOf(rows[0]['QUERY PLAN'][0].Plan)) {
        const isScan = node['Node Type'].endsWith('Scan');
        const readsTable = node['Relation Name'] === 'planned' || 'Index Cond' in node;
        if (!isScan || !readsTable || node['Node Type'] === 'Bitmap Heap Scan') continue;
        scans.push(node['Index Cond'] ?? node['Node Type']);
      }
    }
    return scans;
  }

  const session = newSession(newToken(), { uid, sid: 'sid 77' });
  const operations: Record<string, () => Promise<unknown>> = {
    issue: () => logIn(store, { uid, now: REFRESH_MS, max: 9_000 }),
    rotate: () => store.rotate(newRefresh(session, newToken(9)).request),
    'rotate by the clock of the database': () =>
      store.rotate(newRefresh(session, newToken(9), { now: null }).request),
    get: () => store.get(uid, 'sid 78', NOW_MS),
    list: () => store.list(uid, NOW_MS),
    revoke: () => store.revoke(uid, 'sid 79'),
    revokeAll: () => store.revokeAll(uid, 'sid 80'),
  };

  describe.each(['without statistics', 'with statistics'])('%s', (statistics) => {
    beforeAll(async () => {
      if (statistics === 'with statistics') await pool.query('ANALYZE planned');
    });

    test.each(Object.entries(operations))('reads no session of others in %s', async (_, run) => {
      await pool.query('BEGIN');
      const scans = await scansOf(run);
      await pool.query('ROLLBACK');
      expect(scans.length).toBeGreaterThan(0);
      expect(scans.filter((scan) => !/\buid = /.test(scan))).toEqual([]);
    });

    test('reads only what has ended in purge', async () => {
      const scans = await scansOf(() => store.purge(REFRESH_MS, 100));
      expect(scans.filter((scan) => !/\bends_at <= |\buid = /.test(scan))).toEqual([]);
    });
  });
});
