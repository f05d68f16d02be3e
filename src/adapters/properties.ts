/** Sets the properties of a request that hold its user, under names that the application can choose. */

import { isPlainObject, type OptionRule } from '../core/option-rules.ts';
import type { Auth } from '../http/auth.ts';

/**
 * Other names for what an adapter sets, for example because another library sets `user`.
 *
 * @example
 * ```ts
 * const properties: Properties = { auth: 'jotkit', user: false };
 * ```
 */
export type Properties<Name extends string = 'auth' | 'user'> = {
  /** Another name, or `false` to set nothing. `getAuth` finds the user in any case. */
  readonly [Each in Name]?: string | false;
};

/** A name that is not inherited by every object, so that setting it replaces nothing of the language. */
const isName = (value: unknown) =>
  typeof value === 'string' && /^[a-z_$][\w$]*$/i.test(value) && !(value in Object.prototype);

export function propertiesRule(...names: string[]): OptionRule {
  return {
    expected: `an object with other names for ${names.join(', ')}, each a different identifier, or false`,
    test(value) {
      if (!isPlainObject(value)) return false;
      const chosen = Object.entries(value);
      const all = Object.values(namesOf(names, value as Properties<string>)).filter(Boolean);
      return (
        chosen.every(([name, own]) => names.includes(name) && (own === false || isName(own))) &&
        new Set(all).size === all.length
      );
    },
  };
}

/** Returns the chosen name of each property; by default its own. */
export function namesOf<Name extends string>(
  names: readonly Name[],
  properties: Properties<Name> = {},
): Record<Name, string | false> {
  const own = (name: Name) => (Object.hasOwn(properties, name) ? properties[name] : name);
  return Object.fromEntries(names.map((name) => [name, own(name)])) as Record<Name, string | false>;
}

/** Returns what sets the two properties: to the token and its user, or after a rejection to `undefined`. */
export function compileProperties(properties: Properties | undefined) {
  const { auth: authName, user: userName } = namesOf(['auth', 'user'], properties);
  return (target: object, auth: Auth<object, unknown> | undefined): void => {
    if (authName) (target as Record<string, unknown>)[authName] = auth;
    if (userName) (target as Record<string, unknown>)[userName] = auth?.user;
  };
}
