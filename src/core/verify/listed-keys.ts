/** Lists the keys of key sources that the library creates, for hints of explanations. */

import type { KeyObject } from 'node:crypto';

/** A key that a source holds. */
export interface ListedKey {
  readonly kid: string | undefined;
  readonly key: KeyObject;
}

type Lister = () => readonly ListedKey[];

/** A member of the source, because each bundle has this file: a WeakMap would be another in each. */
const LISTER = Symbol.for('jotkit.listKeys');

/** Adds how to list the keys of a source. `list` must not fetch. Returns the source. */
export function withLister<Source extends object>(source: Source, list: Lister): Source {
  // Copies of two members: those who hold the source can call this, and a key of a ring can sign.
  const value = () => list().map(({ kid, key }) => ({ kid, key }));
  return Object.defineProperty(source, LISTER, { __proto__: null, value } as never);
}

/** Returns the keys that a source holds now. Undefined for a source of the caller. */
export function listKeys(source: unknown): readonly ListedKey[] | undefined {
  if (typeof source !== 'function' || !Object.hasOwn(source, LISTER)) return undefined;
  return (source as unknown as Record<symbol, Lister>)[LISTER]?.();
}
