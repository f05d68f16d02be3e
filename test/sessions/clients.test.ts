import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { createPostgresStore } from '../../src/sessions/stores/postgres.ts';
import { createRedisStore } from '../../src/sessions/stores/redis.ts';
import { scripts } from '../../src/sessions/stores/redis-scripts.ts';
import { createSqliteStore } from '../../src/sessions/stores/sqlite.ts';
import { rejectionOf, settled } from '../fixtures/outcome.ts';

const digestOf = (script: string) => createHash('sha1').update(script).digest('hex');

describe('the PostgreSQL store', () => {
  /** Fails as often as it is told, and remembers what it was asked. */
  function client(failures: number, code: string) {
    const asked: Array<{ text: string; values: unknown[] | undefined }> = [];
    const query = async (text: string, values?: unknown[]) => {
      asked.push({ text, values });
      if (asked.length <= failures) throw Object.assign(new Error('refused'), { code });
      return { rows: [{ sid: 'x' }] };
    };
    return { asked, query };
  }

  test.each(['40001', '40P01'])(
    'tries a statement again after %s, which did nothing',
    async (code) => {
      const pool = client(2, code);
      expect(await createPostgresStore(pool).revoke('ada', 'x')).toBe(true);
      expect(pool.asked).toHaveLength(3);
    },
  );

  test('tries nothing again whose outcome is not known', async () => {
    const pool = client(1, '57P01');
    await rejectionOf(createPostgresStore(pool).revoke('ada', 'x'));
    expect(pool.asked).toHaveLength(1);
  });

  test('sends values beside the text, never in it, and no name for the statement', async () => {
    const pool = client(0, '');
    await createPostgresStore(pool, { table: 'auth.sessions' }).revoke("a'; --", 'x');
    expect(pool.asked).toEqual([
      {
        text: 'DELETE FROM auth.sessions WHERE uid = $1::text AND sid = $2::text RETURNING sid',
        values: ["a'; --", 'x'],
      },
    ]);
  });
});

describe('the Redis store', () => {
  test.each(['ioredis', 'node-redis'])(
    'sends %s a script that the server does not know',
    async (kind) => {
      const calls: unknown[][] = [];
      const noscript = async (...args: unknown[]) => {
        calls.push(['digest', ...args]);
        throw new Error('NOSCRIPT No matching script.');
      };
      const evaluate = async (...args: unknown[]) => {
        calls.push(['text', ...args]);
        return 1;
      };
      const clients = {
        ioredis: { evalsha: noscript, eval: evaluate },
        'node-redis': { evalSha: noscript, eval: evaluate },
      };
      const store = createRedisStore(clients[kind as 'ioredis'], { prefix: 'p:' });
      expect(await store.revoke('ada', 'x')).toBe(true);
      const values =
        kind === 'ioredis' ? [1, 'p:ada', 'x'] : [{ keys: ['p:ada'], arguments: ['x'] }];
      expect(calls).toEqual([
        ['digest', digestOf(scripts.revoke), ...values],
        ['text', scripts.revoke, ...values],
      ]);
    },
  );

  test('takes any other failure for what it is', async () => {
    const down = async () => Promise.reject(new Error('connection lost'));
    const text = async () => 1;
    const store = createRedisStore({ evalsha: down, eval: text });
    expect((await rejectionOf(store.revoke('ada', 'x'))).message).toBe('connection lost');
  });

  test('takes a bare function that runs a script with keys and values', async () => {
    const run = async (...args: unknown[]) => (args[0] === scripts.revokeAll ? 2 : null);
    expect(await createRedisStore({ eval: run }).revokeAll('ada')).toBe(2);
  });
});

test('the memory store warns once, where it would be a mistake', async () => {
  const warnings: Array<{ code?: string }> = [];
  const listen = (warning: { code?: string }) => warnings.push(warning);
  process.on('warning', listen);
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = 'production';
  createMemoryStore();
  createMemoryStore();
  process.env.NODE_ENV = NODE_ENV;
  await settled();
  process.off('warning', listen);
  expect(warnings.map(({ code }) => code)).toEqual(['JOTKIT_MEMORY_STORE']);
});

test('the SQLite store leaves a busy timeout alone that is there', async () => {
  const asked: string[] = [];
  const database = (timeout: number) => ({
    prepare(sql: string) {
      asked.push(sql);
      return { get: () => ({ timeout }), all: () => [], run: () => undefined };
    },
  });
  createSqliteStore(database(0));
  createSqliteStore(database(100));
  const read = 'PRAGMA busy_timeout';
  expect(asked).toEqual([read, 'PRAGMA busy_timeout = 5000', read]);
});
