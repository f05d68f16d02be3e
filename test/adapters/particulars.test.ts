import { createServer, request as send } from 'node:http';
import { createRequire } from 'node:module';
import express from 'express';
import express4 from 'express4';
import fastify5 from 'fastify';
import fastify4 from 'fastify4';
import { Hono } from 'hono';
import Koa from 'koa';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type ExpressOptions, jwt as expressJwt } from '../../src/adapters/express.ts';
import fastifyJwt, { type FastifyOptions } from '../../src/adapters/fastify.ts';
import { withAuth as fetchAuth } from '../../src/adapters/fetch.ts';
import { jwt as honoJwt } from '../../src/adapters/hono.ts';
import { jwt as koaJwt } from '../../src/adapters/koa.ts';
import { authenticateNode, withAuth as nodeAuth, toListener } from '../../src/adapters/node.ts';
import {
  AuthError,
  type AuthenticatorOptions,
  getAuth,
  query,
  requireRoles,
} from '../../src/http/index.ts';
import { createSigner } from '../../src/index.ts';
import { listening, type Running } from './listening.ts';

const secret = 'the secret of the adapter tests, of 32 bytes or more';
const token = createSigner(secret, { expiresIn: '10m' })({ sub: 'ada' });
const withBearer = { headers: { authorization: `Bearer ${token}` } };
const open: Running[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map(({ close }) => close()));
});

async function serve(listener: Parameters<typeof createServer>[1]): Promise<string> {
  const running = await listening(createServer(listener));
  open.push(running);
  return running.origin;
}

const expressMajors = {
  4: express4 as unknown as typeof express,
  5: express,
};

describe.each(Object.entries(expressMajors))('Express %s', (_, create) => {
  type Options = ExpressOptions<{ sub?: string }, unknown, express.Request>;
  const start = (options: Options) => {
    const app = create();
    app.use(
      '/api',
      expressJwt<{ sub?: string }, unknown, express.Request>({ key: secret, ...options }),
      (request, response) => void response.json(Object.keys(request.query)),
    );
    app.use(((error, _request, response, _next) => {
      response.status(error.status ?? 500).json({ handled: error.reason ?? error.message });
    }) satisfies express.ErrorRequestHandler);
    return serve(app);
  };

  test('finds a token in the URL of a mounted router, and leaves req.query alone', async () => {
    const origin = await start({ from: query('t') });
    const answer = await fetch(`${origin}/api/x?t=${token}&a=1`);
    expect(await answer.json()).toEqual(['t', 'a']);
  });

  test('hands refusals to the error handlers where that was asked for', async () => {
    const answer = await fetch(`${await start({ onError: 'next' })}/api`);
    expect([answer.status, await answer.json()]).toEqual([401, { handled: 'token_missing' }]);
  });

  test('calls a function for refusals, which may answer, go on, or fail', async () => {
    const own = await start({ onError: (error, _, response) => response.end(error.reason) });
    expect(await (await fetch(`${own}/api`)).text()).toBe('token_missing');
    const on = await start({ onError: (_error, _request, _response, next) => next() });
    expect(await (await fetch(`${on}/api?a=1`)).json()).toEqual(['a']);
    const failing = await start({ onError: () => Promise.reject(new Error('a fault')) });
    expect(await (await fetch(`${failing}/api`)).json()).toEqual({ handled: 'a fault' });
  });

  test('sends what a hook throws to the error handlers', async () => {
    const authorize = () => Promise.reject(new Error('a fault'));
    const answer = await fetch(`${await start({ authorize })}/api`, withBearer);
    expect([answer.status, await answer.json()]).toEqual([500, { handled: 'a fault' }]);
  });

  test.each([{ onError: 'json' }, { onError: undefined }, { key: '' }, { onEror: 'next' }])(
    'takes %o for a mistake',
    (options) => {
      expect(() => expressJwt({ key: secret, ...(options as object) })).toThrow(TypeError);
    },
  );

  test('knows a guest in a refused request that an error function lets go on', async () => {
    const app = create();
    app.use(expressJwt({ key: secret, onError: (_error, _request, _response, next) => next() }));
    app.use((request, response) => {
      response.json([getAuth(request, { optional: true }) ?? 'a guest']);
    });
    expect(await (await fetch(await serve(app))).json()).toEqual(['a guest']);
  });

  test('needs options', () => {
    expect(() => expressJwt(undefined as never)).toThrow('key must have a value');
  });

  test('does not answer twice', async () => {
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

const fastifyMajors = { 4: fastify4 as unknown as typeof fastify5, 5: fastify5 };

describe.each(Object.entries(fastifyMajors))('Fastify %s', (_, create) => {
  const start = async (options: Partial<FastifyOptions>) => {
    const app = create();
    await app.register(fastifyJwt, { key: secret, ...options });
    app.get('/open', async (request) => ({ auth: request.auth }));
    app.get('/closed', { onRequest: app.authenticate }, async (request) => ({
      sub: request.auth?.payload.sub,
    }));
    return app;
  };

  test('protects every route beside the plugin, as fastify-plugin would', async () => {
    const app = await start({});
    expect((await app.inject('/open')).statusCode).toBe(401);
    expect((await app.inject({ url: '/open', ...withBearer })).statusCode).toBe(200);
    expect(app.printPlugins()).toContain('jotkit');
  });

  test('protects single routes with global: false', async () => {
    const app = await start({ global: false });
    expect((await app.inject('/open')).json()).toEqual({ auth: null });
    expect((await app.inject('/closed')).statusCode).toBe(401);
    const answer = await app.inject({ url: '/closed', ...withBearer });
    expect(answer.json()).toEqual({ sub: 'ada' });
  });

  test('hands refusals to the error handler of the application', async () => {
    const app = create();
    app.setErrorHandler((error, _request, reply) => {
      reply.code(418).send({ is: error instanceof AuthError && error.reason });
    });
    await app.register(fastifyJwt, { key: secret });
    app.get('/', async () => 'x');
    expect((await app.inject('/')).json()).toEqual({ is: 'token_missing' });
  });

  test('a hook that logs every answer finds no user in a refused request', async () => {
    const app = create();
    const seen: unknown[] = [];
    app.addHook('onResponse', async (request) => {
      seen.push(getAuth(request, { optional: true })?.payload.sub);
    });
    await app.register(fastifyJwt, { key: secret });
    app.get('/', async () => 'x');
    await app.inject('/');
    await app.inject({ url: '/', ...withBearer });
    expect(seen).toEqual([undefined, 'ada']);
  });

  test('says who took a name before', async () => {
    const app = create();
    app.decorateRequest('user', null);
    await expect(app.register(fastifyJwt, { key: secret })).rejects.toThrow(
      'request.user is taken by another plugin',
    );
  });

  test.each([{ global: 'no' }, { globl: true }, { key: '' }])(
    '%o is a mistake',
    async (options) => {
      const app = create();
      const wrong = { key: secret, ...options } as FastifyOptions;
      await expect(app.register(fastifyJwt, wrong)).rejects.toThrow(TypeError);
    },
  );

  test('takes the plugin as a CommonJS module with a default, too', async () => {
    const app = create();
    await app.register({ default: fastifyJwt } as never, { key: secret } as never);
    app.get('/', async () => 'x');
    expect((await app.inject('/')).statusCode).toBe(401);
  });
});

describe('Koa', () => {
  test('middleware before it can catch a refusal', async () => {
    const app = new Koa();
    app.use(async (ctx, next) => {
      try {
        await next();
      } catch (error) {
        ctx.body = (error as AuthError).reason;
        expect(getAuth(ctx, { optional: true })).toBeUndefined();
      }
    });
    app.use(koaJwt({ key: secret }));
    expect(await (await fetch(await serve(app.callback()))).text()).toBe('token_missing');
  });
});

describe('Hono', () => {
  test('options may depend on the context, and are compiled once for each object', async () => {
    const compiled: AuthenticatorOptions = { key: secret };
    let reads = 0;
    Object.defineProperty(compiled, 'key', { enumerable: true, get: () => secret + reads++ * 0 });
    const app = new Hono<{ Bindings: { open: boolean } }>();
    app.use(honoJwt(() => compiled));
    app.get('/', (c) => c.json(getAuth(c).payload.sub));
    const key = secret + 0;
    const own = { headers: { authorization: `Bearer ${createSigner(key)({ sub: 'ada' })}` } };
    expect(await (await app.request('/', own)).json()).toBe('ada');
    expect(await (await app.request('/', own)).json()).toBe('ada');
    expect(reads).toBe(1);
    expect((await app.request('/')).status).toBe(401);
  });

  test('the error handler of the application sees a refusal', async () => {
    const app = new Hono();
    app.onError((error, c) => {
      expect(getAuth(c, { optional: true })).toBeUndefined();
      return c.text(error instanceof AuthError ? error.reason : 'other', 418);
    });
    app.use(honoJwt({ key: secret }));
    expect(await (await app.request('/')).text()).toBe('token_missing');
  });

  test('an answer that says how it may be cached keeps its word', async () => {
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

  test('hands on further arguments, and what the handler throws', async () => {
    const handler = fetchAuth({ key: secret }, (_request, auth, name: string) => {
      if (name === 'admin') requireRoles('admin')(request);
      if (name === 'fault') throw new Error('a fault');
      return Response.json([auth.payload.sub, name]);
    });
    expect(await (await handler(request, 'x')).json()).toEqual(['ada', 'x']);
    expect((await handler(request, 'admin')).status).toBe(403);
    await expect(handler(request, 'fault')).rejects.toThrow('a fault');
  });

  test('does not read the body, also of a refused request', async () => {
    const post = new Request('https://api.example/', { method: 'POST', body: 'x' });
    const handler = fetchAuth({ key: secret }, () => new Response());
    expect((await handler(post)).status).toBe(401);
    expect(post.bodyUsed).toBe(false);
  });

  test('adds headers to an answer that cannot be changed', async () => {
    const handler = fetchAuth({ key: secret, from: query('t') }, () =>
      Response.redirect('https://api.example/next', 303),
    );
    const answer = await handler(new Request(`https://api.example/?t=${token}`));
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([303, 'private']);
    expect(answer.headers.get('location')).toBe('https://api.example/next');
  });
});

describe('node:http', () => {
  test('a handler that fails is a 500 that says nothing, or the end of an answer that began', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {});
    const origin = await serve(
      nodeAuth({ key: secret }, (request, response) => {
        if (request.url === '/late') response.write('begun');
        throw new Error('a fault');
      }),
    );
    const answer = await fetch(origin, withBearer);
    expect([answer.status, await answer.text()]).toEqual([500, '']);
    await expect(fetch(`${origin}/late`, withBearer).then((late) => late.text())).rejects.toThrow();
    expect(print).toHaveBeenCalledTimes(2);
  });

  test('a refusal after the answer began ends it, and an answer that is complete stays', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {});
    const origin = await serve(
      nodeAuth({ key: secret }, (request, response) => {
        if (request.url === '/late') response.write('begun');
        else response.end('complete');
        requireRoles('admin')(request);
      }),
    );
    await expect(fetch(`${origin}/late`, withBearer).then((late) => late.text())).rejects.toThrow();
    expect(await (await fetch(origin, withBearer)).text()).toBe('complete');
    expect(print).toHaveBeenCalledTimes(2);
  });

  test('preflights reach a handler that takes guests', async () => {
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'PUT' };
    const origin = await serve(
      nodeAuth({ key: secret, credentialsRequired: false }, (_request, response, auth) => {
        response.end(String(auth));
      }),
    );
    const answer = await new Promise((resolve) => {
      send(origin, { method: 'OPTIONS', headers }, (response) => {
        response.on('data', (data) => resolve(String(data)));
      }).end();
    });
    expect(answer).toBe('undefined');
  });

  test('authenticateNode judges, remembers and does not answer', async () => {
    const authenticate = authenticateNode({ key: secret });
    const origin = await serve(async (request, response) => {
      const { status } = await authenticate(request);
      response.end(`${status} ${status === 'authenticated' && getAuth(request).payload.sub}`);
    });
    expect(await (await fetch(origin, withBearer)).text()).toBe('authenticated ada');
    expect(await (await fetch(origin)).text()).toBe('rejected false');
  });

  test.each([
    ['GET', 'a b'],
    ['GET', 'x:99999'],
    ['GET', 'eve@x'],
    ['TRACE', 'x'],
  ])('%s of host %j, which is no Request, is a 400', async (method, host) => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {});
    const origin = await serve(toListener(() => new Response('ok')));
    const status = await new Promise((resolve, reject) => {
      const sent = send(origin, { method, headers: { host }, agent: false }, (response) => {
        resolve(response.statusCode);
        response.resume();
      });
      sent.on('error', reject).end();
    });
    expect(status).toBe(400);
    expect(print).not.toHaveBeenCalled();
  });
});

test('the versions of the contract are the ones that are named', () => {
  const require = createRequire(import.meta.url);
  const major = (name: string) => Number(require(`${name}/package.json`).version.split('.')[0]);
  const names = ['express4', 'express', 'fastify4', 'fastify', 'koa2', 'koa'];
  expect(names.map(major)).toEqual([4, 5, 4, 5, 2, 3]);
});
