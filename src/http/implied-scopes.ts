/** Adds the scopes that other scopes imply. */

import { isPlainObject, isString, type OptionRule, typeNameOf } from '../core/option-rules.ts';
import { usageError } from '../errors.ts';

/**
 * Which scopes a scope implies: an object, or a function of one scope. What is implied can imply more. At most
 * 256 scopes result.
 *
 * @example
 * ```ts
 * const implies: ImpliedScopes = { 'files:admin': ['files:write'], 'files:write': 'files:read' };
 * ```
 */
export type ImpliedScopes =
  | Readonly<Record<string, string | readonly string[]>>
  | ((scope: string) => string | readonly string[] | undefined);

/** Returns the scopes with those that they imply; never fewer. */
export type Widen = (scopes: readonly string[]) => readonly string[];

const isScopes = (value: unknown) => {
  return isString(value) || (Array.isArray(value) && [...value].every(isString));
};

export const impliesRule: OptionRule = {
  expected: 'a function, or an object from scopes to a scope or an array of scopes',
  test(value) {
    if (!isPlainObject(value)) return typeof value === 'function';
    return Object.values(value).every(isScopes);
  },
};

const MAX_SCOPES = 256;

/** `implies` has passed its rule. */
export function compileImplies(implies: ImpliedScopes): Widen {
  const impliedBy = typeof implies === 'function' ? checked(implies) : ownMembers(implies);
  return (scopes) => {
    const all = new Set(scopes);
    // A Set also iterates what is added meanwhile.
    for (const scope of all) {
      for (const implied of impliedBy(scope)) {
        if (all.size >= MAX_SCOPES) return [...all];
        all.add(implied);
      }
    }
    return [...all];
  };
}

/** Read once: the object can change later, and an inherited member, such as `constructor`, implies nothing. */
function ownMembers(implies: Readonly<Record<string, string | readonly string[]>>) {
  const byScope = new Map(
    Object.entries(implies).map(([scope, scopes]) => [scope, [scopes].flat()]),
  );
  return (scope: string): readonly string[] => byScope.get(scope) ?? [];
}

function checked(implies: (scope: string) => string | readonly string[] | undefined) {
  return (scope: string): readonly string[] => {
    const scopes: unknown = implies(scope) ?? [];
    if (isScopes(scopes)) return [scopes as string | readonly string[]].flat();
    const message = `"implies" must return a scope, an array of scopes or undefined, got ${typeNameOf(scopes)}`;
    throw usageError('ERR_OPTION_INVALID', message);
  };
}
