/** The recipes with `onExpiry`: streams and sockets that other libraries open. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import websocket from '@fastify/websocket';
import Fastify from 'fastify';
import type * as graphql from 'graphql';
import { createClient } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { afterEach, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import jwt from '../../src/adapters/fastify.ts';
import { withAuth } from '../../src/adapters/node.ts';
import { type Auth, createAuthenticator, getAuth, onExpiry } from '../../src/http/index.ts';
import { createSigner } from '../../src/index.ts';
import { listening, type Running } from '../adapters/listening.ts';
import { secret } from '../http/requests.ts';

const sign = (milliseconds: number) =>
  createSigner(secret)({ sub: 'ada', exp: (Date.now() + milliseconds) / 1000 });
const withBearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

const open: Running[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ close }) => close()));
});

it('ends a stream of events when the token expires, and not before', async () => {
  const events = withAuth({ key: secret }, (_request, response, auth) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('data: first\n\n');
    const timer = setInterval(() => response.write('data: tick\n\n'), 50);
    response.on('close', () => clearInterval(timer));
    response.on(
      'close',
      onExpiry(auth, () => response.end()),
    );
  });
  const running = await listening(createServer(events));
  open.push(running);
  const started = Date.now();
  const response = await fetch(running.origin, withBearer(sign(1500)));
  expect(await response.text()).toContain('data: first');
  expect(Date.now() - started).toBeGreaterThan(1400);
  expect((await fetch(running.origin, withBearer(sign(-2000)))).status).toBe(401);
});

it('closes a socket of @fastify/websocket when the token expires', async () => {
  const fastify = Fastify();
  await fastify.register(websocket);
  await fastify.register(jwt, { key: secret });
  fastify.get('/', { websocket: true }, (socket, request) => {
    const end = () => socket.close(4401, 'token_expired');
    socket.on('close', onExpiry(getAuth(request), end));
  });
  const address = await fastify.listen({ host: '127.0.0.1', port: 0 });
  open.push({ origin: address, close: () => fastify.close() });
  const socket = new WebSocket(address.replace('http', 'ws'), withBearer(sign(1500)));
  const [code, reason] = await once(socket, 'close');
  expect([code, String(reason)]).toEqual([4401, 'token_expired']);
});

it('closes a connection of graphql-ws, whose client comes back with a fresh token', async () => {
  // Vite would load another copy of graphql than graphql-ws does.
  const { buildSchema }: typeof graphql = createRequire(import.meta.url)('graphql');
  const schema = buildSchema('type Query { me: String } type Subscription { ticks: String }');
  const roots = {
    query: { me: () => 'me' },
    subscription: {
      async *ticks(_: object, { auth }: { auth: Auth }) {
        for (;;) {
          yield { ticks: auth.payload.sub };
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      },
    },
  };
  const authenticate = createAuthenticator({ key: secret });
  /** The code of each connection, in the order in which they were accepted. */
  const closed: number[] = [];
  let accepted = 0;
  const wss = new WebSocketServer({ noServer: true });
  type Extra = { socket: WebSocket; auth?: Auth; cancel?: () => void; index?: number };
  useServer<{ token: string }, Extra>(
    {
      schema,
      roots,
      async onConnect({ connectionParams, extra }) {
        const { auth } = await authenticate.verify(String(connectionParams?.token));
        if (!auth) return false;
        // 4403: the client connects again; after 4401 it would not.
        const cancel = onExpiry(auth, () => extra.socket.close(4403, 'token_expired'));
        Object.assign(extra, { auth, cancel, index: accepted++ });
        return true;
      },
      onClose({ extra }, code) {
        extra.cancel?.();
        if (extra.index !== undefined) closed[extra.index] = code as number;
      },
      context: ({ extra }) => ({ auth: extra.auth }),
    },
    wss,
  );
  const server = createServer().on('upgrade', (request, socket, head) => {
    wss.handleUpgrade(request, socket, head, (opened) => wss.emit('connection', opened, request));
  });
  const running = await listening(server);
  open.push(running);

  const lifetimes = [1000, 60_000];
  const client = createClient({
    url: running.origin.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    retryWait: async () => {},
    connectionParams: () => ({ token: sign(lifetimes.shift() ?? -1) }),
  });
  for await (const { data } of client.iterate({ query: 'subscription { ticks }' })) {
    expect(data).toEqual({ ticks: 'ada' });
    if (lifetimes.length === 0) break;
  }
  // The server can report the end of the second connection first: that of the first waits for its stream.
  await vi.waitFor(() => expect(closed[0]).toBe(4403), 5000);
  await client.dispose();
});
