/** Protects fetch handlers: Next.js, Bun, Deno, workers. */

import { callable } from '../core/option-rules.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { type Auth, setAuth } from '../http/auth.ts';
import { AuthError } from '../http/auth-error.ts';
import { createAuthenticator } from '../http/authenticator.ts';
import type { AuthenticatorOptions, Strict } from '../http/authenticator-options.ts';
import type { ProtectedResource } from '../http/protected-resource.ts';
import { checkResource } from './resource-document.ts';
import { splitOptions } from './split-options.ts';

/** A handler that receives the verified token. */
type FetchHandler<KnownAuth, Incoming extends Request, Rest extends unknown[]> = (
  request: Incoming,
  auth: KnownAuth,
  ...rest: Rest
) => Response | Promise<Response>;

/**
 * Options of {@link withAuth}.
 *
 * @example
 * ```ts
 * const { JWT_SECRET: key = '' } = process.env;
 * const options: FetchOptions = {
 *   key,
 *   onError: ({ reason, status, headers }) => Response.json({ reason }, { status, headers }),
 * };
 * ```
 */
export type FetchOptions<
  Claims extends object = JwtPayload,
  User = Claims,
  Incoming extends Request = Request,
> = AuthenticatorOptions<Claims, User, Incoming> & FetchErrorHandler<Incoming>;

/** Declared as a method, so that yours can name the request type of your framework. */
interface FetchErrorHandler<Incoming> {
  /** Returns the response to a rejected request. Default: JSON. Keep `error.status` and `error.headers`. */
  onError?(error: AuthError, request: Incoming): Response | Promise<Response>;
}

/**
 * Protects a handler: calls it only with a verified token, and otherwise responds with JSON and the status of
 * the error, or with the result of `onError`. Does not read the body. Passes further arguments on, such as the context of a Next.js route. An
 * AuthError that your handler throws (guards do) becomes a response. A preflight gets 204 without CORS
 * headers; see the guide for CORS.
 *
 * With `credentialsRequired: false` or `skip`, `auth` can be `undefined`, and preflights reach your handler.
 *
 * Throws TypeError as `createAuthenticator` does.
 *
 * @example
 * ```ts
 * const { JWT_SECRET: key = '' } = process.env;
 * const GET = withAuth({ key }, (_request, auth) => Response.json({ sub: auth.payload.sub }));
 * ```
 */
export function withAuth<
  Claims extends object = JwtPayload,
  User = Claims,
  Incoming extends Request = Request,
  Rest extends unknown[] = [],
>(
  options: FetchOptions<Claims, User, Incoming> & Strict,
  handler: FetchHandler<Auth<Claims, User>, Incoming, Rest>,
): (request: Incoming, ...rest: Rest) => Promise<Response>;
export function withAuth<
  Claims extends object = JwtPayload,
  User = Claims,
  Incoming extends Request = Request,
  Rest extends unknown[] = [],
>(
  options: FetchOptions<Claims, User, Incoming>,
  handler: FetchHandler<Auth<Claims, User> | undefined, Incoming, Rest>,
): (request: Incoming, ...rest: Rest) => Promise<Response>;
export function withAuth<
  Claims extends object,
  User,
  Incoming extends Request,
  Rest extends unknown[],
>(
  options: FetchOptions<Claims, User, Incoming>,
  handler: FetchHandler<Auth<Claims, User>, Incoming, Rest>,
): (request: Incoming, ...rest: Rest) => Promise<Response> {
  const { own, rest } = splitOptions<
    FetchErrorHandler<Incoming>,
    AuthenticatorOptions<Claims, User, Incoming>
  >(options, { onError: callable });
  const { credentialsRequired, skip } = rest;
  const authenticate = createAuthenticator(rest);
  const strict = credentialsRequired !== false && !skip;

  const respond = (error: AuthError, request: Incoming) => {
    return own.onError ? own.onError(error, request) : error.getResponse();
  };

  return async (request, ...rest) => {
    const outcome = await authenticate(request, request);
    setAuth(request, outcome);
    if (outcome.status === 'rejected') return respond(outcome.error, request);
    if (!outcome.auth && strict) return new Response(null, { status: 204 });
    try {
      // undefined only with the options of the second overload.
      const response = await handler(request, outcome.auth as Auth<Claims, User>, ...rest);
      return withHeaders(response, outcome.headers);
    } catch (error) {
      if (error instanceof AuthError) return respond(error, request);
      throw error;
    }
  };
}

/**
 * Creates a handler that serves the metadata of a protected resource (RFC 9728 §3), with open CORS, and calls
 * `handler` for every other request.
 *
 * Throws TypeError for what `createResource` did not return.
 *
 * @example
 * ```ts
 * import { protectedResource } from 'jotkit/fetch';
 * import { createResource } from 'jotkit/resource';
 *
 * const api = createResource({ resource: 'https://api.example', issuers: 'https://id.example' });
 * const whoami = withAuth({ resource: api }, (_request, auth) => Response.json(auth.payload));
 * export default { fetch: protectedResource(api, whoami) };
 * ```
 */
export function protectedResource<Incoming extends Request = Request, Rest extends unknown[] = []>(
  api: ProtectedResource,
  handler: (request: Incoming, ...rest: Rest) => Response | Promise<Response>,
): (request: Incoming, ...rest: Rest) => Promise<Response> {
  checkResource(api);
  return async (request, ...rest) => api.serve(request) ?? handler(request, ...rest);
}

/** Copies the response to add headers, because those of a Response can be immutable. */
function withHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  // A runtime that has upgraded the request returns 101, or no response at all.
  if (!response || response.status === 101) return response;
  const missing = Object.entries(headers).filter(([name]) => !response.headers.has(name));
  if (missing.length === 0) return response;
  const copy = new Response(response.body, response);
  for (const [name, value] of missing) copy.headers.set(name, value);
  return copy;
}
