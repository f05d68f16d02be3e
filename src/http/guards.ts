/** What a verified token has to allow: scopes, roles, claims. */

import { isJsonObject } from '../core/encoding/strict-json.ts';
import type { OptionRule } from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import { getAuth, VerifiedAuth } from './auth.ts';
import { AuthError } from './auth-error.ts';

/** Something that claims have to meet, and the answer where they do not. */
export interface Demand {
  readonly reason: 'insufficient_scope' | 'forbidden';
  readonly scope?: string;
  isMet(claims: object): boolean;
}

/**
 * A middleware for every framework, behind its adapter. Express and Fastify are handed an AuthError; Koa,
 * Hono and who calls it with a request alone get it thrown.
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

const orList = (test: (value: unknown) => boolean) => (value: unknown) => {
  return Array.isArray(value) ? value.length > 0 && [...value].every(test) : test(value);
};

export const scopeRule: OptionRule = {
  expected: 'a scope or a non-empty array of scopes, each without spaces and quotes',
  test: orList(isScope),
};

export const roleRule: OptionRule = {
  expected: 'a role or a non-empty array of roles, as non-empty strings',
  test: orList(isRole),
};

/**
 * Lets a request through whose token has all of these scopes: those of its claim `scope`, else `scp`, else
 * `permissions`, as one text with spaces or as a list. Otherwise 403 `insufficient_scope`.
 *
 * @example
 * ```ts
 * const guard = requireScopes('orders:read', 'orders:write');
 * ```
 */
export function requireScopes(...scopes: string[]): Guard {
  return guard(scopesDemand(given('requireScopes', scopes, scopeRule), 'every'));
}

/**
 * Lets a request through whose token has one of these scopes; see {@link requireScopes}.
 *
 * @example
 * ```ts
 * const guard = requireAnyScope('orders:read', 'orders:admin');
 * ```
 */
export function requireAnyScope(...scopes: string[]): Guard {
  return guard(scopesDemand(given('requireAnyScope', scopes, scopeRule), 'some'));
}

/**
 * Lets a request through whose token has all of these roles: those of its claim `roles`, else `role`, as one
 * text or as a list. Otherwise 403 `forbidden`.
 *
 * @example
 * ```ts
 * const guard = requireRoles('editor');
 * ```
 */
export function requireRoles(...roles: string[]): Guard {
  return guard(rolesDemand(given('requireRoles', roles, roleRule), 'every'));
}

/**
 * Lets a request through whose token has one of these roles; see {@link requireRoles}.
 *
 * @example
 * ```ts
 * const guard = requireAnyRole('editor', 'admin');
 * ```
 */
export function requireAnyRole(...roles: string[]): Guard {
  return guard(rolesDemand(given('requireAnyRole', roles, roleRule), 'some'));
}

/**
 * Lets a request through whose token has these claims with these values. Otherwise 403 `forbidden`.
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
    const message = 'requireClaims needs an object of claims, each a string, a number or a boolean';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  return guard({
    reason: 'forbidden',
    isMet: (claims) => pairs.every(([name, value]) => claimOf(claims, name) === value),
  });
}

export function scopesDemand(scopes: readonly string[], quantity: 'every' | 'some'): Demand {
  return {
    reason: 'insufficient_scope',
    scope: scopes.join(' '),
    isMet(claims) {
      const names = ['scope', 'scp', 'permissions'];
      const granted = namesIn(firstOf(claims, names), ' ');
      return scopes[quantity]((scope) => granted.includes(scope));
    },
  };
}

export function rolesDemand(roles: readonly string[], quantity: 'every' | 'some'): Demand {
  return {
    reason: 'forbidden',
    isMet(claims) {
      const granted = namesIn(firstOf(claims, ['roles', 'role']));
      return roles[quantity]((role) => granted.includes(role));
    },
  };
}

function guard(demand: Demand): Guard {
  return (target: object, second?: unknown, third?: unknown) => {
    const done = typeof third === 'function' ? third : undefined;
    try {
      const auth = getAuth(target);
      if (!demand.isMet(auth.payload)) throw refusal(demand, auth);
    } catch (error) {
      if (done) return done(error);
      throw error;
    }
    const next = done ?? second;
    return typeof next === 'function' ? next() : undefined;
  };
}

function refusal({ reason, scope }: Demand, auth: object): AuthError {
  return new AuthError(reason, { ...VerifiedAuth.challengeOf(auth), ...(scope && { scope }) });
}

function given(name: string, names: string[], rule: OptionRule): string[] {
  if (rule.test(names)) return names;
  throw usageError('ERR_OPTION_INVALID', `${name} needs ${rule.expected}`);
}

function firstOf(claims: object, names: readonly string[]): unknown {
  const name = names.find((name) => claimOf(claims, name) !== undefined);
  return name && claimOf(claims, name);
}

function claimOf(claims: object, name: string): unknown {
  return Object.hasOwn(claims, name) ? (claims as Record<string, unknown>)[name] : undefined;
}

function namesIn(claim: unknown, separator?: string): unknown[] {
  if (Array.isArray(claim)) return claim;
  return typeof claim === 'string' && separator ? claim.split(separator) : [claim];
}

function isPlainValue(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
