import { randomUUID } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { AuthError } from '../../src/http/index.ts';
import { createLogoutTokenVerifier } from '../../src/profiles/index.ts';
import { createBackchannelLogout } from '../../src/sessions/backchannel-logout.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { createSqliteStore } from '../../src/sessions/stores/sqlite.ts';
import { tokenOf } from '../fixtures/tokens.ts';
import {
  logoutRequest,
  logoutToken,
  PROVIDER,
  runBackchannelLogout,
  setupLogout,
} from './backchannel.ts';
import { START_MS } from './setup.ts';

type Database = Parameters<typeof createSqliteStore>[0] & { close(): void };

/** From Node.js 22.5, later than the types that are installed. */
const sqlite = process.getBuiltinModule?.('node:sqlite') as unknown as
  | { DatabaseSync: new (path: string) => Database }
  | undefined;

test('ends the sessions of a memory store', () =>
  runBackchannelLogout(createMemoryStore(), randomUUID()));

test.skipIf(!sqlite)('ends the sessions of an SQLite store', async () => {
  if (!sqlite) return;
  const database = new sqlite.DatabaseSync(':memory:');
  const store = createSqliteStore(database);
  await store.createTable();
  await runBackchannelLogout(store, randomUUID());
  database.close();
});

const setup = () => setupLogout(createMemoryStore(), START_MS);
const valid = logoutToken({ sub: 'ada', sid: 's' }, START_MS);

async function bodyOf(response: Response) {
  expect(response.headers.get('cache-control')).toBe('no-store');
  return { status: response.status, ...(JSON.parse((await response.text()) || '{}') as object) };
}

describe('the handler of back-channel logouts', () => {
  it('responds with 200 and an empty body to a logout token', async () => {
    const response = await setup().handle(logoutRequest({ logout_token: valid }));
    expect(await bodyOf(response)).toEqual({ status: 200 });
  });

  it('responds with 400 and the reason to an invalid token', async () => {
    const { handle } = setup();
    const cases = {
      'a.b': 'token_malformed',
      [logoutToken({ sub: 'ada', nonce: 'n' }, START_MS)]: 'token_kind',
      [logoutToken({ sub: 'ada', aud: 'other' }, START_MS)]: 'claim_mismatch',
      [logoutToken({}, START_MS)]: 'claim_missing',
      [logoutToken({ sub: 'ada' }, START_MS - 400_000)]: 'claim_expired',
      [tokenOf({ sub: 'ada' }, { typ: 'JWT' })]: 'header_typ',
    };
    for (const [token, reason] of Object.entries(cases)) {
      const body = await bodyOf(await handle(logoutRequest({ logout_token: token })));
      expect(body).toMatchObject({ status: 400, error: 'invalid_request', reason });
      expect(JSON.stringify(body)).not.toContain(token);
    }
  });

  it('reads a form only, of limited size, with one token', async () => {
    const { handle } = setup();
    const post = (body: string, type = 'application/x-www-form-urlencoded') =>
      new Request('https://shop.example/', {
        method: 'POST',
        body,
        headers: { 'content-type': type },
      });
    const statusOf = async (request: Request) => (await bodyOf(await handle(request))).status;
    expect(await statusOf(post(`logout_token=${valid}`))).toBe(200);
    expect(await statusOf(post(JSON.stringify({ logout_token: valid }), 'application/json'))).toBe(
      415,
    );
    expect(await statusOf(post(`logout_token=${valid}`, 'text/plain'))).toBe(415);
    expect(await statusOf(post(''))).toBe(400);
    expect(await statusOf(post(`logout_token=${valid}&logout_token=${valid}`))).toBe(400);
    expect(await statusOf(post(`a=&${'b=&'.repeat(200)}logout_token=${valid}`))).toBe(400);
    expect(await statusOf(post(`logout_token=${'a'.repeat(300_000)}`))).toBe(413);
  });

  it.each(['GET', 'HEAD', 'PUT'])('responds with 405 to %s', async (method) => {
    const response = await setup().handle(new Request('https://shop.example/', { method }));
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('responds with 503 if the keys of the provider cannot be fetched', async () => {
    const { sessions } = setup();
    const source = async () => Promise.reject(new Error('provider down'));
    const clock = () => START_MS;
    const verify = createLogoutTokenVerifier(source, { issuer: PROVIDER, clientId: 'shop', clock });
    const handle = createBackchannelLogout({ verify, sessions });
    const response = await handle(logoutRequest({ logout_token: valid }));
    expect(await bodyOf(response)).toMatchObject({ status: 503 });
  });

  it('ends a session that was created up to 60 seconds after the token', async () => {
    const { sessions, time, handle } = setup();
    for (const ms of [0, 59_999, 60_000]) {
      time.now = START_MS + ms;
      await sessions.issue('ada', { upstream: 's' });
    }
    expect((await handle(logoutRequest({ logout_token: valid }))).status).toBe(200);
    const left = (await sessions.list('ada')).map(({ createdAt }) => createdAt.getTime());
    expect(left).toEqual([START_MS + 60_000]);
  });

  it('ends the rest at the next attempt if the store failed between two sessions', async () => {
    const { sessions, verify } = setup();
    await sessions.issue('ada', { upstream: 's' });
    await sessions.issue('ada');
    let calls = 0;
    const revoke: typeof sessions.revoke = async (name) => {
      if (++calls === 1) throw Object.assign(new Error('lost'), { code: 'ERR_X' });
      return sessions.revoke(name);
    };
    const handle = createBackchannelLogout({ verify, sessions: { list: sessions.list, revoke } });
    await expect(handle(logoutRequest({ logout_token: valid }))).rejects.toThrow('lost');
    expect((await handle(logoutRequest({ logout_token: valid }))).status).toBe(200);
    expect(await sessions.list('ada')).toEqual([]);
  });
});

describe('userOf', () => {
  it('names the user in place of sub', async () => {
    const { sessions, verify } = setup();
    await sessions.issue(42, { upstream: 's' });
    await sessions.issue('ada', { upstream: 's' });
    const userOf = async ({ sub }: { sub?: string | undefined }) => (sub === 'ada' ? 42 : null);
    const handle = createBackchannelLogout({ verify, sessions, userOf });
    expect((await handle(logoutRequest({ logout_token: valid }))).status).toBe(200);
    expect(await sessions.list(42)).toEqual([]);
    expect(await sessions.list('ada')).toHaveLength(1);
  });

  it('must find a user: otherwise the response is 400, and no session of "sub" ends', async () => {
    const { sessions, verify } = setup();
    await sessions.issue('ada', { upstream: 's' });
    for (const user of [null, undefined]) {
      const handle = createBackchannelLogout({ verify, sessions, userOf: () => user });
      const body = await bodyOf(await handle(logoutRequest({ logout_token: valid })));
      expect(body).toMatchObject({ status: 400, error: 'invalid_request' });
    }
    expect(await sessions.list('ada')).toHaveLength(1);
  });

  it('is needed for a token without sub', async () => {
    const { sessions, verify, handle } = setup();
    await sessions.issue('ada', { upstream: 's' });
    const request = () => logoutRequest({ logout_token: logoutToken({ sid: 's' }, START_MS) });
    expect(await bodyOf(await handle(request()))).toMatchObject({ status: 400 });
    const users = new Map([['s', 'ada']]);
    const userOf = ({ sid = '' }) => users.get(sid);
    const own = createBackchannelLogout({ verify, sessions, userOf });
    expect((await own(request())).status).toBe(200);
    expect(await sessions.list('ada')).toEqual([]);
  });

  it('responds with 400 to a "sub" that no store can hold', async () => {
    const { handle } = setup();
    for (const sub of ['a'.repeat(256), 'a\0b']) {
      const token = logoutToken({ sub }, START_MS);
      expect(await bodyOf(await handle(logoutRequest({ logout_token: token })))).toMatchObject({
        status: 400,
      });
    }
  });

  it('throws its error, except an AuthError, which becomes the response', async () => {
    const { sessions, verify } = setup();
    const handlerFor = (error: unknown) =>
      createBackchannelLogout({ verify, sessions, userOf: () => Promise.reject(error) });
    const request = () => logoutRequest({ logout_token: valid });
    await expect(handlerFor(new Error('bug'))(request())).rejects.toThrow('bug');
    const response = await handlerFor(new AuthError('forbidden'))(request());
    expect(await bodyOf(response)).toMatchObject({ status: 403 });
  });
});

describe('an option of createBackchannelLogout', () => {
  const { sessions, verify } = setup();

  it.each([
    [{ verify }, /"sessions" is missing/],
    [{ sessions }, /"verify" is missing/],
    [{ sessions: {}, verify }, /"sessions" must be an object with list, revoke/],
    [{ sessions, verify, userOf: undefined }, /"userOf" must be a function/],
    [{ sessions, verify, users: 1 }, /"users" is not an option/],
  ])('is checked: case %#', (options, message) => {
    const create = () => createBackchannelLogout(options as never);
    expect(create).toThrow(expect.objectContaining({ code: 'ERR_OPTION_INVALID' }));
    expect(create).toThrow(message);
  });

  it.each([{ sub: 'ada' }, { sub: 'ada', iat: '1' }, { sub: 'ada', iat: 1, sid: 1 }, undefined])(
    'is rejected at the first token if "verify" returns %j',
    async (claims) => {
      const verify = async () => claims as never;
      const handle = createBackchannelLogout({ sessions, verify });
      const call = handle(logoutRequest({ logout_token: valid }));
      await expect(call).rejects.toThrow(/"verify" must return the claims of a logout token/);
    },
  );
});
