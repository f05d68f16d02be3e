/** Lists the keys of key sources that the library creates, for hints of explanations. */

import type { KeyObject } from 'node:crypto';

/** A key that a source holds. */
export interface ListedKey {
  readonly kid: string | undefined;
  readonly key: KeyObject;
}

type Lister = () => readonly ListedKey[];

const listers = new WeakMap<object, Lister>();

/** Registers how to list the keys of a source. `list` must not fetch. Returns the source. */
export function withLister<Source extends object>(source: Source, list: Lister): Source {
  listers.set(source, list);
  return source;
}

/** Returns the keys that a source holds now. Undefined for a source of the caller. */
export function listKeys(source: unknown): readonly ListedKey[] | undefined {
  return typeof source === 'function' ? listers.get(source)?.() : undefined;
}
