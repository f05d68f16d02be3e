/** Sends statements again that the database rolled back. */

import { setTimeout as sleep } from 'node:timers/promises';

/** What databases call an error: SQLSTATE in PostgreSQL, a number in MySQL. */
type Code = string | number;

const MAX_ATTEMPTS = 20;
const MAX_RETRY_DELAY_MS = 100;

/** Reports whether the error has one of the codes, or its cause: Drizzle wraps the errors of clients. */
export function hasCode(error: unknown, codes: readonly Code[]): boolean {
  return [error, Object(error).cause].map(Object).some(({ code, errno }) => {
    return codes.includes(code) || codes.includes(errno);
  });
}

/** Sends again while it fails with one of the codes. */
export async function retryOn<Result>(
  codes: readonly Code[],
  send: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !hasCode(error, codes)) throw error;
      await sleep(Math.random() * Math.min(MAX_RETRY_DELAY_MS, 2 ** attempt));
    }
  }
}
