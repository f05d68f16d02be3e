/** Recognises the client that a store is given by its methods. */

import { typeNameOf } from '../../core/option-rules.ts';
import { usageError } from '../../errors.ts';

/** Whether the value has the method. */
export function has<Name extends string>(
  value: unknown,
  name: Name,
): value is Record<Name, (...values: never[]) => unknown> {
  const holder = Object(value) as Record<string, unknown>;
  return typeof holder[name] === 'function';
}

/** Refuses what has none of the methods. */
export function checkMethods(value: unknown, names: readonly string[], argument: string): void {
  if (names.some((name) => has(value, name))) return;
  throw usageError(
    'ERR_OPTION_INVALID',
    `"${argument}" must have the method ${names.join(' or ')}, got ${typeNameOf(value)}`,
  );
}
