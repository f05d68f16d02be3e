/** The adapters with the types of the real frameworks. Checked by tsc, never run. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import express from 'express';
import express4 from 'express4';
import fastify, { type FastifyRequest } from 'fastify';
import fastify4 from 'fastify4';
import { Hono } from 'hono';
import Koa from 'koa';
import { Server } from 'socket.io';
import { expectTypeOf } from 'vitest';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import { jwt as expressJwt } from '../../src/adapters/express.ts';
import fastifyJwt, { type FastifyHook, type FastifyOptions } from '../../src/adapters/fastify.ts';
import { withAuth as fetchAuth } from '../../src/adapters/fetch.ts';
import { type AuthVariables, jwt as honoJwt } from '../../src/adapters/hono.ts';
import { jwt as koaJwt } from '../../src/adapters/koa.ts';
import { authenticateNode, withAuth as nodeAuth } from '../../src/adapters/node.ts';
import { extendAuth, jwt as socketJwt } from '../../src/adapters/socket-io.ts';
import { handleUpgrade, upgradeAuth } from '../../src/adapters/ws.ts';
import {
  type Auth,
  type AuthenticatorOptions,
  createAuthenticator,
  getAuth,
  requireScopes,
  tokenCookies,
} from '../../src/http/index.ts';
import { createVerifier, type JwtPayload } from '../../src/index.ts';

// The declarations that the guides show as an alternative to getAuth.
declare global {
  namespace Express {
    interface Request {
      auth?: Auth;
    }
  }
}
declare module 'fastify' {
  interface FastifyRequest {
    auth: Auth | null | undefined;
  }
  interface FastifyInstance {
    authenticate: FastifyHook;
  }
}

declare const key: string;

interface Claims {
  sub: string;
  tenant: string;
}
interface User {
  name: string;
}
const schema = z.object({ sub: z.string(), tenant: z.string() });
const cookies = tokenCookies();

// Express 5 and 4: middleware of the application and of a route, hooks with the request.
{
  const app = express();
  app.use(expressJwt({ key }));
  app.get('/:id', expressJwt({ key, scopes: 'read' }), requireScopes('x'), (request, response) => {
    expectTypeOf(getAuth<Claims>(request)).toEqualTypeOf<Auth<Claims>>();
    expectTypeOf(request.auth?.payload).toEqualTypeOf<JwtPayload | undefined>();
    cookies.set(response, { access: '' }, request);
  });
  app.use(
    expressJwt({
      key,
      schema,
      user: async ({ payload }): Promise<User> => ({ name: payload.sub }),
      authorize: ({ payload, user }, request: express.Request) => {
        expectTypeOf(user).toEqualTypeOf<User>();
        return payload.tenant === request.params.id;
      },
      onError(error, _request: express.Request, response, next) {
        expectTypeOf(error.reason).toExtend<string>();
        if (error.status === 401) response.end();
        else next(error);
      },
    }),
  );
  app.use(
    expressJwt({
      key,
      onError: (error, _request, response: express.Response) =>
        response.status(error.status).json({ reason: error.reason }),
    }),
  );
  const old = express4();
  old.use(expressJwt({ key, onError: 'next' }), requireScopes('x'));
  old.get('/', expressJwt({ key }), (request) => void getAuth(request).payload.sub);
}

// Fastify 5 and 4.
{
  const app = fastify();
  app.register(fastifyJwt, { key, global: false });
  app.register(fastifyJwt, { key, user: async ({ payload }) => ({ name: payload.sub }) });
  app.get(
    '/',
    { onRequest: app.authenticate, preHandler: requireScopes('x') },
    (request, reply) => {
      expectTypeOf(getAuth<Claims, User>(request).user).toEqualTypeOf<User>();
      expectTypeOf(request.auth?.payload.sub).toEqualTypeOf<string | undefined>();
      cookies.clear(reply, request);
    },
  );
  app.register(fastifyJwt, {
    key,
    authorize: ({ payload }, request: FastifyRequest) => payload.sub === request.id,
  });
  const options: FastifyOptions<Claims, User> = {
    key,
    schema,
    user: ({ payload }) => ({ name: payload.tenant }),
  };
  app.register(fastifyJwt, options);
  // @ts-expect-error: unknown option
  app.register(fastifyJwt, { key, globl: false });
  const old = fastify4();
  old.register(fastifyJwt, { key });
  old.get('/', { preHandler: requireScopes('x') }, (request) => getAuth(request).payload.sub);
}

// Koa.
{
  const app = new Koa();
  app.use(koaJwt({ key }));
  app.use(koaJwt({ key, authorize: (_, ctx: Koa.Context) => ctx.path !== '/' }));
  app.use(requireScopes('x'));
  app.use((ctx) => {
    expectTypeOf(getAuth(ctx).payload).toEqualTypeOf<JwtPayload>();
    cookies.set(ctx, { access: '' }, ctx);
  });
}

// Hono, with secrets from the environment of the worker.
{
  type Env = { Bindings: { SECRET: string }; Variables: AuthVariables<Claims, User> };
  const app = new Hono<Env>();
  app.use(
    honoJwt({ key, schema, user: async ({ payload }): Promise<User> => ({ name: payload.sub }) }),
  );
  app.use('/worker/*', (c, next) => honoJwt({ key: c.env.SECRET })(c, next));
  app.get('/', requireScopes('x'), (c) => {
    expectTypeOf(c.get('auth')).toEqualTypeOf<Auth<Claims, User>>();
    expectTypeOf(c.var.jwtPayload).toEqualTypeOf<Claims>();
    cookies.set(c, { access: '' }, c.req.raw);
    return c.json(c.var.user);
  });
}

// node:http.
{
  type Known = Auth | undefined;
  const listener = nodeAuth({ key, schema }, (request, response, auth) => {
    expectTypeOf(request).toEqualTypeOf<IncomingMessage>();
    expectTypeOf(response).toEqualTypeOf<ServerResponse>();
    expectTypeOf(auth).toEqualTypeOf<Auth<Claims>>();
  });
  createServer(listener);
  nodeAuth({ key, credentialsRequired: false }, (_request, _response, auth) => {
    expectTypeOf(auth).toEqualTypeOf<Known>();
  });
  nodeAuth({ key, skip: () => true }, (_request, _response, auth) => {
    expectTypeOf(auth).toEqualTypeOf<Known>();
  });
  // The type does not say whether these options accept guests.
  const options: AuthenticatorOptions = { key, credentialsRequired: false };
  nodeAuth(options, (_request, _response, auth) => {
    expectTypeOf(auth).toEqualTypeOf<Known>();
  });
  expectTypeOf(authenticateNode({ key })).parameter(0).toEqualTypeOf<IncomingMessage>();
}

// fetch, with further arguments.
{
  const handler = fetchAuth(
    { key, schema },
    async (request: Request, auth, context: { params: Promise<{ id: string }> }) => {
      expectTypeOf(auth).toEqualTypeOf<Auth<Claims>>();
      return Response.json({ id: (await context.params).id, url: request.url });
    },
  );
  expectTypeOf(handler).returns.toEqualTypeOf<Promise<Response>>();
  expectTypeOf(handler).parameter(1).toEqualTypeOf<{ params: Promise<{ id: string }> }>();
  fetchAuth({ key }, (_request, auth) => Response.json(auth.payload));
  const options: AuthenticatorOptions = { key, credentialsRequired: false };
  fetchAuth(options, (_request, auth) => {
    // @ts-expect-error: auth can be undefined
    return Response.json(auth.payload);
  });
  fetchAuth({ key, credentialsRequired: false }, (_request, auth) => {
    // @ts-expect-error: auth can be undefined
    return Response.json(auth.payload);
  });
}

// Sockets.
{
  const wss = new WebSocketServer({ noServer: true });
  createServer().on('upgrade', handleUpgrade(wss, { key, origins: ['https://app.example'] }));
  wss.on('connection', (socket) => void extendAuth(socket, ''));
  // @ts-expect-error: origins replaces csrf
  handleUpgrade(wss, { key, csrf: false });

  const io = new Server();
  io.use(socketJwt({ key, onExpired: (socket) => socket.disconnect() }));
  io.of('/chat').use(socketJwt({ key }));
}

// The authenticator itself.
{
  const verifier = createVerifier(key, { complete: true, async: true });
  expectTypeOf(createAuthenticator({ verifier })).toBeCallableWith({ headers: new Headers() });
  createAuthenticator({ key: [key, new Uint8Array(32)] });
  createAuthenticator({ key: async ({ header }) => header.kid });
  // @ts-expect-error: neither key nor verifier
  createAuthenticator({ audience: 'api' });
  // @ts-expect-error: both
  createAuthenticator({ key, verifier });
  // @ts-expect-error: neither
  expressJwt({ audience: 'api' });
  // @ts-expect-error: neither
  koaJwt({ audience: 'api' });
  // @ts-expect-error: neither
  honoJwt({ audience: 'api' });
  // @ts-expect-error: neither
  honoJwt(() => ({ audience: 'api' }));
  // @ts-expect-error: neither
  nodeAuth({ audience: 'api' }, () => {});
  // @ts-expect-error: neither
  authenticateNode({ audience: 'api' });
  // @ts-expect-error: neither
  fetchAuth({ audience: 'api' }, () => new Response());
  // @ts-expect-error: neither
  handleUpgrade(new WebSocketServer({ noServer: true }), { audience: 'api' });
  // @ts-expect-error: neither
  upgradeAuth({ audience: 'api' });
  // @ts-expect-error: neither
  socketJwt({ audience: 'chat' });
  // @ts-expect-error: neither
  fastify().register(fastifyJwt, { audience: 'api' });
  const either = [expressJwt({ verifier }), koaJwt({ verifier }), honoJwt({ verifier })];
  expectTypeOf(either).toBeArray();
  // @ts-expect-error: misspelled
  createAuthenticator({ key, audiance: 'api' });
  // @ts-expect-error: the result must be a boolean
  createAuthenticator({ key, isRevoked: () => 0 });
  // @ts-expect-error: seconds here, milliseconds in other libraries
  tokenCookies({ access: { lifetime: 900 } });
}
