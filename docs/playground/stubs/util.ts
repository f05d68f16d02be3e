/** What the engine uses of `node:util`. */

export const types = {
  isRegExp: (value: unknown): value is RegExp => value instanceof RegExp,
  isPromise: (value: unknown): value is Promise<unknown> => value instanceof Promise,
};

/** Imported beside what the page uses, and never called: it is not in the bundle. */
export const promisify = undefined;
