import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { RotateRequest, SessionRow } from '../../src/sessions/index.ts';
import { newRow } from '../../src/sessions/rotate-row.ts';
import { NOW_MS, newRefresh, newSession, newToken } from '../../src/sessions/stores/law-clients.ts';
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

  test('rejects rows whose columns the client renamed', async () => {
    const row = { refreshedAt: 1, idleEndsAt: 2, sid: 'x' };
    const store = createPostgresStore({ query: async () => ({ rows: [row] }) });
    const { request } = newRefresh(newSession(newToken()), newToken());
    const code = 'ERR_OPTION_INVALID';
    expect(await rejectionOf(store.rotate(request))).toMatchObject({
      code,
      message: expect.stringContaining('rows with the column "refreshed_at"'),
    });
    expect((await rejectionOf(store.list('ada', 0))).code).toBe(code);
  });

  test('sends values apart from the text, without a name', async () => {
    const client = failingClient(0, '');
    await createPostgresStore(client, { table: 'auth.sessions' }).revoke("a'; --", 'x');
    const text = 'DELETE FROM auth.sessions WHERE uid = $1::text AND sid = $2::text RETURNING sid';
    expect(client.queries).toEqual([[text, ["a'; --", 'x']]]);
  });
});

test('a SQL store sends nothing after its signal is aborted', async () => {
  const commands: unknown[] = [];
  const controller = new AbortController();
  const store = createPostgresStore({
    async query(text) {
      commands.push(/[A-Z]+/.exec(text)?.[0]);
      controller.abort(new Error('too late'));
      return { rows: [] };
    },
  });
  const session = newSession(newToken());
  const { request } = newRefresh(session, newToken());
  expect((await rejectionOf(store.rotate(request, controller.signal))).message).toBe('too late');
  expect(commands).toEqual(['UPDATE']);
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

  test('sends a row and a request as JSON, under the key of the user', async () => {
    const calls: unknown[][] = [];
    const client = {
      async eval(...call: unknown[]) {
        calls.push(call);
        return call[0] === scripts.issue ? ['old'] : '{"kind":"reuse","behind":2}';
      },
    };
    const store = createRedisStore(client, { prefix: 'p:' });
    const [names, token] = [{ uid: 'ada', sid: 'x' }, newToken()];
    const session = newSession(token, names);
    expect(await store.issue(session, { now: NOW_MS, max: 9 })).toEqual({ evicted: ['old'] });
    const { request } = newRefresh(session, token, { now: null });
    expect(await store.rotate(request)).toEqual({ kind: 'reuse', behind: 2 });
    const withoutIds = ({ uid, sid, ...rest }: SessionRow | RotateRequest) => JSON.stringify(rest);
    expect(calls).toEqual([
      [scripts.issue, ['p:ada'], ['x', withoutIds(newRow(session, NOW_MS)), `${NOW_MS}`, '9']],
      [scripts.rotate, ['p:ada'], ['x', withoutIds(request)]],
    ]);
  });

  test.each([null, undefined])('treats the reply %s as no session', async (nil) => {
    expect(await createRedisStore({ eval: async () => nil }).get('ada', 'x', 0)).toBeNull();
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
