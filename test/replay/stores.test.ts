/** Checks what the replay stores send to databases, and what they do with errors and odd results. */

import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { createMysqlReplayStore } from '../../src/replay/stores/mysql.ts';
import { createPostgresReplayStore } from '../../src/replay/stores/postgres.ts';
import { createRedisReplayStore } from '../../src/replay/stores/redis.ts';
import { createSqliteReplayStore } from '../../src/replay/stores/sqlite.ts';
import { errorOf, rejectionOf } from '../fixtures/outcome.ts';

const NOW = 1_700_000_000_000;
const UNTIL = NOW + 70_000;
const DIGEST = createHash('sha256').update('id', 'utf16le').digest('base64url');

type Reply = unknown[] | number | Error;

/** A client of each kind, whose statements get the replies in turn, then a row. */
function scripted(...replies: Reply[]) {
  const log: Array<[text: string, values: unknown[]]> = [];
  const next = async (text: string, values: unknown[] = []) => {
    log.push([text.trim().replaceAll(/\s+/g, ' '), values]);
    const reply = replies.shift() ?? [{}];
    if (reply instanceof Error) throw reply;
    return reply;
  };
  const postgres = {
    query: async (text: string, values?: unknown[]) => ({
      rows: (await next(text, values)) as unknown[],
    }),
  };
  const change = async (text: string, values: unknown[]) => {
    const reply = await next(text, values);
    return { affectedRows: Array.isArray(reply) ? reply.length : reply };
  };
  const mysql = { query: change, transaction: vi.fn() };
  const libsql = {
    execute: async (statement: string | { sql: string; args: unknown[] }) => {
      const { sql, args } =
        typeof statement === 'string' ? { sql: statement, args: [] } : statement;
      return { rows: (await next(sql, args)) as unknown[] };
    },
    batch: vi.fn(),
  };
  const redis = {
    eval: async (_: string, [key]: string[], values: string[]) => {
      return Number(((await next(String(key), values)) as unknown[]).length);
    },
  };
  const words = () => log.map(([text]) => text.split(' ')[0]);
  return { log, words, postgres, mysql, libsql, redis };
}

const failure = (members: object) => Object.assign(new Error('failed'), members);

describe('a replay store', () => {
  const stores = {
    PostgreSQL: (client: ReturnType<typeof scripted>, options?: object) =>
      createPostgresReplayStore(client.postgres, options),
    MySQL: (client: ReturnType<typeof scripted>, options?: object) =>
      createMysqlReplayStore(client.mysql as never, options),
    libSQL: (client: ReturnType<typeof scripted>, options?: object) =>
      createSqliteReplayStore(client.libsql, options),
    Redis: (client: ReturnType<typeof scripted>, options?: object) =>
      createRedisReplayStore(client.redis, options),
  };

  describe.each(Object.entries(stores))('in %s', (name, open) => {
    test('rejects with ReplayStoreError and the error of the client', async () => {
      const cause = failure({ code: 'ECONNRESET' });
      const error = await rejectionOf(open(scripted(cause)).use('id', UNTIL, NOW));
      expect(error).toMatchObject({ code: 'ERR_REPLAY_STORE', cause });
    });

    test('rejects with ReplayStoreError after its time limit', async () => {
      vi.useFakeTimers();
      try {
        for (const [options, limit] of [
          [{}, 5000],
          [{ timeout: '2s' }, 2000],
        ] as const) {
          const client = scripted();
          const silent = () => new Promise<never>(() => {});
          Object.assign(client.postgres, { query: silent });
          Object.assign(client.mysql, { query: silent });
          Object.assign(client.libsql, { execute: silent });
          Object.assign(client.redis, { eval: silent });
          const rejected = rejectionOf(open(client, options).use('id', UNTIL, NOW));
          let isSettled = false;
          rejected.then(() => {
            isSettled = true;
          });
          await vi.advanceTimersByTimeAsync(limit - 1);
          expect(isSettled).toBe(false);
          await vi.advanceTimersByTimeAsync(1);
          const cause = { name: 'TimeoutError' };
          expect(await rejected).toMatchObject({ code: 'ERR_REPLAY_STORE', cause });
        }
      } finally {
        vi.useRealTimers();
      }
    });

    test.each([
      { timeout: '1ms' },
      { timeout: '2m' },
      { timeout: 0 },
      { timeout: undefined },
      { tables: 'x' },
      name === 'Redis' ? { prefix: '' } : { table: 'a; b' },
      name === 'Redis' ? { table: 'x' } : { prefix: 'x' },
      null,
    ])('rejects the options %o', (options) => {
      const error = errorOf(() => open(scripted(), options as never));
      expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
    });

    test('sends nothing for a wrong argument, or for what has expired', async () => {
      const client = scripted();
      const store = open(client);
      expect((await rejectionOf(store.use('', UNTIL, NOW))).name).toBe('TypeError');
      expect((await rejectionOf(store.use('id', Number.NaN, NOW))).name).toBe('TypeError');
      expect((await rejectionOf(store.use('id', UNTIL, -1))).name).toBe('TypeError');
      expect(await store.use('id', NOW, NOW)).toBe(false);
      expect(client.log).toEqual([]);
    });
  });

  const { Redis: _, ...sqlStores } = stores;

  describe.each(Object.entries(sqlStores))('in %s', (_, open) => {
    test('purges 200 rows after every hundredth use, a minute after their end', async () => {
      const client = scripted();
      const store = open(client);
      for (let use = 0; use < 99; use++) await store.use(`${use}`, UNTIL, NOW);
      expect(client.log).toHaveLength(99);
      await store.use('id', UNTIL, NOW + 0.5);
      await nextTurn();
      expect(client.log).toHaveLength(101);
      const [text, values] = client.log.at(-1) ?? [];
      expect(text).toContain('DELETE FROM jotkit_replay WHERE');
      expect(values?.[0]).toBe(NOW - 60_000);
      expect(values?.[1] ?? text).toEqual(values?.[1] ? 200 : expect.stringMatching(/LIMIT 200$/));
      for (let use = 0; use < 100; use++) await store.use(`${use}`, UNTIL, NOW);
      await nextTurn();
      expect(client.log).toHaveLength(202);
    });

    test('accepts an identifier although its purge fails, and purges again later', async () => {
      const replies = Array.from({ length: 100 }, () => [{}]);
      const client = scripted(...replies, failure({ code: 'ECONNRESET' }));
      const store = open(client);
      for (let use = 0; use < 200; use++) {
        expect(await store.use(`${use}`, UNTIL, NOW)).toBe(true);
        await nextTurn();
      }
      expect(client.log).toHaveLength(202);
    });

    test('starts no purge while one is running', async () => {
      const client = scripted();
      let uses = 0;
      const block = (target: Record<string, unknown>, method: string) => {
        const run = target[method] as (...values: unknown[]) => Promise<unknown>;
        target[method] = (...values: unknown[]) => {
          const isPurge = JSON.stringify(values).includes('DELETE');
          if (!isPurge) uses++;
          const result = run(...values);
          return isPurge ? new Promise(() => {}) : result;
        };
      };
      block(client.postgres, 'query');
      block(client.mysql, 'query');
      block(client.libsql, 'execute');
      const store = open(client);
      for (let use = 0; use < 300; use++) await store.use(`${use}`, UNTIL, NOW);
      expect(uses).toBe(300);
      expect(client.log).toHaveLength(301);
    });

    test.each([0, -1, 1.5, '1; DROP TABLE', undefined])(
      'purges nothing with the limit %s',
      async (limit) => {
        const client = scripted();
        const error = await rejectionOf(open(client).purge(NOW, limit as number));
        expect(error.message).toMatch(/^"limit" must be a positive integer/);
        expect((await rejectionOf(open(client).purge(Number.NaN, 1))).name).toBe('TypeError');
        expect(client.log).toEqual([]);
      },
    );

    test('rejects with ReplayStoreError if a purge of yours fails', async () => {
      const cause = failure({ code: 'ECONNRESET' });
      const error = await rejectionOf(open(scripted(cause)).purge(NOW, 1));
      expect(error).toMatchObject({ code: 'ERR_REPLAY_STORE', cause });
    });
  });
});

test('the replay store in PostgreSQL sends one statement, with digests for identifiers', async () => {
  const client = scripted([]);
  const store = createPostgresReplayStore(client.postgres, { table: 'auth.replay' });
  expect(await store.use('id', UNTIL, NOW)).toBe(false);
  const text =
    'INSERT INTO auth.replay AS stored (id, until) VALUES ($1::text, $2::bigint) ON CONFLICT (id) DO UPDATE SET until = excluded.until WHERE stored.until <= $3::bigint RETURNING id';
  expect(client.log).toEqual([[text, [DIGEST, UNTIL, NOW]]]);
});

test.each(['40001', '40P01'])('PostgreSQL gets a statement again after %s', async (code) => {
  const client = scripted(failure({ code }), failure({ code }), [{}]);
  expect(await createPostgresReplayStore(client.postgres).use('id', UNTIL, NOW)).toBe(true);
  expect(client.log).toHaveLength(3);
});

test('PostgreSQL gets names of statements with `prepare`', async () => {
  const queries: Array<{ name: string }> = [];
  const query = async (statement: never) => ({ rows: [queries.push(statement)] });
  const store = createPostgresReplayStore({ query }, { prepare: true });
  await store.use('id', UNTIL, NOW);
  expect(queries).toEqual([expect.objectContaining({ name: expect.stringMatching(/^jotkit_/) })]);
});

describe('the replay store in MySQL', () => {
  test('inserts, and replaces an expired row only if there is one', async () => {
    const client = scripted(1, 0, 1, 0, 0);
    const store = createMysqlReplayStore(client.mysql as never);
    expect(await store.use('id', UNTIL, NOW)).toBe(true);
    expect(client.words()).toEqual(['INSERT']);
    expect(await store.use('id', UNTIL, NOW)).toBe(true);
    expect(await store.use('id', UNTIL, NOW)).toBe(false);
    expect(client.words()).toEqual(['INSERT', 'INSERT', 'UPDATE', 'INSERT', 'UPDATE']);
    expect(client.log[0]?.[1]).toEqual([Buffer.from(DIGEST), UNTIL]);
  });

  test.each([1213, 1205, 1020])('sends a statement again after error %i', async (errno) => {
    const client = scripted(failure({ errno }), 0, failure({ errno }), 1);
    const store = createMysqlReplayStore(client.mysql as never);
    expect(await store.use('id', UNTIL, NOW)).toBe(true);
    expect(client.words()).toEqual(['INSERT', 'INSERT', 'UPDATE', 'UPDATE']);
  });
});

describe('the replay store in Redis', () => {
  test('passes the end, the time, a name of the call and the expiry of the key', async () => {
    const client = scripted();
    const store = createRedisReplayStore(client.redis, { prefix: 'p:' });
    await store.use('id', UNTIL, NOW);
    await store.use('id', UNTIL, NOW);
    const values = [String(UNTIL), String(NOW), expect.any(String), '130000'];
    expect(client.log).toEqual([
      [`p:${DIGEST}`, values],
      [`p:${DIGEST}`, values],
    ]);
    expect(client.log[0]?.[1][2]).not.toBe(client.log[1]?.[1][2]);
  });

  test.each([null, undefined, '0', 2, []])('treats the reply %s as used', async (reply) => {
    const store = createRedisReplayStore({ eval: async () => reply });
    expect(await store.use('id', UNTIL, NOW)).toBe(false);
  });
});

test.each([
  ['client', 'PostgreSQL', createPostgresReplayStore],
  ['client', 'MySQL', createMysqlReplayStore],
  ['client', 'Redis', createRedisReplayStore],
  ['database', 'SQLite', createSqliteReplayStore],
])('rejects a wrong "%s" of %s', (name, _, create) => {
  for (const client of [undefined, null, {}, 'postgres://localhost']) {
    const error = errorOf(() => create(client as never));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
    expect(error.message).toContain(`"${name}" must have`);
  }
});
