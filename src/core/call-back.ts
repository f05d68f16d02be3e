/** Calls a callback with the outcome of a promise. */

export type NodeCallback = (error: unknown, value?: unknown) => void;

/** Taken at import: test suites replace the global. */
const defer = queueMicrotask;

/**
 * Calls `done(null, value)` or `done(error)` once. Called outside the promise, so that an exception of the
 * callback is uncaught, as with jsonwebtoken, and not an unhandled rejection.
 */
export function callBack(outcome: Promise<unknown>, done: NodeCallback): void {
  outcome.then(
    (value) => defer(() => done(null, value)),
    (error) => defer(() => done(error)),
  );
}
