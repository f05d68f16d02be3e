/** Bounds the time of an operation that cannot be cancelled. */

/**
 * Resolves or rejects as the operation does, or after `milliseconds` rejects with a DOMException named
 * `TimeoutError`. The operation continues, and its signal is aborted. What it then resolves to or rejects
 * with is ignored.
 */
export async function withDeadline<Result>(
  operation: (signal: AbortSignal) => Result | PromiseLike<Result>,
  milliseconds: number,
): Promise<Result> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new DOMException(`no response for ${milliseconds} ms`, 'TimeoutError');
      controller.abort(error);
      reject(error);
    }, milliseconds);
  });
  try {
    // race() handles both promises, so a late rejection is not an unhandled one.
    return await Promise.race([operation(controller.signal), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
