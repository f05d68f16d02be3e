/** The middleware for Koa 2 and 3. */

import type { JwtPayload } from '../core/token/token.ts';
import { setAuth } from '../http/auth.ts';
import { createAuthenticator } from '../http/authenticator.ts';
import type { AuthenticatorOptions } from '../http/authenticator-options.ts';
import type { RequestLike } from '../http/request.ts';

/** The part of a Koa context that is used. */
interface KoaContext extends RequestLike {
  state: object;
  set(fields: Record<string, string>): void;
}

/**
 * Creates a middleware that sets `ctx.state.auth` to `{ payload, header, token, source }` and `ctx.state.user`
 * to the claims, or to the result of `user`. Rejects requests by throwing; Koa responds with the status and
 * headers of the error.
 *
 * Throws TypeError as `createAuthenticator` does.
 *
 * @example
 * ```ts
 * import Koa from 'koa';
 *
 * const { JWT_PUBLIC_KEY = '' } = process.env;
 * const app = new Koa();
 * app.use(jwt({ key: JWT_PUBLIC_KEY, algorithms: ['EdDSA'], audience: 'api' }));
 * app.use((ctx) => {
 *   ctx.body = getAuth(ctx).payload;
 * });
 * ```
 */
export function jwt<
  Claims extends object = JwtPayload,
  User = Claims,
  Context extends KoaContext = KoaContext,
>(
  options: AuthenticatorOptions<Claims, User, Context>,
): (ctx: Context, next: () => Promise<unknown>) => Promise<unknown> {
  const authenticate = createAuthenticator(options);
  return async (ctx, next) => {
    const outcome = await authenticate(ctx, ctx);
    setAuth(ctx, outcome.auth);
    if (outcome.status === 'rejected') throw outcome.error;
    Object.assign(ctx.state, { auth: outcome.auth, user: outcome.auth?.user });
    ctx.set(outcome.headers);
    return next();
  };
}
