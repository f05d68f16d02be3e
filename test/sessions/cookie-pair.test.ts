import { describe, expect, it, test, vi } from 'vitest';
import { tokenCookies } from '../../src/http/index.ts';
import { createSigner } from '../../src/index.ts';
import { createSessions } from '../../src/sessions/index.ts';
import { cookiesOf } from './end-to-end.ts';
import { clearedCookies, post, setupHandlers, setupLogin, withCookie } from './handlers-setup.ts';
import {
  accessKey,
  DAY_MS,
  failingStore,
  ISSUER,
  MINUTE_MS,
  optionsWith,
  START_MS,
  setup,
} from './setup.ts';

/** The access and the refresh cookie of a login. */
const split = (cookie: string) => cookie.split('; ') as [string, string];

/** Two users of one server: the cookies of one can be planted in the browser of the other. */
async function setupTwo() {
  const created = setupHandlers();
  const login = async (uid: string) => {
    return split(cookiesOf(await created.handlers.login(post('/auth/login'), uid)));
  };
  return { ...created, ada: await login('ada'), eve: await login('eve'), login };
}

const refreshWith = (cookie: string) => withCookie('/auth/refresh', cookie);

describe('nameOf', () => {
  it('returns the session of an access token, also of one that has expired', async () => {
    const { sessions, time } = setup();
    const { access, refresh, uid, sid } = await sessions.issue('ada');
    expect(sessions.nameOf(access)).toEqual({ uid, sid });
    time.now += DAY_MS;
    expect(() => sessions.verifyAccess(access)).toThrow('jwt expired');
    expect(sessions.nameOf(access)).toEqual({ uid, sid });
    const claims = { sub: 'ada', sid: 'x', jti: 'y', iss: ISSUER, aud: 'api' };
    const forged = createSigner(Buffer.alloc(32, 1), { header: { typ: 'at+jwt' } })(claims);
    const other = createSigner(accessKey, { expiresIn: '1h' })(claims);
    for (const token of [refresh, forged, other, 'x', '']) {
      expect(sessions.nameOf(token)).toBeUndefined();
    }
  });

  it('verifies with every key in the list, for sessions whose access key has been rotated', async () => {
    const old = setup({ access: { key: accessKey } });
    const { access, uid, sid } = await old.sessions.issue('ada');
    const fresh = Buffer.alloc(32, 7);
    const rotated = createSessions(optionsWith({ access: { key: [fresh, accessKey] } }));
    const removed = createSessions(optionsWith({ access: { key: fresh } }));
    expect(rotated.nameOf(access)).toEqual({ uid, sid });
    expect(removed.nameOf(access)).toBeUndefined();
  });
});

describe('the pair of cookies', () => {
  test.each<[string, (own: string, planted: string) => string]>([
    ['first', (own, planted) => `${planted}; ${own}`],
    ['last', (own, planted) => `${own}; ${planted}`],
  ])('ignores a refresh cookie of another session that is %s', async (_, order) => {
    const { handlers, sessions, ada, eve } = await setupTwo();
    const cookie = `${ada[0]}; ${order(ada[1], eve[1])}`;
    const response = await handlers.refresh(refreshWith(cookie));
    expect(response.status).toBe(200);
    const [access = ''] = split(cookiesOf(response));
    expect(sessions.nameOf(access.replace('__Host-at=', ''))).toMatchObject({ uid: 'ada' });
    const [before, now] = [await sessions.list('eve'), await sessions.list('ada')];
    expect([before.length, now.length]).toEqual([1, 1]);
  });

  test.each<[string, (ada: [string, string], eve: [string, string]) => string]>([
    ['of another session alone', ([access], [, planted]) => `${access}; ${planted}`],
    ['without an access cookie', ([, own]) => own],
    ['of another user without an access cookie', (_, [, planted]) => planted],
    ['with an access cookie that is not signed', ([, own]) => `__Host-at=a.b.c; ${own}`],
    [
      'with a refresh token as access cookie',
      ([, own]) => `${own.replace('__Secure-rt', '__Host-at')}; ${own}`,
    ],
  ])('rejects a refresh cookie %s', async (_, cookieFor) => {
    const { handlers, sessions, ada, eve } = await setupTwo();
    const response = await handlers.refresh(refreshWith(cookieFor(ada, eve)));
    expect([response.status, response.headers.getSetCookie()]).toEqual([401, []]);
    expect(await response.json()).toMatchObject({ reason: 'token_missing' });
    expect([await sessions.list('ada'), await sessions.list('eve')]).toMatchObject([[{}], [{}]]);
  });

  it('accepts an access cookie that expired as long as the session lasts', async () => {
    const { handlers, time, ada } = await setupTwo();
    time.now += 6 * DAY_MS;
    expect((await handlers.refresh(refreshWith(ada.join('; ')))).status).toBe(200);
  });

  it('uses the newest of two refresh cookies of one session: the path had changed', async () => {
    const { handlers, sessions, time, ada } = await setupTwo();
    const next = split(cookiesOf(await handlers.refresh(refreshWith(ada.join('; ')))));
    time.now += 2 * MINUTE_MS;
    for (const order of [
      [ada[1], next[1]],
      [next[1], ada[1]],
    ]) {
      const response = await handlers.refresh(refreshWith([next[0], ...order].join('; ')));
      expect(response.status).toBe(200);
    }
    expect(await sessions.list('ada')).toHaveLength(1);
  });

  it('has no access cookie with access: false', async () => {
    const { handlers, time } = setupHandlers({}, { cookies: tokenCookies({ access: false }) });
    time.now = Date.now();
    const login = await handlers.login(post('/auth/login'), 'ada');
    const { access_token, ...rest } = (await login.json()) as { access_token: string };
    expect(rest).toEqual({ token_type: 'Bearer', expires_in: 600 });
    expect(login.headers.getSetCookie().map((line) => line.split('=')[0])).toEqual(['__Host-rt']);
    const response = await handlers.refresh(refreshWith(cookiesOf(login)));
    const body = (await response.json()) as { access_token: string };
    expect([response.status, Object.keys(body)]).toEqual([
      200,
      ['access_token', 'token_type', 'expires_in'],
    ]);
  });

  it('compares the cookies of an object of your own if both are there', async () => {
    const own = tokenCookies({ clock: () => START_MS });
    const cookies = { set: own.set, clear: own.clear, read: own.read };
    const { handlers, sessions } = setupHandlers({}, { cookies });
    const [ada, eve] = [await sessions.issue('ada'), await sessions.issue('eve')];
    const send = (access: string, refresh: string) =>
      handlers.refresh(refreshWith(`__Host-at=${access}; __Secure-rt=${refresh}`));
    expect((await send(ada.access, eve.refresh)).status).toBe(401);
    expect((await send(ada.access, ada.refresh)).status).toBe(200);
    expect((await handlers.refresh(refreshWith(`__Secure-rt=${eve.refresh}`))).status).toBe(200);
  });

  it('throws TypeError for an access cookie with a lifetime of its own', () => {
    const cookies = tokenCookies({ access: { lifetime: '1h' } });
    expect(() => setupHandlers({}, { cookies })).toThrow(/must not have a "lifetime"/);
    setupHandlers({}, { cookies: tokenCookies({ refresh: { lifetime: '30d' } }) });
  });

  it('warns once if the browser sends the access cookie of a live session alone', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const { handlers, sessions, ada, eve } = await setupTwo();
    await sessions.revokeAll('eve');
    expect((await handlers.refresh(refreshWith(eve[0]))).status).toBe(401);
    expect(warn).not.toHaveBeenCalled();
    for (let time = 0; time < 2; time++) {
      const response = await handlers.refresh(refreshWith(ada[0]));
      expect([response.status, response.headers.getSetCookie()]).toEqual([401, []]);
    }
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[1]).toMatchObject({ code: 'JOTKIT_REFRESH_COOKIE_PATH' });
    warn.mockRestore();
  });
});

describe('logout', () => {
  const logout = (cookie: string, query = '') => withCookie(`/auth/logout${query}`, cookie);

  test.each<[string, (ada: [string, string], eve: [string, string]) => string]>([
    ['first', (ada, eve) => `${ada[0]}; ${eve[1]}; ${ada[1]}`],
    ['last', (ada, eve) => `${ada[0]}; ${ada[1]}; ${eve[1]}`],
    ['alone', (ada, eve) => `${ada[0]}; ${eve[1]}`],
  ])('ends every session that a cookie names, with another one %s', async (_, order) => {
    const { handlers, sessions, ada, eve } = await setupTwo();
    const response = await handlers.logout(logout(order(ada, eve)));
    expect([response.status, clearedCookies(response)]).toEqual([204, 2]);
    expect([await sessions.list('ada'), await sessions.list('eve')]).toEqual([[], []]);
  });

  it('clears the cookies with ?if=over only if no session that they name is live', async () => {
    const { handlers, sessions, ada, eve, login } = await setupTwo();
    const isCleared = async (cookie: string) => {
      const response = await handlers.logout(logout(cookie, '?if=over'));
      expect(response.status).toBe(204);
      return clearedCookies(response) === 2;
    };
    expect(await isCleared(ada.join('; '))).toBe(false);
    expect(await isCleared(ada[0])).toBe(false);
    expect(await isCleared(ada[1])).toBe(false);
    expect(await sessions.list('ada')).toHaveLength(1);
    await sessions.revokeAll('ada');
    expect(await isCleared(ada.join('; '))).toBe(true);
    expect(await isCleared(`${ada[0]}; ${eve[1]}`)).toBe(false);
    const again = await login('ada');
    expect(await isCleared(again.join('; '))).toBe(false);
    expect(await isCleared('__Host-at=x; __Secure-rt=a.b.c')).toBe(true);
    expect(await isCleared('')).toBe(true);
  });

  it('looks up each session once, and at most a few', async () => {
    const { store } = setup();
    let looks = 0;
    const counting = {
      ...store,
      get: async (...args: Parameters<typeof store.get>) => {
        looks++;
        return store.get(...args);
      },
      revoke: async (...args: Parameters<typeof store.revoke>) => {
        looks++;
        return store.revoke(...args);
      },
    };
    const { handlers } = setupHandlers({ store: counting });
    const [, refresh = ''] = split(cookiesOf(await handlers.login(post('/auth/login'), 'ada')));
    const forged = Array.from({ length: 100 }, (_, i) => {
      const payload = Buffer.from(JSON.stringify({ sub: 'ada', sid: `${i}`, gen: 1 }));
      return `__Secure-rt=eyJhbGciOiJIUzI1NiJ9.${payload.toString('base64url')}.AAAA`;
    });
    await handlers.logout(logout(forged.join('; '), '?if=over'));
    expect(looks).toBeLessThanOrEqual(8);
    looks = 0;
    await handlers.logout(logout(Array(36).fill(refresh).join('; ')));
    expect(looks).toBe(1);
  });

  it('keeps the cookies with ?if=over if the store fails, and rejects another condition', async () => {
    const { cookie } = await setupLogin();
    const { handlers } = setupHandlers({ store: failingStore(new Error('down')) });
    const response = await handlers.logout(logout(cookie, '?if=over'));
    expect([response.status, response.headers.getSetCookie()]).toEqual([503, []]);
    const { handlers: healthy } = setupHandlers();
    expect((await healthy.logout(logout('', '?if=expired'))).status).toBe(400);
  });
});

describe('a login in a browser that holds a session', () => {
  it('ends that session, of whatever user, and no other', async () => {
    const { handlers, sessions, ada, eve } = await setupTwo();
    const other = await sessions.issue('ada');
    const response = await handlers.login(withCookie('/auth/login', ada.join('; ')), 'bob');
    expect(response.status).toBe(200);
    expect(await sessions.list('ada')).toMatchObject([{ sid: other.sid }]);
    expect(await sessions.list('bob')).toHaveLength(1);
    await handlers.login(withCookie('/auth/login', eve.join('; ')), 'eve');
    expect(await sessions.list('eve')).toHaveLength(1);
  });

  it('ends no session if it is rejected', async () => {
    const { handlers, sessions, ada } = await setupTwo();
    const accept = () => {
      throw new Error('rejected by a test');
    };
    const request = withCookie('/auth/login', ada.join('; '));
    await expect(handlers.login(request, 'bob', { accept })).rejects.toThrow('rejected by a test');
    expect(await sessions.list('ada')).toHaveLength(1);
  });

  it('succeeds if that session cannot be ended, with an event', async () => {
    const { store } = setup();
    const revoke = async () => Promise.reject(new Error('down'));
    const { handlers, events, sessions } = setupHandlers({ store: { ...store, revoke } });
    const ada = cookiesOf(await handlers.login(post('/auth/login'), 'ada'));
    const response = await handlers.login(withCookie('/auth/login', ada), 'bob');
    expect(response.status).toBe(200);
    expect(events.at(-1)).toMatchObject({ type: 'unavailable', operation: 'revoke' });
    expect(await sessions.list('bob')).toHaveLength(1);
  });
});
