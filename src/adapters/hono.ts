/** The middleware for Hono 4. */

import type { JwtPayload } from '../core/token/token.ts';
import { type Auth, setAuth } from '../http/auth.ts';
import { type Authenticator, createAuthenticator } from '../http/authenticator.ts';
import type { AuthenticatorOptions } from '../http/authenticator-options.ts';

/** The part of a Hono context that is used. */
interface HonoContext {
  readonly req: { readonly raw: Request };
  readonly res: Response;
  header(name: string, value: string): void;
}

/**
 * The variables that the middleware sets, for `new Hono<{ Variables: AuthVariables<Claims> }>()`.
 *
 * @example
 * ```ts
 * import { Hono } from 'hono';
 *
 * const app = new Hono<{ Variables: AuthVariables<{ sub: string }> }>();
 * app.get('/me', (c) => c.text(c.var.auth.payload.sub));
 * ```
 */
export interface AuthVariables<Claims extends object = JwtPayload, User = Claims> {
  auth: Auth<Claims, User>;
  jwtPayload: Claims;
  user: User;
}

/**
 * Creates a middleware that sets `auth` to `{ payload, header, token, source }`, `jwtPayload` to the claims
 * and `user` to the claims, or to the result of the option `user`. Rejects requests by throwing; Hono responds
 * with `getResponse()` of the error.
 *
 * The options can be a function of the context, for secrets in `c.env`. Return the same object each time, so
 * that it is compiled once.
 *
 * Throws TypeError as `createAuthenticator` does.
 *
 * @example
 * ```ts
 * import { Hono } from 'hono';
 *
 * const { JWT_PUBLIC_KEY = '' } = process.env;
 * const app = new Hono();
 * app.use('/api/*', jwt({ key: JWT_PUBLIC_KEY, algorithms: ['EdDSA'], audience: 'api' }));
 * app.get('/api/me', (c) => c.json(getAuth(c).payload));
 * ```
 */
export function jwt<
  Claims extends object = JwtPayload,
  User = Claims,
  Context extends HonoContext = HonoContext,
>(
  options:
    | AuthenticatorOptions<Claims, User, Context>
    | ((c: Context) => AuthenticatorOptions<Claims, User, Context>),
): (c: Context, next: () => Promise<void>) => Promise<void> {
  const authenticatorFor = typeof options === 'function' ? perContext(options) : once(options);

  return async (c, next) => {
    const outcome = await authenticatorFor(c)(c.req.raw, c);
    setAuth(c, outcome.auth);
    if (outcome.status === 'rejected') throw outcome.error;
    // The types of the application, unknown here, decide which variables exist.
    const variables = c as unknown as { set(name: string, value: unknown): void };
    variables.set('auth', outcome.auth);
    variables.set('jwtPayload', outcome.auth?.payload);
    variables.set('user', outcome.auth?.user);
    await next();
    for (const [name, value] of Object.entries(outcome.headers)) {
      if (!c.res.headers.has(name)) c.header(name, value);
    }
  };
}

function once<Claims extends object, User, Context>(
  options: AuthenticatorOptions<Claims, User, Context>,
) {
  const authenticate = createAuthenticator(options);
  return () => authenticate;
}

function perContext<Claims extends object, User, Context>(
  choose: (c: Context) => AuthenticatorOptions<Claims, User, Context>,
) {
  const compiled = new WeakMap<object, Authenticator<Claims, User, Context>>();
  return (c: Context) => {
    const options = choose(c);
    const authenticate = compiled.get(options) ?? createAuthenticator(options);
    compiled.set(options, authenticate);
    return authenticate;
  };
}
