/** Bounds the time of an operation that cannot be cancelled. */

/**
 * Resolves or rejects as the operation does, or after `milliseconds` rejects with a DOMException named
 * `TimeoutError`. The operation continues. What it then resolves to or rejects with is ignored.
 */
export async function withDeadline<Result>(
  operation: () => Result | PromiseLike<Result>,
  milliseconds: number,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DOMException(`no response for ${milliseconds} ms`, 'TimeoutError'));
    }, milliseconds);
  });
  try {
    // race() handles both promises, so a late rejection is not an unhandled one.
    return await Promise.race([operation(), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
