import { describe, expect, it, test } from 'vitest';
import { type TokenCookiesOptions, tokenCookies } from '../../src/http/index.ts';
import type { SessionHandlersOptions } from '../../src/sessions/index.ts';
import { cookiesOf } from './end-to-end.ts';
import { clearedCookies, post, setupHandlers, withCookie } from './handlers-setup.ts';
import { START_MS } from './setup.ts';

const cookiesWith = (options: TokenCookiesOptions = {}) =>
  tokenCookies({ clock: () => START_MS, ...options } as TokenCookiesOptions & {
    access?: object;
  });

const mounted = (more: Partial<SessionHandlersOptions> = {}) =>
  setupHandlers({}, { cookies: cookiesWith(), ...more });

const refreshPath = (response: Response) =>
  /; Path=([^;]*)/.exec(response.headers.getSetCookie()[1] ?? '')?.[1];

describe('the path of handlers', () => {
  test.each<[string, string, Partial<SessionHandlersOptions>]>([
    ['/auth', '/auth', {}],
    ['/api/auth', '/api/auth', { path: '/api/auth' }],
    ['/', '/', { path: '/' }],
    [
      'the path in the cookies',
      '/session',
      { cookies: cookiesWith({ refresh: { path: '/session' } }) },
    ],
    [
      'behind a proxy that removes a prefix, that of the cookie',
      '/app/auth',
      { path: '/auth', cookies: cookiesWith({ refresh: { path: '/app/auth' } }) },
    ],
  ])('is the path of the refresh cookie: %s', async (_, path, options) => {
    const { handlers } = mounted(options);
    const base = options.path === '/' ? '' : (options.path ?? path);
    const login = await handlers.login(post(`${base}/login`), 'ada');
    expect(refreshPath(login)).toBe(path);
    const refresh = await handlers.refresh(withCookie(`${base}/refresh`, cookiesOf(login)));
    expect([refresh.status, refreshPath(refresh)]).toEqual([200, path]);
    const logout = await handlers.logout(withCookie(`${base}/logout`, cookiesOf(refresh)));
    expect([logout.status, clearedCookies(logout), refreshPath(logout)]).toEqual([204, 2, path]);
  });

  it('is that of "clear" of the same cookies, wherever it is called', () => {
    const cookies = cookiesWith();
    mounted({ cookies, path: '/api/auth' });
    const headers = new Headers();
    cookies.clear(headers);
    expect(headers.getSetCookie()[1]).toContain('Path=/api/auth');
  });

  const elsewhere = /the path "\/auth", but a request came to "\/api\/auth\/\w+"/;
  test.each(['login', 'refresh', 'logout'] as const)(
    'is demanded of %s: another one is a TypeError that names both',
    async (name) => {
      for (const options of [{}, { path: '/auth' }]) {
        const { handlers, sessions } = mounted(options);
        const request = post(`/api/auth/${name}`);
        const response =
          name === 'login' ? handlers.login(request, 'ada') : handlers[name](request);
        await expect(response).rejects.toThrow(elsewhere);
        await expect(response).rejects.toThrow(TypeError);
        expect(await sessions.list('ada')).toEqual([]);
      }
    },
  );

  it('is demanded of a login only by default, because a callback can be elsewhere', async () => {
    const callback = () => post('/oauth/callback');
    await expect(mounted().handlers.login(callback(), 'ada')).rejects.toThrow(TypeError);
    const { handlers } = mounted({ path: '/auth' });
    expect((await handlers.login(callback(), 'ada')).status).toBe(200);
  });

  it('is not demanded of a cookie that browsers send everywhere', async () => {
    const cookies = cookiesWith({ refresh: { name: '__Host-rt', path: '/' } });
    const { handlers } = mounted({ cookies });
    const login = await handlers.login(post('/login'), 'ada');
    expect((await handlers.refresh(withCookie('/refresh', cookiesOf(login)))).status).toBe(200);
  });

  it('is not demanded of revocation, of introspection, and without cookies', async () => {
    const { handlers, sessions } = mounted({ isClient: () => true });
    const { access: token } = await sessions.issue('ada');
    expect((await handlers.introspection(post('/oauth/introspect', { token }))).status).toBe(200);
    expect((await handlers.revocation(post('/oauth/revoke', { token }))).status).toBe(200);
    const { handlers: bodies } = mounted({ cookies: false });
    expect((await bodies.login(post('/token'), 'ada')).status).toBe(200);
  });

  it('is unknown in another spelling, once a request has come to the right one', async () => {
    const { handlers } = mounted({ path: '/auth' });
    await expect(handlers.refresh(post('/AUTH/refresh'))).rejects.toThrow(TypeError);
    expect((await handlers.refresh(post('/auth/refresh'))).status).toBe(401);
    for (const path of ['/AUTH/refresh', '/%61uth/refresh', '/']) {
      expect((await handlers.refresh(post(path))).status).toBe(404);
    }
  });

  it('is not demanded of a callback, whose path can contain it', async () => {
    const { handlers } = mounted({ path: '/auth' });
    const callback = post('/oauth/auth/callback');
    const response = await handlers.login(callback, 'ada', { csrf: false, redirect: '/' });
    expect(response.status).toBe(303);
  });

  it('has no slash at its end if the path of the cookie has one', async () => {
    const cookies = cookiesWith({ refresh: { path: '/session/' } });
    const { handlers } = mounted({ cookies });
    expect((await handlers.handle(post('/session/refresh'))).status).toBe(401);
  });

  it('is read from a Request: a context of a framework is a TypeError that says so', async () => {
    const { handlers } = mounted();
    for (const request of [{ req: {} }, { url: '/auth/refresh', headers: {} }, undefined]) {
      await expect(handlers.handle(request as never)).rejects.toThrow(/must be a Request of fetch/);
      await expect(handlers.refresh(request as never)).rejects.toThrow(TypeError);
    }
  });

  test.each([
    'auth',
    '/auth/',
    '//auth',
    '/auth?x',
    '/a b',
    '/a;b',
    '',
    '/a//b',
    '/auth/..',
    '/./auth',
    '/%2e%2e/auth',
  ])('is not "%s"', (path) => expect(() => mounted({ path })).toThrow(/"path" must be a path/));

  it('is covered by the path of the access cookie', () => {
    const cookies = () => cookiesWith({ access: { name: 'at', path: '/api' } });
    expect(() => mounted({ cookies: cookies() })).toThrow(
      /"\/api" of the access cookie must cover/,
    );
    expect(() => mounted({ cookies: cookies(), path: '/apis/auth' })).toThrow(TypeError);
    mounted({ cookies: cookies(), path: '/api/auth' });
  });

  it('is one for the cookies of two handlers', () => {
    const cookies = cookiesWith();
    mounted({ cookies, path: '/a' });
    mounted({ cookies, path: '/a' });
    expect(() => mounted({ cookies, path: '/b' })).toThrow(/path "\/a" of other handlers/);
  });
});

describe('handle', () => {
  const login = async (request: Request) => {
    const { user, persistent } = (await request.json()) as { user?: string; persistent: boolean };
    return user === undefined ? null : { uid: user, persistent, body: { theme: 'dark' } };
  };
  const json = (body: object) => post('/auth/login', JSON.stringify(body));

  it('serves login, refresh, logout, revocation and introspection', async () => {
    const { handlers, sessions } = mounted({ login, isClient: () => true });
    const response = await handlers.handle(json({ user: 'ada', persistent: false }));
    expect(await response.json()).toEqual({ theme: 'dark', expires_in: 600 });
    expect(response.headers.getSetCookie().join()).not.toContain('Max-Age');
    const refreshed = await handlers.handle(withCookie('/auth/refresh', cookiesOf(response)));
    const { access: token } = await sessions.issue('bob');
    const statuses = [
      refreshed.status,
      (await handlers.handle(withCookie('/auth/logout', cookiesOf(refreshed)))).status,
      (await handlers.handle(post('/auth/introspection', { token }))).status,
      (await handlers.handle(post('/auth/revocation', { token }))).status,
    ];
    expect(statuses).toEqual([200, 204, 200, 200]);
    expect([await sessions.list('ada'), await sessions.list('bob')]).toEqual([[], []]);
  });

  it('responds with 401 to a login without a user, with 400 without cookies', async () => {
    for (const [more, status] of [
      [{}, 401],
      [{ cookies: false }, 400],
    ] as const) {
      const { handlers, sessions } = mounted({ login, ...more });
      const response = await handlers.handle(json({}));
      expect([response.status, response.headers.getSetCookie()]).toEqual([status, []]);
      expect(await response.json()).toMatchObject({
        error: 'invalid_grant',
        reason: 'login_failed',
      });
      expect(await sessions.list('ada')).toEqual([]);
    }
  });

  it('calls the login hook only for a POST of the same origin', async () => {
    let calls = 0;
    const { handlers } = mounted({ login: () => `user-${++calls}` });
    const cross = post('/auth/login', undefined, { 'sec-fetch-site': 'cross-site' });
    expect((await handlers.handle(cross)).status).toBe(403);
    const get = new Request('https://id.example/auth/login');
    expect((await handlers.handle(get)).status).toBe(405);
    expect(calls).toBe(0);
  });

  test.each(['/auth/nothing', '/auth', '/auth/', '/auth/refresh/', '/login', '/api/auth/refresh'])(
    'responds with 404 to %s',
    async (path) => {
      const response = await mounted({ login }).handlers.handle(post(path));
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error_description: /below "\/auth"/ });
    },
  );

  it('has no login without the hook', async () => {
    expect((await mounted().handlers.handle(post('/auth/login'))).status).toBe(404);
  });

  it('passes the context to every hook', async () => {
    const contexts: unknown[] = [];
    const see = (_: unknown, context: unknown) => contexts.push(context);
    const { handlers, sessions } = setupHandlers(
      { beforeRefresh: (_, { context }) => contexts.push(context) },
      {
        cookies: cookiesWith(),
        login: (request, context) => `user-${see(request, context)}`,
        meta: (request, context) => void see(request, context),
        isClient: (_, form, context) => form.get('client_id') === 'a' && contexts.push(context) > 0,
      },
    );
    const context = { ip: '192.0.2.1' };
    const login = await handlers.handle(post('/auth/login'), context);
    await handlers.refresh(withCookie('/auth/refresh', cookiesOf(login)), context);
    const { access: token } = await sessions.issue('ada');
    await handlers.introspection(post('/i', { token, client_id: 'a' }), context);
    await handlers.login(post('/auth/login'), 'ada', { context });
    expect(contexts).toEqual(Array.from({ length: 6 }, () => context));
  });
});
