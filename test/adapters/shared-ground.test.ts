import express from 'express';
import fastify5 from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { describe, expect, it, test } from 'vitest';
import { jwt as expressJwt } from '../../src/adapters/express.ts';
import fastifyJwt from '../../src/adapters/fastify.ts';
import { jwt as honoJwt } from '../../src/adapters/hono.ts';
import { jwt as koaJwt } from '../../src/adapters/koa.ts';
import type { Properties } from '../../src/adapters/properties.ts';
import { AuthError, getAuth, requireScopes } from '../../src/http/index.ts';
import { createSigner } from '../../src/index.ts';
import { secret } from '../http/requests.ts';
import { serve } from './serve.ts';

const withBearer = { headers: { authorization: `Bearer ${createSigner(secret)({ sub: 'ada' })}` } };

describe('the option "properties"', () => {
  const names = { auth: 'jotkit', user: 'member' };
  const none = { auth: false, user: false } as const;

  /** The members that each adapter adds, in its order. */
  const frameworks: Record<string, (properties: Properties) => Promise<string[]>> = {
    async Express(properties) {
      const app = express();
      let before: string[] = [];
      app.use((request, _response, next) => {
        before = Object.keys(request);
        next();
      });
      app.use(expressJwt({ key: secret, properties }));
      app.get('/', (request, response) => {
        expect(getAuth(request).payload.sub).toBe('ada');
        const added = Object.keys(request).filter((name) => !before.includes(name));
        response.json(added.filter((name) => name !== 'route'));
      });
      return (await fetch(await serve(app), withBearer)).json() as Promise<string[]>;
    },
    async Fastify(properties) {
      const app = fastify5();
      await app.register(fastifyJwt, { key: secret, properties });
      app.get('/', async (request) => {
        expect(getAuth(request).payload.sub).toBe('ada');
        const all = ['auth', 'user', 'jotkit', 'member'];
        return all.filter((name) => Reflect.get(request, name) !== undefined);
      });
      return (await app.inject({ url: '/', ...withBearer })).json();
    },
    async Koa(properties) {
      const app = new Koa();
      app.use(koaJwt({ key: secret, properties }));
      app.use((ctx) => {
        expect(getAuth(ctx).payload.sub).toBe('ada');
        ctx.body = Object.keys(ctx.state);
      });
      return (await fetch(await serve(app.callback()), withBearer)).json() as Promise<string[]>;
    },
    async Hono(properties) {
      const app = new Hono();
      app.use(honoJwt({ key: secret, properties: { ...properties, jwtPayload: false } }));
      app.get('/', (c) => {
        expect(getAuth(c).payload.sub).toBe('ada');
        return c.json(Object.keys(c.var));
      });
      return (await app.request('/', withBearer)).json() as Promise<string[]>;
    },
  };

  it.each(Object.entries(frameworks))('chooses the names in %s, or none', async (_, added) => {
    expect(await added({})).toEqual(['auth', 'user']);
    expect(await added(names)).toEqual(['jotkit', 'member']);
    expect(await added({ auth: false })).toEqual(['user']);
    expect(await added(none)).toEqual([]);
  });

  it.each([
    ['an unknown property', { usr: 'member' }],
    ['a name for two', { user: 'auth' }],
    ['the same name twice', { auth: 'x', user: 'x' }],
    ['a name that every object has', { user: '__proto__' }],
    ['a name that is no identifier', { user: 'a-b' }],
    ['true', { user: true }],
    ['undefined', { user: undefined }],
    ['a string', 'member'],
  ])('throws TypeError for %s', async (_, properties) => {
    const options = { key: secret, properties: properties as Properties };
    const creators: Array<(wrong: typeof options) => unknown> = [expressJwt, koaJwt, honoJwt];
    for (const create of creators) {
      expect(() => create(options)).toThrow('"properties" must be an object with other names');
    }
    const register = async () => fastify5().register(fastifyJwt, options);
    await expect(register()).rejects.toThrow(TypeError);
  });
});

test('an Express middleware that continues after a rejection has no user of an earlier one', async () => {
  const app = express();
  app.use(expressJwt({ key: secret }));
  app.use(expressJwt({ key: secret, scopes: 'x', onError: (_e, _q, _r, next) => next() }));
  app.get('/', (request, response) => {
    const { auth, user } = request as { auth?: unknown; user?: unknown };
    response.json([auth ?? null, user ?? null, getAuth(request, { optional: true }) ?? null]);
  });
  const response = await fetch(await serve(app), withBearer);
  expect(await response.json()).toEqual([null, null, null]);
});

test('what catches a rejection sees no user of an earlier adapter, in Fastify, Koa and Hono', async () => {
  const strict = { key: secret, scopes: 'x' };
  const seen: unknown[] = [];
  const fastify = fastify5();
  fastify.setErrorHandler((_error, request, reply) => {
    seen.push((request as { user?: unknown }).user);
    return reply.code(403).send();
  });
  await fastify.register(fastifyJwt, { key: secret });
  await fastify.register(async (inner) => {
    await inner.register(fastifyJwt, strict);
    inner.get('/', async () => 'granted');
  });
  await fastify.inject({ url: '/', ...withBearer });

  const koa = new Koa();
  koa.use(async (ctx, next) => {
    await next().catch(() => seen.push(ctx.state['user']));
  });
  koa.use(koaJwt({ key: secret })).use(koaJwt(strict));
  await fetch(await serve(koa.callback()), withBearer);

  const hono = new Hono<{ Variables: { user?: unknown } }>();
  hono.use(async (c, next) => {
    await next();
    seen.push(c.get('user'));
  });
  hono.use(honoJwt({ key: secret })).use(honoJwt(strict));
  await hono.request('/', withBearer);
  expect(seen).toEqual([undefined, undefined, undefined]);
});

test('a guard after an ignored token rejects with its reason', async () => {
  const app = new Hono();
  app.use(honoJwt({ key: secret, credentialsRequired: false, onInvalid: 'anonymous' }));
  app.get('/', requireScopes('x'), (c) => c.text('granted'));
  const response = await app.request('/', { headers: { authorization: 'Bearer x' } });
  expect([response.status, await response.json()]).toEqual([
    401,
    new AuthError('token_malformed').toJSON(),
  ]);
});
