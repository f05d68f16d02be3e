/** What is known of an open socket, until its token ends or a fresh one comes. */

import { addDuration, parseDuration } from '../core/encoding/duration.ts';
import { orThrow } from '../core/token/fault.ts';
import { type JwtPayload, parseToken } from '../core/token/token.ts';
import type { VerifierOptions } from '../core/verify/create-verifier.ts';
import { usageError } from '../errors.ts';
import { type Auth, setAuth } from '../http/auth.ts';
import { AuthError } from '../http/auth-error.ts';
import type { Outcome } from '../http/authenticator.ts';

type AnyAuth = Auth<object, unknown>;

/** How a socket is judged again, and how it is ended. */
export interface Terms {
  readonly verify: (token: string) => Promise<Outcome<object, unknown>>;
  /** Told after each fresh token. */
  readonly remember?: (auth: AnyAuth) => void;
  readonly end: () => void;
  /** How long a token counts. */
  readonly policy: VerifierOptions;
}

interface Life {
  readonly terms: Terms;
  auth: AnyAuth | undefined;
  timer: NodeJS.Timeout | undefined;
  open: boolean;
}

const lives = new WeakMap<object, Life>();

/** Timers of Node.js fire at once beyond this. */
const MAX_DELAY = 2 ** 31 - 1;

/** Ends the socket when its token ends; answers with what has to be called when it closed. */
export function watch(socket: object, auth: AnyAuth | undefined, terms: Terms): () => void {
  const life: Life = { terms, auth, timer: undefined, open: true };
  lives.set(socket, life);
  setAuth(socket, auth);
  arm(life);
  return () => {
    life.open = false;
    clearTimeout(life.timer);
  };
}

/**
 * Lets an open socket live until the end of a fresh token, which has to be good and of the same subject, from
 * the same issuer.
 *
 * Rejects with AuthError where it is not: the socket then keeps its old end. TypeError for a socket that the
 * adapter did not let in.
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
  const life = lives.get(socket);
  if (!life) {
    throw usageError('ERR_OPTION_INVALID', 'extendAuth: the adapter did not let this socket in');
  }
  const outcome = await life.terms.verify(token);
  if (outcome.status === 'rejected') throw outcome.error;
  const { auth } = outcome;
  if (!auth) throw outcome.error ?? new AuthError('token_missing');
  if (life.auth && !isSameUser(claimsOf(auth), claimsOf(life.auth))) {
    throw new AuthError('forbidden');
  }
  life.auth = auth;
  setAuth(socket, auth);
  life.terms.remember?.(auth);
  arm(life);
  return auth;
}

function arm(life: Life): void {
  clearTimeout(life.timer);
  if (!life.auth || !life.open) return;
  const { end, policy } = life.terms;
  const { clock } = policy;
  const left = endOf(claimsOf(life.auth), policy) * 1000 - (clock ? clock() : Date.now());
  if (left === Number.POSITIVE_INFINITY) return;
  // The clock may have been set, and timers have a longest delay: look again when it fires.
  const wake = () => (left > MAX_DELAY ? arm(life) : end());
  life.timer = setTimeout(wake, Math.min(Math.max(left, 0), MAX_DELAY)).unref();
}

/** The second from which the token is refused; infinite where there is none. */
function endOf({ exp, iat }: JwtPayload, policy: VerifierOptions): number {
  const { ignoreExpiration, maxAge, clockTolerance } = policy;
  const age = maxAge === false ? undefined : parseDuration(maxAge);
  const ends = [
    exp === undefined || ignoreExpiration ? Number.POSITIVE_INFINITY : exp,
    age && iat !== undefined ? addDuration(iat, age) : Number.POSITIVE_INFINITY,
  ];
  return Math.min(...ends) + (parseDuration(clockTolerance)?.seconds ?? 0);
}

/** As they were signed: what a schema made of them may have neither `exp` nor `sub`. */
function claimsOf(auth: AnyAuth): JwtPayload {
  return orThrow(parseToken(auth.token, Number.POSITIVE_INFINITY)).payload;
}

/** A subject is a name that its issuer gave: RFC 7519 §4.1.2. */
function isSameUser(a: JwtPayload, b: JwtPayload): boolean {
  return a.sub === b.sub && a.iss === b.iss;
}
