import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { io } from 'socket.io-client';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { jwtGuard, type NestOptions, Public, Scopes, userOf } from '../../src/adapters/nestjs.ts';
import { jwt } from '../../src/adapters/socket-io.ts';
import { cookie, wsProtocol } from '../../src/http/index.ts';
import { createSigner } from '../../src/index.ts';
import { secret } from '../http/requests.ts';
import { listening, majors, type Running } from './nest.ts';

const sign = createSigner(secret, { subject: 'ada', expiresIn: '10m' });
const toClose: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

describe.each(Object.entries(majors))('a gateway of %s', (major, nest) => {
  const { createParamDecorator, HttpException, UseGuards } = nest.common;
  const { SubscribeMessage, WebSocketGateway, WsException } = nest.websockets;
  const CurrentUser = createParamDecorator(userOf);
  const requests = new WeakMap<object, IncomingMessage>();
  let prepareServer: (server: { use(middleware: unknown): void }) => void = () => {};

  async function start(
    adapter: 'IoAdapter' | 'WsAdapter',
    more: Partial<NestOptions> = {},
    classes: object = { WsException },
  ) {
    const options = { HttpException, ...classes, key: secret, ...more } as NestOptions;

    @UseGuards(jwtGuard(options))
    @WebSocketGateway()
    class ChatGateway {
      afterInit(server: never) {
        prepareServer(server);
      }
      handleConnection(client: object, request: IncomingMessage) {
        requests.set(client, request);
      }
      @SubscribeMessage('me')
      me(@CurrentUser('sub') sub: string) {
        return { event: 'me', data: sub };
      }
      @Public()
      @SubscribeMessage('hello')
      hello() {
        return { event: 'hello', data: 'hello' };
      }
      @Scopes('chat')
      @SubscribeMessage('chat')
      chat() {
        return { event: 'chat', data: 'sent' };
      }
    }

    const app = await listening(
      nest,
      { providers: [ChatGateway] },
      { prepare: (app) => app.useWebSocketAdapter(new nest[adapter](app)) },
    );
    toClose.push(app.close);
    return app;
  }

  /** Sends messages of socket.io, and returns the event and the data of each response. */
  function connected({ origin }: Running, options: object) {
    const socket = io(origin, { transports: ['websocket'], reconnection: false, ...options });
    toClose.push(() => socket.close());
    return (event: string) =>
      new Promise((resolve) => {
        socket.onAny(function listener(name, data) {
          socket.offAny(listener);
          resolve([name, data]);
        });
        socket.emit(event, {});
      });
  }

  const missing = { error: 'credentials_required', reason: 'token_missing' };

  it('checks the token of the handshake before each message', async () => {
    const app = await start('IoAdapter');
    const send = connected(app, { auth: { token: sign({ scope: 'chat' }) } });
    expect(await send('me')).toEqual(['me', 'ada']);
    expect(await send('chat')).toEqual(['chat', 'sent']);
    const withHeader = connected(app, { extraHeaders: { authorization: `Bearer ${sign({})}` } });
    expect(await withHeader('me')).toEqual(['me', 'ada']);
  });

  it('sends the reason as event "exception", and never the message or the token', async () => {
    const app = await start('IoAdapter');
    const guest = connected(app, {});
    expect(await guest('hello')).toEqual(['hello', 'hello']);
    expect(await guest('me')).toEqual(['exception', expect.objectContaining(missing)]);
    const send = connected(app, { auth: { token: sign({}) } });
    const rejected = await send('chat');
    expect(rejected).toEqual([
      'exception',
      expect.objectContaining({ reason: 'insufficient_scope' }),
    ]);
    expect(JSON.stringify(rejected)).not.toContain('eyJ');
  });

  it('rejects messages from the second in which the token expires', async () => {
    let now = Date.now();
    const app = await start('IoAdapter', { clock: () => now });
    const send = connected(app, { auth: { token: sign({}) } });
    expect(await send('me')).toEqual(['me', 'ada']);
    now += 10 * 60_000;
    const expired = { error: 'invalid_token', reason: 'token_expired' };
    expect(await send('me')).toEqual(['exception', expect.objectContaining(expired)]);
  });

  it('rejects a handshake with a cookie from a foreign origin', async () => {
    const origins = ['https://app.example'];
    const app = await start('IoAdapter', { from: cookie('at'), csrf: { origins } });
    const from = (origin: string) =>
      connected(app, { extraHeaders: { origin, cookie: `at=${sign({})}` } });
    expect(await from('https://app.example')('me')).toEqual(['me', 'ada']);
    expect(await from('https://evil.example')('me')).toEqual([
      'exception',
      expect.objectContaining({ reason: 'csrf_failed' }),
    ]);
  });

  it('checks the token of a socket that jotkit/socket.io accepted by its own options', async () => {
    prepareServer = (server) => server.use(jwt({ key: secret }));
    toClose.push(() => {
      prepareServer = () => {};
    });
    const app = await start('IoAdapter', { audience: 'chat' });
    const other = connected(app, { auth: { token: sign({}) } });
    expect(await other('me')).toEqual([
      'exception',
      expect.objectContaining({ reason: 'claim_mismatch' }),
    ]);
    const send = connected(app, { auth: { token: sign({ aud: 'chat' }) } });
    expect(await send('me')).toEqual(['me', 'ada']);
  });

  it('reads the upgrade request of ws that requestOf returns', async () => {
    const app = await start('WsAdapter', {
      from: wsProtocol('bearer'),
      requestOf: (context) => requests.get(context.getArgByIndex(0) as object),
    });
    const socket = new WebSocket(app.origin.replace('http', 'ws'), ['bearer', sign({})]);
    toClose.push(() => socket.terminate());
    await once(socket, 'open');
    const replies: unknown[] = [];
    socket.on('message', (data) => replies.push(JSON.parse(String(data))));
    const send = (event: string) => socket.send(JSON.stringify({ event, data: {} }));
    send('me');
    send('hello');
    await expect.poll(() => replies.length).toBe(2);
    expect(replies).toContainEqual({ event: 'me', data: 'ada' });
    send('chat');
    send('hello');
    // NestJS 11 emits exceptions to its own end of a ws socket only.
    const all = major === 'NestJS 11' ? 3 : 4;
    await expect.poll(() => replies.length).toBe(all);
    expect(replies).not.toContainEqual({ event: 'chat', data: 'sent' });
  });

  it('rejects messages of ws without requestOf, and never accepts them', async () => {
    const app = await start('WsAdapter');
    const socket = new WebSocket(app.origin.replace('http', 'ws'), {
      headers: { authorization: `Bearer ${sign({})}` },
    });
    toClose.push(() => socket.terminate());
    await once(socket, 'open');
    const replies: Array<{ event: string }> = [];
    socket.on('message', (data) => replies.push(JSON.parse(String(data))));
    for (const event of ['me', 'hello']) socket.send(JSON.stringify({ event, data: {} }));
    await expect.poll(() => replies.some(({ event }) => event === 'hello')).toBe(true);
    expect(replies.map(({ event }) => event)).not.toContain('me');
  });

  it('is protected by a global guard from NestJS 12', async () => {
    @WebSocketGateway()
    class OpenGateway {
      @SubscribeMessage('me')
      me() {
        return { event: 'me', data: 'hello' };
      }
    }
    const useFactory = () => jwtGuard({ HttpException, WsException, key: secret });
    const providers = [OpenGateway, { provide: nest.core.APP_GUARD, useFactory }];
    const prepare = (app: { useWebSocketAdapter(adapter: never): unknown }) =>
      app.useWebSocketAdapter(new nest.IoAdapter(app) as never);
    const app = await listening(nest, { providers }, { prepare });
    toClose.push(app.close);
    const [event] = (await connected(app, {})('me')) as [string];
    expect(event).toBe(major === 'NestJS 11' ? 'me' : 'exception');
  });

  it('sends an internal error without WsException', async () => {
    const app = await start('IoAdapter', {}, {});
    const [event, data] = (await connected(app, {})('me')) as [string, object];
    expect(event).toBe('exception');
    expect(data).toMatchObject({ status: 'error', message: 'Internal server error' });
  });
});
