/** Checks which methods the client of a store has. */

import { typeNameOf } from '../core/option-rules.ts';
import { usageError } from '../errors.ts';

/** Reports whether the value has the method. */
export function hasMethod<Name extends string>(
  value: unknown,
  name: Name,
): value is Record<Name, (...values: never[]) => unknown> {
  return typeof (Object(value) as Record<string, unknown>)[name] === 'function';
}

/** Throws TypeError if the value has none of the methods. */
export function checkMethods(value: unknown, names: readonly string[], argument: string): void {
  if (names.some((name) => hasMethod(value, name))) return;
  throw usageError(
    'ERR_OPTION_INVALID',
    `"${argument}" must have the method ${names.join(' or ')}, got ${typeNameOf(value)}`,
  );
}
