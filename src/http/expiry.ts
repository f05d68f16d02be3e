/** Calls a listener when a token expires. */

import { readClock } from '../core/clock.ts';
import { addDuration, parseDuration } from '../core/encoding/duration.ts';
import { callable, checkOptions, type OptionRules } from '../core/option-rules.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { type VerifierOptions, verifierRules } from '../core/verify/verifier-options.ts';
import { usageError } from '../errors.ts';
import type { Auth } from './auth.ts';
import { signedClaimsOf } from './signed-claims.ts';

/**
 * Options of {@link onExpiry}; set them as in the adapter that accepted the token.
 *
 * @example
 * ```ts
 * const options: ExpiryOptions = { clockTolerance: '30s' };
 * ```
 */
export type ExpiryOptions = Pick<
  VerifierOptions,
  'clock' | 'clockTolerance' | 'ignoreExpiration' | 'maxAge'
>;

const { clock, clockTolerance, ignoreExpiration, maxAge } = verifierRules;
const expiryRules = { clock, clockTolerance, ignoreExpiration, maxAge } as OptionRules;

/** Node.js fires a longer timer immediately. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Calls the listener once when the token of a request expires: to end a response that streams, or a socket
 * that another library opened. The time is that from which a request with the token would be rejected. If it
 * has passed, the listener is called soon, never before this function returns. A token without `exp` never
 * calls it. The timer does not keep the process alive.
 *
 * Returns a function that cancels: call it when the response or socket has closed. Throws TypeError for
 * invalid options.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { withAuth } from 'jotkit/node';
 *
 * const { JWT_SECRET = '' } = process.env;
 * const events = withAuth({ key: JWT_SECRET }, (_request, response, auth) => {
 *   response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
 *   response.on('close', onExpiry(auth, () => response.end()));
 * });
 * const server = createServer(events);
 * ```
 */
export function onExpiry(
  auth: Auth<object, unknown>,
  listener: () => void,
  options: ExpiryOptions = {},
): () => void {
  const own = checkOptions(options, expiryRules) as ExpiryOptions;
  if (!callable.test(listener)) {
    throw usageError('ERR_OPTION_INVALID', 'onExpiry() needs a listener, a function');
  }
  // The signed claims: the output of a schema can lack `exp`.
  const end = endTime(signedClaimsOf(auth), own) * 1000;
  let timer: NodeJS.Timeout | undefined;

  function schedule(): void {
    const remaining = end - readClock(own.clock);
    if (remaining === Number.POSITIVE_INFINITY) return;
    // A timer has a longest delay, and the clock can change meanwhile.
    const wake = () => (remaining > MAX_DELAY_MS ? schedule() : listener());
    timer = setTimeout(wake, Math.min(Math.max(remaining, 0), MAX_DELAY_MS)).unref();
  }

  schedule();
  return () => clearTimeout(timer);
}

/** Returns the time in seconds from which the token is rejected; infinite if it never expires. */
function endTime({ exp, iat }: JwtPayload, options: ExpiryOptions): number {
  const { ignoreExpiration, maxAge, clockTolerance } = options;
  const age = maxAge === false ? undefined : parseDuration(maxAge);
  const ends = [
    exp === undefined || ignoreExpiration ? Number.POSITIVE_INFINITY : exp,
    age && iat !== undefined ? addDuration(iat, age) : Number.POSITIVE_INFINITY,
  ];
  return Math.min(...ends) + (parseDuration(clockTolerance)?.seconds ?? 0);
}
