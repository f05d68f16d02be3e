/** What a Lambda authorizer returns to API Gateway. */

import { isPlainValue, isString } from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import type { LambdaEvent } from './lambda-event.ts';

/**
 * The values that API Gateway passes to the integration.
 *
 * @example
 * ```ts
 * const context: AuthorizerContext = { sub: 'ada', verified: true };
 * ```
 */
export type AuthorizerContext = Readonly<Record<string, string | number | boolean>>;

/**
 * An IAM policy, as a Lambda authorizer returns it.
 *
 * @example
 * ```ts
 * const isAllowed = ({ policyDocument }: PolicyResult) =>
 *   policyDocument.Statement.every(({ Effect }) => Effect === 'Allow');
 * ```
 */
export interface PolicyResult {
  principalId: string;
  policyDocument: {
    Version: string;
    Statement: Array<{ Action: string; Effect: 'Allow' | 'Deny'; Resource: string }>;
  };
  context: Record<string, string | number | boolean>;
}

/**
 * A simple response of an HTTP API with payload 2.0.
 *
 * @example
 * ```ts
 * const statusOf = ({ isAuthorized }: SimpleResult) => (isAuthorized ? 200 : 403);
 * ```
 */
export interface SimpleResult {
  isAuthorized: boolean;
  context: Record<string, string | number | boolean>;
}

/** Returns the ARN of the requested method and path. */
export function arnOf({ methodArn, routeArn }: LambdaEvent): string {
  const arn = routeArn ?? methodArn;
  if (typeof arn === 'string') return arn;
  const message =
    'authorizer() needs the event of a Lambda authorizer; in a function use withAuth()';
  throw usageError('ERR_OPTION_INVALID', message);
}

/** Returns the pattern of every method and path of the stage (`arn:…:api-id/stage/METHOD/path`). */
export function stageOf(arn: string): string {
  return `${arn.split('/').slice(0, 2).join('/')}/*`;
}

/** Whether a client sent a path with wildcards of IAM: a policy for it would allow other paths. */
export function isPattern(arn: string): boolean {
  return /[*?]/.test(arn.split('/').slice(2).join('/'));
}

export function policy(
  principalId: string,
  effect: 'Allow' | 'Deny',
  resource: string,
  context: AuthorizerContext,
): PolicyResult {
  const statement = { Action: 'execute-api:Invoke', Effect: effect, Resource: resource };
  const policyDocument = { Version: '2012-10-17', Statement: [statement] };
  return { principalId, policyDocument, context: { ...context } };
}

/** Returns the claims that API Gateway can pass on; an array of strings becomes one string. */
export function pickClaims(claims: object, names: readonly string[]): AuthorizerContext {
  const picked: Record<string, string | number | boolean> = {};
  for (const name of names.filter((name) => Object.hasOwn(claims, name))) {
    const value = Reflect.get(claims, name);
    const joined = Array.isArray(value) && value.every(isString) ? value.join(' ') : value;
    if (isPlainValue(joined)) picked[name] = joined;
  }
  return picked;
}

/** Throws TypeError for a value with which API Gateway would respond with 500. */
export function checkContext(context: AuthorizerContext): AuthorizerContext {
  const wrong = Object.entries(Object(context)).find(([, value]) => !isPlainValue(value));
  if (!wrong && typeof context === 'object' && context !== null) return context;
  const place = wrong ? ` for "${wrong[0]}"` : '';
  const message = `"context" must return strings, numbers and booleans, got another value${place}`;
  throw usageError('ERR_OPTION_INVALID', message);
}
