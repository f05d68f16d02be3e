import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { extendAuth, handleUpgrade, upgradeAuth, type WsOptions } from '../../src/adapters/ws.ts';
import { bearer, cookie, getAuth } from '../../src/http/index.ts';
import { createSigner } from '../../src/index.ts';
import { secret, type WithoutKey } from '../http/requests.ts';
import { serve } from './serve.ts';

let now = Date.UTC(2026, 10, 22);
const clock = () => now;
const mint = (claims: object = {}, expiresIn = 60) =>
  createSigner(secret, { clock, expiresIn })({ sub: 'ada', ...claims });

const app = 'https://app.example';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Starts a server that greets a socket, and extends it with each message. */
async function start(options: WithoutKey<WsOptions> = {}) {
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
  return (await serve(server)).replace('http', 'ws');
}

/** The greeting of the server, or its response without an upgrade. */
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

/** The code with which a socket ends whose server destroys the connection. */
async function codeOfLostSocket(server: Server) {
  const url = (await serve(server)).replace('http', 'ws');
  const socket = new WebSocket(url, { headers: withBearer(mint()) });
  socket.on('error', () => {});
  return closeCode(socket);
}
const greeting = JSON.stringify({ subject: 'ada', same: true });

/** A schema whose output has no `exp`. */
const dropsExp = {
  '~standard': { version: 1 as const, vendor: 'test', validate: () => ({ value: { sub: 'ada' } }) },
};

const message = (socket: WebSocket) => once(socket, 'message').then(([data]) => String(data));
const closeCode = (socket: WebSocket) => once(socket, 'close').then(([code]) => code);

/** Sends an upgrade by hand, on a connection that the client does not close. */
function rawUpgrade(origin: string, token: string) {
  const raw = connect({
    port: Number(new URL(origin).port),
    host: '127.0.0.1',
    allowHalfOpen: true,
  });
  const lines = [
    'GET / HTTP/1.1',
    'Host: x',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Authorization: Bearer ${token}`,
  ];
  raw.write(`${lines.join('\r\n')}\r\n\r\n`);
  return raw;
}

/** A masked text frame (RFC 6455 §5.2), with a mask of zeros. */
function frame(text: string) {
  return Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0, ...Buffer.from(text)]);
}

describe('handleUpgrade', () => {
  test('accepts a valid token in Authorization', async () => {
    const { socket, ...result } = await dial(await start(), withBearer(mint()));
    expect(result).toEqual({ greeting });
    socket.close();
  });

  test('accepts a valid token in the protocols and selects the marker', async () => {
    const { socket, ...result } = await dial(await start(), {}, ['bearer', mint()]);
    expect(result).toEqual({ greeting });
    expect(socket.protocol).toBe('bearer');
    socket.close();
  });

  test.each([
    ['without a token', {}, 'token_missing'],
    ['with an expired token', withBearer(mint({}, 0)), 'token_expired'],
  ])('responds with 401 and the reason to a request %s', async (_, headers, reason) => {
    const { status, body } = await dial(await start(), headers as Record<string, string>);
    expect(status).toBe(401);
    expect(JSON.parse(body ?? '')).toMatchObject({ reason });
  });

  test('rejects other origins, with a cookie and with a header', async () => {
    const url = await start({ from: [bearer(), cookie('at')], origins: [app] });
    const withCookie = { cookie: `at=${mint()}` };
    const evil = { origin: 'https://evil.example' };
    for (const headers of [
      withCookie,
      { ...withCookie, ...evil },
      { ...withBearer(mint()), ...evil },
    ]) {
      expect(await dial(url, headers)).toMatchObject({ status: 403 });
    }
    for (const origin of [app, url.replace('ws', 'http')]) {
      const own = await dial(url, { ...withCookie, origin });
      expect(own.greeting).toBe(greeting);
      own.socket.close();
    }
  });

  test('throws TypeError for wrong options', () => {
    const wss = new WebSocketServer({ noServer: true });
    for (const make of [upgradeAuth, (options: WsOptions) => handleUpgrade(wss, options)]) {
      expect(() => make({ key: secret, origins: ['https://*.example'] })).toThrow(TypeError);
      expect(() => make({ key: secret, origins: ['app.example'] })).toThrow(TypeError);
      expect(() => make({ key: secret, origins: undefined as never })).toThrow(TypeError);
      expect(() => make(undefined as never)).toThrow(TypeError);
    }
  });

  test('accepts a guest with credentialsRequired: false, who can authenticate later', async () => {
    const { socket, greeting } = await dial(await start({ credentialsRequired: false }), {});
    expect(greeting).toBe('{"same":true}');
    socket.send(mint());
    expect(await message(socket)).toBe('extended');
    socket.close();
  });

  test('responds with an empty 500 if a hook throws', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {});
    const authorize = () => {
      throw new Error('a bug');
    };
    const result = await dial(await start({ authorize }), withBearer(mint()));
    expect(result).toMatchObject({ status: 500, body: '' });
    expect(print).toHaveBeenCalled();
  });

  test('ends the socket, not the process, if a listener of "connection" throws', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {});
    const wss = new WebSocketServer({ noServer: true });
    const listener = vi.fn(() => {
      throw new Error('a bug of the application');
    });
    wss.on('connection', listener);
    const server = createServer().on('upgrade', handleUpgrade(wss, { key: secret, clock }));
    expect(await codeOfLostSocket(server)).toBe(1006);
    expect(print).toHaveBeenCalledOnce();
    expect(listener).toHaveBeenCalledOnce();
  });

  test('ends the socket, not the process, if another listener completes the handshake', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {});
    const wss = new WebSocketServer({ noServer: true });
    const server = createServer().on('upgrade', handleUpgrade(wss, { key: secret, clock }));
    const other = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) =>
      other.handleUpgrade(request, socket, head, () => {}),
    );
    expect(await codeOfLostSocket(server)).toBe(1006);
    expect(print.mock.calls.join()).toContain('handleUpgrade() was called more than once');
  });

  test('survives a client that disconnects during verification', async () => {
    let decide = (_: boolean) => {};
    let onCall = () => {};
    const isCalled = new Promise<void>((resolve) => {
      onCall = resolve;
    });
    const authorize = () => {
      onCall();
      return new Promise<boolean>((resolve) => {
        decide = resolve;
      });
    };
    const url = await start({ authorize });
    const raw = rawUpgrade(url, mint());
    await isCalled;
    raw.resetAndDestroy();
    await once(raw, 'close');
    decide(true);
    expect((await dial(url, {})).status).toBe(401);
  });
});

/** Whether the server still responds: the state of the client's socket proves nothing. */
async function expectOpen(socket: WebSocket): Promise<void> {
  const closed = closeCode(socket);
  socket.send('x');
  expect(await Promise.race([message(socket), closed])).toBe('token_malformed');
}

describe('a socket', () => {
  test('is closed with 4401 when its token expires', async () => {
    const { socket } = await dial(await start(), withBearer(mint()));
    vi.advanceTimersByTime(59_999);
    await expectOpen(socket);
    const closed = once(socket, 'close');
    now += 60_000;
    vi.advanceTimersByTime(1);
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([4401, 'token_expired']);
  });

  test('is terminated if the client does not close it', async () => {
    const { socket } = await dial(await start(), withBearer(mint()));
    const closed = closeCode(socket);
    socket.pause();
    vi.advanceTimersByTime(62_000);
    socket.resume();
    expect(await closed).toBeOneOf([4401, 1006]);
  });

  test('hands on no message after its end, whatever the client does with the close frame', async () => {
    const received: string[] = [];
    const ended = vi.fn();
    const wss = new WebSocketServer({ noServer: true });
    const server = createServer().on('upgrade', handleUpgrade(wss, { key: secret, clock }));
    wss.on('connection', (socket) => {
      socket.on('message', (data) => {
        received.push(String(data));
        // One added after the end receives nothing, too.
        socket.on('message', () => received.push('later'));
      });
      socket.on('close', ended);
    });
    const origin = await serve(server);
    const raw = rawUpgrade(origin, mint());
    // The server destroys the connection at the end.
    raw.on('error', () => {});
    await once(raw, 'data');
    raw.write(frame('before'));
    await vi.waitFor(() => expect(received).toEqual(['before']));
    // In one turn with the timer, so that the frames are under way when it fires.
    raw.write(Buffer.concat([frame('1'), frame('2')]));
    vi.advanceTimersByTime(60_000);
    const [closeFrame] = await once(raw, 'data');
    expect([...closeFrame.subarray(0, 4)]).toEqual([0x88, 15, 4401 >> 8, 4401 & 255]);
    raw.write(Buffer.concat([frame('3'), frame('4')]));
    await new Promise((resolve) => setImmediate(resolve));
    const data = new Promise((resolve) => raw.once('close', resolve));
    raw.write(frame('5'));
    expect(ended).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2000);
    await data;
    expect(received).toEqual(['before']);
    expect(ended).toHaveBeenCalledOnce();
  });

  test('stays open with a fresh token of the same subject, checked with its request', async () => {
    const authorize = (_: unknown, request: IncomingMessage) => request.url === '/';
    const { socket } = await dial(await start({ authorize }), withBearer(mint()));
    socket.send(mint({ jti: 'fresh' }, 120));
    expect(await message(socket)).toBe('extended');
    vi.advanceTimersByTime(119_999);
    await expectOpen(socket);
    const closed = closeCode(socket);
    vi.advanceTimersByTime(1);
    expect(await closed).toBe(4401);
  });

  test('keeps its end after an invalid token, or one of another subject or issuer', async () => {
    const { socket } = await dial(await start(), withBearer(mint({ iss: 'https://a.example' })));
    for (const [token, reason] of [
      ['x', 'token_malformed'],
      [mint({ iss: 'https://a.example', sub: 'eve' }, 999), 'forbidden'],
      [mint({ iss: 'https://b.example' }, 999), 'forbidden'],
    ] as const) {
      socket.send(token);
      expect(await message(socket)).toBe(reason);
    }
    const closed = closeCode(socket);
    vi.advanceTimersByTime(60_000);
    expect(await closed).toBe(4401);
  });

  test.each([
    ['with clockTolerance', { clockTolerance: 30 }, 90],
    ['at maxAge before exp', { maxAge: '20s' }, 20],
    ['at maxAge without exp', { maxAge: 20 }, 20],
    ['at maxAge with ignoreExpiration', { maxAge: 20, ignoreExpiration: true }, 20],
    ['at exp before maxAge', { maxAge: '1h' }, 60],
    ['at exp that a schema dropped', { schema: dropsExp }, 60],
  ] as ReadonlyArray<[string, WithoutKey<WsOptions>, number]>)(
    'ends at the time a request would be rejected: %s',
    async (title, options, seconds) => {
      const hasNoExp = title.endsWith('without exp');
      const token = hasNoExp ? createSigner(secret, { clock })({ sub: 'ada' }) : mint();
      const { socket } = await dial(await start(options), withBearer(token));
      vi.advanceTimersByTime(seconds * 1000 - 1);
      await expectOpen(socket);
      const closed = closeCode(socket);
      vi.advanceTimersByTime(1);
      expect(await closed).toBe(4401);
    },
  );

  test('can outlast the longest timer of Node.js', async () => {
    const month = 40 * 86_400;
    const { socket } = await dial(await start(), withBearer(mint({}, month)));
    const step = 2 ** 31 - 1;
    now += step;
    vi.advanceTimersByTime(step);
    await expectOpen(socket);
    const closed = closeCode(socket);
    vi.advanceTimersByTime(month * 1000 - step);
    expect(await closed).toBe(4401);
  });

  test('has no timer if expiry is ignored, or after it closed', async () => {
    const ignoring = await start({ ignoreExpiration: true });
    const endless = await dial(ignoring, withBearer(mint({}, -60)));
    expect(vi.getTimerCount()).toBe(0);
    endless.socket.close();
    const { socket } = await dial(await start(), withBearer(mint()));
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    socket.terminate();
    await once(socket, 'close');
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(0));
  });

  test('of a token without a subject cannot be extended: another could be of another user', async () => {
    const anonymous = () => createSigner(secret, { clock, expiresIn: 60 })({ scope: 'chat' });
    const { socket } = await dial(await start(), withBearer(anonymous()));
    socket.send(anonymous());
    expect(await message(socket)).toBe('forbidden');
    socket.close();
  });

  test('cannot be extended if the adapter did not accept it', async () => {
    await expect(extendAuth({}, mint())).rejects.toThrow(TypeError);
  });
});

describe('upgradeAuth', () => {
  test('returns the outcome and responds only to rejected requests', async () => {
    const outcomes: Array<string | undefined> = [];
    const authenticate = upgradeAuth({ key: secret, clock });
    const server = createServer();
    server.on('upgrade', async (request, socket) => {
      const outcome = await authenticate(request, socket);
      outcomes.push(outcome?.status);
      if (outcome?.status === 'authenticated') {
        socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n');
      }
    });
    const origin = await serve(server);
    expect(await dial(origin, withBearer(mint()))).toMatchObject({ status: 418 });
    expect(await dial(origin, {})).toMatchObject({ status: 401 });
    expect(outcomes).toEqual(['authenticated', 'rejected']);
  });

  test('closes the socket of a rejected request, even if the client does not', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const authorize = () => {
      throw new Error('a bug');
    };
    const authenticate = upgradeAuth({ key: secret, clock, authorize });
    const server = createServer();
    const closed: Array<Promise<unknown>> = [];
    server.on('upgrade', (request, socket) => {
      closed.push(once(socket, 'close'));
      authenticate(request, socket);
    });
    const origin = await serve(server);
    for (const [token, status] of [
      [mint(), '500'],
      ['x', '401'],
    ] as const) {
      const raw = rawUpgrade(origin, token);
      const [response] = await once(raw, 'data');
      expect(String(response)).toContain(`HTTP/1.1 ${status}`);
      await closed.at(-1);
      raw.destroy();
    }
    expect(closed).toHaveLength(2);
  });
});

test('an invalid frame of a client ends its socket, not the process', async () => {
  const url = await start();
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${mint()}` } });
  await once(socket, 'message');
  const { _socket: raw } = socket as unknown as { _socket: { write(bytes: Buffer): void } };
  raw.write(Buffer.from([0xff, 0xff, 0xff]));
  const [code] = await once(socket, 'close');
  expect([1002, 1006]).toContain(code);
});

test.each([[{ origins: [app] }], [false]])('the option csrf is a TypeError: %o', (csrf) => {
  const wss = new WebSocketServer({ noServer: true });
  const create = () => handleUpgrade(wss, { key: secret, csrf } as never);
  expect(create).toThrow('"csrf" is not an option of sockets: set "origins"');
});
