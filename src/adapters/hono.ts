/** The middleware for Hono 4. */

import type { OptionRules } from '../core/option-rules.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { type Auth, setAuth } from '../http/auth.ts';
import type { AuthError } from '../http/auth-error.ts';
import { type Authenticator, createAuthenticator } from '../http/authenticator.ts';
import type { AuthenticatorOptions } from '../http/authenticator-options.ts';
import type { ProtectedResource } from '../http/protected-resource.ts';
import { namesOf, type Properties, propertiesRule } from './properties.ts';
import { checkResource } from './resource-document.ts';
import { splitOptions } from './split-options.ts';

/** The part of a Hono context that is used. */
interface HonoContext {
  readonly req: { readonly raw: Request };
  readonly res: Response;
  error: Error | undefined;
  newResponse(body: Response['body'], init: Response): Response;
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
 * const { JWT_SECRET: key = '' } = process.env;
 * const options: HonoOptions = {
 *   key,
 *   onError: ({ reason, status, headers }) => Response.json({ reason }, { status, headers }),
 * };
 * ```
 */
export type HonoOptions<
  Claims extends object = JwtPayload,
  User = Claims,
  Context extends HonoContext = HonoContext,
> = AuthenticatorOptions<Claims, User, Context> & HonoSettings<Context>;

/** Declared as a method, so that yours can name the type of your context. */
interface HonoSettings<Context> {
  /**
   * Returns the response to a rejected request. `'throw'` throws the error for `app.onError`. Default: respond
   * with JSON. Guards do the same.
   */
  onError?: 'throw' | ErrorResponder<Context>['respond'];
  /** Other names for the variables `auth`, `jwtPayload` and `user`, or `false` for none. */
  properties?: Properties<'auth' | 'jwtPayload' | 'user'>;
}

interface ErrorResponder<Context> {
  respond(error: AuthError, c: Context): Response | Promise<Response>;
}

const variableNames = ['auth', 'jwtPayload', 'user'] as const;

const honoRules: OptionRules = {
  onError: {
    expected: '"throw" or a function',
    test: (value) => value === 'throw' || typeof value === 'function',
  },
  properties: propertiesRule(...variableNames),
};

/**
 * Creates a middleware that sets `auth` to `{ payload, header, token, source }`, `jwtPayload` to the claims
 * and `user` to the claims, or to the result of the option `user`. Leaves all untouched if the request has no
 * user. Responds to rejected requests with JSON, and sets `c.error` for middleware above.
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
  // biome-ignore lint/suspicious/noConfusingVoidType: the type of a middleware in Hono
): (c: Context, next: () => Promise<void>) => Promise<Response | void> {
  const compiledFor = typeof options === 'function' ? perContext(options) : once(options);

  return async (c, next) => {
    const { authenticate, respond, setVariables } = compiledFor(c);
    const outcome = await authenticate(c.req.raw, c);
    setAuth(c, outcome, respond);
    // What catches the error must not see the user of an earlier middleware.
    if (outcome.status !== 'anonymous') setVariables(c, outcome.auth);
    if (outcome.status === 'rejected') {
      if (respond) return respond(c, outcome.error);
      throw outcome.error;
    }
    await next();
    // A runtime that has upgraded the request returns 101, whose headers are sent.
    if (c.res.status === 101) return;
    for (const [name, value] of Object.entries(outcome.headers)) {
      if (!c.res.headers.has(name)) c.header(name, value);
    }
  };
}

/**
 * Creates a middleware that serves the metadata of a protected resource (RFC 9728 §3), with open CORS. Use it
 * above {@link jwt}: clients fetch the document without a token.
 *
 * Throws TypeError for what `createResource` did not return.
 *
 * @example
 * ```ts
 * import { Hono } from 'hono';
 * import { protectedResource } from 'jotkit/hono';
 * import { createResource } from 'jotkit/resource';
 *
 * const api = createResource({ resource: 'https://api.example', issuers: 'https://id.example' });
 * const app = new Hono();
 * app.use(protectedResource(api), jwt({ resource: api }));
 * ```
 */
export function protectedResource(
  api: ProtectedResource,
  // biome-ignore lint/suspicious/noConfusingVoidType: the type of a middleware in Hono
): (c: HonoContext, next: () => Promise<void>) => Promise<Response | void> {
  checkResource(api);
  return async (c, next) => api.serve(c.req.raw) ?? next();
}

/** An authenticator and what responds to its errors; `undefined` if they are thrown. */
interface Compiled<Claims extends object, User, Context> {
  readonly authenticate: Authenticator<Claims, User, Context>;
  readonly respond: ((c: Context, error: AuthError) => Response | Promise<Response>) | undefined;
  setVariables(c: object, auth: Auth<Claims, User> | undefined): void;
}

function compile<Claims extends object, User, Context extends HonoContext>(
  options: HonoOptions<Claims, User, Context>,
): Compiled<Claims, User, Context> {
  const { own, rest } = splitOptions<
    HonoSettings<Context>,
    AuthenticatorOptions<Claims, User, Context>
  >(options, honoRules);
  const { onError } = own;
  const names = namesOf(variableNames, own.properties);
  const authenticate = createAuthenticator(rest);

  function setVariables(c: object, auth: Auth<Claims, User> | undefined): void {
    // The types of the application, unknown here, decide which variables exist.
    const variables = c as { set(name: string, value: unknown): void };
    if (names.auth) variables.set(names.auth, auth);
    if (names.jwtPayload) variables.set(names.jwtPayload, auth?.payload);
    if (names.user) variables.set(names.user, auth?.user);
  }

  if (onError === 'throw') return { authenticate, respond: undefined, setVariables };
  const respond = (c: Context, error: AuthError) => {
    // As if the error had been thrown: middleware above can log it.
    c.error = error;
    if (onError) return onError(error, c);
    const response = error.getResponse();
    // With the headers that middleware above has set, such as those of CORS.
    return c.newResponse(response.body, response);
  };
  return { authenticate, respond, setVariables };
}

function once<Claims extends object, User, Context extends HonoContext>(
  options: HonoOptions<Claims, User, Context>,
) {
  const compiled = compile(options);
  return () => compiled;
}

function perContext<Claims extends object, User, Context extends HonoContext>(
  choose: (c: Context) => HonoOptions<Claims, User, Context>,
) {
  const byOptions = new WeakMap<object, Compiled<Claims, User, Context>>();
  return (c: Context) => {
    const options = choose(c);
    const compiled = byOptions.get(options) ?? compile(options);
    byOptions.set(options, compiled);
    return compiled;
  };
}
