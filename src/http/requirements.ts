/** What options and guards require of a verified token. */

import { type OptionRule, typeNameOf } from '../core/option-rules.ts';
import { ownClaim } from '../core/token/claim-checks.ts';
import { usageError } from '../errors.ts';
import { type Auth, VerifiedAuth } from './auth.ts';
import { shownList } from './printable.ts';
import { isScope } from './scope.ts';

/** Why a token does not satisfy a requirement. */
export interface Unmet {
  readonly reason: 'insufficient_scope' | 'forbidden';
  readonly scope?: string;
  /** The rule, for the log. */
  readonly rule: string;
}

/** Checks a verified token, given the request or context. Returns `undefined` for one that satisfies it. */
export type Requirement = (auth: Auth<object, unknown>, context: object) => Unmet | undefined;

type Quantity = 'every' | 'some';

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

export function scopesRequirement(scopes: readonly string[], quantity: Quantity): Requirement {
  const unmet: Unmet = {
    reason: 'insufficient_scope',
    scope: scopes.join(' '),
    rule: `the token must have ${namesRule('scope', scopes, quantity)}`,
  };
  return (auth) => {
    const granted = scopesOf(auth);
    return scopes[quantity]((scope) => granted.includes(scope)) ? undefined : unmet;
  };
}

/**
 * Returns the scopes of a verified token, as the guards read them, with those that they imply.
 *
 * @example
 * ```ts
 * const canWrite = (request: object) => scopesOf(getAuth(request)).includes('orders:write');
 * ```
 */
export function scopesOf(auth: Pick<Auth<object, unknown>, 'payload'>): readonly string[] {
  if (auth instanceof VerifiedAuth) return auth.scopes;
  return VerifiedAuth.settingsOf(auth).grants.scopesOf(auth.payload);
}

export function rolesRequirement(roles: readonly string[], quantity: Quantity): Requirement {
  const unmet: Unmet = {
    reason: 'forbidden',
    rule: `the token must have ${namesRule('role', roles, quantity)}`,
  };
  return (auth) => {
    const granted = VerifiedAuth.settingsOf(auth).grants.rolesOf(auth.payload);
    return roles[quantity]((role) => granted.includes(role)) ? undefined : unmet;
  };
}

export function claimsRequirement(
  pairs: ReadonlyArray<readonly [name: string, value: unknown]>,
): Requirement {
  const names = pairs.map(([name]) => name);
  const unmet: Unmet = {
    reason: 'forbidden',
    rule: `the claims ${shownList(names, ' and ')} must have the values of requireClaims`,
  };
  return ({ payload }) => {
    return pairs.every(([name, value]) => ownClaim(payload, name) === value) ? undefined : unmet;
  };
}

export function predicateRequirement(isAllowed: Predicate): Requirement {
  const unmet: Unmet = { reason: 'forbidden', rule: 'the function of requireAuth returned false' };
  return (auth, context) => {
    const result = isAllowed(auth, context);
    if (typeof result === 'boolean') return result ? undefined : unmet;
    const message = `the function of requireAuth must return a boolean, got ${typeNameOf(result)}`;
    throw usageError('ERR_OPTION_INVALID', message);
  };
}

type Predicate = (auth: Auth<object, unknown>, context: object) => unknown;

export function everyRequirement(requirements: readonly Requirement[]): Requirement {
  return (auth, context) => {
    for (const requirement of requirements) {
      const unmet = requirement(auth, context);
      if (unmet) return unmet;
    }
    return undefined;
  };
}

/** Of several reasons, a client can act on missing scopes, so these are named. */
export function someRequirement(requirements: readonly Requirement[]): Requirement {
  return (auth, context) => {
    const all: Unmet[] = [];
    for (const requirement of requirements) {
      const unmet = requirement(auth, context);
      if (!unmet) return undefined;
      all.push(unmet);
    }
    const named = all.find(({ scope }) => scope) ?? all[0];
    return { reason: 'forbidden', ...named, rule: all.map(({ rule }) => rule).join(', or ') };
  };
}

function namesRule(kind: string, names: readonly string[], quantity: Quantity): string {
  return `the ${kind} ${shownList(names, quantity === 'every' ? ' and ' : ' or ')}`;
}
