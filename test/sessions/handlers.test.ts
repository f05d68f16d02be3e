import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { toListener } from '../../src/adapters/fetch-to-node.ts';
import { AuthError } from '../../src/http/auth-error.ts';
import { createAuthenticator } from '../../src/http/authenticator.ts';
import { tokenCookies } from '../../src/http/token-cookies.ts';
import type { SessionHandlers } from '../../src/sessions/index.ts';
import { cookiesOf } from './end-to-end.ts';
import {
  type Body,
  clearedCookies,
  post,
  setupHandlers,
  setupLogin,
  withCookie,
} from './handlers-setup.ts';
import { accessKey, DAY_MS, failingStore, ISSUER, MINUTE_MS, START_MS, setup } from './setup.ts';

const names = ['login', 'refresh', 'logout'] as const;
const call = (handlers: SessionHandlers, name: (typeof names)[number], request: Request) =>
  name === 'login' ? handlers.login(request, 'ada') : handlers[name](request);

describe('handlers with cookies', () => {
  test('login sets both cookies for the lifetime of their tokens', async () => {
    const { response } = await setupLogin();
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ expires_in: 600 });
    expect(response.headers.get('cache-control')).toBe('no-store');
    const [access, refresh] = response.headers.getSetCookie();
    expect(access).toMatch(
      /^__Host-at=.*; Path=\/; Max-Age=604800; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(refresh).toMatch(
      /^__Secure-rt=.*; Path=\/auth; Max-Age=604800; HttpOnly; Secure; SameSite=Strict$/,
    );
  });

  test('refresh replaces both cookies and stores the meta of the request', async () => {
    const meta = async (request: Request) => request.headers.get('user-agent');
    const { handlers, sessions, time, cookie } = await setupLogin({}, { meta });
    time.now += MINUTE_MS;
    const headers = { cookie, 'user-agent': 'Firefox' };
    const response = await handlers.refresh(post('/auth/refresh', undefined, headers));
    expect(response.status).toBe(200);
    expect(cookiesOf(response)).not.toEqual(cookie);
    expect(await sessions.list('ada')).toMatchObject([{ meta: 'Firefox' }]);
  });

  test('set no Max-Age for a login that is not persistent, also after refreshes', async () => {
    const { handlers, time } = setupHandlers();
    let response = await handlers.login(post('/auth/login'), 'ada', { persistent: false });
    for (let turn = 0; turn < 3; turn++) {
      const lines = response.headers.getSetCookie();
      expect(lines).toHaveLength(2);
      expect(lines.join()).not.toContain('Max-Age');
      time.now += MINUTE_MS;
      response = await handlers.refresh(withCookie('/auth/refresh', cookiesOf(response)));
    }
  });

  test('call the "accept" of a login after their own check, before the session exists', async () => {
    const checked: string[] = [];
    const own = tokenCookies({ clock: () => START_MS });
    const cookies = { ...own, check: () => checked.push('cookies') };
    const { handlers, sessions } = setupHandlers({}, { cookies });
    const accept = async () => {
      checked.push('accept');
      throw new Error('rejected by a test');
    };
    const login = handlers.login(post('/auth/login'), 'ada', { accept });
    await expect(login).rejects.toThrow('rejected by a test');
    expect([checked, await sessions.list('ada')]).toEqual([['cookies', 'accept'], []]);
  });

  test('accept an object of cookies without "check"', async () => {
    const { check: _, ...cookies } = tokenCookies({ clock: () => START_MS });
    const { handlers } = setupHandlers({}, { cookies });
    const login = await handlers.login(post('/auth/login'), 'ada');
    const response = await handlers.refresh(withCookie('/auth/refresh', cookiesOf(login)));
    expect([login.status, response.status]).toEqual([200, 200]);
  });

  test('login accepts a number as user id', async () => {
    const { handlers, sessions } = setupHandlers();
    expect((await handlers.login(post('/auth/login'), 7)).status).toBe(200);
    expect(await sessions.list('7')).toHaveLength(1);
  });

  test.each<[string, string, (cookie: string) => string]>([
    ['both tokens', '/auth/logout', (cookie) => cookie],
    ['the access token alone', '/auth/logout', (cookie) => cookie.split('; ')[0] ?? ''],
    [
      'a refresh cookie of a subdomain first',
      '/auth/logout',
      (cookie) => `__Secure-rt=x; ${cookie}`,
    ],
  ])('logout with %s ends the session', async (_, path, sent) => {
    const { handlers, sessions, cookie } = await setupLogin();
    for (let time = 0; time < 2; time++) {
      const response = await handlers.logout(withCookie(path, sent(cookie)));
      expect([response.status, clearedCookies(response)]).toEqual([204, 2]);
      expect(await sessions.list('ada')).toEqual([]);
    }
  });

  test.each(['__Secure-rt=nonsense', ''])(
    'logout with the cookie "%s" clears both',
    async (cookie) => {
      const response = await setupHandlers().handlers.logout(withCookie('/auth/logout', cookie));
      expect([response.status, clearedCookies(response)]).toEqual([204, 2]);
    },
  );

  test.each(names)('%s rejects a request from another site', async (name) => {
    const { handlers, sessions, cookie } = await setupLogin();
    const headers = { cookie, 'sec-fetch-site': 'cross-site' };
    const response = await call(handlers, name, post(`/auth/${name}`, undefined, headers));
    expect(response.status).toBe(403);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await sessions.list('ada')).toHaveLength(1);
  });

  test.each([
    ['a list', ['https://app.example']],
    ['a function', (origin: string) => origin === 'https://app.example'],
  ])('login accepts an origin that is in "origins" as %s', async (_, origins) => {
    const { handlers } = setupHandlers({}, { origins });
    const statusOf = async (origin: string) => {
      const headers = { 'sec-fetch-site': 'cross-site', origin };
      return (await handlers.login(post('/auth/login', undefined, headers), 'ada')).status;
    };
    expect(await statusOf('https://app.example')).toBe(200);
    expect(await statusOf('https://evil.example')).toBe(403);
  });

  test.each(['https://*.example', 'https://app.example/', 'app.example', '*'])(
    'throw TypeError for the origin "%s"',
    (origin) => expect(() => setupHandlers({}, { origins: [origin] })).toThrow(TypeError),
  );
});

describe('failures', () => {
  const store = failingStore(new Error('down'));

  test.each(names)(
    '%s responds with 503 and keeps the cookies if the store fails',
    async (name) => {
      const { cookie } = await setupLogin();
      const { handlers } = setupHandlers({ store });
      const response = await call(handlers, name, withCookie(`/auth/${name}`, cookie));
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(await response.json()).toMatchObject({ reason: 'session_unavailable' });
    },
  );

  test('refresh with a replaced cookie responds with 401 after the grace period', async () => {
    const { handlers, time, cookie } = await setupLogin();
    await handlers.refresh(withCookie('/auth/refresh', cookie));
    time.now += MINUTE_MS;
    const response = await handlers.refresh(withCookie('/auth/refresh', cookie));
    expect([response.status, response.headers.getSetCookie()]).toEqual([401, []]);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    const body = { error: 'invalid_grant', reason: 'session_reused' };
    expect(await response.json()).toMatchObject(body);
  });

  test('refresh without a valid cookie responds with 401 and keeps both', async () => {
    const { handlers, time, cookie } = await setupLogin();
    time.now += 8 * DAY_MS;
    const cases: Array<[string, unknown]> = [
      ['', 'token_missing'],
      ['__Secure-rt=a.b.c', 'token_missing'],
      [cookie, 'session_unknown'],
    ];
    for (const [sent, reason] of cases) {
      const response = await handlers.refresh(withCookie('/auth/refresh', sent));
      expect([response.status, response.headers.getSetCookie()]).toEqual([401, []]);
      expect(await response.json()).toMatchObject({ reason });
    }
  });

  test.each<[string, Error, number | undefined]>([
    ['throws an error', new Error('banned'), undefined],
    ['responds with an AuthError', new AuthError('forbidden'), 403],
  ])('refresh %s of the claims hook', async (_, error, status) => {
    let isBanned = false;
    const claims = () => {
      if (isBanned) throw error;
      return {};
    };
    const { handlers, sessions, cookie } = await setupLogin({ claims });
    isBanned = true;
    const response = handlers.refresh(withCookie('/auth/refresh', cookie));
    if (status === undefined) await expect(response).rejects.toBe(error);
    else expect([(await response).status, clearedCookies(await response)]).toEqual([status, 0]);
    expect(await sessions.list('ada')).toHaveLength(1);
  });

  test('refresh responds with an AuthError of beforeRefresh, and keeps the session', async () => {
    const beforeRefresh = () => {
      throw new AuthError('forbidden');
    };
    const { handlers, sessions, cookie } = await setupLogin({ beforeRefresh });
    const response = await handlers.refresh(withCookie('/auth/refresh', cookie));
    expect([response.status, clearedCookies(response)]).toEqual([403, 0]);
    expect(await sessions.list('ada')).toHaveLength(1);
  });

  test('isRevoked of a failing store becomes 503 unless onUnavailable is allow', async () => {
    const { sessions, time } = setup({ store });
    const { access } = await setup().sessions.issue('ada');
    const request = { headers: { authorization: `Bearer ${access}` } };
    const shared = { key: accessKey, isRevoked: sessions.isRevoked, clock: () => time.now };
    const strict = await createAuthenticator(shared)(request);
    expect(strict).toMatchObject({ status: 'rejected', error: { status: 503 } });
    const lenient = await createAuthenticator({ ...shared, onUnavailable: 'allow' })(request);
    expect(lenient.status).toBe('authenticated');
  });

  test('refresh responds with 405 to another method than POST', async () => {
    const response = await setupHandlers().handlers.refresh(new Request(`${ISSUER}/auth/refresh`));
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const JSON_TYPE = { 'content-type': 'application/json' };

describe('handlers without cookies', () => {
  const setupBodies = () => setupHandlers({}, { cookies: false });

  test('carry tokens in bodies: RFC 6749 §5.1, §6', async () => {
    const { handlers } = setupBodies();
    const cross = { 'sec-fetch-site': 'cross-site' };
    const login = await handlers.login(post('/token', undefined, cross), 'ada');
    const issued = (await login.json()) as { refresh_token: string };
    expect(issued).toMatchObject({ token_type: 'Bearer', expires_in: 600 });
    expect(login.headers.getSetCookie()).toEqual([]);
    const caching = ['cache-control', 'pragma'].map((name) => login.headers.get(name));
    expect(caching).toEqual(['no-store', 'no-cache']);
    const form = { grant_type: 'refresh_token', refresh_token: issued.refresh_token };
    const response = await handlers.refresh(post('/token', form));
    const successor = (await response.json()) as typeof issued;
    expect(successor.refresh_token).not.toBe(issued.refresh_token);
  });

  test('read JSON bodies too', async () => {
    const { handlers, sessions } = setupBodies();
    const { refresh } = await sessions.issue('ada');
    const body = JSON.stringify({ refresh_token: refresh });
    expect((await handlers.logout(post('/logout', body, JSON_TYPE))).status).toBe(204);
    expect(await sessions.list('ada')).toEqual([]);
  });

  test.each<[string, string, object, number]>([
    ['an empty form', '', FORM, 400],
    ['a repeated parameter', 'refresh_token=a&refresh_token=b', FORM, 400],
    ['invalid JSON', '{', JSON_TYPE, 400],
    ['JSON without the parameter', '{}', JSON_TYPE, 400],
    ['null', 'null', JSON_TYPE, 400],
    ['a number as the parameter', '{"refresh_token":5}', JSON_TYPE, 400],
    ['too many parameters', '&a'.repeat(1000), FORM, 400],
    ['a JSON string', JSON.stringify('a'.repeat(1000)), JSON_TYPE, 400],
    [
      'JSON with too many members',
      JSON.stringify(Object.fromEntries(Array(200).fill('x').entries())),
      JSON_TYPE,
      400,
    ],
    ['text', 'refresh_token=a', { 'content-type': 'text/plain' }, 415],
    ['more than 256 KiB', `refresh_token=${'a'.repeat(300_000)}`, FORM, 413],
    ['an invalid token, RFC 6749 §5.2', 'refresh_token=a', FORM, 400],
  ])('reject %s', async (_, body, headers, status) => {
    const { handlers } = setupBodies();
    expect((await handlers.refresh(post('/token', body, headers))).status).toBe(status);
  });
});

describe('revocation, RFC 7009', () => {
  test.each(['access', 'refresh'] as const)('ends the session of an %s token', async (kind) => {
    const { handlers, sessions } = setupHandlers();
    const issued = await sessions.issue('ada');
    const response = await handlers.revocation(post('/revoke', { token: issued[kind] }));
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(await sessions.list('ada')).toEqual([]);
  });

  test.each<[number, Body]>([
    [200, { token: 'nonsense' }],
    [400, {}],
  ])('responds with %i to a body without a valid token', async (status, body) => {
    const response = await setupHandlers().handlers.revocation(post('/revoke', body));
    expect(response.status).toBe(status);
  });
});

describe('introspection, RFC 7662', () => {
  const authorization = 'Basic c2VydmVy';
  const isClient = (request: Request) => request.headers.get('authorization') === authorization;

  test('reports the state of a token to a client', async () => {
    const { handlers, sessions } = setupHandlers({}, { isClient });
    const { access, sid } = await sessions.issue('ada');
    const introspect = async (token: string) => {
      const request = post('/introspect', { token }, { authorization });
      return (await handlers.introspection(request)).json();
    };
    expect(await introspect(access)).toMatchObject({ active: true, sub: 'ada', sid });
    expect(await introspect('nonsense')).toEqual({ active: false });
  });

  test.each<[string, string | undefined, boolean]>([
    ['its hint', 'refresh_token', true],
    ['another hint', 'access_token', false],
    ['an unknown hint', 'id_token', false],
    ['an empty hint', '', false],
    ['no hint', undefined, false],
  ])('reports a refresh token with %s', async (_, hint, active) => {
    const { handlers, sessions } = setupHandlers({}, { isClient });
    const { refresh: token } = await sessions.issue('ada');
    const form = { token, ...(hint !== undefined && { token_type_hint: hint }) };
    for (const request of [
      post('/introspect', form, { authorization }),
      post('/introspect', JSON.stringify(form), { authorization, ...JSON_TYPE }),
    ]) {
      expect(await (await handlers.introspection(request)).json()).toMatchObject({ active });
    }
  });

  test('responds with 400 to a repeated hint', async () => {
    const { handlers } = setupHandlers({}, { isClient });
    const body = 'token=a&token_type_hint=refresh_token&token_type_hint=x';
    const request = post('/introspect', body, { authorization, ...FORM });
    expect((await handlers.introspection(request)).status).toBe(400);
  });

  test.each<[string, object, object]>([
    ['a client that isClient rejects', { isClient }, {}],
    ['a hook that returns a truthy value', { isClient: () => 'yes' }, { authorization }],
    ['any client without isClient', {}, { authorization }],
  ])('responds with 401 to %s', async (_, options, headers) => {
    const { handlers, sessions } = setupHandlers({}, options);
    const { access } = await sessions.issue('ada');
    const request = post('/introspect', { token: access }, headers);
    expect((await handlers.introspection(request)).status).toBe(401);
  });
});

describe('toListener on Express', () => {
  const clock = () => START_MS;
  const cookies = tokenCookies({ secure: 'auto', clock });
  const { handlers, sessions } = setupHandlers({ clock }, { cookies });
  const app = express();
  app.post(
    '/auth/login',
    toListener((request) => handlers.login(request, 'ada')),
  );
  app.post('/auth/revoke', express.urlencoded(), toListener(handlers.revocation));
  app.post(
    '/throws',
    toListener(() => {
      throw new Error('expected by a test');
    }),
  );
  const server = createServer(app);
  beforeAll(() => new Promise<void>((done) => server.listen(0, '127.0.0.1', done)));
  afterAll(() => server.close());

  function send(path: string, body?: URLSearchParams): Promise<Response> {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const headers = { origin, connection: 'close' };
    return fetch(origin + path, { method: 'POST', headers, ...(body && { body }) });
  }

  test('sets cookies', async () => {
    const response = await send('/auth/login');
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie().map((line) => line.split('=')[0])).toEqual(['at', 'rt']);
  });

  test('reads a body that a parser has consumed', async () => {
    const { refresh } = await sessions.issue('bob');
    const response = await send('/auth/revoke', new URLSearchParams({ token: refresh }));
    expect(response.status).toBe(200);
    expect(await sessions.list('bob')).toEqual([]);
  });

  test('responds with 500 to an error of the handler and prints it', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {});
    const response = await send('/throws');
    expect([response.status, await response.text()]).toEqual([500, '']);
    expect(print).toHaveBeenCalledTimes(1);
    print.mockRestore();
  });
});
