import { describe, expect, it, test } from 'vitest';
import { AuthError, type TokenCookiesOptions, tokenCookies } from '../../src/http/index.ts';
import { createSessionHandlers, type SessionsOptions } from '../../src/sessions/index.ts';
import { cookiesOf } from './end-to-end.ts';
import { post, setupHandlers } from './handlers-setup.ts';
import { DAY_MS, failingStore, ISSUER, MINUTE_MS, refreshKey, setup } from './setup.ts';

const refresh = { name: '__Host-rt', path: '/', sameSite: 'Lax' } as const;
const grace = (value: '10m' | 'until-used' | '9m') => ({ key: refreshKey, grace: value });

function setupPages(given: Partial<SessionsOptions> = {}, more: TokenCookiesOptions = {}) {
  const time = { now: Date.now() };
  const clock = () => time.now;
  const cookies = tokenCookies({ clock, refresh, ...more } as TokenCookiesOptions & {
    access?: object;
  });
  const created = setupHandlers({ refresh: grace('10m'), clock, ...given }, { cookies });
  const page = (cookie: string, headers: object = {}) =>
    created.handlers.renew(new Request(`${ISSUER}/account`, { headers: { cookie, ...headers } }));
  const logIn = async () => cookiesOf(await created.handlers.login(post('/auth/login'), 'ada'));
  return { ...created, time, page, logIn };
}

const linesOf = ({ headers }: { headers: Headers }) => headers.getSetCookie();

describe('renew', () => {
  it('returns the claims of a valid access token, and changes nothing', async () => {
    const { page, logIn } = setupPages();
    const cookie = `theme=dark; ${await logIn()}`;
    const renewal = await page(cookie);
    expect(renewal).toMatchObject({ claims: { sub: 'ada' }, cookie });
    expect([...renewal.headers]).toEqual([['cache-control', 'private, no-store']]);
  });

  test.each(['10m', 'until-used'] as const)(
    'refreshes an expired access token with the grace %s, for the browser and the rendering',
    async (value) => {
      const { page, logIn, time, sessions } = setupPages({ refresh: grace(value) });
      const old = await logIn();
      time.now += 11 * MINUTE_MS;
      const renewal = await page(`theme=dark; ${old}; lang=en`);
      expect(renewal.claims).toMatchObject({ sub: 'ada' });
      expect(renewal.headers.get('cache-control')).toBe('private, no-store');
      expect(linesOf(renewal)).toHaveLength(2);
      const fresh = linesOf(renewal).map((line) => line.split(';')[0]);
      expect(renewal.cookie).toBe(['theme=dark', 'lang=en', ...fresh].join('; '));
      const again = await page(renewal.cookie);
      expect([again.claims?.jti, linesOf(again)]).toEqual([renewal.claims?.jti, []]);
      expect(await sessions.list('ada')).toHaveLength(1);
    },
  );

  it('returns the new tokens, and none of a valid access token', async () => {
    const { page, logIn, time } = setupPages();
    const cookie = await logIn();
    expect(await page(cookie)).not.toHaveProperty('tokens');
    time.now += 11 * MINUTE_MS;
    const { tokens, cookie: seen } = await page(cookie);
    expect(seen).toBe(`__Host-at=${tokens?.access}; __Host-rt=${tokens?.refresh}`);
  });

  it('yields the same successor to a navigation that lost its cookies', async () => {
    const { page, logIn, time } = setupPages();
    const old = await logIn();
    time.now += 11 * MINUTE_MS;
    const lost = await page(old);
    time.now += 9 * MINUTE_MS;
    const next = await page(old);
    expect(linesOf(next)[1]?.split(';')[0]).toBe(linesOf(lost)[1]?.split(';')[0]);
    expect(next.claims?.sub).toBe('ada');
  });

  test.each<[string, object]>([
    ['Sec-Purpose', { 'sec-purpose': 'prefetch;prerender' }],
    ['Purpose', { purpose: 'prefetch' }],
    ['Next-Router-Prefetch', { 'next-router-prefetch': '1' }],
  ])('refreshes nothing for a prefetch with %s', async (_, headers) => {
    const { page, logIn, time } = setupPages();
    const cookie = await logIn();
    expect((await page(cookie, headers)).claims?.sub).toBe('ada');
    time.now += 11 * MINUTE_MS;
    const renewal = await page(cookie, headers);
    expect([renewal.claims, linesOf(renewal), renewal.cookie]).toEqual([undefined, [], cookie]);
    expect((await page(cookie)).claims?.sub).toBe('ada');
  });

  it('lets pages without a session be cached', async () => {
    const { page } = setupPages();
    for (const cookie of ['', 'theme=dark']) {
      const renewal = await page(cookie);
      expect([[...renewal.headers], renewal.cookie, renewal.claims]).toEqual([
        [],
        cookie,
        undefined,
      ]);
    }
  });

  test.each<[string, (cookie: string) => string]>([
    ['that has ended', (cookie) => cookie],
    ['of a refresh cookie alone', (cookie) => cookie.split('; ')[1] ?? ''],
    ['of tokens that are not signed', () => '__Host-at=a.b.c; __Host-rt=a.b.c'],
  ])('returns no claims for a session %s, and keeps its cookies', async (_, sent) => {
    const { page, logIn, time, sessions } = setupPages();
    const cookie = sent(await logIn());
    await sessions.revokeAll('ada');
    time.now += DAY_MS;
    const renewal = await page(cookie);
    expect([renewal.claims, linesOf(renewal), renewal.cookie]).toEqual([undefined, [], cookie]);
    expect(renewal.headers.get('cache-control')).toBe('private, no-store');
  });

  it('rejects if the state of the session is not known', async () => {
    const { logIn, time } = setupPages();
    const cookie = await logIn();
    time.now += 11 * MINUTE_MS;
    const down = setupPages({ store: failingStore(new Error('down')) });
    down.time.now = time.now;
    await expect(down.page(cookie)).rejects.toMatchObject({ status: 503 });
  });

  it('rejects with an error of your hook, except an AuthError of status 401', async () => {
    let error: Error = new AuthError('forbidden');
    const { page, logIn, time } = setupPages({
      beforeRefresh: () => {
        throw error;
      },
    });
    const cookie = await logIn();
    time.now += 11 * MINUTE_MS;
    await expect(page(cookie)).rejects.toBe(error);
    error = new AuthError('token_revoked');
    expect((await page(cookie)).claims).toBeUndefined();
  });

  it('replaces both names of http on localhost', async () => {
    const { time, logIn, handlers } = setupPages({}, { secure: 'auto' });
    const [access, token] = (await logIn()).split('; ');
    time.now += 11 * MINUTE_MS;
    const local = `http://localhost:3000/account`;
    const old = `at=${access?.split('=')[1]}; rt=${token?.split('=')[1]}; __Host-rt=x`;
    const renewal = await handlers.renew(new Request(local, { headers: { cookie: old } }));
    expect(renewal.cookie).toBe(
      linesOf(renewal)
        .map((line) => line.split(';')[0])
        .join('; '),
    );
    expect(renewal.cookie).toMatch(/^at=.*; rt=[^;]*$/);
  });

  test.each<[string, Partial<SessionsOptions>, TokenCookiesOptions]>([
    ['a refresh cookie with a path', {}, { refresh: { path: '/auth' } }],
    ['a refresh cookie with SameSite=Strict', {}, { refresh: { ...refresh, sameSite: 'Strict' } }],
    ['no access cookie', {}, { access: false }],
    ['a grace of 9 minutes', { refresh: grace('9m') }, {}],
    ['the default grace', { refresh: { key: refreshKey } }, {}],
  ])('rejects with TypeError for %s', async (_, given, more) => {
    const renewal = setupPages(given, more).page('');
    await expect(renewal).rejects.toThrow(TypeError);
    await expect(renewal).rejects.toThrow(/^renew\(\) needs/);
  });

  it('rejects with TypeError without cookies, and with cookies of your own', async () => {
    const { sessions } = setup({ refresh: grace('10m') });
    const { set, clear, read } = tokenCookies();
    for (const cookies of [false, { set, clear, read }] as const) {
      const handlers = createSessionHandlers({ sessions, cookies });
      await expect(handlers.renew(new Request(ISSUER))).rejects.toThrow(
        /^renew\(\) needs an access/,
      );
    }
  });
});
