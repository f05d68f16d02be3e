import { createServer } from 'node:http';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jwt as expressJwt, protectedResource as onExpress } from '../../src/adapters/express.ts';
import fastifyJwt, { protectedResource as onFastify } from '../../src/adapters/fastify.ts';
import { withAuth as fetchAuth, protectedResource as onFetch } from '../../src/adapters/fetch.ts';
import { jwt as honoJwt, protectedResource as onHono } from '../../src/adapters/hono.ts';
import { jwt as koaJwt, protectedResource as onKoa } from '../../src/adapters/koa.ts';
import {
  withAuth as nodeAuth,
  protectedResource as onNode,
  toListener,
} from '../../src/adapters/node.ts';
import { getAuth } from '../../src/http/index.ts';
import { accepted, fakeResource } from '../http/senders.ts';
import { serve } from './serve.ts';

const api = fakeResource(() => accepted({ sub: 'ada' }, 'opaque'));

/** Applications in which the document is above the authenticator. Resolve to the origin. */
const apps: Record<string, () => Promise<string>> = {
  express: () => {
    const app = express();
    app.use(onExpress(api), expressJwt({ resource: api }));
    app.get('/mcp', (request, response) => void response.send(getAuth(request).payload.sub));
    return serve(createServer(app));
  },
  fastify: async () => {
    const app = Fastify();
    await app.register(onFastify(api));
    await app.register(fastifyJwt, { resource: api });
    app.get('/mcp', async (request) => getAuth(request).payload.sub);
    onTestFinished(() => void app.close());
    return app.listen({ port: 0, host: '127.0.0.1' });
  },
  koa: () => {
    const app = new Koa();
    app.use(onKoa(api)).use(koaJwt({ resource: api }));
    app.use((ctx) => {
      ctx.body = getAuth(ctx).payload.sub;
    });
    return serve(createServer(app.callback()));
  },
  hono: () => {
    const app = new Hono();
    app.use(onHono(api), honoJwt({ resource: api }));
    app.get('/mcp', (c) => c.text(getAuth(c).payload.sub ?? ''));
    return serve(toListener((request) => app.fetch(request)));
  },
  fetch: () => {
    const handler = fetchAuth({ resource: api }, (_, auth) => new Response(auth.payload.sub));
    return serve(toListener(onFetch(api, handler)));
  },
  'node:http': () => {
    const handler = nodeAuth({ resource: api }, (_request, response, auth) => {
      response.end(auth.payload.sub);
    });
    return serve(onNode(api, handler));
  },
};

describe.each(Object.entries(apps))('protectedResource of %s', (_name, start) => {
  const path = '/.well-known/oauth-protected-resource';

  it('serves the document without a token, with its headers', async () => {
    const origin = await start();
    const response = await fetch(origin + path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('x-open')).toBe('yes');
    expect(await response.json()).toEqual({ resource: 'https://api.example' });
  });

  it('protects every other path, and names the document', async () => {
    const origin = await start();
    const missing = await fetch(`${origin}/mcp`);
    expect(missing.status).toBe(401);
    expect(missing.headers.get('www-authenticate')).toContain(
      `resource_metadata="${api.metadataUrl}"`,
    );
    const headers = { authorization: 'Bearer opaque' };
    const response = await fetch(`${origin}/mcp`, { headers });
    expect([response.status, await response.text()]).toEqual([200, 'ada']);
  });
});

it('throws TypeError for what createResource() did not return', () => {
  for (const protectedResource of [onExpress, onFastify, onKoa, onHono, onFetch, onNode]) {
    const create = () => (protectedResource as (api: object) => unknown)({});
    expect(create).toThrow(TypeError);
    expect(create).toThrow('needs what createResource() returned, got an object');
  }
});
