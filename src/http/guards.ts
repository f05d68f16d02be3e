/** Guards: they require scopes, roles or claims of a verified token. */

import { isJsonObject } from '../core/encoding/strict-json.ts';
import { isPlainValue, type OptionRule, typeNameOf } from '../core/option-rules.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { usageError } from '../errors.ts';
import { type Auth, errorSenderOf, getAuth, VerifiedAuth } from './auth.ts';
import { AuthError } from './auth-error.ts';
import { debugLog, logRejection } from './debug-log.ts';
import {
  claimsRequirement,
  everyRequirement,
  predicateRequirement,
  type Requirement,
  roleRule,
  rolesRequirement,
  scopeRule,
  scopesRequirement,
  someRequirement,
  type Unmet,
} from './requirements.ts';

/**
 * A middleware for every framework, used after its adapter. Responds with JSON in Express and Hono, or passes
 * an AuthError on if `onError` of the adapter is set. Passes it to `next` in Fastify. Throws it in Koa and if
 * you pass only a request.
 *
 * @example
 * ```ts
 * const guards: Guard[] = [requireScopes('orders:read'), requireRoles('clerk')];
 * ```
 */
export interface Guard {
  (request: object, response: object, next: (error?: Error) => void): void;
  <Result>(context: object, next: () => Promise<Result>): Promise<Result>;
  (request: object): void;
}

/** What each guard requires, for `requireAny` and `requireAll`. */
const requirements = new WeakMap<object, Requirement>();

/**
 * Requires all of these scopes, else 403 `insufficient_scope`. Reads the claim that `scopesFrom` names, else
 * `scope`, `scp` or `permissions`: one string with spaces, or an array.
 *
 * @example
 * ```ts
 * const guard = requireScopes('orders:read', 'orders:write');
 * ```
 */
export function requireScopes(...scopes: string[]): Guard {
  return createGuard(scopesRequirement(checkNames('requireScopes', scopes, scopeRule), 'every'));
}

/**
 * Requires at least one of these scopes; see {@link requireScopes}.
 *
 * @example
 * ```ts
 * const guard = requireAnyScope('orders:read', 'orders:admin');
 * ```
 */
export function requireAnyScope(...scopes: string[]): Guard {
  return createGuard(scopesRequirement(checkNames('requireAnyScope', scopes, scopeRule), 'some'));
}

/**
 * Requires all of these roles, else 403 `forbidden`. Reads the claim that `rolesFrom` names, else `roles` or
 * `role`: one string, or an array.
 *
 * @example
 * ```ts
 * const guard = requireRoles('editor');
 * ```
 */
export function requireRoles(...roles: string[]): Guard {
  return createGuard(rolesRequirement(checkNames('requireRoles', roles, roleRule), 'every'));
}

/**
 * Requires at least one of these roles; see {@link requireRoles}.
 *
 * @example
 * ```ts
 * const guard = requireAnyRole('editor', 'admin');
 * ```
 */
export function requireAnyRole(...roles: string[]): Guard {
  return createGuard(rolesRequirement(checkNames('requireAnyRole', roles, roleRule), 'some'));
}

/**
 * Requires these claims with these values, else 403 `forbidden`.
 *
 * @example
 * ```ts
 * const guard = requireClaims({ email_verified: true });
 * ```
 */
export function requireClaims(
  expected: Readonly<Record<string, string | number | boolean>>,
): Guard {
  const pairs = isJsonObject(expected) ? Object.entries(expected) : [];
  if (pairs.length === 0 || !pairs.every(([, value]) => isPlainValue(value))) {
    const message =
      'requireClaims() needs an object of claims, each a string, a number or a boolean';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  return createGuard(claimsRequirement(pairs));
}

/**
 * Requires a user, else 401 `token_missing`. With a function, also requires that it returns `true` for the
 * verified token and the request or context, else 403 `forbidden`.
 *
 * The function must return `true` or `false`. Anything else throws, also a promise: to decide with a promise,
 * use the option `authorize`.
 *
 * @example
 * ```ts
 * interface User {
 *   plan: 'free' | 'pro';
 * }
 * const guard = requireAuth<JwtPayload, User>((auth) => auth.user.plan === 'pro');
 * ```
 */
export function requireAuth<
  Claims extends object = JwtPayload,
  User = Claims,
  Context extends object = object,
>(isAllowed?: (auth: Auth<Claims, User>, context: Context) => boolean): Guard {
  if (isAllowed === undefined) return createGuard(() => undefined);
  if (typeof isAllowed !== 'function') {
    const message = `requireAuth() needs a function, got ${typeNameOf(isAllowed)}`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
  return createGuard(predicateRequirement(isAllowed as never));
}

/**
 * Requires at least one of these guards. Otherwise the response names the first scopes that would do, or is
 * 403 `forbidden` if no guard requires scopes.
 *
 * @example
 * ```ts
 * const guard = requireAny(requireRoles('admin'), requireScopes('orders:write'));
 * ```
 */
export function requireAny(...guards: Guard[]): Guard {
  return createGuard(someRequirement(requirementsOf('requireAny', guards)));
}

/**
 * Requires all of these guards. The response is that of the first one that is not satisfied.
 *
 * @example
 * ```ts
 * const guard = requireAll(requireScopes('orders:write'), requireClaims({ email_verified: true }));
 * ```
 */
export function requireAll(...guards: Guard[]): Guard {
  return createGuard(everyRequirement(requirementsOf('requireAll', guards)));
}

function requirementsOf(name: string, guards: readonly Guard[]): Requirement[] {
  const found = guards.map((guard) => requirements.get(Object(guard)));
  if (found.length > 0 && found.every((requirement) => requirement !== undefined)) return found;
  const message = `${name}() needs guards such as requireRoles("admin")`;
  throw usageError('ERR_OPTION_INVALID', message);
}

function createGuard(requirement: Requirement): Guard {
  const guard = (target: object, second?: unknown, third?: unknown) => {
    const done = typeof third === 'function' ? third : undefined;
    try {
      const auth = getAuth<object, unknown>(target);
      const unmet = requirement(auth, target);
      if (unmet) throw unmetError(unmet, auth);
    } catch (error) {
      const send = error instanceof AuthError ? errorSenderOf(target) : undefined;
      if (!done) {
        // A middleware of Hono returns its response. A guard that received only a request must throw.
        if (send && typeof second === 'function') return send(target as never, error as AuthError);
        throw error;
      }
      // Express ends a response that has started when it receives an error.
      const isStarted = Object(second).headersSent === true;
      return send && !isStarted ? send(second as never, error as AuthError) : done(error);
    }
    const next = done ?? second;
    return typeof next === 'function' ? next() : undefined;
  };
  requirements.set(guard, requirement);
  return guard as Guard;
}

function unmetError({ reason, scope, rule }: Unmet, auth: object): AuthError {
  const options = { ...VerifiedAuth.settingsOf(auth).challenge, ...(scope && { scope }) };
  const error = new AuthError(reason, options);
  if (debugLog.isEnabled) logRejection(error, { note: rule });
  return error;
}

function checkNames(name: string, names: string[], rule: OptionRule): string[] {
  if (rule.test(names)) return names;
  throw usageError('ERR_OPTION_INVALID', `${name}() needs ${rule.expected}`);
}

/**
 * Returns the roles of a verified token, as the guards read them.
 *
 * @example
 * ```ts
 * const isAdmin = (request: object) => rolesOf(getAuth(request)).includes('admin');
 * ```
 */
export function rolesOf(auth: Pick<Auth<object, unknown>, 'payload'>): readonly string[] {
  return VerifiedAuth.settingsOf(auth).grants.rolesOf(auth.payload);
}
