import { once } from 'node:events';
import { createServer } from 'node:http';
import { Server, type ServerOptions } from 'socket.io';
import {
  io as connect,
  type ManagerOptions,
  type Socket,
  type SocketOptions,
} from 'socket.io-client';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  extendAuth,
  handshakeAuth,
  jwt,
  type SocketIoOptions,
} from '../../src/adapters/socket-io.ts';
import { bearer, cookie, getAuth } from '../../src/http/index.ts';
import { createSigner } from '../../src/index.ts';
import { clock, secret, type WithoutKey } from '../http/requests.ts';
import { listening } from './listening.ts';

const mint = (claims: object = {}, expiresIn = 60) =>
  createSigner(secret, { clock, expiresIn })({ sub: 'ada', ...claims });

const app = 'https://app.example';
const servers: Array<() => unknown> = [];
const clients: Socket[] = [];

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  for (const client of clients.splice(0)) client.close();
  await Promise.all(servers.splice(0).map((close) => close()));
});

async function start(
  options: WithoutKey<SocketIoOptions> = {},
  serverOptions: Partial<ServerOptions> = {},
) {
  const server = createServer();
  const io = new Server(server, serverOptions);
  io.use(jwt({ key: secret, clock, ...options }));
  io.on('connection', (socket) => {
    const same = getAuth(socket, { optional: true }) === socket.data.auth;
    socket.emit('hello', socket.data.user, same, JSON.stringify(socket.data));
    socket.on('refresh', (token, done) => {
      extendAuth(socket, token).then(
        () => done('extended'),
        (error) => done(error.reason),
      );
    });
  });
  const running = await listening(server);
  servers.push(() => io.close());
  return running.origin;
}

function dial(origin: string, options: Partial<ManagerOptions & SocketOptions>) {
  const client = connect(origin, { reconnection: false, forceNew: true, ...options });
  clients.push(client);
  return new Promise<{ client: Socket; hello?: unknown[]; error?: Error & { data?: unknown } }>(
    (resolve) => {
      client.on('hello', (...hello) => resolve({ client, hello }));
      client.on('connect_error', (error) => resolve({ client, error }));
    },
  );
}

describe('a client', () => {
  test('is accepted with a token of the handshake, which socket.data does not serialize', async () => {
    const origin = await start({ user: ({ payload }) => `user ${payload.sub}` as never });
    const { hello } = await dial(origin, { auth: { token: mint() } });
    expect(hello?.slice(0, 2)).toEqual(['user ada', true]);
    // socket.data is sent to other nodes of a cluster.
    expect(hello?.[2]).not.toContain('eyJ');
  });

  test.each(['polling', 'websocket'])('is accepted with a header over %s', async (transport) => {
    const extraHeaders = { authorization: `Bearer ${mint()}` };
    const { hello } = await dial(await start(), { extraHeaders, transports: [transport] });
    expect(hello?.[0]).toMatchObject({ sub: 'ada' });
  });

  test.each([
    ['without a token', {}, 'token_missing'],
    ['with an object as token', { auth: { token: { sub: 'eve' } } }, 'token_malformed'],
    ['with an expired token', { auth: { token: mint({}, 0) } }, 'token_expired'],
  ])('receives the reason %s', async (_, options, reason) => {
    const { error } = await dial(await start(), options);
    expect(error?.data).toMatchObject({ reason, error: expect.any(String) });
    expect(JSON.stringify(error)).not.toMatch(/eyJ|\.ts:/);
  });

  test.each([
    ['a list', [app]],
    ['a function', (origin: string) => origin === app],
  ])('with a cookie is accepted only from its own origin and %s', async (_, origins) => {
    const origin = await start({ from: [bearer(), cookie('at')], origins });
    const from = (headers: Record<string, string>) =>
      dial(origin, { extraHeaders: { cookie: `at=${mint()}`, ...headers } });
    expect((await from({ origin: app })).hello).toBeDefined();
    expect((await from({ origin })).hello).toBeDefined();
    for (const headers of [{ origin: 'https://evil.example' }, {}]) {
      expect((await from(headers)).error?.data).toMatchObject({ reason: 'csrf_failed' });
    }
  });

  test('does not receive the error of a hook', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {});
    const authorize = () => {
      throw new Error('password of the database');
    };
    const { error } = await dial(await start({ authorize }), { auth: { token: mint() } });
    expect(error?.message).toBe('internal error');
    expect(print).toHaveBeenCalled();
  });

  test('can send its token under another name', async () => {
    const origin = await start({ from: handshakeAuth('jwt') });
    expect((await dial(origin, { auth: { jwt: mint() } })).hello).toBeDefined();
    expect((await dial(origin, { auth: { token: mint() } })).error).toBeDefined();
  });
});

describe('a socket', () => {
  test('is disconnected when the token expires, after a call of onExpired', async () => {
    const onExpired = vi.fn();
    const origin = await start({ onExpired });
    const { client } = await dial(origin, { auth: { token: mint({}, 0.2) } });
    const [reason] = await once(client as never, 'disconnect');
    expect(reason).toBe('transport close');
    expect(onExpired).toHaveBeenCalledOnce();
  });

  test.each(['polling', 'websocket'])(
    'comes back with the fresh token of its client over %s',
    async (transport) => {
      const origin = await start();
      const lifetimes = [0.2, 60];
      const auth = (done: (data: object) => void) => done({ token: mint({}, lifetimes.shift()) });
      const options = { auth, reconnection: true, reconnectionDelay: 20, transports: [transport] };
      const { client } = await dial(origin, options);
      const [reason] = await once(client as never, 'disconnect');
      expect(reason).toBe('transport close');
      const [user] = await once(client as never, 'hello');
      expect(user).toMatchObject({ sub: 'ada' });
      expect(lifetimes).toEqual([]);
    },
  );

  test('does not come back with the expired token', async () => {
    let time = clock();
    const origin = await start({ clock: () => time });
    const auth = { token: mint({}, 0.2) };
    const { client } = await dial(origin, { auth, reconnection: true, reconnectionDelay: 20 });
    await once(client as never, 'disconnect');
    time += 1000;
    const [error] = await once(client as never, 'connect_error');
    expect(error.data).toMatchObject({ reason: 'token_expired' });
    expect(client.active).toBe(false);
  });

  test.each([
    ['skips', { skipMiddlewares: true }],
    ['runs', { skipMiddlewares: false }],
    ['by default skips', {}],
  ])('is not recovered without a check if recovery %s middleware', async (_, given) => {
    const recovery = { connectionStateRecovery: given };
    const origin = await start({ credentialsRequired: false }, recovery);
    const tokens = [mint({}, 0.2)];
    const auth = (done: (data: object) => void) => done({ token: tokens.shift() });
    const { client } = await dial(origin, { auth, reconnection: true, reconnectionDelay: 20 });
    const [reason] = await once(client as never, 'disconnect');
    expect([reason, client.active]).toEqual(['transport close', true]);
    // A guest now: the recovered data has no user.
    const [user, , data] = await once(client as never, 'hello');
    expect([client.recovered, user, data]).toEqual([true, null, '{}']);
  });

  test.each([
    ['is accepted with a valid token', 0, true],
    ['is rejected if its token has expired meanwhile', 61_000, 'token_expired'],
  ])('a client that the server recovers %s', async (_, later, expected) => {
    let time = clock();
    const origin = await start({ clock: () => time }, { connectionStateRecovery: {} });
    const auth = { token: mint() };
    const { client } = await dial(origin, { auth, reconnection: true, reconnectionDelay: 20 });
    const outcome = new Promise((resolve) => {
      client.once('connect', () => resolve(client.recovered));
      client.once('connect_error', (error) => resolve(Object(error).data.reason));
    });
    time += later;
    client.io.engine.close();
    expect(await outcome).toBe(expected);
  });

  test('ends at its time if onExpired rejects', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {});
    const onExpired = async () => Promise.reject(new Error('a bug of the application'));
    const { client } = await dial(await start({ onExpired }), { auth: { token: mint({}, 0.2) } });
    await once(client as never, 'disconnect');
    expect(print).toHaveBeenCalledOnce();
  });

  test('ends at its time if onExpired throws', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {});
    const onExpired = () => {
      throw new Error('a bug of the application');
    };
    const { client } = await dial(await start({ onExpired }), { auth: { token: mint({}, 0.2) } });
    await once(client as never, 'disconnect');
    expect(print).toHaveBeenCalledOnce();
  });

  test('sets data under other names', async () => {
    const origin = await start({ properties: { auth: false, user: 'member' } });
    const { hello } = await dial(origin, { auth: { token: mint() } });
    expect(JSON.parse(String(hello?.[2]))).toMatchObject({ member: { sub: 'ada' } });
    expect(JSON.parse(String(hello?.[2]))).not.toHaveProperty('auth');
  });

  test('stays connected with a fresh token, and not with an invalid one', async () => {
    const onExpired = vi.fn();
    const authorize = (_: unknown, socket: { handshake: object }) => 'auth' in socket.handshake;
    const origin = await start({ onExpired, authorize });
    const { client } = await dial(origin, { auth: { token: mint({}, 30) } });
    expect(await client.emitWithAck('refresh', mint({ sub: 'eve' }))).toBe('forbidden');
    expect(await client.emitWithAck('refresh', 'x')).toBe('token_malformed');
    expect(await client.emitWithAck('refresh', mint({}, 0.2))).toBe('extended');
    await once(client as never, 'disconnect');
    expect(onExpired).toHaveBeenCalledOnce();
  });
});

describe('two optional middlewares', () => {
  const another = 'another secret of the socket.io tests, of 32 bytes or more';
  const optional = { clock, credentialsRequired: false, onInvalid: 'anonymous' } as const;

  test.each([
    ['first', [another, secret]],
    ['last', [secret, another]],
  ])('add up: of both, the %s finds the user, and its token ends the socket', async (_, keys) => {
    const server = createServer();
    const io = new Server(server);
    for (const key of keys) io.use(jwt({ ...optional, key }));
    io.on('connection', (socket) => {
      socket.emit('hello', getAuth(socket).payload.sub, socket.data.user.sub);
      socket.on('refresh', (token, done) => extendAuth(socket, token).then(() => done('extended')));
    });
    const { origin } = await listening(server);
    servers.push(() => io.close());
    const sign = createSigner(another, { clock, expiresIn: 60 });
    const { client, hello } = await dial(origin, { auth: { token: sign({ sub: 'ada' }) } });
    expect(hello).toEqual(['ada', 'ada']);
    const short = createSigner(another, { clock, expiresIn: 0.2 })({ sub: 'ada' });
    expect(await client.emitWithAck('refresh', short)).toBe('extended');
    await once(client as never, 'disconnect');
  });

  test('hand on the later of two users', async () => {
    const server = createServer();
    const io = new Server(server);
    io.use(jwt({ key: secret, clock, user: () => 'first' as never }));
    io.use(jwt({ key: secret, clock, user: () => 'last' as never }));
    io.on('connection', (socket) => socket.emit('hello', getAuth(socket).user, socket.data.user));
    const { origin } = await listening(server);
    servers.push(() => io.close());
    expect((await dial(origin, { auth: { token: mint() } })).hello).toEqual(['last', 'last']);
  });
});

describe('a later middleware', () => {
  type Later = (next: (error?: Error) => void) => void;
  async function startWith(onExpired: () => void, later: Later) {
    const server = createServer();
    const io = new Server(server);
    io.use(jwt({ key: secret, clock, onExpired }));
    io.use((socket, next) => {
      expect(getAuth(socket).payload.sub).toBe('ada');
      later(next);
    });
    io.on('connection', (socket) => socket.emit('hello'));
    const running = await listening(server);
    servers.push(() => io.close());
    return running.origin;
  }

  test('that rejects a socket leaves no timer', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const onExpired = vi.fn();
    const origin = await startWith(onExpired, (next) => next(new Error('full')));
    const { error } = await dial(origin, { auth: { token: mint({}, 1234) } });
    expect(error?.message).toBe('full');
    expect(timers.mock.calls.filter(([, delay]) => delay === 1_234_000)).toEqual([]);
    expect(onExpired).not.toHaveBeenCalled();
  });

  test('that throws ends the handshake, not the process', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {});
    const origin = await startWith(vi.fn(), () => {
      throw new Error('a bug of the application');
    });
    const { error } = await dial(origin, { auth: { token: mint() } });
    expect(error?.message).toBe('internal error');
    expect(print).toHaveBeenCalledOnce();
  });

  test('that outlasts the token does not keep the socket open', async () => {
    const onExpired = vi.fn();
    const origin = await startWith(onExpired, (next) => setTimeout(next, 60));
    const { client } = await dial(origin, { auth: { token: mint({}, 0.02) } });
    const [reason] = await once(client as never, 'disconnect');
    expect(reason).toBe('transport close');
    expect(onExpired).toHaveBeenCalledOnce();
  });
});

test('throws TypeError for wrong options', () => {
  for (const wrong of [{ origins: ['x'] }, { onExpired: true }, { fro: 2 }]) {
    expect(() => jwt({ key: secret, ...(wrong as object) })).toThrow(TypeError);
  }
});
