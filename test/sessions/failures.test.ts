/** Checks each row of the failure table on stores that fail in its way. */

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { tokenCookies } from '../../src/http/token-cookies.ts';
import { createSessionHandlers } from '../../src/sessions/handlers.ts';
import type { SessionStore, SessionsOptions } from '../../src/sessions/index.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { cookiesOf } from './end-to-end.ts';
import { DAY_MS, ISSUER, MINUTE_MS, refreshKey, setup } from './setup.ts';

function setupServer(given: Partial<SessionsOptions> = {}) {
  const created = setup(given);
  const cookies = tokenCookies({ clock: () => created.time.now });
  const handlers = createSessionHandlers({ sessions: created.sessions, cookies });
  const post = (path: string, cookie = '') => {
    const headers = { 'sec-fetch-site': 'same-origin', cookie };
    return new Request(`${ISSUER}/auth/${path}`, { method: 'POST', headers });
  };
  return {
    ...created,
    login: () => handlers.login(post('login'), 'ada'),
    refresh: (cookie: string) => handlers.refresh(post('refresh', cookie)),
  };
}

/** Returns a store that commits a rotation and loses its response while `lost` is true. */
function lossyStore() {
  const store = createMemoryStore();
  const network = { lost: false };
  const lossy: SessionStore = {
    ...store,
    async rotate(request) {
      const outcome = await store.rotate(request);
      if (network.lost) throw new Error('connection reset');
      return outcome;
    },
  };
  return { store: lossy, network };
}

const refreshCookieOf = (cookie: string) => cookie.split('; ')[1];
const reasonOf = async (response: Response) => {
  const { status } = response;
  const { reason } = (await response.json()) as { reason?: string };
  return { status, reason, retry: response.headers.get('retry-after') };
};
const large = { note: 'x'.repeat(5000) };

describe('a store', () => {
  test('that is silent causes 503 within the time limit, and keeps the cookies', async () => {
    const { store } = lossyStore();
    const silent = { ...store, rotate: () => new Promise<never>(() => {}) };
    const { login, refresh, events } = setupServer({ store: silent, storeTimeout: '1s' });
    const cookie = cookiesOf(await login());
    const start = performance.now();
    const response = await refresh(cookie);
    expect(performance.now() - start).toBeLessThan(3000);
    expect(response.headers.getSetCookie()).toEqual([]);
    const expected = { status: 503, reason: 'session_unavailable', retry: '5' };
    expect(await reasonOf(response)).toEqual(expected);
    const cause = expect.objectContaining({ name: 'TimeoutError' });
    expect(events.at(-1)).toEqual({ type: 'unavailable', operation: 'rotate', cause });
  });

  test('that loses a response has the same successor for a retry within the grace', async () => {
    const { store, network } = lossyStore();
    const { login, refresh, time, events } = setupServer({ store });
    const cookie = cookiesOf(await login());
    network.lost = true;
    expect((await refresh(cookie)).status).toBe(503);
    network.lost = false;
    time.now += 29_999;
    const [one, two] = [await refresh(cookie), await refresh(cookie)].map(cookiesOf);
    expect(refreshCookieOf(one ?? '')).toBe(refreshCookieOf(two ?? ''));
    expect(events.at(-1)).toMatchObject({ type: 'refresh', again: true, late: 29_999 });
  });

  test('that loses a response ends the session at a later retry, one refresh behind', async () => {
    const { store, network } = lossyStore();
    const { login, refresh, time, events } = setupServer({ store });
    const cookie = cookiesOf(await login());
    network.lost = true;
    await refresh(cookie);
    network.lost = false;
    time.now += 30_000;
    const expected = { status: 401, reason: 'session_reused', retry: null };
    expect(await reasonOf(await refresh(cookie))).toEqual(expected);
    expect(events.at(-1)).toMatchObject({ type: 'reuse', behind: 1 });
  });

  test('that ends a session after the time limit reports the theft all the same', async () => {
    const store = createMemoryStore();
    let isSlow = false;
    const slow: SessionStore = {
      ...store,
      async rotate(request) {
        if (isSlow) await sleep(1100);
        return store.rotate(request);
      },
    };
    const { sessions, events } = setup({
      ...{ store: slow, storeTimeout: '1s' },
      refresh: { key: refreshKey, grace: 0 },
    });
    const { refresh } = await sessions.issue('ada');
    await sessions.refresh(refresh);
    isSlow = true;
    const error = await rejectionOf(sessions.refresh(refresh));
    expect(error.code).toBe('ERR_SESSION_UNAVAILABLE');
    await sleep(200);
    expect(events.slice(2).map(({ type }) => type)).toEqual(['unavailable', 'reuse']);
  });

  test('whose client sends a command again has the same result, also without grace', async () => {
    const store = createMemoryStore();
    const twice: SessionStore = {
      ...store,
      async rotate(request) {
        await store.rotate(request);
        return store.rotate(request);
      },
    };
    const { sessions } = setup({ store: twice, refresh: { key: refreshKey, grace: '0s' } });
    let { refresh } = await sessions.issue('ada');
    for (let turn = 0; turn < 3; turn++) ({ refresh } = await sessions.refresh(refresh));
    expect(await sessions.list('ada')).toHaveLength(1);
  });

  test('that has lost writes ends the session, with one event', async () => {
    const store = createMemoryStore();
    const forgetful: SessionStore = { ...store };
    const { login, refresh, events, sessions, time } = setupServer({ store: forgetful });
    const older = cookiesOf(await login());
    const times = { refreshedAt: time.now, idleEndsAt: time.now + DAY_MS };
    forgetful.rotate = async () => ({ kind: 'rotated', ...times });
    const newer = cookiesOf(await refresh(older));
    forgetful.rotate = store.rotate;
    const reasons: unknown[] = [];
    for (const cookie of [newer, older, newer]) reasons.push(await reasonOf(await refresh(cookie)));
    const ended = { status: 401, retry: null };
    const revoked = { ...ended, reason: 'session_revoked' };
    expect(reasons).toEqual([{ ...ended, reason: 'session_ahead' }, revoked, revoked]);
    expect(await sessions.list('ada')).toEqual([]);
    expect(events.map(({ type }) => type)).toEqual(['issue', 'refresh', 'ahead']);
  });
});

describe('three tabs', () => {
  test('within one burst leave the session live: the last one gets 409', async () => {
    const { login, refresh, events, time } = setupServer();
    const first = cookiesOf(await login());
    const second = cookiesOf(await refresh(first));
    const third = cookiesOf(await refresh(second));
    const late = await refresh(first);
    expect(late.headers.getSetCookie()).toEqual([]);
    const expected = { status: 409, reason: 'session_superseded', retry: '1' };
    expect(await reasonOf(late)).toEqual(expected);
    time.now += MINUTE_MS;
    expect((await refresh(third)).status).toBe(200);
    expect(events.map(({ type }) => type)).toEqual(['issue', 'refresh', 'refresh', 'refresh']);
  });
});

describe('tokens that are too large for cookies', () => {
  test('fail the login before a session exists', async () => {
    const { login, sessions, events } = setupServer({ claims: () => large });
    const error = await rejectionOf(login());
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^cookie "__Host-at" has \d+ bytes/);
    expect([await sessions.list('ada'), events]).toEqual([[], []]);
  });

  test('fail a refresh before the token is replaced, and no later refresh is a reuse', async () => {
    let claims: object = {};
    const { login, refresh, sessions, events, time } = setupServer({ claims: () => claims });
    const cookie = cookiesOf(await login());
    claims = large;
    for (let retry = 0; retry < 3; retry++) {
      await expect(refresh(cookie)).rejects.toThrow('browsers store at most 4096');
      time.now += MINUTE_MS;
    }
    expect(await sessions.list('ada')).toHaveLength(1);
    claims = {};
    expect((await refresh(cookie)).status).toBe(200);
    expect(events.map(({ type }) => type)).toEqual(['issue', 'refresh']);
  });

  test('fail by the size of the refresh token alone, too', async () => {
    const path = `/${'x'.repeat(3900)}`;
    const cookies = tokenCookies({ refresh: { path } });
    const { sessions } = setup();
    const { login } = createSessionHandlers({ sessions, cookies });
    const headers = { 'sec-fetch-site': 'same-origin' };
    const request = new Request(`${ISSUER}${path}/login`, { method: 'POST', headers });
    const error = await rejectionOf(login(request, 'ada'));
    expect(error.message).toMatch(/^cookie "__Secure-rt" has \d+ bytes/);
    expect(await sessions.list('ada')).toEqual([]);
  });
});

describe('a login among refreshes', () => {
  test('lives, and ends the least recently refreshed session', async () => {
    const { sessions, time } = setup({ maxPerUser: 3 });
    await sessions.issue('ada');
    time.now += MINUTE_MS;
    const [a, b] = [await sessions.issue('ada'), await sessions.issue('ada')];
    const [login] = await Promise.all([
      sessions.issue('ada'),
      sessions.refresh(a.refresh),
      sessions.refresh(b.refresh),
    ]);
    const listed = (await sessions.list('ada')).map(({ sid }) => sid);
    expect(listed.sort()).toEqual([a.sid, b.sid, login.sid].sort());
  });
});
