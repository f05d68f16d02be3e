/** The rule for handshakes with a cookie, over every plug-in that upgrades. */

import { once } from 'node:events';
import { createServer, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import websocket from '@fastify/websocket';
import { serve } from '@hono/node-server';
import { createNodeWebSocket } from '@hono/node-ws';
import express from 'express';
import expressWs from 'express-ws';
import Fastify from 'fastify';
import type * as graphql from 'graphql';
import { createClient } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { Hono } from 'hono';
import Koa from 'koa';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type ExpressOptions, jwt as expressJwt } from '../../src/adapters/express.ts';
import fastifyJwt from '../../src/adapters/fastify.ts';
import { jwt as honoJwt } from '../../src/adapters/hono.ts';
import { jwt as koaJwt } from '../../src/adapters/koa.ts';
import { authenticateNode } from '../../src/adapters/node.ts';
import { handleUpgrade, type WsOptions } from '../../src/adapters/ws.ts';
import {
  type AuthenticatorOptions,
  bearer,
  cookie,
  getAuth,
  type Origins,
  requireScopes,
} from '../../src/http/index.ts';
import { createSigner } from '../../src/index.ts';
import { listening, type Running } from '../adapters/listening.ts';
import { secret } from '../http/requests.ts';

const token = createSigner(secret, { expiresIn: '10m' })({ sub: 'ada' });
const withBearer = { authorization: `Bearer ${token}` };
const withCookie = { cookie: `theme=dark; at=${token}` };
const app = 'https://app.example';
const evil = 'https://evil.example';

/** A server that responds to each message with the subject of the token. */
interface Plugin {
  /** express-ws completes the handshake before any middleware runs. */
  readonly rejectsAfterHandshake?: boolean;
  start(options: Options, onMessage: () => void): Promise<Running>;
}

type Options = AuthenticatorOptions & { csrf?: { origins: Origins } };

const plugins: Record<string, Plugin> = {
  ws: {
    start({ csrf, ...options }, onMessage) {
      const wss = new WebSocketServer({ noServer: true });
      wss.on('connection', (socket) => {
        socket.on('message', () => {
          onMessage();
          socket.send(String(getAuth(socket).payload.sub));
        });
      });
      return listening(
        createServer().on(
          'upgrade',
          handleUpgrade(wss, { ...options, ...(csrf as object) } as WsOptions),
        ),
      );
    },
  },
  '@fastify/websocket': {
    async start(options, onMessage) {
      const fastify = Fastify();
      await fastify.register(websocket);
      await fastify.register(fastifyJwt, options);
      fastify.get('/', { websocket: true }, (socket, request) => {
        socket.on('message', () => {
          onMessage();
          socket.send(String(getAuth(request).payload.sub));
        });
      });
      const origin = await fastify.listen({ host: '127.0.0.1', port: 0 });
      const close = () => {
        fastify.server.closeAllConnections();
        return fastify.close();
      };
      return { origin, close };
    },
  },
  '@hono/node-ws': {
    async start(options, onMessage) {
      const hono = new Hono();
      const { injectWebSocket, upgradeWebSocket } = createNodeWebSocket({ app: hono });
      hono.use(honoJwt(options));
      hono.get(
        '/',
        upgradeWebSocket((c) => ({
          onMessage(_event, socket) {
            onMessage();
            socket.send(String(getAuth(c).payload.sub));
          },
        })),
      );
      const server = serve({ fetch: hono.fetch, hostname: '127.0.0.1', port: 0 });
      injectWebSocket(server);
      await once(server, 'listening');
      const { port } = server.address() as { port: number };
      const close = () => void server.close();
      return { origin: `http://127.0.0.1:${port}`, close };
    },
  },
  'express-ws': {
    rejectsAfterHandshake: true,
    start: (options, onMessage) => startExpressWs(options, onMessage),
  },
  'an upgrade listener of node:http': {
    start(options, onMessage) {
      const authenticate = authenticateNode(options);
      const wss = new WebSocketServer({ noServer: true });
      const server = createServer().on('upgrade', async (request, socket, head) => {
        const outcome = await authenticate(request);
        if (outcome.status === 'rejected') {
          return socket.end(`HTTP/1.1 ${outcome.error.status} \r\nContent-Length: 0\r\n\r\n`);
        }
        return wss.handleUpgrade(request, socket, head, (webSocket) => {
          webSocket.on('message', () => {
            onMessage();
            webSocket.send(String(getAuth(request).payload.sub));
          });
        });
      });
      return listening(server);
    },
  },
  'an upgrade listener that calls Koa': {
    start(options, onMessage) {
      const wss = new WebSocketServer({ noServer: true });
      const koa = new Koa();
      koa.silent = true;
      koa.use(koaJwt(options));
      koa.use((ctx) => {
        ctx.respond = false;
        wss.handleUpgrade(ctx.req, ctx.req.socket, Buffer.alloc(0), (webSocket) => {
          webSocket.on('message', () => {
            onMessage();
            webSocket.send(String(getAuth(ctx).payload.sub));
          });
        });
      });
      const handle = koa.callback();
      const server = createServer().on('upgrade', (request, socket) => {
        const response = new ServerResponse(request);
        response.assignSocket(socket as never);
        handle(request, response);
      });
      return listening(server);
    },
  },
};

type Listener = (app: ReturnType<typeof expressWs>['app']) => void;

function startExpressWs(
  options: ExpressOptions<object, unknown, express.Request>,
  onMessage: () => void,
  before: Listener = () => {},
): Promise<Running> {
  const server = createServer();
  const { app: served } = expressWs(express(), server);
  server.on('request', served as never);
  served.use(expressJwt<object, unknown, express.Request>(options));
  before(served);
  served.ws('/', (socket, request) => {
    socket.on('message', () => {
      onMessage();
      socket.send(String(getAuth(request).payload.sub));
    });
  });
  return listening(server);
}

const open: Running[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map(({ close }) => close()));
});

type Result = { status: number } | { code: number; reason: string } | { message: string };

/** Opens a socket and sends messages until the server responds or closes it. */
function dial(origin: string, headers: Record<string, string>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(origin.replace('http', 'ws'), { headers });
    const timer = setInterval(() => {
      if (socket.readyState === WebSocket.OPEN) socket.send('x');
    }, 5);
    const settle = (result: Result) => {
      clearInterval(timer);
      socket.terminate();
      resolve(result);
    };
    socket.on('unexpected-response', (_, response) => settle({ status: response.statusCode ?? 0 }));
    socket.on('message', (data) => settle({ message: String(data) }));
    socket.on('close', (code, reason) => settle({ code, reason: String(reason) }));
    socket.on('error', reject);
  });
}

const accepted = { message: 'ada' };

describe.each(Object.entries(plugins))('a handshake of %s', (_, plugin) => {
  const onMessage = vi.fn();
  const start = async (csrf?: { origins: Origins }) => {
    onMessage.mockClear();
    const from = [bearer(), cookie('at')];
    const running = await plugin.start({ key: secret, from, ...(csrf && { csrf }) }, onMessage);
    open.push(running);
    return running.origin;
  };
  const rejected = (status: number, reason: string) =>
    plugin.rejectsAfterHandshake ? { code: 4000 + status, reason } : { status };

  it.each([
    ['of another origin', { origin: evil }],
    ['of an opaque origin', { origin: 'null' }],
    ['without Origin', {}],
    ['without Origin, with same-origin', { 'sec-fetch-site': 'same-origin' }],
    ['of another origin, with none', { origin: evil, 'sec-fetch-site': 'none' }],
  ])('with a cookie reaches no message handler: one %s', async (_, headers) => {
    const origin = await start();
    const result = await dial(origin, { ...withCookie, ...headers } as Record<string, string>);
    expect(result).toEqual(rejected(403, 'csrf_failed'));
    expect(onMessage).not.toHaveBeenCalled();
  });

  it('with a cookie is accepted from the requested host', async () => {
    const origin = await start();
    expect(await dial(origin, { ...withCookie, origin })).toEqual(accepted);
  });

  it('with a cookie is accepted from a listed origin', async () => {
    for (const origins of [[app], (origin: string) => origin === app]) {
      const url = await start({ origins });
      expect(await dial(url, { ...withCookie, origin: app })).toEqual(accepted);
      expect(await dial(url, { ...withCookie, origin: url })).toEqual(accepted);
      expect(await dial(url, { ...withCookie, origin: evil })).toEqual(
        rejected(403, 'csrf_failed'),
      );
    }
  });

  it('with a header is accepted from any origin and without Origin', async () => {
    const origin = await start();
    for (const headers of [{ origin: evil }, {}]) {
      const all = { ...withBearer, ...withCookie, ...headers };
      expect(await dial(origin, all as Record<string, string>)).toEqual(accepted);
    }
  });

  it('without a token is rejected', async () => {
    expect(await dial(await start(), {})).toEqual(rejected(401, 'token_missing'));
    expect(onMessage).not.toHaveBeenCalled();
  });
});

describe('express-ws', () => {
  it('closes the socket with the status and the reason of a guard', async () => {
    const onMessage = vi.fn();
    const running = await startExpressWs({ key: secret }, onMessage, (served) => {
      served.use(requireScopes('admin'));
    });
    open.push(running);
    const code = { code: 4403, reason: 'insufficient_scope' };
    expect(await dial(running.origin, withBearer)).toEqual(code);
    expect(onMessage).not.toHaveBeenCalled();
  });

  it('closes the socket if onError is "next" or a hook fails', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const authorize = () => {
      throw new Error('a bug');
    };
    for (const options of [{ onError: 'next' as const }, { authorize }]) {
      const onMessage = vi.fn();
      const running = await startExpressWs({ key: secret, ...options }, onMessage);
      open.push(running);
      const headers: Record<string, string> = 'authorize' in options ? withBearer : {};
      expect(await dial(running.origin, headers)).toMatchObject({ code: expect.any(Number) });
      expect(onMessage).not.toHaveBeenCalled();
    }
  });

  it('still responds to ordinary requests with JSON', async () => {
    const running = await startExpressWs({ key: secret }, () => {});
    open.push(running);
    const response = await fetch(running.origin);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ reason: 'token_missing' });
  });
});

describe('graphql-ws behind handleUpgrade', () => {
  // Vite would load another copy of graphql than graphql-ws does.
  const { buildSchema }: typeof graphql = createRequire(import.meta.url)('graphql');
  const schema = buildSchema('type Query { me: String }');
  const roots = { query: { me: (_: object, context: { sub: string }) => context.sub } };

  async function start() {
    const wss = new WebSocketServer({ noServer: true });
    const context = ({ extra }: { extra: { socket: object } }) => getAuth(extra.socket).payload;
    useServer({ schema, roots, context } as never, wss as never);
    const options = { key: secret, from: cookie('at') };
    const running = await listening(createServer().on('upgrade', handleUpgrade(wss, options)));
    open.push(running);
    return running.origin;
  }

  async function query(url: string, headers: Record<string, string>) {
    const client = createClient({
      url: url.replace('http', 'ws'),
      retryAttempts: 0,
      webSocketImpl: class extends WebSocket {
        constructor(address: string, protocols: string[]) {
          super(address, protocols, { headers });
        }
      },
    });
    try {
      for await (const { data } of client.iterate({ query: '{ me }' })) return data;
    } finally {
      client.dispose();
    }
  }

  it('sees the user of the handshake, and rejects other origins', async () => {
    const origin = await start();
    expect(await query(origin, { ...withCookie, origin })).toEqual({ me: 'ada' });
    const error = await query(origin, { ...withCookie, origin: evil }).catch((error) => error);
    expect(String(error.message)).toContain('403');
  });
});
