/** The middleware for Hono 4. */

import type { JwtPayload } from '../core/token/token.ts';
import { type Auth, setAuth } from '../http/auth.ts';
import { createAuthenticator } from '../http/authenticator.ts';
import type { AuthenticatorOptions } from '../http/authenticator-options.ts';
import { namesOf, type Properties, propertiesRule } from './properties.ts';
import { splitOptions } from './split-options.ts';

export type { Properties } from './properties.ts';

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
 * Options of {@link jwt}.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const options: HonoOptions = { key: JWT_SECRET, properties: { user: 'member' } };
 * ```
 */
export type HonoOptions<
  Claims extends object = JwtPayload,
  User = Claims,
  Context extends HonoContext = HonoContext,
> = AuthenticatorOptions<Claims, User, Context> & {
  /** Other names for the variables `auth`, `jwtPayload` and `user`, or `false` for none. */
  properties?: Properties<'auth' | 'jwtPayload' | 'user'>;
};

/**
 * Creates a middleware that sets `auth` to `{ payload, header, token, source }`, `jwtPayload` to the claims
 * and `user` to the claims, or to the result of the option `user`. Leaves all untouched if the request has no
 * user. Rejects requests by throwing; Hono responds with `getResponse()` of the error.
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
    | HonoOptions<Claims, User, Context>
    | ((c: Context) => HonoOptions<Claims, User, Context>),
): (c: Context, next: () => Promise<void>) => Promise<void> {
  const settingsFor = typeof options === 'function' ? perContext(options) : once(options);

  return async (c, next) => {
    const { authenticate, setVariables } = settingsFor(c);
    const outcome = await authenticate(c.req.raw, c);
    setAuth(c, outcome);
    if (outcome.status === 'rejected') throw outcome.error;
    if (outcome.auth) setVariables(c, outcome.auth);
    await next();
    for (const [name, value] of Object.entries(outcome.headers)) {
      if (!c.res.headers.has(name)) c.header(name, value);
    }
  };
}

const variableNames = ['auth', 'jwtPayload', 'user'] as const;

function compile<Claims extends object, User, Context>(
  options: AuthenticatorOptions<Claims, User, Context> & Pick<HonoOptions, 'properties'>,
) {
  const { own, rest } = splitOptions<
    Pick<HonoOptions, 'properties'>,
    AuthenticatorOptions<Claims, User, Context>
  >(options, { properties: propertiesRule(...variableNames) });
  const names = namesOf(variableNames, own.properties);

  function setVariables(c: object, auth: Auth<Claims, User>): void {
    // The types of the application, unknown here, decide which variables exist.
    const variables = c as { set(name: string, value: unknown): void };
    if (names.auth) variables.set(names.auth, auth);
    if (names.jwtPayload) variables.set(names.jwtPayload, auth.payload);
    if (names.user) variables.set(names.user, auth.user);
  }

  return { authenticate: createAuthenticator(rest), setVariables };
}

type Options<Claims extends object, User, Context> = Parameters<
  typeof compile<Claims, User, Context>
>[0];

function once<Claims extends object, User, Context>(options: Options<Claims, User, Context>) {
  const settings = compile(options);
  return () => settings;
}

function perContext<Claims extends object, User, Context>(
  choose: (c: Context) => Options<Claims, User, Context>,
) {
  const compiled = new WeakMap<object, ReturnType<typeof compile<Claims, User, Context>>>();
  return (c: Context) => {
    const options = choose(c);
    const settings = compiled.get(options) ?? compile(options);
    compiled.set(options, settings);
    return settings;
  };
}
