/** Separates the options of an adapter from those of the authenticator. */

import {
  checkOption,
  copyOwnProperties,
  isPlainObject,
  type OptionRules,
  typeNameOf,
} from '../core/option-rules.ts';
import { usageError } from '../errors.ts';

/** Checks the options that `rules` name. The others are for `createAuthenticator`, which checks them. */
export function splitOptions<Own extends object, Rest extends object>(
  options: object,
  rules: OptionRules,
): { own: Own; rest: Rest } {
  if (!isPlainObject(options)) {
    throw usageError('ERR_OPTION_INVALID', `options must be an object, got ${typeNameOf(options)}`);
  }
  // Copies, so that a getter cannot change after the check; without a prototype, which could be polluted.
  const rest = Object.assign(Object.create(null), copyOwnProperties(options));
  const own = Object.create(null);
  for (const name of Object.keys(rules).filter((name) => Object.hasOwn(rest, name))) {
    checkOption(name, rest[name], rules);
    own[name] = rest[name];
    Reflect.deleteProperty(rest, name);
  }
  return { own, rest };
}
