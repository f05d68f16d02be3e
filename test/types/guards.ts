/** Guards, and the options that they read, with their types. Checked by tsc, never run. */

import { createServer } from 'node:http';
import express from 'express';
import fastify from 'fastify';
import { type Context, Hono } from 'hono';
import Koa from 'koa';
import { expectTypeOf } from 'vitest';
import { z } from 'zod';
import { jwt as expressJwt, jwtErrors } from '../../src/adapters/express.ts';
import fastifyJwt from '../../src/adapters/fastify.ts';
import { withAuth as fetchAuth } from '../../src/adapters/fetch.ts';
import { type AuthVariables, jwt as honoJwt } from '../../src/adapters/hono.ts';
import { jwt as koaJwt } from '../../src/adapters/koa.ts';
import { withAuth as nodeAuth } from '../../src/adapters/node.ts';
import {
  type Auth,
  AuthError,
  createAuthenticator,
  type GrantSource,
  type Guard,
  getAuth,
  type HeadersLike,
  type RequestLike,
  requireAll,
  requireAny,
  requireAuth,
  requireClaims,
  requireRoles,
  rolesOf,
  scopesOf,
} from '../../src/http/index.ts';
import type { JwtPayload } from '../../src/index.ts';

declare const key: string;
interface User {
  plan: 'free' | 'pro';
}
const schema = z.object({ sub: z.string(), groups: z.array(z.string()) });
type Claims = z.infer<typeof schema>;

const isPro = requireAuth<JwtPayload, User>((auth) => auth.user.plan === 'pro');
const isOwner = requireAuth((auth, request: express.Request) => {
  expectTypeOf(auth).toEqualTypeOf<Auth>();
  return auth.payload.sub === request.params.id;
});
const either: Guard = requireAny(requireRoles('admin'), requireAll(isPro, requireClaims({ a: 1 })));

// In every framework.
express().use(expressJwt({ key }), either, isOwner, jwtErrors());
fastify().get('/', { preHandler: either }, async () => 'x');
new Koa().use(koaJwt({ key })).use(either);
new Hono<{ Variables: AuthVariables }>().use(honoJwt({ key }), either).get('/', either, (c) => {
  expectTypeOf(rolesOf(getAuth(c))).toEqualTypeOf<readonly string[]>();
  return c.json(scopesOf(c.var.auth));
});
createServer(nodeAuth({ key }, (request) => either(request)));

// Where roles and scopes are.
{
  const rolesFrom = ({ groups }: Claims) => groups;
  createAuthenticator({ key, rolesFrom: 'realm_access.roles', scopesFrom: ['a.b'] });
  createAuthenticator({ key, schema, rolesFrom: ({ groups }) => groups });
  createAuthenticator<Claims>({ key, rolesFrom });
  fastify().register(fastifyJwt, { key, schema, rolesFrom });
  // @ts-expect-error: one exact name
  createAuthenticator({ key, rolesFrom: ['a', 'b'] });
  // @ts-expect-error: an array of strings
  createAuthenticator({ key, rolesFrom: () => 'admin' });
  // @ts-expect-error: no promise
  createAuthenticator({ key, rolesFrom: async () => ['admin'] });
  expectTypeOf<'a.b'>().toExtend<GrantSource>();
}

// The user that authorize receives, and asynchronous skip.
createAuthenticator({
  key,
  skip: async ({ url }) => url === '/health',
  user: async ({ payload }): Promise<User> => ({ plan: payload.sub ? 'pro' : 'free' }),
  authorize: (auth) => auth.user.plan === 'pro',
});
createAuthenticator<Claims, User>({
  key,
  authorize: (auth) => auth.user.plan === 'pro',
  user: () => ({ plan: 'pro' }),
});
// @ts-expect-error: no promise; use authorize
requireAuth(async () => true);
// @ts-expect-error: a guard, not its factory
requireAny(requireRoles);

// Responses of the application.
{
  const json = ({ reason, status, headers }: AuthError) =>
    Response.json({ reason }, { status, headers });
  new Hono().use(honoJwt({ key, onError: json }), honoJwt({ key, onError: 'throw' }));
  new Hono().use(
    honoJwt({ key, onError: ({ reason, status }, c: Context) => c.json({ reason }, status) }),
  );
  fetchAuth({ key, onError: json }, (_request, auth) => Response.json(auth.payload));
  fetchAuth(
    {
      key,
      onError: async (error, request: Request) => {
        expectTypeOf(request.url).toEqualTypeOf<string>();
        return error.getResponse();
      },
    },
    () => new Response(),
  );
  nodeAuth(
    { key, onError: ({ status }, _request, response) => void response.writeHead(status).end() },
    (_request, _response, auth) => expectTypeOf(auth).toEqualTypeOf<Auth>(),
  );
  // @ts-expect-error: a response
  fetchAuth({ key, onError: () => 'text' }, () => new Response());
  // @ts-expect-error: the word of Express
  honoJwt({ key, onError: 'next' });
  // @ts-expect-error: not a registered claim
  new AuthError('claim_mismatch', { claim: 'tenant' });
}

// Requests of elsewhere.
{
  const event = {
    headers: { Authorization: 'Bearer x', Absent: undefined } as Record<string, string | undefined>,
    cookies: ['a=b'],
  };
  expectTypeOf(event).toExtend<RequestLike>();
  expectTypeOf<{ headers: null }>().toExtend<RequestLike>();
  expectTypeOf<Map<string, string>>().toExtend<HeadersLike>();
  expectTypeOf<Headers>().toExtend<HeadersLike>();
}
