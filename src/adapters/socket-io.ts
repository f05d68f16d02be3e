/** The middleware for socket.io 4. */

import { callable } from '../core/option-rules.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { type Auth, setAuth } from '../http/auth.ts';
import { AuthError } from '../http/auth-error.ts';
import type { AuthenticatorSettings, KeyOrVerifier } from '../http/authenticator-options.ts';
import { bearer, type Extractor } from '../http/extractors.ts';
import type { Origins } from '../http/origins.ts';
import type { HeadersLike, RequestLike } from '../http/request.ts';
import { compileProperties, type Properties, propertiesRule } from './properties.ts';
import { createSocketAuthenticator, type SocketOptions } from './socket-authenticator.ts';
import { watchExpiry } from './socket-expiry.ts';
import { splitOptions } from './split-options.ts';

export type { Properties } from './properties.ts';
export { extendAuth } from './socket-expiry.ts';

/** The part of a socket that is used. */
interface SocketIoSocket {
  readonly handshake: { headers: HeadersLike; url: string; auth: Record<string, unknown> };
  readonly nsp: {
    prependListener(event: 'connect', listener: (connected: object) => void): unknown;
    readonly server?: unknown;
  };
  readonly conn: { close(): unknown };
  readonly recovered?: boolean;
  data: object;
  disconnect(close?: boolean): unknown;
  once(event: 'disconnect', listener: () => void): unknown;
}

/**
 * Options of {@link jwt}.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const options: SocketIoOptions = { key: JWT_SECRET, onExpired: (socket) => socket.data };
 * ```
 */
export type SocketIoOptions<
  Claims extends object = JwtPayload,
  User = Claims,
  Socket extends SocketIoSocket = SocketIoSocket,
> = KeyOrVerifier &
  Omit<AuthenticatorSettings<Claims, User, Socket>, 'csrf'> & {
    /**
     * Origins besides your own that can connect, such as `https://app.example`. With this option, other
     * origins are rejected with any token; without it, only with a cookie.
     */
    origins?: Origins;
    /** Other names for `socket.data.auth` and `socket.data.user`, or `false` for none. */
    properties?: Properties;
    /** Called when the token has expired, before the connection is closed. */
    onExpired?: (socket: Socket) => unknown;
  };

/**
 * Reads the token that a client sends as `io(url, { auth: { token } })`.
 *
 * @example
 * ```ts
 * import { Server } from 'socket.io';
 *
 * const { JWT_SECRET = '' } = process.env;
 * const io = new Server();
 * io.use(jwt({ key: JWT_SECRET, from: handshakeAuth('accessToken') }));
 * ```
 */
export function handshakeAuth(name = 'token'): Extractor {
  const find = (request: RequestLike) => {
    const { auth } = request as Partial<SocketIoSocket['handshake']>;
    const isPresent = typeof auth === 'object' && auth !== null && Object.hasOwn(auth, name);
    // The verifier rejects a value that is not a string.
    return isPresent ? (auth[name] as string) : undefined;
  };
  return Object.assign(find, { source: 'handshake' as const });
}

/**
 * Creates a middleware for `io.use` or a namespace. Reads the token from `handshake.auth.token` or from
 * `Authorization`; sets `socket.data.auth` and `socket.data.user`. A rejected client receives
 * `{ error, error_description, reason }` as `err.data`. The connection is closed when the token expires,
 * unless you call {@link extendAuth} with a fresh one; the client then reconnects with what its function `auth`
 * returns. With `connectionStateRecovery`, recovered clients are checked, too: sets its `skipMiddlewares` to false.
 *
 * Throws TypeError as `createAuthenticator` does.
 *
 * @example
 * ```ts
 * import { Server } from 'socket.io';
 *
 * const { JWT_PUBLIC_KEY = '' } = process.env;
 * const io = new Server();
 * io.use(jwt({ key: JWT_PUBLIC_KEY, algorithms: ['EdDSA'], audience: 'chat' }));
 * io.on('connection', (socket) => socket.emit('hello', socket.data.user));
 * ```
 */
export function jwt<
  Claims extends object = JwtPayload,
  User = Claims,
  Socket extends SocketIoSocket = SocketIoSocket,
>(
  options: SocketIoOptions<Claims, User, Socket>,
): (socket: Socket, next: (error?: Error) => void) => void {
  const { own, rest: others } = splitOptions<
    Pick<typeof options, 'onExpired' | 'properties'>,
    SocketOptions<Claims, User, Socket>
  >(options, { onExpired: callable, properties: propertiesRule('auth', 'user') });
  const setProperties = compileProperties(own.properties);
  const { onExpired } = own;
  const authenticate = createSocketAuthenticator(others, [handshakeAuth(), bearer()]);

  // The timer starts on connection: a later middleware can reject the socket, and no event reports that.
  const onConnect = new WeakMap<object, () => void>();
  const namespaces = new WeakSet<object>();

  function onceConnected(socket: Socket, listener: () => void): void {
    onConnect.set(socket, listener);
    if (namespaces.has(socket.nsp)) return;
    namespaces.add(socket.nsp);
    socket.nsp.prependListener('connect', (connected) => onConnect.get(connected)?.());
  }

  async function authenticateSocket(socket: Socket): Promise<void> {
    const outcome = await authenticate(socket.handshake, socket);
    if (outcome.status === 'rejected') throw outcome.error;
    const setData = (auth: Auth<object, unknown> | undefined) => setProperties(socket.data, auth);
    const end = () => {
      try {
        // Not awaited: the connection ends now.
        Promise.resolve(onExpired?.(socket)).catch(console.error);
      } catch (error) {
        console.error(error);
      }
      // The client reconnects, and calls its function `auth` for a fresh token; after `disconnect()` it would not.
      socket.conn.close();
    };
    // The data of a recovered socket is that of its previous connection.
    if (outcome.auth || socket.recovered) setData(outcome.auth);
    setAuth(socket, outcome);
    const verify = (token: string) => authenticate.verify(token, socket);
    const handlers = { verify, onExtended: setData, end, options: others };
    onceConnected(socket, () => {
      socket.once('disconnect', watchExpiry(socket, outcome.auth, handlers));
    });
  }

  return (socket, next) => {
    checkRecovered(socket);
    authenticateSocket(socket)
      .then(() => next())
      // Also for a later middleware that throws, which next calls.
      .catch((error) => next(toClientError(error)));
  };
}

/**
 * Sends recovered sockets through the middleware: their token can have expired while they were away. By default,
 * `connectionStateRecovery` skips all middleware.
 */
function checkRecovered(socket: SocketIoSocket): void {
  const { connectionStateRecovery } = Object(Object(socket.nsp.server).opts);
  if (connectionStateRecovery) connectionStateRecovery.skipMiddlewares = false;
}

/** socket.io sends message and data of an error to the client, which must not see those of a hook. */
function toClientError(error: unknown): Error {
  if (error instanceof AuthError) return Object.assign(error, { data: error.toJSON() });
  console.error(error);
  return new Error('internal error');
}
