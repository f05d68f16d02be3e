/** Guards: they require scopes, roles or claims of a verified token. */

import { isJsonObject } from '../core/encoding/strict-json.ts';
import type { OptionRule } from '../core/option-rules.ts';
import { ownClaim } from '../core/token/claim-checks.ts';
import { usageError } from '../errors.ts';
import { errorSenderOf, getAuth, VerifiedAuth } from './auth.ts';
import { AuthError } from './auth-error.ts';
import { debugLog, logRejection } from './debug-log.ts';
import { shownList } from './printable.ts';

/** A condition for the claims, and the reason if they do not satisfy it. */
export interface Requirement {
  readonly reason: 'insufficient_scope' | 'forbidden';
  readonly scope?: string;
  /** The rule, for the log. */
  readonly rule: string;
  isSatisfied(claims: object): boolean;
}

/**
 * A middleware for every framework, used after its adapter. Responds with JSON in Express, or passes an
 * AuthError to `next` if `onError` of the adapter is set. Passes it to `next` in Fastify. Throws it in Koa, in
 * Hono and if you pass only a request.
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

/** RFC 6749 §3.3: printable ASCII without space, `"` and `\`. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

const isScope = (value: unknown) => typeof value === 'string' && SCOPE.test(value);
const isRole = (value: unknown) => typeof value === 'string' && value !== '';

const isOneOrMore = (test: (value: unknown) => boolean) => (value: unknown) => {
  return Array.isArray(value) ? value.length > 0 && [...value].every(test) : test(value);
};

export const scopeRule: OptionRule = {
  expected: 'a scope or a non-empty array of scopes, each without spaces and quotes',
  test: isOneOrMore(isScope),
};

export const roleRule: OptionRule = {
  expected: 'a role or a non-empty array of roles, as non-empty strings',
  test: isOneOrMore(isRole),
};

/**
 * Requires all of these scopes, else 403 `insufficient_scope`. Reads the claim `scope`, else `scp`, else
 * `permissions`: one string with spaces, or an array.
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
 * Requires all of these roles, else 403 `forbidden`. Reads the claim `roles`, else `role`: one string, or an
 * array.
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
  return createGuard({
    reason: 'forbidden',
    rule: `the claims ${shownList(Object.keys(expected), ' and ')} must have the values of requireClaims`,
    isSatisfied: (claims) => pairs.every(([name, value]) => ownClaim(claims, name) === value),
  });
}

export function scopesRequirement(
  scopes: readonly string[],
  quantity: 'every' | 'some',
): Requirement {
  return {
    reason: 'insufficient_scope',
    scope: scopes.join(' '),
    rule: `the token must have ${namesRule('scope', scopes, quantity)}`,
    isSatisfied(claims) {
      const names = ['scope', 'scp', 'permissions'];
      const granted = grantedNames(firstClaim(claims, names), ' ');
      return scopes[quantity]((scope) => granted.includes(scope));
    },
  };
}

export function rolesRequirement(
  roles: readonly string[],
  quantity: 'every' | 'some',
): Requirement {
  return {
    reason: 'forbidden',
    rule: `the token must have ${namesRule('role', roles, quantity)}`,
    isSatisfied(claims) {
      const granted = grantedNames(firstClaim(claims, ['roles', 'role']));
      return roles[quantity]((role) => granted.includes(role));
    },
  };
}

function createGuard(requirement: Requirement): Guard {
  return (target: object, second?: unknown, third?: unknown) => {
    const done = typeof third === 'function' ? third : undefined;
    try {
      const auth = getAuth(target);
      if (!requirement.isSatisfied(auth.payload)) throw unmetError(requirement, auth);
    } catch (error) {
      if (!done) throw error;
      const send = error instanceof AuthError ? errorSenderOf(target) : undefined;
      // Express ends a response that has started when it receives an error.
      const isStarted = Object(second).headersSent === true;
      return send && !isStarted ? send(second as never, error as AuthError) : done(error);
    }
    const next = done ?? second;
    return typeof next === 'function' ? next() : undefined;
  };
}

function namesRule(kind: string, names: readonly string[], quantity: 'every' | 'some'): string {
  return `the ${kind} ${shownList(names, quantity === 'every' ? ' and ' : ' or ')}`;
}

function unmetError({ reason, scope, rule }: Requirement, auth: object): AuthError {
  const options = { ...VerifiedAuth.challengeOf(auth), ...(scope && { scope }) };
  const error = new AuthError(reason, options);
  if (debugLog.isEnabled) logRejection(error, { note: rule });
  return error;
}

function checkNames(name: string, names: string[], rule: OptionRule): string[] {
  if (rule.test(names)) return names;
  throw usageError('ERR_OPTION_INVALID', `${name}() needs ${rule.expected}`);
}

function firstClaim(claims: object, names: readonly string[]): unknown {
  const name = names.find((name) => ownClaim(claims, name) !== undefined);
  return name && ownClaim(claims, name);
}

function grantedNames(claim: unknown, separator?: string): unknown[] {
  if (Array.isArray(claim)) return claim;
  return typeof claim === 'string' && separator ? claim.split(separator) : [claim];
}

function isPlainValue(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
