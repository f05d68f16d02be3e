/** jotkit beside other libraries that set the user of a request. */

import { createServer } from 'node:http';
import fastifyJwt from '@fastify/jwt';
import { Authenticator } from '@fastify/passport';
import secureSession from '@fastify/secure-session';
import express from 'express';
import Fastify from 'fastify';
import passport from 'passport';
import { Strategy } from 'passport-http-bearer';
import { afterEach, describe, expect, it } from 'vitest';
import { jwt as expressJwt } from '../../src/adapters/express.ts';
import jotkit, { type FastifyHook } from '../../src/adapters/fastify.ts';
import { getAuth } from '../../src/http/index.ts';
import { createSigner } from '../../src/index.ts';
import { listening, type Running } from '../adapters/listening.ts';
import { secret } from '../http/requests.ts';

declare module 'fastify' {
  interface FastifyInstance {
    authenticate: FastifyHook;
  }
}

const another = 'another secret of the neighbours, of 32 bytes or more';
const tokenOf = (key: string) => createSigner(key, { expiresIn: '10m' })({ sub: 'ada' });
const withBearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const optional = { key: secret, credentialsRequired: false, onInvalid: 'anonymous' } as const;

const open: Running[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ close }) => close()));
});

describe('passport', () => {
  const authenticator = new passport.Passport();
  authenticator.use(
    new Strategy((token, done) => done(null, token === 'of-passport' && { name: 'Ada' })),
  );

  async function start(...middleware: express.RequestHandler[]) {
    const app = express();
    app.use(...middleware, (request, response) => {
      const auth = getAuth(request, { optional: true });
      const user = Reflect.get(request, 'user') ?? null;
      response.json({ user, sub: auth?.payload.sub ?? null });
    });
    const running = await listening(createServer(app));
    open.push(running);
    return running.origin;
  }
  const jwt = expressJwt(optional) as unknown as express.RequestHandler;
  const bearer: express.RequestHandler = (request, response, next) => {
    const done = (_: unknown, user: object | false) => {
      if (user) Object.assign(request, { user });
      next();
    };
    authenticator.authenticate('bearer', { session: false }, done)(request, response, next);
  };

  it.each([
    ['before an optional jotkit', [bearer, jwt]],
    ['after an optional jotkit', [jwt, bearer]],
  ])('%s keeps its user', async (_, middleware) => {
    const origin = await start(...middleware);
    const call = async (token: string) => (await fetch(origin, withBearer(token))).json();
    expect(await call('of-passport')).toEqual({ user: { name: 'Ada' }, sub: null });
    expect(await call(tokenOf(secret))).toMatchObject({ user: { sub: 'ada' }, sub: 'ada' });
    expect(await call('of-no-one')).toEqual({ user: null, sub: null });
  });

  it('before a jotkit that skips a request keeps its user', async () => {
    const skipping = expressJwt({ key: secret, skip: () => true });
    const origin = await start(bearer, skipping as unknown as express.RequestHandler);
    const response = await fetch(origin, withBearer('of-passport'));
    expect(await response.json()).toEqual({ user: { name: 'Ada' }, sub: null });
  });
});

describe('@fastify/jwt', () => {
  it('before jotkit shares request.user: of the two, who finds a token sets it', async () => {
    const app = Fastify();
    await app.register(fastifyJwt, { secret: another });
    await app.register(jotkit, optional);
    app.get('/', async (request) => {
      const found = await request.jwtVerify().catch(() => null);
      const auth = getAuth(request, { optional: true });
      return { user: request.user, theirs: found !== null, ours: auth !== undefined };
    });
    const call = async (key: string) =>
      (await app.inject({ url: '/', ...withBearer(tokenOf(key)) })).json();
    const user = { sub: 'ada' };
    expect(await call(secret)).toMatchObject({ user, theirs: false, ours: true });
    expect(await call(another)).toMatchObject({ user, theirs: true, ours: false });
    await app.close();
  });

  it('after jotkit needs another name for request.user in one of them', async () => {
    const app = Fastify();
    await app.register(jotkit, { ...optional, properties: { user: 'member' } });
    await app.register(fastifyJwt, { secret: another });
    app.get('/', async (request) => ({
      user: request.user,
      member: Reflect.get(request, 'member'),
    }));
    const response = await app.inject({ url: '/', ...withBearer(tokenOf(secret)) });
    expect(response.json()).toMatchObject({ user: null, member: { sub: 'ada' } });
    await app.close();
  });
});

describe('@fastify/passport', () => {
  it('keeps its user beside an optional jotkit', async () => {
    const authenticator = new Authenticator();
    authenticator.use('bearer', new Strategy((_, done) => done(null, { name: 'Ada' })) as never);
    const app = Fastify();
    await app.register(secureSession, { key: Buffer.alloc(32, 7) });
    await app.register(authenticator.initialize());
    await app.register(jotkit, optional);
    const preValidation = authenticator.authenticate('bearer', { session: false }) as never;
    app.get('/theirs', { preValidation }, async (request) => [Reflect.get(request, 'user')]);
    app.get('/ours', async (request) => [Reflect.get(request, 'user')]);
    const call = async (url: string, token: string) =>
      (await app.inject({ url, ...withBearer(token) })).json();
    expect(await call('/theirs', 'of-passport')).toEqual([{ name: 'Ada' }]);
    expect(await call('/ours', tokenOf(secret))).toMatchObject([{ sub: 'ada' }]);
    expect(await call('/ours', 'of-passport')).toEqual([null]);
    await app.close();
  });
});

describe('Fastify', () => {
  it('can be protected in nested scopes, each with its own authenticate', async () => {
    const app = Fastify();
    await app.register(jotkit, { key: secret, global: false });
    app.get('/', { onRequest: app.authenticate }, async () => 'ok');
    await app.register(async (scope) => {
      await scope.register(jotkit, { key: another, global: false });
      scope.get('/inside', { onRequest: scope.authenticate }, async () => 'ok');
    });
    await app.register(async (scope) => {
      await scope.register(jotkit, { key: secret, scopes: 'admin' });
      scope.get('/admin', async () => 'ok');
    });
    const statusOf = async (url: string, key: string) =>
      (await app.inject({ url, ...withBearer(tokenOf(key)) })).statusCode;
    expect([await statusOf('/', secret), await statusOf('/', another)]).toEqual([200, 401]);
    expect([await statusOf('/inside', secret), await statusOf('/inside', another)]).toEqual([
      401, 200,
    ]);
    expect([await statusOf('/admin', secret), await statusOf('/admin', another)]).toEqual([
      403, 401,
    ]);
    await app.close();
  });
});
