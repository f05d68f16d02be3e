/** Ends open sockets when their token expires, unless `extendAuth` gets a fresh one. */

import { readClock } from '../core/clock.ts';
import { addDuration, parseDuration } from '../core/encoding/duration.ts';
import { type JwtPayload, reparseToken } from '../core/token/token.ts';
import type { VerifierOptions } from '../core/verify/verifier-options.ts';
import { usageError } from '../errors.ts';
import { type Auth, setAuth } from '../http/auth.ts';
import { AuthError } from '../http/auth-error.ts';
import type { Outcome } from '../http/authenticator.ts';

type AnyAuth = Auth<object, unknown>;

/** What one adapter does with its sockets. */
export interface ExpiryHandlers {
  readonly verify: (token: string) => Promise<Outcome<object, unknown>>;
  /** Called after each fresh token. */
  readonly onExtended?: (auth: AnyAuth) => void;
  readonly end: () => void;
  /** Decide when a token expires: `clock`, `clockTolerance`, `maxAge`, `ignoreExpiration`. */
  readonly options: VerifierOptions;
}

interface SocketState {
  readonly handlers: ExpiryHandlers;
  auth: AnyAuth | undefined;
  timer: NodeJS.Timeout | undefined;
  open: boolean;
}

const socketStates = new WeakMap<object, SocketState>();

/** Node.js fires a longer timer immediately. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Ends the socket when its token expires. Returns a function to call when the socket has closed. */
export function watchExpiry(
  socket: object,
  auth: AnyAuth | undefined,
  handlers: ExpiryHandlers,
): () => void {
  const state: SocketState = { handlers, auth, timer: undefined, open: true };
  socketStates.set(socket, state);
  setAuth(socket, auth);
  scheduleEnd(state);
  return () => {
    state.open = false;
    clearTimeout(state.timer);
  };
}

/**
 * Keeps an open socket until a fresh token expires. The token must be valid, with the same `sub` and `iss`.
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
  if (state.auth && !isSameUser(signedClaims(auth), signedClaims(state.auth))) {
    throw new AuthError('forbidden');
  }
  state.auth = auth;
  setAuth(socket, auth);
  state.handlers.onExtended?.(auth);
  scheduleEnd(state);
  return auth;
}

function scheduleEnd(state: SocketState): void {
  clearTimeout(state.timer);
  if (!state.auth || !state.open) return;
  const { end, options } = state.handlers;
  const remaining = endTime(signedClaims(state.auth), options) * 1000 - readClock(options.clock);
  if (remaining === Number.POSITIVE_INFINITY) return;
  // A timer has a longest delay, and the clock can change meanwhile.
  const wake = () => (remaining > MAX_DELAY_MS ? scheduleEnd(state) : end());
  state.timer = setTimeout(wake, Math.min(Math.max(remaining, 0), MAX_DELAY_MS)).unref();
}

/** Returns the time in seconds from which the token is rejected; infinite if it never expires. */
function endTime({ exp, iat }: JwtPayload, options: VerifierOptions): number {
  const { ignoreExpiration, maxAge, clockTolerance } = options;
  const age = maxAge === false ? undefined : parseDuration(maxAge);
  const ends = [
    exp === undefined || ignoreExpiration ? Number.POSITIVE_INFINITY : exp,
    age && iat !== undefined ? addDuration(iat, age) : Number.POSITIVE_INFINITY,
  ];
  return Math.min(...ends) + (parseDuration(clockTolerance)?.seconds ?? 0);
}

/** Returns the signed claims: the output of a schema can lack `exp` and `sub`. */
function signedClaims(auth: AnyAuth): JwtPayload {
  return reparseToken(auth.token).payload;
}

/** A subject is unique only within its issuer (RFC 7519 §4.1.2). */
function isSameUser(a: JwtPayload, b: JwtPayload): boolean {
  return a.sub === b.sub && a.iss === b.iss;
}
