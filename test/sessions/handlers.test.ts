import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, describe, expect, test } from 'vitest';
import { toListener } from '../../src/adapters/fetch-to-node.ts';
import { AuthError } from '../../src/http/auth-error.ts';
import { createAuthenticator } from '../../src/http/authenticator.ts';
import { tokenCookies } from '../../src/http/token-cookies.ts';
import { createSessionHandlers, type SessionHandlersOptions } from '../../src/sessions/handlers.ts';
import type { SessionsOptions } from '../../src/sessions/index.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { accessKey, DAY, MINUTE, START, scene } from './scene.ts';

const SITE = 'https://id.example';

function site(given: Partial<SessionsOptions> = {}, more: Partial<SessionHandlersOptions> = {}) {
  const set = scene(given);
  const cookies = tokenCookies({ clock: () => set.time.now });
  const handlers = createSessionHandlers({ sessions: set.sessions, cookies, ...more });
  return { ...set, handlers };
}

function post(path: string, body?: Record<string, string> | string, headers: object = {}): Request {
  const form = typeof body === 'object' ? new URLSearchParams(body) : body;
  return new Request(SITE + path, {
    method: 'POST',
    headers: { 'sec-fetch-site': 'same-origin', ...headers },
    ...(form !== undefined && { body: form }),
  });
}

/** The cookies of an answer, as the browser sends them back. */
function jar(response: Response): { cookie: string } {
  const pairs = response.headers.getSetCookie().map((line) => line.split(';')[0]);
  return { cookie: pairs.join('; ') };
}

const cleared = (response: Response) =>
  response.headers.getSetCookie().filter((line) => line.includes('Max-Age=0')).length;

describe('with cookies', () => {
  test('a login sets both, for as long as their tokens live, and shows neither', async () => {
    const { handlers } = site();
    const response = await handlers.login(post('/auth/login'), 'ada');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ expires_in: 600 });
    expect(response.headers.get('cache-control')).toBe('no-store');
    const [access, refresh] = response.headers.getSetCookie();
    expect(access).toMatch(/^__Host-at=.*; Path=\/; Max-Age=600; HttpOnly; Secure; SameSite=Lax$/);
    expect(refresh).toMatch(
      /^__Secure-rt=.*; Path=\/auth; Max-Age=604800; HttpOnly; Secure; SameSite=Strict$/,
    );
  });

  test('a refresh replaces both, and remembers what is said of the request', async () => {
    const meta = (request: Request) => request.headers.get('user-agent');
    const { handlers, sessions, time } = site({}, { meta });
    const login = await handlers.login(post('/auth/login'), 'ada', { meta: 'first' });
    time.now += MINUTE;
    const headers = { ...jar(login), 'user-agent': 'Firefox' };
    const response = await handlers.refresh(post('/auth/refresh', undefined, headers));
    expect(response.status).toBe(200);
    expect(jar(response)).not.toEqual(jar(login));
    expect(await sessions.list('ada')).toMatchObject([{ meta: 'Firefox' }]);
  });

  test('a logout ends the session and takes both away, also a second time', async () => {
    const { handlers, sessions } = site();
    const login = await handlers.login(post('/auth/login'), 'ada');
    for (let times = 0; times < 2; times++) {
      const response = await handlers.logout(post('/auth/logout', undefined, jar(login)));
      expect([response.status, cleared(response)]).toEqual([204, 2]);
    }
    expect(await sessions.list('ada')).toEqual([]);
  });

  test('a logout beside the path of the refresh cookie ends the session by the access token', async () => {
    const { handlers, sessions } = site();
    const login = await handlers.login(post('/auth/login'), 'ada');
    const [cookie = ''] = jar(login).cookie.split('; ');
    expect(cookie).toMatch(/^__Host-at=/);
    const response = await handlers.logout(post('/logout', undefined, { cookie }));
    expect([response.status, cleared(response)]).toEqual([204, 2]);
    expect(await sessions.list('ada')).toEqual([]);
  });

  test('a logout is not kept from ending the session by a refresh cookie of a subdomain', async () => {
    const { handlers, sessions } = site();
    const login = await handlers.login(post('/auth/login'), 'ada');
    const cookie = `__Secure-rt=tossed; ${jar(login).cookie}`;
    await handlers.logout(post('/auth/logout', undefined, { cookie }));
    expect(await sessions.list('ada')).toEqual([]);
  });

  test('what is said of a request may take its time', async () => {
    const { handlers, sessions } = site({}, { meta: async () => ({ city: 'London' }) });
    await handlers.login(post('/auth/login'), 'ada');
    expect(await sessions.list('ada')).toMatchObject([{ meta: { city: 'London' } }]);
  });

  test('a logout with a token that is none, or without one, takes them away as well', async () => {
    const { handlers } = site();
    for (const cookie of ['__Secure-rt=nonsense', '']) {
      const response = await handlers.logout(post('/auth/logout', undefined, { cookie }));
      expect([response.status, cleared(response)]).toEqual([204, 2]);
    }
  });

  test.each(['login', 'refresh', 'logout'] as const)('%s refuses another site', async (name) => {
    const { handlers, sessions } = site();
    const { refresh } = await sessions.issue('ada');
    const headers = { cookie: `__Secure-rt=${refresh}`, 'sec-fetch-site': 'cross-site' };
    const request = post(`/auth/${name}`, undefined, headers);
    const response = await (name === 'login'
      ? handlers.login(request, 'ada')
      : handlers[name](request));
    expect(response.status).toBe(403);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await sessions.list('ada')).toHaveLength(1);
  });

  test('pages of other origins may do it where they are named', async () => {
    const { handlers } = site({}, { origins: ['https://app.example'] });
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://app.example' };
    const response = await handlers.login(post('/auth/login', undefined, headers), 'ada');
    expect(response.status).toBe(200);
  });
});

describe('the failure table', () => {
  const down = () => Promise.reject(new Error('down'));
  const broken = { ...createMemoryStore(), issue: down, rotate: down, revoke: down, get: down };

  test.each(['login', 'refresh', 'logout'] as const)(
    'a store that is down at %s: 503, try again, and the cookies stay',
    async (name) => {
      const good = site();
      const headers = jar(await good.handlers.login(post('/auth/login'), 'ada'));
      const { handlers } = site({ store: broken });
      const request = post(`/auth/${name}`, undefined, headers);
      const response = await (name === 'login'
        ? handlers.login(request, 'ada')
        : handlers[name](request));
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(await response.json()).toMatchObject({ reason: 'session_unavailable' });
    },
  );

  test('an answer that was lost: the same cookies again, within the grace', async () => {
    const { handlers } = site();
    const headers = jar(await handlers.login(post('/auth/login'), 'ada'));
    const [lost, found] = [
      await handlers.refresh(post('/auth/refresh', undefined, headers)),
      await handlers.refresh(post('/auth/refresh', undefined, headers)),
    ];
    const refreshOf = (response: Response) => jar(response).cookie.split('__Secure-rt=')[1];
    expect(refreshOf(found)).toBe(refreshOf(lost));
  });

  test('the same, later than the grace: 401, and the cookies go', async () => {
    const { handlers, time } = site();
    const headers = jar(await handlers.login(post('/auth/login'), 'ada'));
    await handlers.refresh(post('/auth/refresh', undefined, headers));
    time.now += MINUTE;
    const response = await handlers.refresh(post('/auth/refresh', undefined, headers));
    expect([response.status, cleared(response)]).toEqual([401, 2]);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(await response.json()).toMatchObject({
      error: 'invalid_grant',
      reason: 'session_reused',
    });
  });

  test('no cookie, a bad one and an expired one: 401, and the cookies go', async () => {
    const { handlers, time } = site();
    const headers = jar(await handlers.login(post('/auth/login'), 'ada'));
    time.now += 8 * DAY;
    const answers = await Promise.all([
      handlers.refresh(post('/auth/refresh')),
      handlers.refresh(post('/auth/refresh', undefined, { cookie: '__Secure-rt=a.b.c' })),
      handlers.refresh(post('/auth/refresh', undefined, headers)),
    ]);
    const reasons = await Promise.all(
      answers.map(async (answer) => ((await answer.json()) as { reason: string }).reason),
    );
    expect(answers.map((answer) => [answer.status, cleared(answer)])).toEqual(
      Array(3).fill([401, 2]),
    );
    expect(reasons).toEqual([
      'token_missing',
      expect.stringMatching(/^token_|^header_/),
      'session_unknown',
    ]);
  });

  test('what a hook throws is not taken for an answer', async () => {
    const ban = () => {
      throw new Error('banned');
    };
    const { handlers } = site({ claims: ban });
    await expect(handlers.login(post('/auth/login'), 'ada')).rejects.toThrow('banned');
  });

  test('an AuthError of a hook is the answer to the request: a ban is 403', async () => {
    let banned = false;
    const claims = () => {
      if (banned) throw new AuthError('forbidden');
      return {};
    };
    const { handlers, sessions } = site({ claims });
    const headers = jar(await handlers.login(post('/auth/login'), 'ada'));
    banned = true;
    const response = await handlers.refresh(post('/auth/refresh', undefined, headers));
    expect([response.status, cleared(response)]).toEqual([403, 0]);
    expect(await sessions.list('ada')).toHaveLength(1);
  });

  test('a store that is down at isRevoked: 503 of the authenticator, unless it is told to let in', async () => {
    const { sessions, time } = scene({ store: broken });
    const good = await scene().sessions.issue('ada');
    const request = { headers: { authorization: `Bearer ${good.access}` } };
    const shared = { key: accessKey, isRevoked: sessions.isRevoked, clock: () => time.now };
    const strict = await createAuthenticator(shared)(request);
    expect(strict).toMatchObject({ status: 'rejected', error: { status: 503 } });
    const lenient = await createAuthenticator({ ...shared, onUnavailable: 'allow' })(request);
    expect(lenient.status).toBe('authenticated');
  });

  test('another method than POST: 405', async () => {
    const { handlers } = site();
    const response = await handlers.refresh(new Request(`${SITE}/auth/refresh`));
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('without cookies', () => {
  const bare = () => site({}, { cookies: false });

  test('tokens go through bodies, as OAuth 2.0 has it: RFC 6749 §5.1, §6', async () => {
    const { handlers } = bare();
    const cross = { 'sec-fetch-site': 'cross-site' };
    const login = await handlers.login(post('/token', undefined, cross), 'ada');
    const pair = (await login.json()) as { refresh_token: string };
    expect(pair).toMatchObject({ token_type: 'Bearer', expires_in: 600 });
    expect(login.headers.getSetCookie()).toEqual([]);
    const caching = ['cache-control', 'pragma'].map((name) => login.headers.get(name));
    expect(caching).toEqual(['no-store', 'no-cache']);
    const form = { grant_type: 'refresh_token', refresh_token: pair.refresh_token };
    const response = await handlers.refresh(post('/token', form));
    const successor = (await response.json()) as typeof pair;
    expect(successor.refresh_token).not.toBe(pair.refresh_token);
  });

  test('JSON is read as well', async () => {
    const { handlers, sessions } = bare();
    const { refresh } = await sessions.issue('ada');
    const type = { 'content-type': 'application/json' };
    const body = JSON.stringify({ refresh_token: refresh });
    expect((await handlers.logout(post('/logout', body, type))).status).toBe(204);
    expect(await sessions.list('ada')).toEqual([]);
  });

  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const type = { 'content-type': 'application/json' };
  test.each<[string, string, object, number]>([
    ['nothing', '', form, 400],
    ['the parameter twice', 'refresh_token=a&refresh_token=b', form, 400],
    ['JSON that is none', '{', type, 400],
    ['JSON without it', '{}', type, 400],
    ['JSON that is null', 'null', type, 400],
    ['a number', '{"refresh_token":5}', type, 400],
    ['a body of another type', 'refresh_token=a', { 'content-type': 'text/plain' }, 415],
    ['a body that never ends', `refresh_token=${'a'.repeat(300_000)}`, form, 413],
    ['a token that is none', 'refresh_token=a', form, 401],
  ])('%s is refused', async (_, body, headers, status) => {
    const { handlers } = bare();
    expect((await handlers.refresh(post('/token', body, headers))).status).toBe(status);
  });
});

describe('revocation, RFC 7009', () => {
  test.each(['access', 'refresh'] as const)('ends the session of an %s token', async (kind) => {
    const { handlers, sessions } = site();
    const pair = await sessions.issue('ada');
    const response = await handlers.revocation(post('/revoke', { token: pair[kind] }));
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(await sessions.list('ada')).toEqual([]);
  });

  test('of a token that is nobody’s is 200: there is nothing left to do', async () => {
    const { handlers } = site();
    expect((await handlers.revocation(post('/revoke', { token: 'nonsense' }))).status).toBe(200);
    expect((await handlers.revocation(post('/revoke', {}))).status).toBe(400);
  });
});

describe('introspection, RFC 7662', () => {
  const isClient = (request: Request) => request.headers.get('authorization') === 'Basic c2VydmVy';
  const known = { authorization: 'Basic c2VydmVy' };

  test('answers a known client', async () => {
    const { handlers, sessions } = site({}, { isClient });
    const { access, sid } = await sessions.issue('ada');
    const ask = async (token: string) => {
      const response = await handlers.introspection(post('/introspect', { token }, known));
      return response.json();
    };
    expect(await ask(access)).toMatchObject({
      active: true,
      sub: 'ada',
      sid,
      token_type: 'Bearer',
    });
    expect(await ask('nonsense')).toEqual({ active: false });
  });

  test('answers nobody else', async () => {
    const { handlers, sessions } = site({}, { isClient });
    const { access } = await sessions.issue('ada');
    const request = post('/introspect', { token: access });
    expect((await handlers.introspection(request)).status).toBe(401);
    const open = site().handlers;
    const asked = post('/introspect', { token: access }, known);
    expect((await open.introspection(asked)).status).toBe(401);
  });
});

describe('createSessionHandlers refuses', () => {
  const { sessions } = scene();
  test.each<[string, object]>([
    ['no sessions', {}],
    ['sessions that are none', { sessions: {} }],
    ['cookies that are none', { sessions, cookies: {} }],
    ['an origin with a path', { sessions, origins: ['https://app.example/'] }],
    ['an unknown option', { sessions, cookie: false }],
  ])('%s', (_, options) => {
    expect(errorOf(() => createSessionHandlers(options as never))).toBeInstanceOf(TypeError);
  });
});

describe('toListener mounts the handlers', () => {
  const { handlers, sessions } = site(
    { clock: () => START },
    { cookies: tokenCookies({ secure: 'auto', clock: () => START }) },
  );
  const login = toListener((request) => handlers.login(request, 'ada'));
  const app = express();
  app.post('/auth/login', login);
  app.post('/auth/revoke', express.urlencoded(), toListener(handlers.revocation));
  const failing = toListener(() => {
    throw new Error('expected by a test');
  });
  const servers = [createServer(login), createServer(app), createServer(failing)];
  afterAll(() => servers.map((server) => server.close()));

  async function ask(index: number, path: string, body?: URLSearchParams) {
    const server = servers[index] as Server;
    if (!server.listening) await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const headers = { origin, connection: 'close' };
    return fetch(origin + path, { method: 'POST', headers, ...(body && { body }) });
  }

  test.each([
    ['node:http', 0],
    ['Express', 1],
  ])('on %s, cookies and all', async (_, index) => {
    const response = await ask(index, '/auth/login');
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie().map((line) => line.split('=')[0])).toEqual(['at', 'rt']);
  });

  test('behind a parser of bodies', async () => {
    const { refresh } = await sessions.issue('bob');
    const response = await ask(1, '/auth/revoke', new URLSearchParams({ token: refresh }));
    expect(response.status).toBe(200);
    expect(await sessions.list('bob')).toEqual([]);
  });

  test('and answers 500 to what a handler throws', async () => {
    const printed: unknown[] = [];
    const { error } = console;
    console.error = (line: unknown) => printed.push(line);
    const response = await ask(2, '/');
    console.error = error;
    expect([response.status, await response.text(), printed.length]).toEqual([500, '', 1]);
  });
});
