/** Finds the keys of a token through a key source. */

import { JsonWebTokenError, KeySourceError, usageError } from '../../errors.ts';
import { type Algorithm, allAlgorithms, type BoundKey, isAlgorithm } from '../keys/algorithms.ts';
import { isThenable } from '../keys/import-key.ts';
import { bind, type Key, type KeyArgument } from '../keys/key.ts';
import { cachedKeys } from '../keys/key-cache.ts';
import { type checkSize, defaultsOf, isCompatible } from '../keys/key-checks.ts';
import type { KeySource } from '../keys/key-input.ts';
import { Fault } from '../token/fault.ts';
import { algOf, checkAlg, checkKid, INVALID_ALGORITHM } from '../token/header-checks.ts';
import type { JwtHeader, ParsedToken } from '../token/token.ts';
import { reasonOf } from './no-keys.ts';
import type { FoundKeys, VerificationPlan } from './verify-token.ts';

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
): VerificationPlan['findKeys'] {
  const isDefault = named === 'default';
  const algorithms = (isDefault ? allAlgorithms : named).filter((alg) => alg !== 'none');
  return (token, context) => {
    const { header } = token;
    const fault = checkSigned(token) ?? checkAlg(header, algorithms) ?? checkKid(header);
    if (fault) return fault;

    const resolveKeys = (found: unknown): FoundKeys => {
      if (found === null || found === undefined) return keyNotFound(header);
      // Checked again after the look-up: allow-list, header and key must agree as they are now.
      const fault = checkAlg(header, algorithms);
      if (fault) return fault;
      const alg = algOf(header) as Algorithm;
      const keys = cachedKeys(found, sourceArgument);
      const fitting = keys.filter((key) => {
        return isDefault
          ? defaultsOf(key, 'verify').includes(alg)
          : isCompatible(alg, key, 'verify');
      });
      // The size first: its error names the remedy.
      const sized =
        fitting.length > 0 ? fitting : keys.filter((key) => isCompatible(alg, key, 'verify'));
      for (const key of sized) checkKeySize?.(alg, key, sourceArgument);
      if (fitting.length === 0) return otherAlgorithm(alg, keys, isDefault ? undefined : named);
      return fitting.map((key) => bind(alg, key));
    };
    const found = callSource(source, token, context);
    return found instanceof Promise
      ? found.then((found) => resolveAll(found, resolveKeys, header))
      : resolveAll(found, resolveKeys, header);
  };
}

/** Names the `kid`, which is short and printable here: checkKid comes before the look-up. */
function keyNotFound(header: Readonly<JwtHeader>, reason?: string): Fault {
  const kid = Object.hasOwn(header, 'kid') ? ` with the "kid" ${JSON.stringify(header.kid)}` : '';
  const detail = reason === undefined ? '' : `: ${reason}`;
  return new Fault('ERR_KEY_NOT_FOUND', `no key was found for this token${kid}${detail}`);
}

function isWeakKey(error: unknown): error is KeySourceError {
  if (!(error instanceof KeySourceError)) return false;
  return (error.cause as { code?: string } | undefined)?.code === 'ERR_KEY_WEAK';
}

/** What the source returns, or the Fault of a token that the source rejects itself. */
function callSource(source: KeySource, token: ParsedToken, context: unknown): unknown {
  try {
    const found: unknown = source(token, context);
    return isThenable(found) ? Promise.resolve(found).catch(sourceFault) : found;
  } catch (error) {
    return sourceFault(error);
  }
}

/** Any other error than a rejection of the token says nothing about the token. */
function sourceFault(error: unknown): Fault {
  if (error instanceof JsonWebTokenError) {
    return new Fault(error.code ?? 'ERR_KEY_NOT_FOUND', error.message, error.claim, { error });
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
  if (found instanceof Fault) return found;
  const keys: BoundKey[] = [];
  let reason: (() => FoundKeys) | undefined;
  for (const one of Array.isArray(found) ? found.slice(0, MAX_CANDIDATE_KEYS) : [found]) {
    try {
      const resolved = resolveKeys(one);
      if (resolved instanceof Fault) reason ??= () => resolved;
      else keys.push(...resolved);
    } catch (error) {
      reason ??= () => {
        // The client selects the key of a set: a weak one must not look like a failure of the source.
        if (Array.isArray(found) && isWeakKey(error)) return keyNotFound(header, error.message);
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
  const defaults = [...new Set(keys.flatMap((key) => defaultsOf(key, 'verify')))].join(', ');
  const message = `invalid algorithm: this key verifies ${defaults} unless "algorithms" names another`;
  return new Fault('ERR_HEADER_ALG', message);
}

const NOT_SIGNED = new Fault('ERR_SIGNATURE_MISSING', 'jwt signature is required');

/** An empty signature is no signature, whatever the header says. */
export function checkSigned(token: ParsedToken): Fault | undefined {
  return token.signature ? undefined : NOT_SIGNED;
}
