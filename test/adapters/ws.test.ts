import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { extendAuth, handleUpgrade, upgradeAuth, type WsOptions } from '../../src/adapters/ws.ts';
import { bearer, cookie, getAuth } from '../../src/http/index.ts';
import { createSigner } from '../../src/index.ts';
import { listening, type Running } from './listening.ts';

const secret = 'the secret of the socket tests, of 32 bytes or more';
let now = Date.UTC(2026, 10, 22);
const clock = () => now;
const mint = (claims: object = {}, expiresIn = 60) =>
  createSigner(secret, { clock, expiresIn })({ sub: 'ada', ...claims });

const app = 'https://app.example';
const open: Running[] = [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map(({ close }) => close()));
});

/** A server that greets, and takes a fresh token as a message. */
async function start(options: WsOptions = {}) {
  const wss = new WebSocketServer({ noServer: true });
  const server = createServer();
  server.on('upgrade', handleUpgrade(wss, { key: secret, clock, ...options }));
  wss.on('connection', (socket, request: IncomingMessage) => {
    const subject = getAuth(socket, { optional: true })?.payload.sub;
    const same = getAuth(request, { optional: true }) === getAuth(socket, { optional: true });
    socket.send(JSON.stringify({ subject, same }));
    socket.on('message', (data) => {
      extendAuth(socket, String(data)).then(
        () => socket.send('extended'),
        (error) => socket.send(error.reason),
      );
    });
  });
  const running = await listening(server);
  open.push(running);
  return running.origin.replace('http', 'ws');
}

/** What a client gets: a greeting, or the answer of a server that does not upgrade. */
async function dial(url: string, headers: Record<string, string>, protocols: string[] = []) {
  const socket = new WebSocket(url, protocols, { headers });
  return new Promise<{ socket: WebSocket; greeting?: string; status?: number; body?: string }>(
    (resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', (data) => resolve({ socket, greeting: String(data) }));
      socket.on('unexpected-response', (_, response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve({ socket, status: response.statusCode ?? 0, body }));
      });
    },
  );
}

const withBearer = (token: string) => ({ authorization: `Bearer ${token}` });
const greeting = JSON.stringify({ subject: 'ada', same: true });

describe('an upgrade', () => {
  test('with a good token in the header is a socket', async () => {
    const { socket, ...answer } = await dial(await start(), withBearer(mint()));
    expect(answer).toEqual({ greeting });
    socket.close();
  });

  test('with a good token among the protocols is a socket, whose protocol is the marker', async () => {
    const { socket, ...answer } = await dial(await start(), {}, ['bearer', mint()]);
    expect(answer).toEqual({ greeting });
    expect(socket.protocol).toBe('bearer');
    socket.close();
  });

  test.each([
    ['no token', {}, 401, 'token_missing'],
    ['a malformed token', withBearer('x'), 401, 'token_malformed'],
    ['an expired token', withBearer(mint({}, 0)), 401, 'token_expired'],
  ])('with %s is answered with %3$s', async (_, headers, status, reason) => {
    const answer = await dial(await start(), headers as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ reason });
    expect(answer.body).not.toContain('eyJ');
  });

  test('from a foreign page is refused, with a cookie and with a token', async () => {
    const url = await start({ from: [bearer(), cookie('at')], origins: [app] });
    const withCookie = { cookie: `at=${mint()}` };
    expect(await dial(url, { ...withCookie, origin: 'https://evil.example' })).toMatchObject({
      status: 403,
    });
    expect(await dial(url, withCookie)).toMatchObject({ status: 403 });
    const token = withBearer(mint());
    expect(await dial(url, { ...token, origin: 'https://evil.example' })).toMatchObject({
      status: 403,
    });
    const own = await dial(url, { ...withCookie, origin: app });
    expect(own.greeting).toBe(greeting);
    own.socket.close();
  });

  test('with a cookie and without a list of origins is a mistake', () => {
    const wss = new WebSocketServer({ noServer: true });
    for (const make of [upgradeAuth, (options: WsOptions) => handleUpgrade(wss, options)]) {
      expect(() => make({ key: secret, from: cookie('at') })).toThrow(/"origins" must be given/);
      expect(() => make({ key: secret, origins: ['app.example'] })).toThrow(TypeError);
      expect(() => make({ key: secret, origins: undefined as never })).toThrow(TypeError);
      expect(() => make(undefined as never)).toThrow(TypeError);
    }
  });

  test('of a guest is a socket where guests are welcome', async () => {
    const { socket, greeting } = await dial(await start({ credentialsRequired: false }), {});
    expect(greeting).toBe('{"same":true}');
    socket.send(mint());
    expect(await message(socket)).toBe('extended');
    socket.close();
  });

  test('for which a hook fails is a 500 that says nothing', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {});
    const fault = () => {
      throw new Error('a fault');
    };
    const answer = await dial(await start({ authorize: fault }), withBearer(mint()));
    expect(answer).toMatchObject({ status: 500, body: '' });
    expect(print).toHaveBeenCalled();
  });

  test('that is refused or fails leaves no socket behind, also of a client that stays', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const authorize = () => {
      throw new Error('a fault');
    };
    const admit = upgradeAuth({ key: secret, clock, authorize });
    const server = createServer();
    const closed: Array<Promise<unknown>> = [];
    server.on('upgrade', (request, socket) => {
      closed.push(once(socket, 'close'));
      admit(request, socket);
    });
    const running = await listening(server);
    open.push(running);
    for (const [token, status] of [
      [mint(), '500'],
      ['x', '401'],
    ]) {
      const port = Number(new URL(running.origin).port);
      const raw = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      raw.write(
        `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      );
      const [answer] = await once(raw, 'data');
      expect(String(answer)).toContain(`HTTP/1.1 ${status}`);
      await closed.at(-1);
      raw.destroy();
    }
    expect(closed).toHaveLength(2);
  });

  test('of a client that leaves while it is judged ends nothing', async () => {
    let judged = (_: boolean) => {};
    let asked = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const authorize = () => {
      asked();
      return new Promise<boolean>((resolve) => {
        judged = resolve;
      });
    };
    const url = await start({ authorize });
    const raw = connect(Number(new URL(url).port), '127.0.0.1');
    raw.write(
      `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer ${mint()}\r\n\r\n`,
    );
    await isAsked;
    raw.resetAndDestroy();
    await once(raw, 'close');
    judged(true);
    const { status } = await dial(url, {});
    expect(status).toBe(401);
  });
});

const message = (socket: WebSocket) => once(socket, 'message').then(([data]) => String(data));

/** The server still answers; what the client takes its socket for proves nothing. */
async function expectOpen(socket: WebSocket): Promise<void> {
  const closed = once(socket, 'close').then(([code]) => code);
  socket.send('x');
  expect(await Promise.race([message(socket), closed])).toBe('token_malformed');
}

describe('a socket', () => {
  test('is closed with 4401 when its token ends', async () => {
    const { socket } = await dial(await start(), withBearer(mint()));
    vi.advanceTimersByTime(59_999);
    await expectOpen(socket);
    const closed = once(socket, 'close');
    now += 60_000;
    vi.advanceTimersByTime(1);
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([4401, 'token_expired']);
  });

  test('is ended by force where the client does not answer', async () => {
    const { socket } = await dial(await start(), withBearer(mint()));
    const closed = once(socket, 'close');
    socket.pause();
    vi.advanceTimersByTime(62_000);
    socket.resume();
    expect((await closed)[0]).toBeOneOf([4401, 1006]);
  });

  test('lives on with a fresh token of the same subject', async () => {
    const { socket } = await dial(await start(), withBearer(mint()));
    socket.send(mint({ jti: 'fresh' }, 120));
    expect(await message(socket)).toBe('extended');
    vi.advanceTimersByTime(119_999);
    await expectOpen(socket);
    const closed = once(socket, 'close');
    vi.advanceTimersByTime(1);
    expect((await closed)[0]).toBe(4401);
  });

  test('is judged again with its request', async () => {
    const authorize = (_: unknown, request: IncomingMessage) => request.url === '/';
    const { socket } = await dial(await start({ authorize }), withBearer(mint()));
    socket.send(mint({ jti: 'fresh' }, 120));
    expect(await message(socket)).toBe('extended');
    socket.close();
  });

  test('keeps its end where the fresh token is not good, or of somebody else', async () => {
    const { socket } = await dial(await start(), withBearer(mint()));
    socket.send('x');
    expect(await message(socket)).toBe('token_malformed');
    socket.send(mint({ sub: 'eve' }, 999));
    expect(await message(socket)).toBe('forbidden');
    const closed = once(socket, 'close');
    vi.advanceTimersByTime(60_000);
    expect((await closed)[0]).toBe(4401);
  });

  test('is not extended by a token of the same subject that another issuer gave', async () => {
    const { socket } = await dial(await start(), withBearer(mint({ iss: 'https://a.example' })));
    socket.send(mint({ iss: 'https://b.example' }));
    expect(await message(socket)).toBe('forbidden');
    socket.send(mint({ iss: 'https://a.example' }));
    expect(await message(socket)).toBe('extended');
    socket.close();
  });

  test.each([
    ['clockTolerance counts, as it does for a request', { clockTolerance: 30 }, {}, 90],
    ['maxAge counts', { maxAge: '20s' }, {}, 20],
    ['maxAge counts for a token without an end', { maxAge: 20 }, { exp: undefined }, 20],
    ['maxAge counts beside ignoreExpiration', { maxAge: 20, ignoreExpiration: true }, {}, 20],
    ['the end of the token comes before maxAge', { maxAge: '1h' }, {}, 60],
  ] as ReadonlyArray<[string, WsOptions, object, number]>)(
    'ends when its token would be refused: %s',
    async (_, options, claims, seconds) => {
      const token = 'exp' in claims ? createSigner(secret, { clock })({ sub: 'ada' }) : mint();
      const { socket } = await dial(await start(options), withBearer(token));
      vi.advanceTimersByTime(seconds * 1000 - 1);
      await expectOpen(socket);
      const closed = once(socket, 'close');
      vi.advanceTimersByTime(1);
      expect((await closed)[0]).toBe(4401);
    },
  );

  test('ends with the token even if a schema dropped "exp"', async () => {
    const validate = () => ({ value: { sub: 'ada' } });
    const schema = { '~standard': { version: 1 as const, vendor: 'test', validate } };
    const { socket } = await dial(await start({ schema }), withBearer(mint()));
    const closed = once(socket, 'close');
    vi.advanceTimersByTime(60_000);
    expect((await closed)[0]).toBe(4401);
  });

  test('lives longer than the longest timer of Node.js, and no longer', async () => {
    const month = 40 * 86_400;
    const { socket } = await dial(await start(), withBearer(mint({}, month)));
    const step = 2 ** 31 - 1;
    now += step;
    vi.advanceTimersByTime(step);
    await expectOpen(socket);
    const closed = once(socket, 'close');
    vi.advanceTimersByTime(month * 1000 - step);
    expect((await closed)[0]).toBe(4401);
  });

  test('has no end where expiry is ignored, or there is none', async () => {
    const { socket } = await dial(
      await start({ ignoreExpiration: true }),
      withBearer(mint({}, -60)),
    );
    expect(vi.getTimerCount()).toBe(0);
    socket.close();
  });

  test('that closed leaves no timer behind', async () => {
    const { socket } = await dial(await start(), withBearer(mint()));
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    socket.terminate();
    await once(socket, 'close');
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(0));
  });

  test('that was not let in here cannot be extended', async () => {
    await expect(extendAuth({}, mint())).rejects.toThrow(TypeError);
  });
});

test('upgradeAuth says what became of the request, and answers only refusals', async () => {
  const outcomes: Array<string | undefined> = [];
  const admit = upgradeAuth({ key: secret, clock });
  const server = createServer();
  server.on('upgrade', async (request, socket) => {
    const outcome = await admit(request, socket);
    outcomes.push(outcome?.status);
    if (outcome?.status === 'authenticated') {
      socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n');
    }
  });
  const running = await listening(server);
  open.push(running);
  expect(await dial(running.origin, withBearer(mint()))).toMatchObject({ status: 418 });
  expect(await dial(running.origin, {})).toMatchObject({ status: 401 });
  expect(outcomes).toEqual(['authenticated', 'rejected']);
});
