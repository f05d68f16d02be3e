/** Protects listeners of node:http and node:https. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { callable } from '../core/option-rules.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { type Auth, setAuth } from '../http/auth.ts';
import { AuthError } from '../http/auth-error.ts';
import { createAuthenticator, type Outcome } from '../http/authenticator.ts';
import type { AuthenticatorOptions, Strict } from '../http/authenticator-options.ts';
import type { ProtectedResource } from '../http/protected-resource.ts';
import { checkResource, sendDocument } from './resource-document.ts';
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
 * Options of {@link withAuth}.
 *
 * @example
 * ```ts
 * const { JWT_SECRET: key = '' } = process.env;
 * const options: NodeOptions = {
 *   key,
 *   onError: ({ status, headers, reason }, _request, response) => {
 *     response.writeHead(status, headers).end(reason);
 *   },
 * };
 * ```
 */
export type NodeOptions<Claims extends object = JwtPayload, User = Claims> = AuthenticatorOptions<
  Claims,
  User,
  IncomingMessage
> &
  NodeErrorHandler;

interface NodeErrorHandler {
  /** Responds to a rejected request. Default: JSON. Keep `error.status` and `error.headers`. */
  onError?(error: AuthError, request: IncomingMessage, response: ServerResponse): unknown;
}

/**
 * Creates a listener for `createServer` that calls the handler only with a verified token. Otherwise responds
 * with JSON and the status of the error, or as `onError` does, before the body is read. An AuthError that the handler throws (guards
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
  options: NodeOptions<Claims, User> & Strict,
  handler: NodeHandler<Auth<Claims, User>>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
export function withAuth<Claims extends object = JwtPayload, User = Claims>(
  options: NodeOptions<Claims, User>,
  handler: NodeHandler<Auth<Claims, User> | undefined>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
export function withAuth<Claims extends object, User>(
  options: NodeOptions<Claims, User>,
  handler: NodeHandler<Auth<Claims, User>>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { own, rest } = splitOptions<
    NodeErrorHandler,
    AuthenticatorOptions<Claims, User, IncomingMessage>
  >(options, { onError: callable });
  const { credentialsRequired, skip } = rest;
  const authenticate = authenticateNode(rest);
  const strict = credentialsRequired !== false && !skip;

  async function respond(error: AuthError, request: IncomingMessage, response: ServerResponse) {
    if (own.onError) await own.onError(error, request, response);
    else sendError(response, error);
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const outcome = await authenticate(request);
    if (outcome.status === 'rejected') return respond(outcome.error, request, response);
    if (!outcome.auth && strict) return void response.writeHead(204).end();
    setHeaders(response, outcome.headers);
    try {
      // undefined only with the options of the second overload.
      await handler(request, response, outcome.auth as Auth<Claims, User>);
    } catch (error) {
      if (!(error instanceof AuthError) || response.headersSent) throw error;
      await respond(error, request, response);
    }
  }

  return (request, response) =>
    serve(request, response).catch((error) => sendServerError(response, error));
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

/**
 * Creates a listener that serves the metadata of a protected resource (RFC 9728 §3), with open CORS, and calls
 * `listener` for every other request.
 *
 * Throws TypeError for what `createResource` did not return.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { protectedResource } from 'jotkit/node';
 * import { createResource } from 'jotkit/resource';
 *
 * const api = createResource({ resource: 'https://api.example', issuers: 'https://id.example' });
 * const whoami = withAuth({ resource: api }, (_request, response, auth) => {
 *   response.end(auth.payload.sub);
 * });
 * const server = createServer(protectedResource(api, whoami));
 * ```
 */
export function protectedResource(
  api: ProtectedResource,
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  checkResource(api);
  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await (sendDocument(api, request, response) ?? listener(request, response));
  }
  return (request, response) =>
    respond(request, response).catch((error) => sendServerError(response, error));
}
