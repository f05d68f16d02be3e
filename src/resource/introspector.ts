/** `createIntrospector`: creates a verifier of opaque tokens, which an authorization server describes. */

import { orThrow } from '../core/token/fault.ts';
import type { JwtPayload } from '../core/token/token.ts';
import type { Verifier } from '../core/verify/create-verifier.ts';
import { publishError } from '../core/verify/token-events.ts';
import { toResult } from '../core/verify/verify-token.ts';
import { withCallerStack } from '../errors.ts';
import { IntrospectionEngine } from './introspection-engine.ts';
import { checkIntrospector, type IntrospectorOptions } from './introspector-options.ts';
import { isOpaque, NOT_OPAQUE } from './opaque-token.ts';

/**
 * A verifier of opaque tokens, made by {@link createIntrospector}. Resolves to the response of the server, which
 * is deeply frozen. `context` is the request, whose sender's address limits its share of the exchanges.
 *
 * @example
 * ```ts
 * const subjectOf = async (introspect: Introspector, token: string) => (await introspect(token)).sub;
 * ```
 */
export interface Introspector extends Verifier<Promise<JwtPayload>> {
  /** Aborts pending exchanges. Every later call rejects with {@link IntrospectionError}. */
  close(): void;
}

/**
 * Creates a function that lets an authorization server describe opaque tokens (RFC 7662). Inside a resource, set
 * the option `introspection` of {@link createResource} instead.
 *
 * The response must say `active: true`. Its `iss`, `aud`, `exp`, `nbf`, `token_type` and `cnf` are checked as the
 * claims of a JWT are. Active tokens are cached for `cacheFor`, at most to `exp`, and rejected ones for 5
 * seconds; the cache contains no tokens. Requests with the same token share one exchange. At most 32 exchanges
 * run, 256 wait, and one sender has 16 of them.
 *
 * Rejects with JsonWebTokenError `ERR_TOKEN_INACTIVE` for a token that is not active, and as `createVerifier`
 * does for other claims. Rejects with {@link IntrospectionError} if the server cannot be reached or its response
 * is invalid; the next exchange is then 1 to 60 seconds later. Throws TypeError for invalid options.
 *
 * @example
 * ```ts
 * const { CLIENT_SECRET: clientSecret = 'the secret of this API' } = process.env;
 * const introspect = createIntrospector({
 *   issuer: 'https://id.example',
 *   auth: { clientId: 'orders', clientSecret },
 *   audience: 'https://api.example',
 * });
 * ```
 */
export function createIntrospector(options: IntrospectorOptions): Introspector {
  return withCallerStack(createIntrospector, () => {
    const engine = new IntrospectionEngine(checkIntrospector(options));
    const run = (token: unknown, context: unknown) => {
      return isOpaque(token) ? engine.ask(token, context) : Promise.resolve(NOT_OPAQUE);
    };
    const introspect = (token: string, context?: unknown) => {
      return publishError(async () => orThrow(await run(token, context)) as JwtPayload);
    };
    return Object.assign(introspect, {
      result: (token: string, context?: unknown) => {
        return publishError(async () => toResult(await run(token, context))) as never;
      },
      forget: (token: string) => engine.forget(token),
      clear: () => engine.clear(),
      close: () => engine.close(),
    });
  });
}
