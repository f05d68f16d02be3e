/** A server of the Model Context Protocol behind each HTTP adapter. */

import { createServer, type RequestListener } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { McpServer as ServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport as TransportV1 } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import * as jotkitExpress from 'jotkit/express';
import * as jotkitFastify from 'jotkit/fastify';
import * as jotkitFetch from 'jotkit/fetch';
import * as jotkitHono from 'jotkit/hono';
import { getAuth, requireScopes } from 'jotkit/http';
import * as jotkitKoa from 'jotkit/koa';
import * as jotkitNode from 'jotkit/node';
import { type createResource, toAuthInfo } from 'jotkit/resource';
import Koa from 'koa';
import { listening, type Running } from '../adapters/listening.ts';

export type Resource = ReturnType<typeof createResource>;

const { toListener } = jotkitNode;
const scopes = 'tools:read';

/** A tool that returns what the server knows about the token. */
const mcp = createMcpHandler(({ authInfo }) => {
  const server = new McpServer({ name: 'tools', version: '1.0.0' });
  server.registerTool('whoami', { description: 'Returns the owner of the token' }, () => ({
    content: [{ type: 'text', text: JSON.stringify(authInfo) }],
  }));
  return server;
});

/** Serves a request whose token a middleware has verified. */
const serve = toListener((request, incoming) =>
  mcp.fetch(request, { authInfo: toAuthInfo(getAuth(incoming)) }),
);

/** Each adapter as its guide shows it, with one server at `path`. */
export const adapters: Record<
  string,
  (api: Resource, path: string) => RequestListener | Promise<RequestListener>
> = {
  Express(api, path) {
    const app = express();
    app.use(jotkitExpress.protectedResource(api));
    app.all(path, jotkitExpress.jwt({ resource: api, scopes }), serve);
    return app;
  },

  async Fastify(api, path) {
    const app = Fastify();
    await app.register(jotkitFastify.protectedResource(api));
    await app.register(async (scope) => {
      await scope.register(jotkitFastify.default, { resource: api, scopes });
      scope.all(path, serve);
    });
    await app.ready();
    return app.routing;
  },

  Koa(api, path) {
    const app = new Koa();
    app.use(jotkitKoa.protectedResource(api)).use(jotkitKoa.jwt({ resource: api, scopes }));
    app.use((ctx) => {
      if (ctx.path !== path) return undefined;
      ctx.respond = false;
      const authInfo = toAuthInfo(getAuth(ctx));
      return toListener((request) => mcp.fetch(request, { authInfo }))(ctx.req, ctx.res);
    });
    return app.callback();
  },

  Hono(api, path) {
    const app = new Hono<{ Variables: jotkitHono.AuthVariables }>();
    app.use(jotkitHono.protectedResource(api));
    app.all(path, jotkitHono.jwt({ resource: api, scopes }), (c) =>
      mcp.fetch(c.req.raw, { authInfo: toAuthInfo(c.get('auth')) }),
    );
    return getRequestListener(app.fetch);
  },

  'node:http'(api) {
    const handler = jotkitNode.withAuth({ resource: api, scopes }, serve);
    return jotkitNode.protectedResource(api, handler);
  },

  fetch(api) {
    const handler = jotkitFetch.withAuth({ resource: api, scopes }, (request, auth) =>
      mcp.fetch(request, { authInfo: toAuthInfo(auth) }),
    );
    return getRequestListener(jotkitFetch.protectedResource(api, handler));
  },
};

const onExpress = (api: Resource, path: string, ...handlers: express.RequestHandler[]) => {
  const app = express();
  app.use(jotkitExpress.protectedResource(api));
  app.all(path, jotkitExpress.jwt({ resource: api, scopes }), ...handlers);
  return app;
};

/** Express, with what the packages for servers of Node.js read: `request.auth`. */
const setAuthInfo: express.RequestHandler = (request, _response, next) => {
  Object.assign(request, { auth: toAuthInfo(getAuth(request)) });
  next();
};

/** Other ways to serve with Express. */
const servers: typeof adapters = {
  ...adapters,

  'a second scope': (api, path) => onExpress(api, path, requireScopes('tools:write'), serve),

  '@modelcontextprotocol/node': (api, path) =>
    onExpress(api, path, setAuthInfo, toNodeHandler(mcp)),

  '@modelcontextprotocol/sdk': (api, path) =>
    onExpress(api, path, setAuthInfo, async (request, response) => {
      const server = new ServerV1({ name: 'tools', version: '1.0.0' });
      server.registerTool('whoami', {}, ({ authInfo }) => ({
        content: [{ type: 'text', text: JSON.stringify(authInfo) }],
      }));
      const transport = new TransportV1({});
      await server.connect(transport as never);
      await transport.handleRequest(request, response);
    }),
};

export interface McpEndpoint extends Running {
  readonly api: Resource;
}

/** Listens first: a resource has the port in its name. */
export async function startServer(
  name: string,
  path: string,
  create: (origin: string) => Resource,
): Promise<McpEndpoint> {
  let handle: RequestListener | undefined;
  const { origin, close } = await listening(
    createServer((request, response) => void handle?.(request, response)),
  );
  const api = create(origin);
  handle = await servers[name]?.(api, path);
  const closeAll = () => {
    api.close();
    close();
  };
  return { origin, api, close: closeAll };
}
