/** Checks what the MySQL store does with errors and results that a server gives rarely. */

import { describe, expect, test } from 'vitest';
import { newRefresh, newSession, newToken } from '../../src/sessions/stores/law-clients.ts';
import {
  createMysqlStore,
  type MysqlClient,
  type MysqlPool,
  type MysqlResult,
} from '../../src/sessions/stores/mysql.ts';
import { errorOf, rejectionOf } from '../fixtures/outcome.ts';

type Reply = MysqlResult | Error | readonly unknown[];

const failure = (errno: number) => Object.assign(new Error('failed'), { errno });
const ONE: MysqlResult = { affectedRows: 1, insertId: 1 };
const FULL: MysqlResult = { rows: [{ total: 9n, expired: 0n }] };

/** A client that gives the replies in turn, and records what it receives. */
function scripted(...replies: Reply[]) {
  const log: Array<[text: string, values?: unknown[]]> = [];
  const next = async (text: string, values?: unknown[]) => {
    log.push(values ? [text, values] : [text]);
    const reply = replies.shift() ?? ONE;
    if (reply instanceof Error) throw reply;
    return reply as MysqlResult;
  };
  const control = (name: string) => async () => void (await next(name));
  const connection = {
    execute: ({ sql }: { sql: string }, values: unknown[]) => next(sql, values),
    beginTransaction: async () => void log.push(['BEGIN']),
    commit: control('COMMIT'),
    rollback: control('ROLLBACK'),
    release: async () => void log.push(['release']),
    destroy: () => void log.push(['destroy']),
  };
  const pool = { ...connection, getConnection: async () => connection } as unknown as MysqlPool;
  const client: MysqlClient = {
    query: next,
    transaction: (work) => work({ query: next }),
  };
  const words = () => log.map(([text]) => text.trim().split(/\s/)[0]);
  return { pool, client, log, words };
}

const session = newSession(newToken(), { uid: 'ada', sid: 'new' });
const limits = { now: session.idleEndsAt - 1, max: 1 };
const lockedRow = (sid: string, refreshedAt: number) => ({
  ...{ sid, refreshed_at: refreshedAt, ended_at: null },
  ...{ idle_ends_at: session.idleEndsAt, ends_at: session.endsAt },
});
const LOCKED: MysqlResult = { rows: [lockedRow('new', 1), lockedRow('old', 2)] };

describe('the MySQL store', () => {
  test('sends strings as bytes, apart from the text', async () => {
    const { client, log } = scripted();
    await createMysqlStore(client, { table: 'auth.sessions' }).revoke("ä'; --", 'x');
    const text = 'DELETE FROM auth.sessions WHERE uid = ? AND sid = ?';
    expect(log).toEqual([[text, [Buffer.from("ä'; --"), Buffer.from('x')]]]);
  });

  test.each([1213, 1205, 1020])('sends a statement again after error %i', async (errno) => {
    const wrapped = Object.assign(new Error('of a query builder'), { cause: failure(errno) });
    const { client, log } = scripted(failure(errno), wrapped);
    expect(await createMysqlStore(client).revoke('ada', 'x')).toBe(true);
    expect(log).toHaveLength(3);
  });

  test('sends no statement again whose effect is not known', async () => {
    const { client, log } = scripted(failure(2013));
    await rejectionOf(createMysqlStore(client).revoke('ada', 'x'));
    expect(log).toHaveLength(1);
  });

  test('does not lock the rows of a user who has space for the login', async () => {
    const { pool, words } = scripted(ONE, { rows: [{ total: '1', expired: 0 }] });
    expect(await createMysqlStore(pool).issue(session, limits)).toEqual({ evicted: [] });
    expect(words()).toEqual(['REPLACE', 'SELECT']);
  });

  test('rolls back a trim that fails and trims again after a deadlock', async () => {
    const { pool, words } = scripted(ONE, FULL, failure(1213), ONE, LOCKED);
    expect(await createMysqlStore(pool).issue(session, limits)).toEqual({ evicted: ['old'] });
    const trims = ['SELECT', 'ROLLBACK', 'release', 'BEGIN', 'SELECT', 'DELETE', 'COMMIT'];
    expect(words()).toEqual(['REPLACE', 'SELECT', 'BEGIN', ...trims, 'release']);
  });

  test('closes a connection that cannot roll back', async () => {
    const { pool, words } = scripted(ONE, FULL, failure(2013), failure(2013));
    const error = await rejectionOf(createMysqlStore(pool).issue(session, limits));
    expect(error).toMatchObject({ errno: 2013 });
    expect(words().slice(-2)).toEqual(['ROLLBACK', 'destroy']);
  });

  test('ends expired sessions without reporting them, and ended ones before live ones', async () => {
    const expired = { ...lockedRow('expired', 9), idle_ends_at: limits.now };
    const ended = { ...lockedRow('ended', 9), ended_at: 9n };
    const rows = [ended, expired, lockedRow('live', 1), lockedRow('new', 1), lockedRow('used', 5)];
    const { client, log } = scripted(ONE, FULL, { rows });
    const { evicted } = await createMysqlStore(client).issue(session, { ...limits, max: 2 });
    expect(evicted).toEqual(['live']);
    const deleted = log.slice(3).map(([, values]) => String(values?.[1]));
    expect(deleted).toEqual(['live', 'ended', 'expired']);
  });

  describe('reads from the result of a refresh', () => {
    const NOW = 1_700_000_000_000;
    const rotate = (now: number | null, ...replies: Reply[]) => {
      const { client, words } = scripted(...replies);
      const { request } = newRefresh(session, newToken(), { now, idle: 1000 });
      return { outcome: createMysqlStore(client).rotate(request), words };
    };

    test('the time of the database, from which the idle end follows', async () => {
      const { outcome } = rotate(null, { affectedRows: '1', insertId: BigInt(2 * NOW) });
      const times = { refreshedAt: NOW, idleEndsAt: NOW + 1000 };
      expect(await outcome).toEqual({ kind: 'rotated', ...times });
    });

    test.each([
      ['its own lifetime', { idle: 500n, ends_at: NOW + 9000 }, 500],
      ['its absolute end', { idle: 9000, ends_at: NOW + 300 }, 300],
    ])('the time, and from the row of a session %s', async (_, row, lifetime) => {
      const result = { affectedRows: 1, insertId: 2 * NOW + 1 };
      const { outcome, words } = rotate(null, result, { rows: [row] });
      const times = { refreshedAt: NOW, idleEndsAt: NOW + lifetime };
      expect(await outcome).toEqual({ kind: 'rotated', ...times });
      expect(words()).toEqual(['UPDATE', 'SELECT']);
    });

    test('that the session has ended since', async () => {
      const result = { affectedRows: 1, insertId: 2 * NOW + 1 };
      const { outcome } = rotate(null, result, { rows: [] }, { rows: [] });
      expect(await outcome).toEqual({ kind: 'unknown' });
    });

    test('the idle end, if the request has a time', async () => {
      const { outcome, words } = rotate(NOW, { affectedRows: 1, insertId: NOW + 400 });
      expect(await outcome).toEqual({ kind: 'rotated', refreshedAt: NOW, idleEndsAt: NOW + 400 });
      expect(words()).toEqual(['UPDATE']);
    });
  });

  const columns = { uid: Buffer.from('ada'), slot: 's', upstream: null, generation: 1, meta: null };
  const times = { created_at: 1n, refreshed_at: '1', idle_ends_at: 2, ends_at: 2 };
  const rest = { current: 'c', previous: '', sealed: '', burst_start: 1, idle: 1, ended_at: null };
  const row = { ...columns, ...times, ...rest, sid: new Uint8Array(Buffer.from('ä')) };

  test.each([
    ['mysql2', [[row], []]],
    ['mariadb', [row]],
  ])('reads the rows of %s', async (_, reply) => {
    const { pool } = scripted(reply);
    const [found] = await createMysqlStore(pool).list('ada', 0);
    const names = { uid: 'ada', sid: 'ä', slot: 's', upstream: null, meta: null };
    const numbers = { generation: 1, createdAt: 1, refreshedAt: 1, idleEndsAt: 2, endsAt: 2 };
    expect(found).toEqual({ ...names, ...numbers });
  });

  test('reads no rows as none', async () => {
    const { pool } = scripted([], [[], []]);
    const store = createMysqlStore(pool);
    expect([await store.list('ada', 0), await store.get('ada', 'x', 0)]).toEqual([[], null]);
  });

  test.each<[string, Reply, (store: ReturnType<typeof createMysqlStore>) => Promise<unknown>]>([
    ['rows', ONE, (store) => store.list('ada', 0)],
    ['affectedRows', { insertId: 1 }, (store) => store.revoke('ada', 'x')],
    ['affectedRows', [undefined, undefined], (store) => store.revoke('ada', 'x')],
    [
      'insertId',
      { affectedRows: 1 },
      (store) => store.rotate(newRefresh(session, newToken(), { now: null }).request),
    ],
  ])('rejects a result without %s', async (name, reply, run) => {
    const { pool } = scripted(reply);
    const error = await rejectionOf(run(createMysqlStore(pool)));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
    expect(error.message).toContain(name);
  });

  test.each([0, -1, 1.5, '1; DROP TABLE', undefined])(
    'purges nothing with the limit %s',
    async (limit) => {
      const { client, log } = scripted();
      const error = await rejectionOf(createMysqlStore(client).purge(0, limit as number));
      expect(error.message).toMatch(/^"limit" must be a positive integer/);
      expect(log).toEqual([]);
    },
  );

  test.each([
    ['a connection', { execute: async () => [], query: async () => [] }],
    ['a function', async () => []],
    ['nothing', undefined],
  ])('rejects %s instead of a pool', (_, client) => {
    const error = errorOf(() => createMysqlStore(client as unknown as MysqlPool));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
    expect(error.message).toMatch(/^"client" must have the methods getConnection and execute/);
  });
});
