/** Publishes verified and rejected tokens on channels of node:diagnostics_channel. */

import { channel } from 'node:diagnostics_channel';
import { errorCodes } from '../../errors.ts';
import { isThenable } from '../keys/import-key.ts';
import type { ParsedToken } from '../token/token.ts';

/** `{ alg, kid }` of a token that passed every check. */
const verified = channel('jotkit:verified');

/** `{ code }` of the error; undefined if a function of the caller threw it. */
const rejected = channel('jotkit:rejected');

/** `{ alg, kid }` of a token whose signature is in the cache. */
const cacheHit = channel('jotkit:cache-hit');

export function publishVerified(token: ParsedToken): void {
  if (verified.hasSubscribers) verified.publish(algAndKid(token));
}

export function publishCacheHit(token: ParsedToken): void {
  if (cacheHit.hasSubscribers) cacheHit.publish(algAndKid(token));
}

/** Runs a verification and publishes why it is rejected, now or when its promise is. */
export function publishRejection<Result>(run: () => Result): Result {
  if (!rejected.hasSubscribers) return run();
  const publish = (error: unknown): never => {
    const { code } = Object(error) as { code?: PropertyKey };
    rejected.publish({ code: Object.hasOwn(errorCodes, code ?? '') ? code : undefined });
    throw error;
  };
  try {
    const result = run();
    return isThenable(result) ? (result.then(undefined, publish) as Result) : result;
  } catch (error) {
    return publish(error);
  }
}

/** Own members of a verified header; nothing else of a token is published. */
function algAndKid({ header }: ParsedToken): { alg: unknown; kid: unknown } {
  return { alg: header.alg, kid: Object.hasOwn(header, 'kid') ? header.kid : undefined };
}
