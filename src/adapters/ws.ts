/** Authenticates WebSockets of ws 8. */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { JwtPayload } from '../core/token/token.ts';
import { setAuth } from '../http/auth.ts';
import type { AuthError } from '../http/auth-error.ts';
import type { Outcome } from '../http/authenticator.ts';
import type { AuthenticatorSettings, KeyOrVerifier } from '../http/authenticator-options.ts';
import { bearer, wsProtocol } from '../http/extractors.ts';
import type { Origins } from '../http/origins.ts';
import { createSocketAuthenticator } from './socket-authenticator.ts';
import { watchExpiry } from './socket-expiry.ts';
import { splitOptions } from './split-options.ts';

export { extendAuth } from './socket-expiry.ts';

/**
 * Options of {@link handleUpgrade} and {@link upgradeAuth}.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const options: WsOptions = {
 *   key: JWT_SECRET,
 *   from: cookie('__Host-at'),
 *   origins: ['https://app.example'],
 * };
 * ```
 */
export type WsOptions<Claims extends object = JwtPayload, User = Claims> = KeyOrVerifier &
  Omit<AuthenticatorSettings<Claims, User, IncomingMessage>, 'csrf'> & {
    /**
     * Origins besides your own that can open a socket, such as `https://app.example`. With this option, other
     * origins are rejected with any token; without it, only with a cookie.
     */
    origins?: Origins;
  };

/** The part of a WebSocketServer that is used. */
interface WsServer {
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    done: (socket: WsSocket) => void,
  ): void;
  emit(event: 'connection', socket: WsSocket, request: IncomingMessage): unknown;
}

/** The part of a WebSocket that is used. */
interface WsSocket {
  close(code: number, reason: string): void;
  terminate(): void;
  emit(name: string | symbol, ...args: unknown[]): boolean;
  on(event: 'error', listener: () => void): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/** Like 401, in the range for applications (RFC 6455 §7.4.2). */
const CLOSE_CODE_EXPIRED = 4401;

/** Longest wait for the close frame of the client. */
const CLOSE_TIMEOUT_MS = 2000;

/**
 * Creates a listener for `server.on('upgrade', …)` and a WebSocketServer with `noServer: true`. Reads the token
 * from `Authorization` or from the protocols `['bearer', token]`. Rejects a request with an HTTP response. Closes
 * the socket with 4401 when the token expires, unless you call {@link extendAuth} with a fresh one. `getAuth`
 * accepts the request and the socket.
 *
 * Throws TypeError as `createAuthenticator` does.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { WebSocketServer } from 'ws';
 *
 * const { JWT_SECRET = '' } = process.env;
 * const server = createServer();
 * const wss = new WebSocketServer({ noServer: true });
 * server.on('upgrade', handleUpgrade(wss, { key: JWT_SECRET }));
 * wss.on('connection', (socket) => socket.send(`Hello ${getAuth(socket).payload.sub}`));
 * ```
 */
export function handleUpgrade<Claims extends object = JwtPayload, User = Claims>(
  wss: WsServer,
  options: WsOptions<Claims, User>,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void> {
  const own = splitOptions<object, typeof options>(options, {}).rest;
  const authenticate = authenticatorOf(own);

  return async (request, socket, head) => {
    const outcome = await authenticateUpgrade(authenticate, request, socket);
    if (!outcome || outcome.status === 'rejected' || socket.destroyed) return;
    const accept = (webSocket: WsSocket) => {
      setAuth(webSocket, outcome);
      const stop = watchExpiry(webSocket, outcome.auth, {
        verify: (token) => authenticate.verify(token, request),
        end: () => endSocket(webSocket),
        options: own,
      });
      webSocket.once('close', stop);
      // ws closes the socket after an invalid frame. Without a listener, the error would end the process.
      webSocket.on('error', () => {});
      try {
        wss.emit('connection', webSocket, request);
      } catch (error) {
        console.error(error);
        webSocket.terminate();
      }
    };
    try {
      wss.handleUpgrade(request, socket, head, accept);
    } catch (error) {
      // Another listener of 'upgrade' has completed the handshake.
      console.error(error);
      socket.destroy();
    }
  };
}

/** Closes the socket. The client can go on sending until it closes, too, but no listener receives that. */
function endSocket(webSocket: WsSocket): void {
  const { emit } = webSocket;
  webSocket.emit = (name, ...args) => name !== 'message' && emit.call(webSocket, name, ...args);
  webSocket.close(CLOSE_CODE_EXPIRED, 'token_expired');
  setTimeout(() => webSocket.terminate(), CLOSE_TIMEOUT_MS).unref();
}

/**
 * Creates a function that only authenticates an upgrade, for servers that complete it themselves. It responds
 * to a rejected request and closes its socket. It resolves to `undefined` after a 500, if a hook failed.
 *
 * Throws TypeError as {@link handleUpgrade} does.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 *
 * const { JWT_SECRET = '' } = process.env;
 * const server = createServer();
 * const authenticate = upgradeAuth({ key: JWT_SECRET });
 * server.on('upgrade', async (request, socket) => {
 *   const outcome = await authenticate(request, socket);
 *   if (outcome?.status === 'authenticated') socket.end();
 * });
 * ```
 */
export function upgradeAuth<Claims extends object = JwtPayload, User = Claims>(
  options: WsOptions<Claims, User>,
): (request: IncomingMessage, socket: Duplex) => Promise<Outcome<Claims, User> | undefined> {
  const own = splitOptions<object, typeof options>(options, {}).rest;
  const authenticate = authenticatorOf(own);
  return (request, socket) => authenticateUpgrade(authenticate, request, socket);
}

function authenticatorOf<Claims extends object, User>(own: WsOptions<Claims, User>) {
  return createSocketAuthenticator(own, [bearer(), wsProtocol('bearer')]);
}

async function authenticateUpgrade<Claims extends object, User>(
  authenticate: (request: IncomingMessage) => Promise<Outcome<Claims, User>>,
  request: IncomingMessage,
  socket: Duplex,
): Promise<Outcome<Claims, User> | undefined> {
  // Before anything else: without a listener, a client that disconnects now ends the process.
  socket.on('error', () => socket.destroy());
  try {
    const outcome = await authenticate(request);
    setAuth(request, outcome);
    if (outcome.status === 'rejected') rejectUpgrade(socket, outcome.error);
    return outcome;
  } catch (error) {
    console.error(error);
    endResponse(socket, '500 Internal Server Error', {}, '');
    return undefined;
  }
}

function rejectUpgrade(socket: Duplex, error: AuthError): void {
  const headers = { ...error.headers, 'Content-Type': 'application/json' };
  endResponse(socket, `${error.status} ${error.code}`, headers, JSON.stringify(error));
}

/** Writes the response by hand, because an upgrade has no response object. */
function endResponse(
  socket: Duplex,
  status: string,
  headers: Record<string, string>,
  body: string,
) {
  const all = { ...headers, 'Content-Length': Buffer.byteLength(body), Connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  // Node.js servers allow half-open sockets, so a client that never closes would keep this one.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`);
}
