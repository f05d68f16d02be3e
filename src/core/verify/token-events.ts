/** Publishes verified and rejected tokens on channels of node:diagnostics_channel. */

import { channel } from 'node:diagnostics_channel';
import { isErrorCode } from '../../errors.ts';
import { isThenable } from '../thenable.ts';
import type { Fault } from '../token/fault.ts';
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

/** Runs a verification and publishes the error that it throws, or with which its promise rejects. */
export function publishError<Result>(run: () => Result): Result {
  if (!rejected.hasSubscribers) return run();
  const publish = (error: unknown): never => {
    publishCode((Object(error) as { code?: unknown }).code);
    throw error;
  };
  try {
    const result = run();
    return isThenable(result) ? (result.then(undefined, publish) as Result) : result;
  } catch (error) {
    return publish(error);
  }
}

/** Publishes a rejection that is not thrown. */
export function publishFault({ code, details }: Fault): void {
  if (rejected.hasSubscribers) publishCode(details?.error ? details.error.code : code);
}

function publishCode(code: unknown): void {
  rejected.publish({ code: isErrorCode(code) ? code : undefined });
}

/** Own members of a verified header; nothing else of a token is published. */
function algAndKid({ header }: ParsedToken): { alg: unknown; kid: unknown } {
  return { alg: header.alg, kid: Object.hasOwn(header, 'kid') ? header.kid : undefined };
}
