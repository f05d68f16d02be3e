import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { createPostgresStore } from '../../src/sessions/stores/postgres.ts';
import { createRedisStore } from '../../src/sessions/stores/redis.ts';
import { scripts } from '../../src/sessions/stores/redis-scripts.ts';
import { createSqliteStore } from '../../src/sessions/stores/sqlite.ts';
import { rejectionOf } from '../fixtures/outcome.ts';

describe('the PostgreSQL store', () => {
  /** A client whose first queries fail with `code`. */
  function failingClient(failures: number, code: string) {
    const queries: unknown[][] = [];
    const query = async (...query: unknown[]) => {
      queries.push(query);
      if (queries.length <= failures) throw Object.assign(new Error('failed'), { code });
      return { rows: [{ sid: 'x' }] };
    };
    return { queries, query };
  }

  test.each(['40001', '40P01'])('sends a statement again after %s', async (code) => {
    const client = failingClient(2, code);
    expect(await createPostgresStore(client).revoke('ada', 'x')).toBe(true);
    expect(client.queries).toHaveLength(3);
  });

  test('sends no statement again whose effect is not known', async () => {
    const client = failingClient(1, '57P01');
    await rejectionOf(createPostgresStore(client).revoke('ada', 'x'));
    expect(client.queries).toHaveLength(1);
  });

  test('sends values apart from the text, without a name', async () => {
    const client = failingClient(0, '');
    await createPostgresStore(client, { table: 'auth.sessions' }).revoke("a'; --", 'x');
    const text = 'DELETE FROM auth.sessions WHERE uid = $1::text AND sid = $2::text RETURNING sid';
    expect(client.queries).toEqual([[text, ["a'; --", 'x']]]);
  });
});

describe('the Redis store', () => {
  test.each(['ioredis', 'node-redis'] as const)(
    'sends %s the script after NOSCRIPT',
    async (kind) => {
      const calls: unknown[][] = [];
      const bySha = async (...args: unknown[]) => {
        calls.push(args);
        throw new Error('NOSCRIPT No matching script.');
      };
      const byText = async (...args: unknown[]) => calls.push(args);
      const clients = {
        ioredis: { evalsha: bySha, eval: byText },
        'node-redis': { evalSha: bySha, eval: byText },
      };
      const store = createRedisStore(clients[kind as 'ioredis'], { prefix: 'p:' });
      expect(await store.revoke('ada', 'x')).toBe(true);
      const rest = kind === 'ioredis' ? [1, 'p:ada', 'x'] : [{ keys: ['p:ada'], arguments: ['x'] }];
      const sha = createHash('sha1').update(scripts.revoke).digest('hex');
      expect(calls).toEqual([
        [sha, ...rest],
        [scripts.revoke, ...rest],
      ]);
    },
  );

  test('rejects with any other error of the client', async () => {
    const down = async () => Promise.reject(new Error('connection lost'));
    const store = createRedisStore({ evalsha: down, eval: async () => 1 });
    expect((await rejectionOf(store.revoke('ada', 'x'))).message).toBe('connection lost');
  });

  test('accepts an object with eval only', async () => {
    const run = async (script: string) => (script === scripts.revokeAll ? 2 : null);
    expect(await createRedisStore({ eval: run }).revokeAll('ada')).toBe(2);
  });
});

test('the memory store warns once if NODE_ENV is production', async () => {
  const warnings: Array<{ code?: string }> = [];
  const listen = (warning: { code?: string }) => warnings.push(warning);
  process.on('warning', listen);
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = 'production';
  createMemoryStore();
  createMemoryStore();
  process.env.NODE_ENV = NODE_ENV;
  await nextTurn();
  process.off('warning', listen);
  expect(warnings.map(({ code }) => code)).toEqual(['JOTKIT_MEMORY_STORE']);
});

test('the SQLite store keeps a busy timeout that you set', () => {
  const statements: string[] = [];
  const database = (timeout: number) => ({
    prepare(sql: string) {
      statements.push(sql);
      return { get: () => ({ timeout }), all: () => [], run: () => undefined };
    },
  });
  createSqliteStore(database(0));
  createSqliteStore(database(100));
  const read = 'PRAGMA busy_timeout';
  expect(statements).toEqual([read, 'PRAGMA busy_timeout = 5000', read]);
});
