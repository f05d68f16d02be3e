/** The middleware for Koa 2 and 3. */

import type { JwtPayload } from '../core/token/token.ts';
import { setAuth } from '../http/auth.ts';
import { createAuthenticator } from '../http/authenticator.ts';
import type { AuthenticatorOptions } from '../http/authenticator-options.ts';
import type { ProtectedResource } from '../http/protected-resource.ts';
import type { RequestLike } from '../http/request.ts';
import { compileProperties, type Properties, propertiesRule } from './properties.ts';
import { checkResource } from './resource-document.ts';
import { splitOptions } from './split-options.ts';

export type { Properties } from './properties.ts';

/** The part of a Koa context that is used. */
interface KoaContext extends RequestLike {
  state: object;
  set(fields: Record<string, string>): void;
}

/**
 * Options of {@link jwt}.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const options: KoaOptions = { key: JWT_SECRET, properties: { user: 'member' } };
 * ```
 */
export type KoaOptions<
  Claims extends object = JwtPayload,
  User = Claims,
  Context extends KoaContext = KoaContext,
> = AuthenticatorOptions<Claims, User, Context> & {
  /** Other names for `ctx.state.auth` and `ctx.state.user`, or `false` for none. */
  properties?: Properties;
};

/**
 * Creates a middleware that sets `ctx.state.auth` to `{ payload, header, token, source }` and `ctx.state.user`
 * to the claims, or to the result of `user`. Leaves both untouched if the request has no user. Rejects
 * requests by throwing; Koa responds with the status and headers of the error.
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
  options: KoaOptions<Claims, User, Context>,
): (ctx: Context, next: () => Promise<unknown>) => Promise<unknown> {
  const { own, rest } = splitOptions<
    Pick<typeof options, 'properties'>,
    AuthenticatorOptions<Claims, User, Context>
  >(options, { properties: propertiesRule('auth', 'user') });
  const setProperties = compileProperties(own.properties);
  const authenticate = createAuthenticator(rest);
  return async (ctx, next) => {
    const outcome = await authenticate(ctx, ctx);
    setAuth(ctx, outcome);
    // What catches the error must not see the user of an earlier middleware.
    if (outcome.status !== 'anonymous') setProperties(ctx.state, outcome.auth);
    if (outcome.status === 'rejected') throw outcome.error;
    ctx.set(outcome.headers);
    return next();
  };
}

/** The part of a Koa context that {@link protectedResource} uses. */
interface KoaResponse extends RequestLike {
  status: number;
  body: unknown;
  set(fields: Record<string, string>): void;
}

/**
 * Creates a middleware that serves the metadata of a protected resource (RFC 9728 §3), with open CORS. Use it
 * above {@link jwt}: clients fetch the document without a token.
 *
 * Throws TypeError for what `createResource` did not return.
 *
 * @example
 * ```ts
 * import Koa from 'koa';
 * import { protectedResource } from 'jotkit/koa';
 * import { createResource } from 'jotkit/resource';
 *
 * const api = createResource({ resource: 'https://api.example', issuers: 'https://id.example' });
 * const app = new Koa();
 * app.use(protectedResource(api)).use(jwt({ resource: api }));
 * ```
 */
export function protectedResource(
  api: ProtectedResource,
): (ctx: KoaResponse, next: () => Promise<unknown>) => Promise<unknown> {
  checkResource(api);
  return async (ctx, next) => {
    const document = api.serve(ctx);
    if (!document) return next();
    // The body first: Koa sets status and type with it.
    ctx.body = await document.text();
    ctx.status = document.status;
    ctx.set(Object.fromEntries(document.headers));
  };
}
