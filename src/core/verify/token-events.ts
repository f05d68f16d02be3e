/** What others may watch through node:diagnostics_channel: tokens that are verified or refused. */

import { channel } from 'node:diagnostics_channel';
import { errorCodes } from '../../errors.ts';
import { isThenable } from '../keys/import-key.ts';
import type { ParsedToken } from '../token/token.ts';

/** `{ alg, kid }` of a token that passed everything. */
const verified = channel('jotkit:verified');

/** `{ code }` of the error; undefined where it was thrown by a function of the caller. */
const rejected = channel('jotkit:rejected');

/** `{ alg, kid }` of a token whose signature was known. */
const cacheHit = channel('jotkit:cache-hit');

export function publishVerified(token: ParsedToken): void {
  if (verified.hasSubscribers) verified.publish(namesIn(token));
}

export function publishCacheHit(token: ParsedToken): void {
  if (cacheHit.hasSubscribers) cacheHit.publish(namesIn(token));
}

/** Lets a verification run and tells why it refuses, now or later. */
export function publishRejection<Result>(run: () => Result): Result {
  if (!rejected.hasSubscribers) return run();
  const tell = (error: unknown): never => {
    const { code } = Object(error) as { code?: PropertyKey };
    rejected.publish({ code: Object.hasOwn(errorCodes, code ?? '') ? code : undefined });
    throw error;
  };
  try {
    const result = run();
    return isThenable(result) ? (result.then(undefined, tell) as Result) : result;
  } catch (error) {
    return tell(error);
  }
}

/** Own members of a header that is proved; nothing else of a token leaves here. */
function namesIn({ header }: ParsedToken): { alg: unknown; kid: unknown } {
  return { alg: header.alg, kid: Object.hasOwn(header, 'kid') ? header.kid : undefined };
}
