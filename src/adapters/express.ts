/** The middleware for Express 4 and 5, and for other frameworks that call `(request, response, next)`. */

import type { OptionRules } from '../core/option-rules.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { setAuth } from '../http/auth.ts';
import { AuthError } from '../http/auth-error.ts';
import { createAuthenticator } from '../http/authenticator.ts';
import type { AuthenticatorOptions } from '../http/authenticator-options.ts';
import type { ProtectedResource } from '../http/protected-resource.ts';
import type { RequestLike } from '../http/request.ts';
import { compileProperties, type Properties, propertiesRule } from './properties.ts';
import { checkResource, sendDocument } from './resource-document.ts';
import { type NodeResponse, sendError, sendServerError, setHeaders } from './send-error.ts';
import { splitOptions } from './split-options.ts';

export type { Properties } from './properties.ts';

/** The part of an Express request that is read; `auth` and `user` are added. */
interface ExpressRequest extends RequestLike {
  readonly method: string;
}

/** `next` of Express. */
type ExpressNext = (error?: unknown) => void;

/**
 * Options of {@link jwt}.
 *
 * @example
 * ```ts
 * import { jwt } from 'jotkit/express';
 *
 * const { JWT_SECRET = '' } = process.env;
 * jwt({ key: JWT_SECRET, onError: (error, _request, response) => response.end(error.reason) });
 * ```
 */
export type ExpressOptions<
  Claims extends object,
  User,
  Request extends ExpressRequest,
> = AuthenticatorOptions<Claims, User, Request> & {
  /** Other names for `req.auth` and `req.user`, or `false` for none. */
  properties?: Properties;
  /**
   * `'next'` passes errors to the error handlers of the application. Default: respond with JSON, also to the
   * errors of guards. Guards call `next` with their errors if this option is set.
   */
  onError?: 'next' | ErrorHandler<Request>['onError'];
};

/** Declared as a method, so that yours can name the response type of Express. */
interface ErrorHandler<Request> {
  onError(error: AuthError, request: Request, response: NodeResponse, next: ExpressNext): unknown;
}

const expressRules: OptionRules = {
  properties: propertiesRule('auth', 'user'),
  onError: {
    expected: '"next" or a function',
    test: (value) => value === 'next' || typeof value === 'function',
  },
};

/**
 * Creates a middleware that sets `req.auth` to `{ payload, header, token, source }` and `req.user` to the
 * claims, or to the result of `user`. Leaves both untouched if the request has no user. Responds to rejected
 * requests with JSON, before the body is read.
 *
 * Throws TypeError as `createAuthenticator` does.
 *
 * @example
 * ```ts
 * import express from 'express';
 *
 * const { JWT_PUBLIC_KEY = '' } = process.env;
 * const app = express();
 * app.use(jwt({ key: JWT_PUBLIC_KEY, algorithms: ['EdDSA'], audience: 'api' }));
 * app.get('/me', (request, response) => void response.json(getAuth(request).payload));
 * ```
 */
export function jwt<
  Claims extends object = JwtPayload,
  User = Claims,
  Request extends ExpressRequest = ExpressRequest,
>(
  options: ExpressOptions<Claims, User, Request>,
): (request: Request, response: NodeResponse, next: ExpressNext) => void {
  const { own, rest } = splitOptions<
    Pick<typeof options, 'onError' | 'properties'>,
    AuthenticatorOptions<Claims, User, Request>
  >(options, expressRules);
  const { onError } = own;
  const setProperties = compileProperties(own.properties);
  const authenticate = createAuthenticator(rest);

  async function handle(request: Request, response: NodeResponse, next: ExpressNext) {
    const outcome = await authenticate(request, request);
    // Not onError: a function that calls next would accept a request that a guard rejects.
    setAuth(request, outcome, onError ? undefined : respond);
    // After a rejection, onError can continue, which must not be as the user of an earlier middleware.
    if (outcome.status !== 'anonymous') setProperties(request, outcome.auth);
    if (outcome.status === 'rejected') {
      if (onError === 'next') throw outcome.error;
      if (onError) await onError(outcome.error, request, response, next);
      else respond(response, outcome.error);
      return false;
    }
    setHeaders(response, outcome.headers);
    return true;
  }

  return (request, response, next) => {
    // Outside Express, next can throw; as a rejection that would end the process.
    const proceed = (...errors: unknown[]) => {
      try {
        next(...errors);
      } catch (error) {
        sendServerError(response, error);
      }
    };
    // Express 4 ignores promises, so a rejection is passed to next.
    handle(request, response, next).then((passed) => passed && proceed(), proceed);
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
 * import express from 'express';
 * import { protectedResource } from 'jotkit/express';
 * import { createResource } from 'jotkit/resource';
 *
 * const api = createResource({ resource: 'https://api.example', issuers: 'https://id.example' });
 * const app = express();
 * app.use(protectedResource(api), jwt({ resource: api }));
 * ```
 */
export function protectedResource(
  api: ProtectedResource,
): (request: RequestLike, response: NodeResponse, next: ExpressNext) => void {
  checkResource(api);
  return (request, response, next) => {
    const sent = sendDocument(api, request, response);
    // Not in a promise: outside Express, next can throw, and a rejection would end the process.
    if (sent) sent.catch(next);
    else next();
  };
}

/**
 * Creates an error handler that responds to an AuthError as {@link jwt} does, with JSON, and passes every other
 * error on. Express calls it for errors that your handlers throw, for example `getAuth(request)` for a guest. Use
 * it below your routes.
 *
 * @example
 * ```ts
 * import express from 'express';
 * import { jwtErrors } from 'jotkit/express';
 *
 * const app = express();
 * app.get('/orders', () => {
 *   throw new AuthError('forbidden');
 * });
 * app.use(jwtErrors());
 * ```
 */
export function jwtErrors(): (
  error: unknown,
  request: object,
  response: NodeResponse,
  next: ExpressNext,
) => void {
  // Express recognizes an error handler by its four parameters.
  return (error, _request, response, next) => {
    if (error instanceof AuthError && !response.headersSent) respond(response, error);
    else next(error);
  };
}

/** The response of express-ws, which completes the handshake of a WebSocket before any middleware runs. */
interface ExpressWsResponse extends NodeResponse {
  readonly req?: { readonly ws?: { close?(code: number, reason: string): void } };
}

/** Closes the socket of express-ws with 4000 plus the status, such as 4401; else sends JSON. */
function respond(response: ExpressWsResponse, error: AuthError): void {
  const { req } = response;
  const socket = req && Object.hasOwn(req, 'ws') ? req.ws : undefined;
  if (socket?.close) socket.close(4000 + error.status, error.reason);
  else sendError(response, error);
}
