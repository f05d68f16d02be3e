/** The guard for NestJS 11 and 12: HTTP, GraphQL and WebSockets. */

import { callable, type OptionRules } from '../core/option-rules.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { usageError } from '../errors.ts';
import { type Auth, getAuth, setAuth } from '../http/auth.ts';
import { AuthError, type AuthErrorBody } from '../http/auth-error.ts';
import { type Authenticator, createAuthenticator } from '../http/authenticator.ts';
import type { AuthenticatorOptions } from '../http/authenticator-options.ts';
import { bearer } from '../http/extractors.ts';
import type { RequestLike } from '../http/request.ts';
import { type NestContext, requestOf, responseOf, targetOf } from './nestjs-context.ts';
import { requiredGuards } from './nestjs-rules.ts';
import { compileProperties, type Properties, propertiesRule } from './properties.ts';
import { handshakeAuth } from './socket-io.ts';
import { splitOptions } from './split-options.ts';

export { AnyRole, AnyScope, Public, Require, Roles, Scopes } from './nestjs-rules.ts';
export type { Properties } from './properties.ts';

/**
 * Options of {@link jwtGuard}.
 *
 * @example
 * ```ts
 * import { HttpException } from '@nestjs/common';
 *
 * const { JWT_SECRET = '' } = process.env;
 * const options: NestOptions = { HttpException, key: JWT_SECRET, audience: 'api' };
 * ```
 */
export type NestOptions<
  Claims extends object = JwtPayload,
  User = Claims,
  Context extends NestContext = NestContext,
> = AuthenticatorOptions<Claims, User, Context> & {
  /** The class of `@nestjs/common`. NestJS and your exception filters recognize only its instances. */
  HttpException: new (
    body: AuthErrorBody,
    status: number,
    options: { cause: Error },
  ) => Error;
  /** The class of `@nestjs/websockets`; required for gateways. */
  WsException?: new (
    error: AuthErrorBody,
  ) => Error;
  /** Other names for `request.auth` and `request.user`, or `false` for none. */
  properties?: Properties;
  /**
   * Returns the request of a context, for example of a GraphQL subscription or of a microservice. Return
   * `undefined` for the default.
   */
  requestOf?(context: Context): RequestLike | undefined;
};

const nestRules: OptionRules = {
  HttpException: {
    expected: 'the class of @nestjs/common',
    test: (value) => typeof value === 'function',
  },
  WsException: {
    expected: 'the class of @nestjs/websockets',
    test: (value) => typeof value === 'function',
  },
  properties: propertiesRule('auth', 'user'),
  requestOf: callable,
};

/**
 * A guard, as `@UseGuards` and `app.useGlobalGuards` accept it.
 *
 * @example
 * ```ts
 * import { HttpException } from '@nestjs/common';
 *
 * const { JWT_SECRET: key = '' } = process.env;
 * const guard: NestGuard = jwtGuard({ HttpException, key });
 * ```
 */
export interface NestGuard<Context extends NestContext = NestContext> {
  /** Resolves to true, or rejects with the exception for the client. */
  canActivate(context: Context): Promise<boolean>;
}

/**
 * Creates a guard for `app.useGlobalGuards`, `APP_GUARD` or `@UseGuards`. Sets `request.auth` to
 * `{ payload, header, token, source }` and `request.user` to the claims, or to the result of `user`. Hooks
 * receive the ExecutionContext as their last argument.
 *
 * Rejects with an HttpException whose body is that of {@link AuthError}, and sets its headers. In GraphQL the
 * error has `extensions.code`. Gateways send `{ error, error_description, reason }` as event `exception`.
 *
 * In a gateway the guard checks the token before each message: of a socket that `jotkit/ws` or
 * `jotkit/socket.io` accepted, else of the handshake of socket.io.
 *
 * Throws TypeError as `createAuthenticator` does, and without `HttpException`.
 *
 * @example
 * ```ts
 * import { HttpException, Module } from '@nestjs/common';
 * import { APP_GUARD } from '@nestjs/core';
 *
 * const { JWT_SECRET: key = '' } = process.env;
 * const useFactory = () => jwtGuard({ HttpException, key, algorithms: ['HS256'], audience: 'api' });
 *
 * @Module({ providers: [{ provide: APP_GUARD, useFactory }] })
 * class AppModule {}
 * ```
 */
export function jwtGuard<
  Claims extends object = JwtPayload,
  User = Claims,
  Context extends NestContext = NestContext,
>(options: NestOptions<Claims, User, Context>): NestGuard<Context> {
  type Own = Pick<typeof options, 'HttpException' | 'WsException' | 'properties' | 'requestOf'>;
  type Rest = AuthenticatorOptions<Claims, User, Context>;
  const { own, rest } = splitOptions<Own, Rest>(options, nestRules);
  const { HttpException, WsException } = own;
  if (!HttpException) {
    const message = '"HttpException" is required: pass the class of @nestjs/common';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  const setProperties = compileProperties(own.properties);
  const authenticate = createAuthenticator<Claims, User, Context>(rest);
  let authenticateSocket: Authenticator<Claims, User, Context> | undefined;

  /** Sockets whose user is that of a message, not of an adapter that watches its expiry. */
  const messageTargets = new WeakSet<object>();

  /** Created for the first message: only a gateway needs origins beside a cookie. */
  function socketAuthenticator() {
    const csrf = rest.csrf === false ? false : { ...Object(rest.csrf), handshake: true };
    const from = [handshakeAuth(), bearer()];
    authenticateSocket ??= createAuthenticator<Claims, User, Context>({ from, ...rest, csrf });
    return authenticateSocket;
  }

  async function authenticateContext(context: Context, known: Auth<object, unknown> | undefined) {
    const isSocket = context.getType() === 'ws';
    // Each message again: the token can have expired, or an adapter can have another policy.
    if (isSocket && known) return socketAuthenticator().verify(known.token, context);
    const request = own.requestOf?.(context) ?? requestOf(context);
    if (isSocket) return socketAuthenticator()(request, context);
    const outcome = await authenticate(request, context);
    setAuth(request, outcome);
    if (outcome.status !== 'anonymous') setProperties(request, outcome.auth);
    return outcome;
  }

  async function check(context: Context): Promise<void> {
    const target = targetOf(context);
    const guards = requiredGuards(context.getHandler(), context.getClass());
    if (!guards) {
      // Without a result, authOf would report that no guard ran. A user of an earlier message can have expired.
      if (!storedFor(target) || messageTargets.has(target)) setAuth(target, { status: 'rejected' });
      return;
    }
    const isMessage = context.getType() === 'ws';
    // Not for HTTP: to find nothing costs an error, and only a message continues what was stored.
    const known = isMessage ? storedFor(target) : undefined;
    const outcome = await authenticateContext(context, known?.auth);
    // Before setAuth: a socket keeps the user that an adapter found.
    if (outcome.status === 'rejected') throw outcome.error;
    // A message whose token has expired does not keep the user of the handshake.
    const isGuest = outcome.status === 'anonymous' && isMessage;
    setAuth(target, isGuest ? { ...outcome, status: 'rejected' } : outcome);
    if (isMessage && !known) messageTargets.add(target);
    setHeaders(context, outcome.headers);
    for (const guard of guards) guard(target);
  }

  function toException(error: AuthError, context: Context): Error {
    const body = error.toJSON();
    if (context.getType() === 'ws') {
      if (WsException) return new WsException(body);
      const message = '"WsException" is required in gateways: pass the class of @nestjs/websockets';
      return usageError('ERR_OPTION_INVALID', message);
    }
    setHeaders(context, error.headers);
    const exception = new HttpException(body, error.status, { cause: error });
    exception.message = error.message;
    const isGraphql = context.getType() === 'graphql';
    return isGraphql ? Object.assign(exception, { extensions: error.extensions }) : exception;
  }

  return {
    async canActivate(context) {
      try {
        await check(context);
        return true;
      } catch (error) {
        throw error instanceof AuthError ? toException(error, context) : error;
      }
    },
  };
}

/**
 * Returns the verified token of a context; `undefined` without one. Pass it to `createParamDecorator`.
 *
 * Throws TypeError if no guard of jotkit ran.
 *
 * @example
 * ```ts
 * import { createParamDecorator } from '@nestjs/common';
 *
 * const CurrentAuth = createParamDecorator(authOf);
 * ```
 */
export function authOf<Claims extends object = JwtPayload, User = Claims>(
  _data: unknown,
  context: NestContext,
): Auth<Claims, User> | undefined {
  return getAuth<Claims, User>(targetOf(context), { optional: true });
}

/**
 * Returns the user of a context: the claims, or the result of the option `user`; `undefined` without a token.
 * With a name, returns that member of the user. Pass it to `createParamDecorator`.
 *
 * Throws TypeError if no guard of jotkit ran.
 *
 * @example
 * ```ts
 * import { Controller, createParamDecorator, Get } from '@nestjs/common';
 *
 * const CurrentUser = createParamDecorator(userOf);
 *
 * @Controller()
 * class MeController {
 *   @Get('me')
 *   me(@CurrentUser('sub') id: string) {
 *     return { id };
 *   }
 * }
 * ```
 */
export function userOf(name: string | undefined, context: NestContext): unknown {
  const user = authOf<object, unknown>(undefined, context)?.user;
  if (name === undefined) return user;
  return Object.hasOwn(Object(user), name) ? Reflect.get(Object(user), name) : undefined;
}

/** What an adapter or a guard stored; `undefined` if none ran. */
function storedFor(target: object): { auth: Auth<object, unknown> | undefined } | undefined {
  try {
    return { auth: getAuth<object, unknown>(target, { optional: true }) };
  } catch {
    return undefined;
  }
}

function setHeaders(context: NestContext, headers: Readonly<Record<string, string>>): void {
  const response = responseOf(context);
  for (const [name, value] of Object.entries(headers)) response?.header(name, value);
}
