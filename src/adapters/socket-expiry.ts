/** Ends open sockets when their token expires, unless `extendAuth` gets a fresh one. */

import { usageError } from '../errors.ts';
import { type Auth, setAuth } from '../http/auth.ts';
import { AuthError } from '../http/auth-error.ts';
import type { Outcome } from '../http/authenticator.ts';
import { type ExpiryOptions, onExpiry } from '../http/expiry.ts';
import { signedClaimsOf } from '../http/signed-claims.ts';

type AnyAuth = Auth<object, unknown>;

/** What one adapter does with its sockets. */
export interface ExpiryHandlers {
  readonly verify: (token: string) => Promise<Outcome<object, unknown>>;
  /** Called after each fresh token. */
  readonly onExtended?: (auth: AnyAuth) => void;
  readonly end: () => void;
  /** All options of the adapter. */
  readonly options: ExpiryOptions;
}

interface SocketState {
  readonly handlers: ExpiryHandlers;
  auth: AnyAuth | undefined;
  cancel: () => void;
  open: boolean;
}

const socketStates = new WeakMap<object, SocketState>();

/** Ends the socket when its token expires. Returns a function to call when the socket has closed. */
export function watchExpiry(
  socket: object,
  auth: AnyAuth | undefined,
  handlers: ExpiryHandlers,
): () => void {
  const state: SocketState = { handlers, auth, cancel() {}, open: true };
  // Of two middlewares, extendAuth belongs to one that found a user.
  if (auth || !socketStates.has(socket)) socketStates.set(socket, state);
  scheduleEnd(state);
  return () => {
    state.open = false;
    state.cancel();
  };
}

/**
 * Keeps an open socket until a fresh token expires. The token must be valid, with the same `sub` and `iss`;
 * a token without `sub` cannot be replaced.
 *
 * Rejects with AuthError for any other token; the socket then still ends with its previous token. Rejects
 * with TypeError for a socket that the adapter did not accept.
 *
 * @example
 * ```ts
 * import { WebSocketServer } from 'ws';
 *
 * new WebSocketServer({ noServer: true }).on('connection', (socket) => {
 *   socket.on('message', (freshToken) => {
 *     extendAuth(socket, String(freshToken)).catch(() => socket.close(4401));
 *   });
 * });
 * ```
 */
export async function extendAuth(socket: object, token: string): Promise<AnyAuth> {
  const state = socketStates.get(socket);
  if (!state) {
    throw usageError('ERR_OPTION_INVALID', 'extendAuth() needs a socket that the adapter accepted');
  }
  const outcome = await state.handlers.verify(token);
  if (outcome.status === 'rejected') throw outcome.error;
  const { auth } = outcome;
  if (!auth) throw outcome.error ?? new AuthError('token_missing');
  if (state.auth && !isSameUser(auth, state.auth)) {
    throw new AuthError('forbidden');
  }
  state.auth = auth;
  setAuth(socket, auth);
  state.handlers.onExtended?.(auth);
  scheduleEnd(state);
  return auth;
}

function scheduleEnd(state: SocketState): void {
  state.cancel();
  const { auth, open, handlers } = state;
  if (auth && open) state.cancel = onExpiry(auth, handlers.end, expiryOptions(handlers.options));
}

const expiryNames = ['clock', 'clockTolerance', 'ignoreExpiration', 'maxAge'] as const;

/** Returns those of the adapter's options that decide when a token expires. */
function expiryOptions(options: ExpiryOptions): ExpiryOptions {
  const present = expiryNames.filter((name) => Object.hasOwn(options, name));
  return Object.fromEntries(present.map((name) => [name, options[name]]));
}

/** A subject is unique only within its issuer (RFC 7519 §4.1.2). Tokens without one name no user. */
function isSameUser(a: AnyAuth, b: AnyAuth): boolean {
  // The signed claims: the output of a schema can lack `sub`.
  const [first, second] = [a, b].map(signedClaimsOf);
  return first?.sub !== undefined && first.sub === second?.sub && first.iss === second.iss;
}
