import { request as send } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import express from 'express';
import express4 from 'express4';
import fastify5 from 'fastify';
import fastify4 from 'fastify4';
import { Hono } from 'hono';
import Koa from 'koa';
import { afterEach, describe, expect, it, test, vi } from 'vitest';
import { type ExpressOptions, jwt as expressJwt } from '../../src/adapters/express.ts';
import fastifyJwt, { type FastifyHook, type FastifyOptions } from '../../src/adapters/fastify.ts';
import { withAuth as fetchAuth } from '../../src/adapters/fetch.ts';
import { jwt as honoJwt } from '../../src/adapters/hono.ts';
import { jwt as koaJwt } from '../../src/adapters/koa.ts';
import { authenticateNode, withAuth as nodeAuth, toListener } from '../../src/adapters/node.ts';
import {
  AuthError,
  type AuthenticatorOptions,
  getAuth,
  query,
  type RequestLike,
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

/** The status and the body of a response that fetch would not get. */
const sendRaw = (origin: string, options: object) =>
  new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const sent = send(origin, { agent: false, ...options }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode, text });
    });
    sent.on('error', reject).end();
  });

const silenced = () => vi.spyOn(console, 'error').mockImplementation(() => {});
const expressMajors = { 4: express4 as unknown as typeof express, 5: express };
const fastifyMajors = { 4: fastify4 as unknown as typeof fastify5, 5: fastify5 };

test('the aliases of the packages are the majors that the contract names', () => {
  const require = createRequire(import.meta.url);
  const major = (name: string) => Number(require(`${name}/package.json`).version.split('.')[0]);
  const names = ['express4', 'express', 'fastify4', 'fastify', 'koa2', 'koa'];
  expect(names.map(major)).toEqual([4, 5, 4, 5, 2, 3]);
});

describe.each(Object.entries(expressMajors))('Express %s', (_, create) => {
  type Options = WithoutKey<ExpressOptions<{ sub?: string }, unknown, express.Request>>;
  const start = (options: Options) => {
    const app = create();
    app.use(
      '/api',
      expressJwt<{ sub?: string }, unknown, express.Request>({ key: secret, ...options }),
      (request, response) => {
        const guest = getAuth(request, { optional: true }) === undefined;
        response.json([guest, ...Object.keys(request.query)]);
      },
    );
    app.use(((error, _request, response, _next) => {
      response.status(error.status ?? 500).json({ handled: error.reason ?? error.message });
    }) satisfies express.ErrorRequestHandler);
    return serve(app);
  };

  test('reads the URL of a mounted router and does not change req.query', async () => {
    const origin = await start({ from: query('t') });
    const response = await fetch(`${origin}/api/x?t=${token}&a=1`);
    expect(await response.json()).toEqual([false, 't', 'a']);
  });

  test('passes errors to the error handlers with onError: next', async () => {
    const response = await fetch(`${await start({ onError: 'next' })}/api`);
    expect([response.status, await response.json()]).toEqual([401, { handled: 'token_missing' }]);
  });

  test('calls an onError function, which can respond, continue or fail', async () => {
    const own = await start({ onError: (error, _, response) => response.end(error.reason) });
    expect(await (await fetch(`${own}/api`)).text()).toBe('token_missing');
    const on = await start({ onError: (_error, _request, _response, next) => next() });
    expect(await (await fetch(`${on}/api?a=1`)).json()).toEqual([true, 'a']);
    const failing = await start({ onError: () => Promise.reject(new Error('a bug')) });
    expect(await (await fetch(`${failing}/api`)).json()).toEqual({ handled: 'a bug' });
  });

  describe('a guard', () => {
    const guarded = async (options: Options) => {
      const app = create();
      app.use(expressJwt<{ sub?: string }, unknown, express.Request>({ key: secret, ...options }));
      app.get('/', requireScopes('admin'), (_request, response) => void response.end('granted'));
      app.use(((error, _request, response, _next) => {
        response.status(error.status).json({ handled: error.reason });
      }) satisfies express.ErrorRequestHandler);
      const response = await fetch(await serve(app), withBearer);
      return [response.status, await response.json()];
    };

    it('responds as the middleware does', async () => {
      const body = new AuthError('insufficient_scope').toJSON();
      expect(await guarded({})).toEqual([403, body]);
    });

    it('calls next with its error if onError is set, so that onError cannot grant access', async () => {
      const handled = [403, { handled: 'insufficient_scope' }];
      expect(await guarded({ onError: 'next' })).toEqual(handled);
      expect(await guarded({ onError: (_e, _q, _r, next) => next() })).toEqual(handled);
    });
  });

  test('ends a started response of a guard that rejects', async () => {
    silenced();
    const app = create().use(
      expressJwt({ key: secret }),
      (_request, response, next) => {
        response.write('begun');
        next();
      },
      requireScopes('admin'),
    );
    const response = await fetch(await serve(app), {
      ...withBearer,
      signal: AbortSignal.timeout(5000),
    });
    await expect(response.text()).rejects.toThrow('terminated');
  });

  test('passes the error of a hook to the error handlers', async () => {
    const authorize = () => Promise.reject(new Error('a bug'));
    const response = await fetch(`${await start({ authorize })}/api`, withBearer);
    expect([response.status, await response.json()]).toEqual([500, { handled: 'a bug' }]);
  });

  test('sends no second response', async () => {
    const app = create();
    app.use(
      (_request, response, next) => {
        response.end('first');
        next();
      },
      expressJwt({ key: secret }),
    );
    expect(await (await fetch(await serve(app))).text()).toBe('first');
  });
});

test.each([
  ['of an accepted request', withBearer, 'granted'],
  ['with the error of a hook', { headers: {} }, ''],
])('the Express middleware survives a next that throws: %s', async (_, init, begun) => {
  const print = silenced();
  const authorize = () => true;
  const skip = ({ headers }: RequestLike) => {
    if (!('authorization' in Object(headers))) throw new Error('a bug of the hook');
    return false;
  };
  const middleware = expressJwt({ key: secret, authorize, skip });
  // As in frameworks that do not catch errors of handlers.
  const origin = await serve((request, response) => {
    middleware(request as never, response, () => {
      if (request.url === '/late') response.write(begun);
      throw new Error('a bug of the handler');
    });
  });
  const response = await fetch(origin, init);
  expect([response.status, await response.text()]).toEqual([500, '']);
  if (begun) {
    await expect(fetch(`${origin}/late`, init).then((late) => late.text())).rejects.toThrow();
  }
  expect(print).toHaveBeenCalled();
});

test('Express throws TypeError for wrong options', () => {
  for (const wrong of [{ onError: 'json' }, { onError: undefined }, { key: '' }, { onEror: 1 }]) {
    expect(() => expressJwt({ key: secret, ...(wrong as object) })).toThrow(TypeError);
  }
  expect(() => expressJwt(undefined as never)).toThrow('options must be an object');
});

describe.each(Object.entries(fastifyMajors))('Fastify %s', (_, create) => {
  const start = async (options: WithoutKey<FastifyOptions>) => {
    const app = create();
    await app.register(fastifyJwt, { key: secret, ...options });
    app.get('/open', async (request) => ({ auth: request.auth }));
    app.get('/closed', { onRequest: app.authenticate }, async (request) => ({
      sub: request.auth?.payload.sub,
    }));
    return app;
  };

  test('protects every route beside the plugin', async () => {
    const app = await start({});
    expect((await app.inject('/open')).statusCode).toBe(401);
    expect((await app.inject({ url: '/open', ...withBearer })).statusCode).toBe(200);
    expect(app.printPlugins()).toContain('jotkit');
  });

  test('protects only routes that name the hook with global: false', async () => {
    const app = await start({ global: false });
    expect((await app.inject('/open')).json()).toEqual({});
    expect((await app.inject('/closed')).statusCode).toBe(401);
    const response = await app.inject({ url: '/closed', ...withBearer });
    expect(response.json()).toEqual({ sub: 'ada' });
  });

  test('passes errors to the error handler, and no user to an onResponse hook', async () => {
    const app = create();
    const seen: unknown[] = [];
    app.setErrorHandler((error, _request, reply) => {
      reply.code(418).send({ is: error instanceof AuthError && error.reason });
    });
    app.addHook('onResponse', async (request) => {
      seen.push(getAuth(request, { optional: true })?.payload.sub);
    });
    await app.register(fastifyJwt, { key: secret });
    app.get('/', async () => 'x');
    expect((await app.inject('/')).json()).toEqual({ is: 'token_missing' });
    await app.inject({ url: '/', ...withBearer });
    expect(seen).toEqual([undefined, 'ada']);
  });

  test('uses decorators of requests that are there', async () => {
    const app = create();
    app.decorateRequest('user', null).decorateRequest('auth', null);
    await app.register(fastifyJwt, { key: secret, credentialsRequired: false });
    app.get('/', async (request) => {
      return [request.auth?.source ?? null, Reflect.get(request, 'user') ?? null];
    });
    expect((await app.inject('/')).json()).toEqual([null, null]);
    const { 1: user, 0: source } = (await app.inject({ url: '/', ...withBearer })).json();
    expect([source, user.sub]).toEqual(['header', 'ada']);
  });

  test('leaves an authenticate of the application if it protects every route anyway', async () => {
    const app = create();
    const own = async () => {};
    app.decorate('authenticate', own);
    await app.register(fastifyJwt, { key: secret });
    expect(app.authenticate).toBe(own);
    app.get('/', async () => 'x');
    expect((await app.inject('/')).statusCode).toBe(401);
  });

  test('throws TypeError if routes would name an authenticate of the application', async () => {
    for (const options of [{ global: false }, { properties: { authenticate: 'authenticate' } }]) {
      const app = create();
      app.decorate('authenticate', async () => {});
      const register = async () => app.register(fastifyJwt, { key: secret, ...options });
      await expect(register()).rejects.toThrow('fastify.authenticate is already decorated');
    }
  });

  test('offers the hook under another name, or not at all', async () => {
    const app = create();
    app.decorate('authenticate', async () => {});
    const properties = { authenticate: 'requireToken' };
    await app.register(fastifyJwt, { key: secret, global: false, properties });
    await app.register(fastifyJwt, { key: secret, properties: { authenticate: false } });
    const { requireToken } = app as unknown as { requireToken: FastifyHook };
    expect(requireToken).toBeTypeOf('function');
  });

  test('throws TypeError for wrong options', async () => {
    for (const options of [{ global: 'no' }, { globl: true }, { key: '' }]) {
      const wrong = { key: secret, ...options } as FastifyOptions;
      await expect(create().register(fastifyJwt, wrong)).rejects.toThrow(TypeError);
    }
  });
});

describe.each(Object.entries(fastifyMajors))('toListener in Fastify %s', (_, create) => {
  const start = (handler: Parameters<typeof toListener<object>>[0]) => {
    const app = create();
    app.addHook('onRequest', async (_request, reply) => void reply.header('x-early', 'kept'));
    app.all('/', toListener(handler));
    return app;
  };
  const post = { method: 'POST', url: '/', payload: { name: 'Ada' } } as const;

  it('sends the response by reply.send, so that its headers join those of hooks', async () => {
    const app = start(async (request) => {
      const headers = new Headers({ 'x-method': request.method });
      for (const cookie of ['a=1', 'b=2']) headers.append('set-cookie', cookie);
      return new Response(await request.text(), { status: 201, headers });
    });
    const { statusCode, headers, body } = await app.inject(post);
    expect([statusCode, body]).toEqual([201, '{"name":"Ada"}']);
    expect(headers).toMatchObject({ 'x-early': 'kept', 'x-method': 'POST' });
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2']);
  });

  it('sends an empty response', async () => {
    const app = start(() => new Response(null, { status: 204 }));
    const { statusCode, body, headers } = await app.inject('/');
    expect([statusCode, body, headers['x-early']]).toEqual([204, '', 'kept']);
  });

  it('hands the request of Fastify to the handler, and its errors to Fastify', async () => {
    const app = start((_request, context) => {
      if (Reflect.get(context, 'method') === 'POST') throw new Error('a bug of the handler');
      return new Response(Reflect.get(context, 'ip'));
    });
    expect((await app.inject('/')).body).toBe('127.0.0.1');
    const { statusCode, headers } = await app.inject(post);
    expect([statusCode, headers['x-early']]).toEqual([500, 'kept']);
  });

  it('responds with 400 to a request that fetch does not have', async () => {
    const app = start(() => new Response());
    const { statusCode } = await app.inject({ url: '/', headers: { host: 'a b' } });
    expect(statusCode).toBe(400);
  });
});

test('Koa lets an earlier middleware catch the error, without a user', async () => {
  const app = new Koa();
  app.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      ctx.body = [(error as AuthError).reason, getAuth(ctx, { optional: true }) ?? 'guest'];
    }
  });
  app.use(koaJwt({ key: secret }));
  const response = await fetch(await serve(app.callback()));
  expect(await response.json()).toEqual(['token_missing', 'guest']);
});

describe('Hono', () => {
  test('compiles options from the context once for each object', async () => {
    const options = {} as AuthenticatorOptions;
    const read = vi.fn(() => secret);
    Object.defineProperty(options, 'key', { enumerable: true, get: read });
    const app = new Hono<{ Bindings: { open: boolean } }>();
    app.use(honoJwt(() => options));
    app.get('/', (c) => c.json(getAuth(c).payload.sub));
    expect(await (await app.request('/', withBearer)).json()).toBe('ada');
    expect((await app.request('/')).status).toBe(401);
    expect(read).toHaveBeenCalledOnce();
  });

  test('passes errors to app.onError with onError: throw, without a user', async () => {
    const app = new Hono();
    app.onError((error, c) => {
      expect(getAuth(c, { optional: true })).toBeUndefined();
      return c.text(error instanceof AuthError ? error.reason : 'other', 418);
    });
    app.use(honoJwt({ key: secret, onError: 'throw' }));
    expect(await (await app.request('/')).text()).toBe('token_missing');
  });

  test('does not replace the Cache-Control of a response', async () => {
    const app = new Hono();
    app.use(honoJwt({ key: secret, from: query('t') }));
    app.get('/', () => new Response('', { headers: { 'cache-control': 'no-store' } }));
    app.get('/plain', () => new Response(''));
    const cache = async (path: string) =>
      (await app.request(`${path}?t=${token}`)).headers.get('cache-control');
    expect([await cache('/'), await cache('/plain')]).toEqual(['no-store', 'private']);
  });
});

describe('fetch', () => {
  const request = new Request('https://api.example/', withBearer);

  test('passes on further arguments and errors of the handler', async () => {
    const handler = fetchAuth({ key: secret }, (_request, auth, name: string) => {
      if (name === 'admin') requireRoles('admin')(request);
      if (name === 'bug') throw new Error('a bug');
      return Response.json([auth.payload.sub, name]);
    });
    expect(await (await handler(request, 'x')).json()).toEqual(['ada', 'x']);
    expect((await handler(request, 'admin')).status).toBe(403);
    await expect(handler(request, 'bug')).rejects.toThrow('a bug');
  });

  test('does not read the body', async () => {
    const post = new Request('https://api.example/', { method: 'POST', body: 'x' });
    expect((await fetchAuth({ key: secret }, () => new Response())(post)).status).toBe(401);
    expect(post.bodyUsed).toBe(false);
  });

  test('adds headers to an immutable response', async () => {
    const handler = fetchAuth({ key: secret, from: query('t') }, () =>
      Response.redirect('https://api.example/next', 303),
    );
    const { status, headers } = await handler(new Request(`https://api.example/?t=${token}`));
    expect([status, headers.get('cache-control')]).toEqual([303, 'private']);
    expect(headers.get('location')).toBe('https://api.example/next');
  });
});

describe('node:http', () => {
  test('responds to an error of the handler with an empty 500, or ends a started response', async () => {
    const print = silenced();
    const listener = nodeAuth({ key: secret }, (request, response) => {
      if (request.url === '/late') response.write('begun');
      throw new Error('a bug');
    });
    const origin = await serve(listener);
    const response = await fetch(origin, withBearer);
    expect([response.status, await response.text()]).toEqual([500, '']);
    await expect(fetch(`${origin}/late`, withBearer).then((late) => late.text())).rejects.toThrow();
    expect(print).toHaveBeenCalledTimes(2);
  });

  test('ends a started response of a guard that rejects, not a complete one', async () => {
    const print = silenced();
    const listener = nodeAuth({ key: secret }, (request, response) => {
      if (request.url === '/late') response.write('begun');
      else response.end('complete');
      requireRoles('admin')(request);
    });
    const origin = await serve(listener);
    await expect(fetch(`${origin}/late`, withBearer).then((late) => late.text())).rejects.toThrow();
    expect(await (await fetch(origin, withBearer)).text()).toBe('complete');
    expect(print).toHaveBeenCalledTimes(2);
  });

  test('hands preflights to a handler that accepts guests', async () => {
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'PUT' };
    const options = { key: secret, credentialsRequired: false };
    const origin = await serve(
      nodeAuth(options, (_request, response, auth) => response.end(String(auth))),
    );
    const { text } = await sendRaw(origin, { method: 'OPTIONS', headers });
    expect(text).toBe('undefined');
  });

  test('authenticateNode stores the result for getAuth and sends no response', async () => {
    const authenticate = authenticateNode({ key: secret });
    const origin = await serve(async (request, response) => {
      const { status } = await authenticate(request);
      response.end(`${status} ${status === 'authenticated' && getAuth(request).payload.sub}`);
    });
    expect(await (await fetch(origin, withBearer)).text()).toBe('authenticated ada');
    expect(await (await fetch(origin)).text()).toBe('rejected false');
  });

  test.each([
    ['a space in the host', 'GET', 'a b'],
    ['an invalid port', 'GET', 'x:99999'],
    ['a user name in the host', 'GET', 'eve@x'],
    ['the method TRACE', 'TRACE', 'x'],
  ])('toListener responds with 400 to %s', async (_, method, host) => {
    const print = silenced();
    const origin = await serve(toListener(() => new Response('ok')));
    expect((await sendRaw(origin, { method, headers: { host } })).status).toBe(400);
    expect(print).not.toHaveBeenCalled();
  });

  test.each(['TRACK', 'trace', 'get', 'connect', 'TRACE'])(
    'toListener responds with 400 to the method %s of HTTP/2',
    async (method) => {
      const server = createHttp2Server(toListener(() => new Response('ok')) as never);
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      const stream = session.request({ ':method': method, ':path': '/' });
      const status = await new Promise((resolve, reject) => {
        stream.on('response', (headers) => resolve(headers[':status']));
        stream.on('error', reject);
        stream.end();
      });
      session.destroy();
      server.close();
      expect(status).toBe(400);
    },
  );

  test('toListener reads the path of a request in absolute form', async () => {
    const origin = await serve(toListener(({ url }) => new Response(new URL(url).pathname)));
    const path = 'http://id.example/auth/refresh?a=b';
    expect((await sendRaw(origin, { path })).text).toBe('/auth/refresh');
  });
});
