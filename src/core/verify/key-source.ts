/** Finds the keys of a token through a key source. */

import { isErrorCode, JsonWebTokenError, KeySourceError, usageError } from '../../errors.ts';
import { type Algorithm, allAlgorithms, type BoundKey, isAlgorithm } from '../keys/algorithms.ts';
import { bind, type Key, type KeyArgument } from '../keys/key.ts';
import { cachedKeys } from '../keys/key-cache.ts';
import { type checkSize, defaultsOf, isCompatible } from '../keys/key-checks.ts';
import type { KeySource } from '../keys/key-input.ts';
import { isThenable } from '../thenable.ts';
import { Fault } from '../token/fault.ts';
import { algOf, type JwtHeader } from '../token/header.ts';
import { algCheck, INVALID_ALGORITHM, kidCheck, signedCheck } from '../token/header-checks.ts';
import { reasonOf } from './no-keys.ts';
import type { FoundKeys, KeyFinder, VerificationPlan } from './verify-token.ts';

/** More keys than this are not tried for one token. */
const MAX_CANDIDATE_KEYS = 16;

/** An unusable key is a failure of the source: it says nothing about the token. */
const sourceArgument: KeyArgument = {
  role: 'verify',
  name: 'the key from the key source',
  missing: 'the key from the key source is empty',
  invalid: (code, message) => new KeySourceError(message, usageError(code, message)),
  mismatch: (code, message) => new KeySourceError(message, usageError(code, message)),
};

/** Checks the header before it calls the source: a rejected `alg` or `kid` costs no look-up. */
export function keysFromSource(
  source: KeySource,
  named: readonly Algorithm[] | 'default',
  checkKeySize?: typeof checkSize,
): KeyFinder {
  const isDefault = named === 'default';
  const alg = algCheck((isDefault ? allAlgorithms : named).filter((name) => name !== 'none'));
  const findKeys: VerificationPlan['findKeys'] = (token, context) => {
    const { header } = token;
    const resolveKeys = (found: unknown): FoundKeys => {
      if (found === null || found === undefined) return keyNotFound(header);
      // Checked again after the look-up: allow-list, header and key must agree as they are now.
      const fault = alg.run(token);
      if (fault) return fault;
      const name = algOf(header) as Algorithm;
      const keys = cachedKeys(found, sourceArgument);
      const fitting: BoundKey[] = [];
      for (const key of keys) {
        if (!isCompatible(name, key, 'verify')) continue;
        // Before the default algorithm: the error of a small key names the remedy.
        checkKeySize?.(name, key, sourceArgument);
        if (!isDefault || defaultsOf(key, 'verify').includes(name)) fitting.push(bind(name, key));
      }
      return fitting.length > 0
        ? fitting
        : otherAlgorithm(name, keys, isDefault ? undefined : named);
    };
    let found: unknown;
    try {
      found = source(token, context);
    } catch (error) {
      return sourceFault(error);
    }
    if (!isThenable(found)) return resolveAll(found, resolveKeys, header);
    return Promise.resolve(found).then(
      (found) => resolveAll(found, resolveKeys, header),
      sourceFault,
    );
  };
  return { headerChecks: [signedCheck, alg, kidCheck], findKeys, canThrow: true };
}

/** Names the `kid`, which is short and printable here: checkKid comes before the look-up. */
export function keyNotFound(header: Readonly<JwtHeader>, reason?: string): Fault {
  const kid = Object.hasOwn(header, 'kid') ? ` with the "kid" ${JSON.stringify(header.kid)}` : '';
  const detail = reason === undefined ? '' : `: ${reason}`;
  return new Fault('ERR_KEY_NOT_FOUND', `no key was found for this token${kid}${detail}`);
}

function isWeakKey(error: unknown): error is KeySourceError {
  if (!(error instanceof KeySourceError)) return false;
  return (error.cause as { code?: string } | undefined)?.code === 'ERR_KEY_WEAK';
}

/** A source can reject the token itself. Any other error than a rejection of the token says nothing about the token. */
function sourceFault(error: unknown): Fault {
  if (error instanceof JsonWebTokenError) {
    const { code, message, claim } = error;
    return new Fault(isErrorCode(code) ? code : 'ERR_KEY_NOT_FOUND', message, claim, { error });
  }
  throw error instanceof KeySourceError
    ? error
    : new KeySourceError('the key source failed', error);
}

/** The keys that fit the token, in order; if there are none, the first reason why. */
function resolveAll(
  found: unknown,
  resolveKeys: (found: unknown) => FoundKeys,
  header: Readonly<JwtHeader>,
): FoundKeys {
  if (!Array.isArray(found)) return resolveKeys(found);
  const keys: BoundKey[] = [];
  let reason: (() => FoundKeys) | undefined;
  for (const one of found.slice(0, MAX_CANDIDATE_KEYS)) {
    try {
      const resolved = resolveKeys(one);
      if (resolved instanceof Fault) reason ??= () => resolved;
      else keys.push(...resolved);
    } catch (error) {
      reason ??= () => {
        // The client selects the key of a set: a weak one must not look like a failure of the source.
        if (isWeakKey(error)) return keyNotFound(header, error.message);
        throw error;
      };
    }
  }
  if (keys.length > 0) return keys.slice(0, MAX_CANDIDATE_KEYS);
  return reason ? reason() : keyNotFound(header, reasonOf(found));
}

/** The Fault of an `alg` that the keys could verify, but only if the caller names it. */
export function otherAlgorithm(
  alg: string,
  keys: readonly Key[],
  named: readonly Algorithm[] | undefined,
): Fault {
  const couldVerify = (key: Key) => isAlgorithm(alg) && isCompatible(alg, key, 'verify');
  if (named || !keys.some(couldVerify)) return INVALID_ALGORITHM;
  return notDefaultAlgorithm(new Set(keys.flatMap((key) => defaultsOf(key, 'verify'))));
}

/** The Fault of an `alg` that fits the key, but is not one of its defaults. */
export function notDefaultAlgorithm(defaults: Iterable<string>): Fault {
  const names = [...defaults].join(', ');
  const message = `invalid algorithm: this key verifies ${names} unless "algorithms" names another`;
  return new Fault('ERR_HEADER_ALG', message);
}
