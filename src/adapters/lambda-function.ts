/** Protects functions of AWS Lambda behind a proxy integration, a function URL or a load balancer. */

import { callable } from '../core/option-rules.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { type Auth, setAuth } from '../http/auth.ts';
import { AuthError } from '../http/auth-error.ts';
import { createAuthenticator } from '../http/authenticator.ts';
import type { AuthenticatorOptions, Strict } from '../http/authenticator-options.ts';
import { type LambdaEvent, requestOf } from './lambda-event.ts';
import { splitOptions } from './split-options.ts';

/**
 * A response of a function behind a proxy integration, a function URL or a load balancer.
 *
 * @example
 * ```ts
 * import type { LambdaResponse } from 'jotkit/lambda';
 *
 * const response: LambdaResponse = { statusCode: 204, body: '' };
 * ```
 */
export interface LambdaResponse {
  statusCode: number;
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  body: string;
}

/**
 * Options of {@link withAuth}.
 *
 * @example
 * ```ts
 * import type { FunctionOptions } from 'jotkit/lambda';
 *
 * const { JWT_SECRET: key = '' } = process.env;
 * const options: FunctionOptions = {
 *   key,
 *   onError: ({ status, reason }) => ({ statusCode: status, body: reason }),
 * };
 * ```
 */
export type FunctionOptions<
  Claims extends object = JwtPayload,
  User = Claims,
  Event extends LambdaEvent = LambdaEvent,
> = AuthenticatorOptions<Claims, User, Event> & FunctionErrorHandler<Event>;

/** Declared as a method, so that yours can name the type of your event. */
interface FunctionErrorHandler<Event> {
  /**
   * Returns the response to a rejected request, for example with CORS headers. Keep `error.status` and
   * `error.headers`. Default: JSON.
   */
  onError?(error: AuthError, event: Event): LambdaResponse | Promise<LambdaResponse>;
}

/** A function that receives the verified token. */
type LambdaHandler<KnownAuth, Event, Rest extends unknown[], Result> = (
  event: Event,
  auth: KnownAuth,
  ...rest: Rest
) => Result | Promise<Result>;

/**
 * Protects a function behind a proxy integration, a function URL or an Application Load Balancer: calls it only
 * with a verified token, and otherwise responds with JSON and the status of the error. Passes further arguments
 * on, such as the context of Lambda. An AuthError that your function throws (guards do) becomes a response.
 *
 * With `credentialsRequired: false` or `skip`, `auth` can be `undefined`, and preflights reach your function.
 *
 * Throws TypeError as `createAuthenticator` does.
 *
 * @example
 * ```ts
 * import { withAuth } from 'jotkit/lambda';
 *
 * const { JWT_SECRET: key = '' } = process.env;
 * const handler = withAuth({ key }, async (_event, auth) => ({ sub: auth.payload.sub }));
 * ```
 */
export function withAuth<
  Claims extends object = JwtPayload,
  User = Claims,
  Event extends LambdaEvent = LambdaEvent,
  Rest extends unknown[] = [],
  Result = unknown,
>(
  options: FunctionOptions<Claims, User, Event> & Strict,
  handler: LambdaHandler<Auth<Claims, User>, Event, Rest, Result>,
): (event: Event, ...rest: Rest) => Promise<Result | LambdaResponse>;
export function withAuth<
  Claims extends object = JwtPayload,
  User = Claims,
  Event extends LambdaEvent = LambdaEvent,
  Rest extends unknown[] = [],
  Result = unknown,
>(
  options: FunctionOptions<Claims, User, Event>,
  handler: LambdaHandler<Auth<Claims, User> | undefined, Event, Rest, Result>,
): (event: Event, ...rest: Rest) => Promise<Result | LambdaResponse>;
export function withAuth<
  Claims extends object,
  User,
  Event extends LambdaEvent,
  Rest extends unknown[],
  Result,
>(
  options: FunctionOptions<Claims, User, Event>,
  handler: LambdaHandler<Auth<Claims, User>, Event, Rest, Result>,
): (event: Event, ...rest: Rest) => Promise<Result | LambdaResponse> {
  const { own, rest } = splitOptions<
    FunctionErrorHandler<Event>,
    AuthenticatorOptions<Claims, User, Event>
  >(options, { onError: callable });
  const { credentialsRequired, skip } = rest;
  const authenticate = createAuthenticator(rest);
  const strict = credentialsRequired !== false && !skip;
  const respond = (error: AuthError, event: Event) => {
    return own.onError ? own.onError(error, event) : errorResponse(error, event);
  };

  return async (event, ...others) => {
    const outcome = await authenticate(requestOf(event), event);
    setAuth(event, outcome);
    if (outcome.status === 'rejected') return respond(outcome.error, event);
    if (!outcome.auth && strict) return { statusCode: 204, body: '' };
    try {
      // undefined only with the options of the second overload.
      const result = await handler(event, outcome.auth as Auth<Claims, User>, ...others);
      return withHeaders(result, outcome.headers);
    } catch (error) {
      if (error instanceof AuthError) return respond(error, event);
      throw error;
    }
  };
}

function errorResponse(error: AuthError, event: LambdaEvent): LambdaResponse {
  const headers = { ...error.headers, 'Content-Type': 'application/json' };
  const response = { statusCode: error.status, headers, body: JSON.stringify(error) };
  // A load balancer with multi-value headers reads no others.
  if (event.headers || !event.multiValueHeaders) return response;
  const lists = Object.entries(headers).map(([name, value]) => [name, [value]]);
  return { ...response, multiValueHeaders: Object.fromEntries(lists) };
}

/** Adds headers to a response; a result without a status is JSON for payload 2.0. */
function withHeaders<Result>(result: Result, headers: Readonly<Record<string, string>>): Result {
  if (Object.keys(headers).length === 0 || Object(result).statusCode === undefined) return result;
  return { ...result, headers: { ...headers, ...Object(result).headers } };
}
