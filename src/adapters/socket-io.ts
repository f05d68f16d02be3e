/** The middleware for socket.io 4. */

import { copyOwnProperties, typeNameOf } from '../core/option-rules.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { usageError } from '../errors.ts';
import { setAuth } from '../http/auth.ts';
import { AuthError } from '../http/auth-error.ts';
import { createAuthenticator } from '../http/authenticator.ts';
import type { AuthenticatorOptions } from '../http/authenticator-options.ts';
import { bearer, type Extractor } from '../http/extractors.ts';
import type { HeadersLike, RequestLike } from '../http/request.ts';
import { watch } from './socket-expiry.ts';

export { extendAuth } from './socket-expiry.ts';

/** The part of a socket that is used. */
interface SocketIoSocket {
  readonly handshake: { headers: HeadersLike; url: string; auth: Record<string, unknown> };
  readonly nsp: {
    prependListener(event: 'connect', listener: (connected: object) => void): unknown;
  };
  data: object;
  disconnect(close?: boolean): unknown;
  once(event: 'disconnect', listener: () => void): unknown;
}

/**
 * Options of {@link jwt}.
 *
 * @example
 * ```ts
 * const options: SocketIoOptions = { key: secret, onExpired: (socket) => socket.data };
 * ```
 */
export interface SocketIoOptions<
  Claims extends object = JwtPayload,
  User = Claims,
  Socket extends SocketIoSocket = SocketIoSocket,
> extends Omit<AuthenticatorOptions<Claims, User, Socket>, 'csrf'> {
  /** The pages that may connect, such as `https://app.example`; needed with a token in a cookie. */
  origins?: readonly string[];
  /** Called when the token has ended, before the socket is disconnected. */
  onExpired?: (socket: Socket) => unknown;
}

/**
 * The token that a client sends as `io(url, { auth: { token } })`.
 *
 * @example
 * ```ts
 * import { Server } from 'socket.io';
 *
 * const io = new Server();
 * io.use(jwt({ key: secret, from: handshakeAuth('accessToken') }));
 * ```
 */
export function handshakeAuth(name = 'token'): Extractor {
  const find = (request: RequestLike) => {
    const { auth } = request as Partial<SocketIoSocket['handshake']>;
    const isThere = typeof auth === 'object' && auth !== null && Object.hasOwn(auth, name);
    // What is no text is malformed, which the verifier says.
    return isThere ? (auth[name] as string) : undefined;
  };
  return Object.assign(find, { source: 'handshake' as const });
}

/**
 * A middleware for `io.use` or a namespace. The token is taken from `handshake.auth.token` or from
 * `Authorization`; `socket.data.auth` and `socket.data.user` are set. A refused client is told `err.data`, which is
 * `{ error, error_description, reason }`. The socket is disconnected when the token ends, unless
 * {@link extendAuth} is called with a fresh one. A server with `connectionStateRecovery` needs
 * `skipMiddlewares: false` there: a client that returns is else let in without a look at its token.
 *
 * Throws TypeError as `createAuthenticator` does, and for a cookie without `origins`.
 *
 * @example
 * ```ts
 * import { Server } from 'socket.io';
 *
 * const io = new Server();
 * io.use(jwt({ key: publicKey, algorithms: ['EdDSA'], audience: 'chat' }));
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
  const own: SocketIoOptions<Claims, User, Socket> = copyOwnProperties(Object(options));
  const { origins, onExpired, ...rest } = own;
  if (Object.hasOwn(own, 'onExpired') && typeof onExpired !== 'function') {
    const message = `"onExpired" must be a function, got ${typeNameOf(onExpired)}`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
  const authenticate = createAuthenticator<Claims, User, Socket>({
    from: [handshakeAuth(), bearer()],
    ...rest,
    csrf: { handshake: true, ...(Object.hasOwn(own, 'origins') && { origins }) },
  } as AuthenticatorOptions<Claims, User, Socket>);

  // A later middleware may refuse the socket, which nobody is told: its time begins when it is connected.
  const admitted = new WeakMap<object, () => void>();
  const namespaces = new WeakSet<object>();

  function onceConnected(socket: Socket, begin: () => void): void {
    admitted.set(socket, begin);
    if (namespaces.has(socket.nsp)) return;
    namespaces.add(socket.nsp);
    socket.nsp.prependListener('connect', (connected) => admitted.get(connected)?.());
  }

  async function admit(socket: Socket): Promise<void> {
    const outcome = await authenticate(socket.handshake, socket);
    if (outcome.status === 'rejected') {
      throw Object.assign(outcome.error, { data: outcome.error.toJSON() });
    }
    const remember = (auth: object & { user: unknown }) =>
      Object.assign(socket.data, { auth, user: auth.user });
    const end = () => {
      try {
        onExpired?.(socket);
      } finally {
        socket.disconnect(true);
      }
    };
    if (outcome.auth) remember(outcome.auth);
    setAuth(socket, outcome.auth);
    const verify = (token: string) => authenticate.verify(token, socket);
    const terms = { verify, remember, end, policy: rest };
    onceConnected(socket, () => socket.once('disconnect', watch(socket, outcome.auth, terms)));
  }

  return (socket, next) => {
    admit(socket).then(
      () => next(),
      (error) => next(error instanceof AuthError ? error : hidden(error)),
    );
  };
}

/** socket.io sends the message of an error to the client, which is not for a fault of a hook. */
function hidden(error: unknown): Error {
  console.error(error);
  return new Error('internal error');
}
