/** Error responses keep the shape of the adapter, and can have the shape of the application. */

import express from 'express';
import express4 from 'express4';
import { type Context, Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { afterEach, describe, expect, it, test, vi } from 'vitest';
import { jwt as expressJwt, jwtErrors } from '../../src/adapters/express.ts';
import { withAuth as fetchAuth } from '../../src/adapters/fetch.ts';
import { type HonoOptions, jwt as honoJwt } from '../../src/adapters/hono.ts';
import { withAuth as nodeAuth } from '../../src/adapters/node.ts';
import {
  AuthError,
  getAuth,
  query,
  requireAny,
  requireRoles,
  requireScopes,
} from '../../src/http/index.ts';
import { createSigner } from '../../src/index.ts';
import { secret, type WithoutKey } from '../http/requests.ts';
import { serve } from './serve.ts';

const token = createSigner(secret, { expiresIn: '10m' })({ sub: 'ada' });
const withBearer = { headers: { authorization: `Bearer ${token}` } };

afterEach(() => {
  vi.restoreAllMocks();
});

const silenced = () => vi.spyOn(console, 'error').mockImplementation(() => {});
const expressMajors = { 4: express4 as unknown as typeof express, 5: express };

describe.each(Object.entries(expressMajors))('Express %s', (_, create) => {
  describe('jwtErrors', () => {
    const throwing = async (error: Error, path = '/') => {
      const app = create();
      app.use('/', expressJwt({ key: secret, credentialsRequired: false }));
      app.get('/', () => {
        throw error;
      });
      app.get('/guest', (request, response) => void response.json(getAuth(request).payload));
      app.use(create.Router().get('/inner', (_request, _response, next) => next(error)));
      app.use(jwtErrors());
      app.use(((error, _request, response, _next) => {
        response.status(418).json({ handled: error.message });
      }) satisfies express.ErrorRequestHandler);
      const response = await fetch((await serve(app)) + path);
      return [response.status, response.headers.get('www-authenticate'), await response.json()];
    };

    it.each(['/', '/inner'])(
      'responds to an AuthError of a handler as jwt() does: %s',
      async (path) => {
        const error = new AuthError('forbidden');
        const expected = [403, error.headers['WWW-Authenticate'], error.toJSON()];
        expect(await throwing(error, path)).toEqual(expected);
      },
    );

    it('responds to getAuth for a guest', async () => {
      const { headers, ...error } = new AuthError('token_missing');
      const expected = [
        401,
        headers['WWW-Authenticate'],
        expect.objectContaining({ reason: error.reason }),
      ];
      expect(await throwing(new Error(), '/guest')).toEqual(expected);
    });

    it('passes any other error on', async () => {
      expect(await throwing(new Error('a bug'))).toEqual([418, null, { handled: 'a bug' }]);
    });
  });

  test('a guard responds with JSON behind another authenticator and in a router', async () => {
    const app = create();
    app.use((request, _response, next) => {
      Object.assign(request, { user: { id: 'passport' } });
      next();
    });
    app.use(expressJwt({ key: secret }));
    const router = create.Router();
    router.use(requireAny(requireRoles('admin'), requireScopes('orders:write')));
    app.use('/admin', router);
    const response = await fetch(`${await serve(app)}/admin/x`, withBearer);
    const error = new AuthError('insufficient_scope', { scope: 'orders:write' });
    expect([response.status, await response.json()]).toEqual([403, error.toJSON()]);
    expect(response.headers.get('www-authenticate')).toBe(error.headers['WWW-Authenticate']);
  });
});

describe('Hono with an app.onError that knows only HTTPException', () => {
  const appWith = (options: WithoutKey<HonoOptions> = {}) => {
    const app = new Hono();
    const logged: unknown[] = [];
    app.onError((error, c) =>
      error instanceof HTTPException ? error.getResponse() : c.text('a bug', 500),
    );
    app.use(async (c, next) => {
      c.header('access-control-allow-origin', 'https://app.example');
      await next();
      logged.push(c.error instanceof AuthError && c.error.reason);
    });
    app.use(honoJwt({ key: secret, ...options }));
    app.get('/admin', requireRoles('admin'), (c) => c.text('granted'));
    app.route(
      '/sub',
      new Hono().get('/admin', requireRoles('admin'), (c) => c.text('granted')),
    );
    return { app, logged };
  };
  const cases = [
    ['token_missing', '/', undefined, 401],
    ['forbidden', '/admin', withBearer, 403],
    ['forbidden', '/sub/admin', withBearer, 403],
  ] as const;

  it.each(cases)('responds to %s at %s, with headers of middleware', async (...row) => {
    const [reason, path, init, status] = row;
    const { app, logged } = appWith();
    const response = await app.request(path, init);
    expect([response.status, await response.json()]).toEqual([
      status,
      new AuthError(reason).toJSON(),
    ]);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="api"/);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(logged).toEqual([reason]);
  });

  it.each(cases)('responds to %s at %s as onError does', async (reason, path, init) => {
    const { app, logged } = appWith({
      onError: (error, c) => (c as Context).text(error.reason, 418),
    });
    const response = await app.request(path, init);
    expect([response.status, await response.text()]).toEqual([418, reason]);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(logged).toEqual([reason]);
  });

  it.each(cases)('throws %s at %s with onError: throw', async (reason, path, init) => {
    const { app, logged } = appWith({ onError: 'throw' });
    expect(await (await app.request(path, init)).text()).toBe('a bug');
    expect(logged).toEqual([reason]);
  });
});

describe('withAuth with onError', () => {
  const body = async (response: Response) => [response.status, await response.text()];

  it('responds in fetch as it returns, also to guards', async () => {
    const onError = async ({ reason }: AuthError, request: Request) => {
      return new Response(`${request.method} ${reason}`, { status: 418 });
    };
    const handler = fetchAuth({ key: secret, onError }, (request) => {
      requireRoles('admin')(request);
      return new Response('granted');
    });
    const url = 'https://api.example/';
    expect(await body(await handler(new Request(url)))).toEqual([418, 'GET token_missing']);
    expect(await body(await handler(new Request(url, withBearer)))).toEqual([418, 'GET forbidden']);
  });

  it('responds in node:http as it does, also to guards, and with 500 if it throws', async () => {
    const print = silenced();
    const listener = nodeAuth(
      {
        key: secret,
        async onError({ reason }, request, response) {
          if (request.url === '/bug') throw new Error('a bug');
          response.writeHead(418).end(reason);
        },
      },
      (request) => requireRoles('admin')(request),
    );
    const origin = await serve(listener);
    expect(await body(await fetch(origin))).toEqual([418, 'token_missing']);
    expect(await body(await fetch(origin, withBearer))).toEqual([418, 'forbidden']);
    expect(await body(await fetch(`${origin}/bug`))).toEqual([500, '']);
    expect(print).toHaveBeenCalledOnce();
  });
});

test.each([
  ['undefined, as after an upgrade of Bun', undefined],
  ['a response of status 101, as of an upgrade in Deno', { status: 101 }],
])('withAuth returns %s unchanged for a token in the URL', async (_, given) => {
  const from = query('t');
  const handler = fetchAuth({ key: secret, from }, () => given as never);
  expect(await handler(new Request(`https://api.example/?t=${token}`))).toBe(given);
});
