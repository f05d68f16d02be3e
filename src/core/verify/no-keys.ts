/** Gives an empty list of keys a reason, for the error that a verifier throws. */

const reasons = new WeakMap<object, string>();

/** Returns an empty list: key sources can be combined, and none has to throw. */
export function noKeys(reason: string): readonly never[] {
  const list: never[] = [];
  reasons.set(list, reason);
  return list;
}

/** Returns the reason of an empty list, if it has one. */
export function reasonOf(found: unknown): string | undefined {
  return typeof found === 'object' && found !== null ? reasons.get(found) : undefined;
}
