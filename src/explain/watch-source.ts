/** Notes what a key source or a key function returns, so that no hint has to call it again. */

import { isThenable } from '../core/thenable.ts';

/** A key argument that is watched. */
export interface WatchedKey {
  /** The key itself, or a function that calls that of the caller. */
  readonly key: unknown;
  /** What the caller's function returned. Undefined before, and if it failed. */
  found(): unknown;
  /** Whether it returned. If not, the error is what the caller's function threw. */
  hasReturned(): boolean;
}

/** Watches a key source. A key that is no function stays as it is. */
export function watchSource(key: unknown): WatchedKey {
  return watch(key, (source, note) => (token: unknown, context: unknown) => {
    const found: unknown = source(token, context);
    if (!isThenable(found)) return note(found);
    // Not the same object: to wait twice for a lazy query runs it twice.
    return Promise.resolve(found).then(note);
  });
}

/** Watches a function `(header, callback)` of the jsonwebtoken-compatible API. */
export function watchKeyFunction(key: unknown): WatchedKey {
  return watch(key, (lookUp, note) => (header: unknown, callback: Callback) => {
    let hasFailed = false;
    const fail = (error: unknown) => {
      hasFailed = true;
      callback(error, undefined);
    };
    return lookUp(header, (error: unknown, found: unknown) => {
      if (error) return fail(error);
      // The first call counts: without a return behind the error, there is a second one.
      if (!hasFailed) note(found);
      callback(error, found);
    });
  });
}

type Callback = (error: unknown, key: unknown) => void;
type AnyFunction = (...args: unknown[]) => unknown;

function watch(
  key: unknown,
  wrap: (call: AnyFunction, note: (found: unknown) => unknown) => unknown,
): WatchedKey {
  let noted: { found: unknown } | undefined;
  const note = (found: unknown) => {
    noted ??= { found };
    return found;
  };
  return {
    key: typeof key === 'function' ? wrap(key as AnyFunction, note) : key,
    found: () => noted?.found,
    hasReturned: () => noted !== undefined,
  };
}
