/** Finds the key of a token by a `(header, callback)` function of the caller. */

import { defineHidden, tokenError } from '../../errors.ts';
import { isThenable } from '../thenable.ts';
import type { JwtHeader } from '../token/header.ts';
import type { ParsedToken } from '../token/token.ts';

/** Finds a key, or rejects with why not. */
export type KeyLookUp = (token: ParsedToken) => Promise<unknown>;

type KeyFunction = (
  header: JwtHeader,
  callback: (error: Error | null, key?: unknown) => void,
) => unknown;

export function lookUpWith(lookUp: KeyFunction): KeyLookUp {
  return (token) => {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => reject(lookUpFailure(error));
      try {
        // A new header: programs written for jsonwebtoken change it, and the token's is shared.
        const returned: unknown = lookUp(token.readHeader(), (error, key) =>
          error ? fail(error) : resolve(key),
        );
        // The result of an async function is ignored, but its rejection must reach the callback.
        if (isThenable(returned)) returned.then(undefined, fail);
      } catch (error) {
        fail(error);
      }
    });
  };
}

function lookUpFailure(cause: unknown): Error {
  const message = `error in secret or public key callback: ${messageOf(cause)}`;
  const error = tokenError('ERR_KEY_SOURCE', message);
  defineHidden(error, 'cause', cause);
  return error;
}

/** The message of whatever the look-up failed with. It may be no string, or throw when it is read. */
function messageOf(cause: unknown): string {
  try {
    return String((Object(cause) as { message?: unknown }).message);
  } catch {
    return 'unknown error';
  }
}
