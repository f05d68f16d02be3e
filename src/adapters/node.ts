/** Protects listeners of node:http and node:https. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JwtPayload } from '../core/token/token.ts';
import { type Auth, setAuth } from '../http/auth.ts';
import { AuthError } from '../http/auth-error.ts';
import { createAuthenticator, type Outcome } from '../http/authenticator.ts';
import type { AuthenticatorOptions, Strict } from '../http/authenticator-options.ts';
import { sendError, sendServerError, setHeaders } from './send-error.ts';
import { splitOptions } from './split-options.ts';

export { type FetchListener, toListener } from './fetch-to-node.ts';

/** A listener that receives the verified token. */
type NodeHandler<KnownAuth> = (
  request: IncomingMessage,
  response: ServerResponse,
  auth: KnownAuth,
) => unknown;

/**
 * Creates a listener for `createServer` that calls the handler only with a verified token. Otherwise responds
 * with JSON and the status of the error, before the body is read. An AuthError that the handler throws (guards
 * do) becomes a response. Any other error of the handler or a hook is printed and becomes an empty 500. A
 * preflight gets 204 without CORS headers; see the guide for CORS.
 *
 * With `credentialsRequired: false` or `skip`, `auth` can be `undefined`, and preflights reach the handler.
 *
 * Throws TypeError as `createAuthenticator` does.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 *
 * const { JWT_SECRET = '' } = process.env;
 * const listener = withAuth({ key: JWT_SECRET }, (_request, response, auth) => {
 *   response.end(`Hello ${auth.payload.sub}`);
 * });
 * const server = createServer(listener);
 * ```
 */
export function withAuth<Claims extends object = JwtPayload, User = Claims>(
  options: AuthenticatorOptions<Claims, User, IncomingMessage> & Strict,
  handler: NodeHandler<Auth<Claims, User>>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
export function withAuth<Claims extends object = JwtPayload, User = Claims>(
  options: AuthenticatorOptions<Claims, User, IncomingMessage>,
  handler: NodeHandler<Auth<Claims, User> | undefined>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
export function withAuth<Claims extends object, User>(
  options: AuthenticatorOptions<Claims, User, IncomingMessage>,
  handler: NodeHandler<Auth<Claims, User>>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { rest } = splitOptions<object, typeof options>(options, {});
  const { credentialsRequired, skip } = rest;
  const authenticate = authenticateNode(rest);
  const strict = credentialsRequired !== false && !skip;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const outcome = await authenticate(request);
    if (outcome.status === 'rejected') return sendError(response, outcome.error);
    if (!outcome.auth && strict) return void response.writeHead(204).end();
    setHeaders(response, outcome.headers);
    // undefined only with the options of the second overload.
    await handler(request, response, outcome.auth as Auth<Claims, User>);
  }

  return (request, response) =>
    serve(request, response).catch((error) => {
      if (error instanceof AuthError && !response.headersSent) sendError(response, error);
      else sendServerError(response, error);
    });
}

/**
 * Creates a function that checks a request, stores the result for `getAuth` and returns an outcome. It sends
 * no response.
 *
 * Throws TypeError as `createAuthenticator` does.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 *
 * const { JWT_SECRET = '' } = process.env;
 * const authenticate = authenticateNode({ key: JWT_SECRET });
 * createServer(async (request, response) => {
 *   const { status } = await authenticate(request);
 *   response.end(status);
 * });
 * ```
 */
export function authenticateNode<Claims extends object = JwtPayload, User = Claims>(
  options: AuthenticatorOptions<Claims, User, IncomingMessage>,
): (request: IncomingMessage) => Promise<Outcome<Claims, User>> {
  const authenticate = createAuthenticator(options);
  return async (request) => {
    const outcome = await authenticate(request, request);
    setAuth(request, outcome);
    return outcome;
  };
}
