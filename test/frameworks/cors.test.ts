/** Headers of the CORS middleware of each framework on 401, 403 and session responses. */

import { createServer } from 'node:http';
import fastifyCors from '@fastify/cors';
import { getRequestListener } from '@hono/node-server';
import koaCors from '@koa/cors';
import expressCors from 'cors';
import express from 'express';
import express4 from 'express4';
import fastify5 from 'fastify';
import { Hono } from 'hono';
import { cors as honoCors } from 'hono/cors';
import Koa from 'koa';
import { afterEach, describe, expect, it } from 'vitest';
import { jwt as expressJwt } from '../../src/adapters/express.ts';
import jotkit from '../../src/adapters/fastify.ts';
import { jwt as honoJwt } from '../../src/adapters/hono.ts';
import { jwt as koaJwt } from '../../src/adapters/koa.ts';
import { toListener } from '../../src/adapters/node.ts';
import { type AuthenticatorOptions, cookie, requireScopes } from '../../src/http/index.ts';
import { createSigner } from '../../src/index.ts';
import { createSessionHandlers, createSessions } from '../../src/sessions/index.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { listening, type Running } from '../adapters/listening.ts';
import { secret } from '../http/requests.ts';

const page = 'https://app.example';
const cors = { origin: page, credentials: true };
const token = createSigner(secret, { expiresIn: '10m' })({ sub: 'ada' });
const jwt: AuthenticatorOptions = { key: secret, from: cookie('at'), csrf: { origins: [page] } };

/** Handlers of which `login` accepts everybody. */
function createHandlers() {
  const sessions = createSessions({
    store: createMemoryStore(),
    access: { key: secret },
    refresh: { key: `${secret}, for refresh tokens` },
    issuer: 'https://id.example',
    audience: 'api',
  });
  return createSessionHandlers({ sessions, path: '/auth', origins: [page] });
}

type Handlers = ReturnType<typeof createHandlers>;
type Order = 'before' | 'after';

/** Serves `/me`, `/scoped` and the session handlers, with CORS before or after jotkit. */
type Start = (order: Order, handlers: Handlers) => Promise<Running>;

const login = (handlers: Handlers) => (request: Request) => handlers.login(request, 'ada');

const expressApp =
  (create: typeof express): Start =>
  (order, handlers) => {
    const app = create();
    const addCors = () => app.use(expressCors(cors));
    if (order === 'before') addCors();
    app.use('/me', expressJwt(jwt));
    if (order === 'after') addCors();
    app.all('/me', requireScopes('admin') as never);
    app.post('/auth/login', toListener(login(handlers)));
    app.post(
      '/auth/refresh',
      toListener((request) => handlers.refresh(request)),
    );
    return listening(createServer(app));
  };

const fastifyApp =
  (create: typeof fastify5): Start =>
  async (order, handlers) => {
    const app = create();
    if (order === 'before') await app.register(fastifyCors, cors);
    await app.register(jotkit, { ...jwt, skip: ({ url = '' }) => url.startsWith('/auth/') });
    if (order === 'after') await app.register(fastifyCors, cors);
    app.all('/me', { preHandler: requireScopes('admin') }, async () => 'ok');
    app.post('/auth/login', toListener(login(handlers)));
    app.post(
      '/auth/refresh',
      toListener((request) => handlers.refresh(request)),
    );
    const origin = await app.listen({ host: '127.0.0.1', port: 0 });
    const close = () => {
      app.server.closeAllConnections();
      return app.close();
    };
    return { origin, close };
  };

const starts: Record<string, Start> = {
  'Express 4': expressApp(express4 as unknown as typeof express),
  'Express 5': expressApp(express),
  'Fastify 5': fastifyApp(fastify5),
  'Koa 3': (order, handlers) => {
    const app = new Koa();
    app.silent = true;
    const scoped = requireScopes('admin');
    const protect = koaJwt({ ...jwt, skip: ({ url = '' }) => url.startsWith('/auth/') });
    if (order === 'before') app.use(koaCors(cors));
    app.use(protect);
    if (order === 'after') app.use(koaCors(cors));
    app.use(async (ctx, next) => {
      if (ctx.path === '/me') return scoped(ctx, next);
      ctx.respond = false;
      const handler = ctx.path === '/auth/login' ? login(handlers) : handlers.refresh;
      return toListener((request) => handler(request))(ctx.req, ctx.res);
    });
    return listening(createServer(app.callback()));
  },
  'Hono 4': (order, handlers) => {
    const app = new Hono();
    if (order === 'before') app.use(honoCors(cors));
    app.use('/me', honoJwt(jwt));
    if (order === 'after') app.use(honoCors(cors));
    app.all('/me', requireScopes('admin'), (c) => c.text('ok'));
    app.post('/auth/login', (c) => login(handlers)(c.req.raw));
    app.post('/auth/refresh', (c) => handlers.refresh(c.req.raw));
    return listening(createServer(getRequestListener(app.fetch)));
  },
};

const open: Running[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ close }) => close()));
});

describe.each(Object.entries(starts))('CORS headers of %s', (_, start) => {
  const run = async (order: Order) => {
    const running = await start(order, createHandlers());
    open.push(running);
    return (path: string, headers: Record<string, string> = {}, method = 'GET') =>
      fetch(running.origin + path, { method, headers: { origin: page, ...headers } });
  };
  const allowed = ({ status, headers }: Response) => [
    status,
    headers.get('access-control-allow-origin'),
    headers.get('access-control-allow-credentials'),
  ];

  it('survive 401, 403 and session responses', async () => {
    const call = await run('before');
    expect(allowed(await call('/me'))).toEqual([401, page, 'true']);
    const response = await call('/me', { cookie: `at=${token}` });
    expect(allowed(response)).toEqual([403, page, 'true']);
    expect(response.headers.get('www-authenticate')).toContain('insufficient_scope');
    const loggedIn = await call('/auth/login', {}, 'POST');
    expect(allowed(loggedIn)).toEqual([200, page, 'true']);
    expect(loggedIn.headers.getSetCookie().length).toBeGreaterThanOrEqual(2);
    expect(loggedIn.headers.get('cache-control')).toBe('no-store');
    const rejected = await call('/auth/refresh', {}, 'POST');
    expect(allowed(rejected)).toEqual([401, page, 'true']);
  });

  it('reach preflights and accepted requests if the CORS middleware is the inner one', async () => {
    const call = await run('after');
    const preflight = { 'access-control-request-method': 'POST' };
    const response = await call('/me', preflight, 'OPTIONS');
    expect([response.ok, ...allowed(response).slice(1)]).toEqual([true, page, 'true']);
    expect(allowed(await call('/me', { cookie: `at=${token}` }))).toEqual([403, page, 'true']);
    expect(allowed(await call('/auth/login', {}, 'POST'))).toEqual([200, page, 'true']);
  });
});
