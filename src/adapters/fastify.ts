/** The plugin for Fastify 4 and 5. */

import { boolean, type OptionRules } from '../core/option-rules.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { usageError } from '../errors.ts';
import { setAuth } from '../http/auth.ts';
import { createAuthenticator } from '../http/authenticator.ts';
import type { AuthenticatorOptions } from '../http/authenticator-options.ts';
import type { ProtectedResource } from '../http/protected-resource.ts';
import type { RequestLike } from '../http/request.ts';
import { compileProperties, namesOf, type Properties, propertiesRule } from './properties.ts';
import { checkResource } from './resource-document.ts';
import { splitOptions } from './split-options.ts';

export type { Properties } from './properties.ts';

/**
 * A Fastify hook, to use on a route as `onRequest` or `preHandler`.
 *
 * @example
 * ```ts
 * import Fastify from 'fastify';
 *
 * declare module 'fastify' {
 *   interface FastifyInstance {
 *     authenticate: FastifyHook;
 *   }
 * }
 *
 * const fastify = Fastify();
 * fastify.after(() => fastify.get('/me', { onRequest: fastify.authenticate }, async () => 'hello'));
 * ```
 */
export type FastifyHook = (request: RequestLike, reply: FastifyReplyLike) => Promise<void>;

/** The part of a reply that is used. */
interface FastifyReplyLike {
  headers(fields: Record<string, string>): unknown;
}

/** The part of an instance that is used. */
interface FastifyInstanceLike {
  hasRequestDecorator(name: string): boolean;
  decorateRequest(name: string, value: undefined): unknown;
  decorate(name: string, value: FastifyHook): unknown;
  addHook(name: 'onRequest', hook: FastifyHook): unknown;
}

/**
 * Options of the plugin.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const options: FastifyOptions = { key: JWT_SECRET, global: false };
 * ```
 */
export type FastifyOptions<
  Claims extends object = JwtPayload,
  User = Claims,
  Request extends RequestLike = RequestLike,
> = AuthenticatorOptions<Claims, User, Request> & {
  /** `false` protects only routes that name `fastify.authenticate`. Default: true. */
  global?: boolean;
  /** Other names for `request.auth`, `request.user` and `fastify.authenticate`, or `false` for none. */
  properties?: Properties<'auth' | 'user' | 'authenticate'>;
};

const fastifyRules: OptionRules = {
  global: boolean,
  properties: propertiesRule('auth', 'user', 'authenticate'),
};

async function register<
  Claims extends JwtPayload = JwtPayload,
  User = Claims,
  Request extends RequestLike = RequestLike,
>(fastify: FastifyInstanceLike, options: FastifyOptions<Claims, User, Request>): Promise<void> {
  const { own, rest } = splitOptions<
    Pick<typeof options, 'global' | 'properties'>,
    AuthenticatorOptions<Claims, User, Request>
  >(options, fastifyRules);
  const { authenticate: hookName, ...properties } = own.properties ?? {};
  const setProperties = compileProperties(properties);
  const authenticate = createAuthenticator(rest);
  for (const name of Object.values(namesOf(['auth', 'user'], properties))) {
    // Another plugin, an outer scope or the application can have decorated requests with this name.
    if (name && !fastify.hasRequestDecorator(name)) fastify.decorateRequest(name, undefined);
  }
  const hook: FastifyHook = async (request, reply) => {
    const outcome = await authenticate(request, request as Request);
    setAuth(request, outcome);
    // An error handler must not see the user of an earlier hook.
    if (outcome.status !== 'anonymous') setProperties(request, outcome.auth);
    if (outcome.status === 'rejected') throw outcome.error;
    reply.headers(outcome.headers);
  };
  const isGlobal = own.global !== false;
  if (hookName !== false) decorate(fastify, hookName, hook, isGlobal);
  if (isGlobal) fastify.addHook('onRequest', hook);
}

/** Offers the hook to routes. A decorator of the application stays if the hook runs for every route anyway. */
function decorate(
  fastify: FastifyInstanceLike,
  chosenName: string | undefined,
  hook: FastifyHook,
  isGlobal: boolean,
): void {
  const name = chosenName ?? 'authenticate';
  // Own members: a nested scope replaces the decorator of its parent.
  if (!Object.hasOwn(fastify, name)) return void fastify.decorate(name, hook);
  if (isGlobal && chosenName === undefined) return;
  const message = `fastify.${name} is already decorated; choose another name with properties: { authenticate: 'name' }`;
  throw usageError('ERR_OPTION_INVALID', message);
}

/**
 * The plugin sets `request.auth` to `{ payload, header, token, source }` and `request.user` to the claims, or
 * to the result of `user`. It leaves both untouched if the request has no user. It rejects requests by throwing,
 * before the body is read; Fastify responds with the status and headers of the error.
 *
 * With `global: false` it protects only routes with `onRequest: fastify.authenticate`.
 *
 * Throws TypeError as `createAuthenticator` does, and if the scope has another `authenticate` that it would
 * replace.
 *
 * @example
 * ```ts
 * import Fastify from 'fastify';
 * import jwt from 'jotkit/fastify';
 *
 * const { JWT_PUBLIC_KEY = '' } = process.env;
 * const fastify = Fastify();
 * await fastify.register(jwt, { key: JWT_PUBLIC_KEY, algorithms: ['EdDSA'], audience: 'api' });
 * fastify.get('/me', async (request) => getAuth(request).payload);
 * ```
 */
const plugin = Object.assign(register, pluginSymbols('jotkit'));

/** The part of a reply that sends the metadata. */
interface DocumentReply {
  code(status: number): unknown;
  headers(fields: Record<string, string>): unknown;
  send(body: string): unknown;
}

/** The part of an instance that serves the metadata. */
interface DocumentServer {
  addHook(
    name: 'onRequest',
    hook: (request: RequestLike, reply: DocumentReply) => Promise<unknown>,
  ): unknown;
}

/**
 * Creates a plugin that serves the metadata of a protected resource (RFC 9728 §3), with open CORS. Register it
 * before the default export: clients fetch the document without a token.
 *
 * Throws TypeError for what `createResource` did not return.
 *
 * @example
 * ```ts
 * import Fastify from 'fastify';
 * import jwt, { protectedResource } from 'jotkit/fastify';
 * import { createResource } from 'jotkit/resource';
 *
 * const api = createResource({ resource: 'https://api.example', issuers: 'https://id.example' });
 * const fastify = Fastify();
 * await fastify.register(protectedResource(api));
 * await fastify.register(jwt, { resource: api });
 * ```
 */
export function protectedResource(
  api: ProtectedResource,
): (fastify: DocumentServer) => Promise<void> {
  checkResource(api);
  const serve = async (fastify: DocumentServer) => {
    fastify.addHook('onRequest', async (request, reply) => {
      const document = api.serve(request);
      if (!document) return;
      reply.code(document.status);
      reply.headers(Object.fromEntries(document.headers));
      // A hook that has responded returns the reply.
      return reply.send(await document.text());
    });
  };
  return Object.assign(serve, pluginSymbols('jotkit-resource'));
}

/** The symbols of fastify-plugin. Without them a hook would apply only inside the plugin. */
function pluginSymbols(name: string): object {
  return {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: name,
    [Symbol.for('plugin-meta')]: { name, fastify: '4.x || 5.x' },
  };
}

export default plugin;
