/** Authentication of WebSockets for ws 8. */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { copyOwnProperties } from '../core/option-rules.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { setAuth } from '../http/auth.ts';
import type { AuthError } from '../http/auth-error.ts';
import { createAuthenticator, type Outcome } from '../http/authenticator.ts';
import type { AuthenticatorOptions } from '../http/authenticator-options.ts';
import { bearer, wsProtocol } from '../http/extractors.ts';
import { watch } from './socket-expiry.ts';

export { extendAuth } from './socket-expiry.ts';

/**
 * Options of {@link handleUpgrade} and {@link upgradeAuth}.
 *
 * @example
 * ```ts
 * const options: WsOptions = {
 *   key: secret,
 *   from: cookie('__Host-at'),
 *   origins: ['https://app.example'],
 * };
 * ```
 */
export interface WsOptions<Claims extends object = JwtPayload, User = Claims>
  extends Omit<AuthenticatorOptions<Claims, User, IncomingMessage>, 'csrf'> {
  /** The pages that may open a socket, such as `https://app.example`; needed with a token in a cookie. */
  origins?: readonly string[];
}

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
  once(event: 'close', listener: () => void): unknown;
}

/** As 401, in the range that applications may use. */
const CLOSED_AT_EXPIRY = 4401;

/** Milliseconds that a client has to answer the close frame. */
const PATIENCE = 2000;

/**
 * A listener for `server.on('upgrade', …)` of a WebSocketServer with `noServer: true`. The token is taken from
 * `Authorization` or from the protocols `['bearer', token]`. A refusal is answered with its status before
 * there is a WebSocket; the socket is closed with 4401 when the token ends, unless {@link extendAuth} is
 * called with a fresh one. `getAuth` knows the request and the socket.
 *
 * Throws TypeError as `createAuthenticator` does, and for a cookie without `origins`.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { WebSocketServer } from 'ws';
 *
 * const server = createServer();
 * const wss = new WebSocketServer({ noServer: true });
 * server.on('upgrade', handleUpgrade(wss, { key: secret }));
 * wss.on('connection', (socket) => socket.send(`Hello ${getAuth(socket).payload.sub}`));
 * ```
 */
export function handleUpgrade<Claims extends object = JwtPayload, User = Claims>(
  wss: WsServer,
  options: WsOptions<Claims, User>,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void> {
  const own: WsOptions<Claims, User> = copyOwnProperties(Object(options));
  const authenticate = authenticatorOf(own);

  return async (request, socket, head) => {
    const outcome = await judge(authenticate, request, socket);
    if (!outcome || outcome.status === 'rejected' || socket.destroyed) return;
    wss.handleUpgrade(request, socket, head, (webSocket) => {
      const end = () => {
        webSocket.close(CLOSED_AT_EXPIRY, 'token_expired');
        setTimeout(() => webSocket.terminate(), PATIENCE).unref();
      };
      const forget = watch(webSocket, outcome.auth, {
        verify: (token) => authenticate.verify(token, request),
        end,
        policy: own,
      });
      webSocket.once('close', forget);
      wss.emit('connection', webSocket, request);
    });
  };
}

/**
 * Judges an upgrade and nothing more, for servers that go on by themselves. A rejected request has been
 * answered and its socket closed; undefined means that a hook failed, and a 500.
 *
 * Throws TypeError as {@link handleUpgrade} does.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 *
 * const server = createServer();
 * const admit = upgradeAuth({ key: secret });
 * server.on('upgrade', async (request, socket) => {
 *   const outcome = await admit(request, socket);
 *   if (outcome?.status === 'authenticated') socket.end();
 * });
 * ```
 */
export function upgradeAuth<Claims extends object = JwtPayload, User = Claims>(
  options: WsOptions<Claims, User>,
): (request: IncomingMessage, socket: Duplex) => Promise<Outcome<Claims, User> | undefined> {
  const authenticate = authenticatorOf<Claims, User>(copyOwnProperties(Object(options)));
  return (request, socket) => judge(authenticate, request, socket);
}

function authenticatorOf<Claims extends object, User>(own: WsOptions<Claims, User>) {
  const { origins, ...rest } = own;
  return createAuthenticator<Claims, User, IncomingMessage>({
    from: [bearer(), wsProtocol('bearer')],
    ...rest,
    csrf: { handshake: true, ...(Object.hasOwn(own, 'origins') && { origins }) },
  } as AuthenticatorOptions<Claims, User, IncomingMessage>);
}

async function judge<Claims extends object, User>(
  authenticate: (request: IncomingMessage) => Promise<Outcome<Claims, User>>,
  request: IncomingMessage,
  socket: Duplex,
): Promise<Outcome<Claims, User> | undefined> {
  // First of all: a client that leaves while it is judged must not end the process.
  socket.on('error', () => socket.destroy());
  try {
    const outcome = await authenticate(request);
    setAuth(request, outcome.auth);
    if (outcome.status === 'rejected') refuse(socket, outcome.error);
    return outcome;
  } catch (error) {
    console.error(error);
    answer(socket, '500 Internal Server Error', {}, '');
    return undefined;
  }
}

function refuse(socket: Duplex, error: AuthError): void {
  const headers = { ...error.headers, 'Content-Type': 'application/json' };
  answer(socket, `${error.status} ${error.code}`, headers, JSON.stringify(error));
}

/** There is no response object at an upgrade. */
function answer(socket: Duplex, status: string, headers: Record<string, string>, body: string) {
  const all = { ...headers, 'Content-Length': Buffer.byteLength(body), Connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  // Servers of Node.js leave their side open: a client that never closes its own would keep the socket.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`);
}
