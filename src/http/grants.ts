/** Reads the scopes and roles of a token from where its issuer puts them. */

import { isJsonObject } from '../core/encoding/strict-json.ts';
import { isString, type OptionRule, typeNameOf } from '../core/option-rules.ts';
import { ownClaim } from '../core/token/claim-checks.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { usageError } from '../errors.ts';

/**
 * Where a token has its roles or scopes:
 *
 * - a string is a path of members: `'realm_access.roles'`;
 * - an array of one string is an exact name, which can contain dots: `['https://app.example/roles']`;
 * - a function receives the payload and returns an array of strings. Anything else throws TypeError.
 *
 * @example
 * ```ts
 * const rolesFrom: GrantSource[] = [
 *   'realm_access.roles',
 *   ['cognito:groups'],
 *   ({ groups }) => (Array.isArray(groups) ? groups.map((group) => `team:${group}`) : []),
 * ];
 * ```
 */
export type GrantSource<Claims extends object = JwtPayload> =
  | string
  | readonly [name: string]
  | GrantReader<Claims>['read'];

/** A method, so that options for more exact claims are options for any claims. */
interface GrantReader<Claims> {
  read(payload: Claims): readonly string[];
}

/** What reads the scopes and the roles of a payload. */
export interface Grants {
  scopesOf(payload: object): readonly string[];
  rolesOf(payload: object): readonly string[];
}

export const grantSourceRule: OptionRule = {
  expected: 'a path such as "realm_access.roles", an array of one name, or a function',
  test(value) {
    if (typeof value === 'function') return true;
    if (Array.isArray(value)) return value.length === 1 && isName(value[0]);
    return typeof value === 'string' && value.split('.').every(isName);
  },
};

const isName = (value: unknown) => typeof value === 'string' && value !== '';

/** Without options: `scope`, else `scp`, else `permissions`; `roles`, else `role`. */
export function compileGrants(
  scopesFrom?: GrantSource<never>,
  rolesFrom?: GrantSource<never>,
): Grants {
  const scopes = compileSource('scopesFrom', scopesFrom, ['scope', 'scp', 'permissions']);
  const roles = compileSource('rolesFrom', rolesFrom, ['roles', 'role']);
  return {
    // A scope contains no space; a role can.
    scopesOf: (payload) => namesIn(scopes(payload), ' '),
    rolesOf: (payload) => namesIn(roles(payload)),
  };
}

export const defaultGrants = compileGrants();

function compileSource(
  option: string,
  source: GrantSource<never> | undefined,
  defaults: readonly string[],
): (payload: object) => unknown {
  if (source === undefined) return (payload) => firstClaim(payload, defaults);
  if (typeof source === 'function') {
    return (payload) => {
      const names: unknown = source(payload as never);
      if (Array.isArray(names)) return names;
      const message = `"${option}" must return an array of strings, got ${typeNameOf(names)}`;
      throw usageError('ERR_OPTION_INVALID', message);
    };
  }
  const path = typeof source === 'string' ? source.split('.') : [...source];
  // Own members only: a polluted Object.prototype grants no role.
  return (payload) => path.reduce<unknown>(memberOf, payload);
}

function memberOf(value: unknown, name: string): unknown {
  return isJsonObject(value) ? ownClaim(value, name) : undefined;
}

function firstClaim(payload: object, names: readonly string[]): unknown {
  for (const name of names) {
    const claim = ownClaim(payload, name);
    if (claim !== undefined) return claim;
  }
  return undefined;
}

/** Only strings are names: `[['admin']]`, `{ admin: true }` and `true` grant nothing. */
function namesIn(claim: unknown, separator?: string): readonly string[] {
  // Keycloak writes an empty string for a token without scopes.
  if (claim === '') return [];
  if (typeof claim === 'string') return separator ? claim.split(separator) : [claim];
  if (!Array.isArray(claim)) return [];
  // A copy would cost a third of a request.
  return claim.every(isString) ? claim : claim.filter(isString);
}
