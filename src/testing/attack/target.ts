/** Sends a token to a function that verifies. */

import { isThenable } from '../../core/thenable.ts';
import type { CaseRequest } from './cases/attack-case.ts';

/** What a target did with a token. */
export interface Outcome {
  readonly accepted: boolean;
  /** What happened, in the words of the report. */
  readonly text: string;
  /** How the target failed instead of rejecting. */
  readonly failure: 'error' | 'timeout' | 'limited' | undefined;
}

/** What a case sends: a token alone, or a request that carries it. */
export interface Attempt {
  readonly token: string;
  readonly request: CaseRequest | undefined;
}

/** Something that accepts or rejects tokens. */
export interface Target {
  readonly kind: 'function' | 'http';
  /** Why the target cannot receive this attempt at all. */
  undeliverable(attempt: Attempt): string | undefined;
  send(attempt: Attempt): Promise<Outcome>;
  close(): Promise<void>;
}

/** Verifies a token: returns or resolves to anything but `false`, `null` and `undefined` to accept it. */
export type VerifyFunction = (token: string) => unknown;

/** Creates the target for a function. A call that takes longer than `timeout` milliseconds is a failure. */
export function functionTarget(verify: VerifyFunction, timeout: number): Target {
  return {
    kind: 'function',
    undeliverable: () => undefined,
    async send({ token }) {
      try {
        const result: unknown = verify(token);
        return outcomeOf(isThenable(result) ? await within(timeout, result) : result);
      } catch (error) {
        // A report is for logs, and some libraries quote the token.
        const message =
          token === '' ? messageOf(error) : messageOf(error).replaceAll(token, '[token]');
        return { accepted: false, text: `rejected: ${message}`, failure: undefined };
      }
    },
    close: async () => {},
  };
}

const TIMED_OUT = Symbol('timed out');

function outcomeOf(result: unknown): Outcome {
  if (result === TIMED_OUT)
    return { accepted: false, text: 'no result in time', failure: 'timeout' };
  const isRejection = result === false || result === null || result === undefined;
  if (isRejection) return { accepted: false, text: `rejected: ${result}`, failure: undefined };
  return { accepted: true, text: 'accepted', failure: undefined };
}

async function within(timeout: number, result: PromiseLike<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, timeout, TIMED_OUT);
  });
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The message of what a target threw: any value, also one that cannot be read. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message || error.name : error);
  } catch {
    return 'a value without text';
  }
}
