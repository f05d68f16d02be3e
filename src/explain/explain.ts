/** Explains a token by what its verifier does. */

import type { KeyInput, KeySource } from '../core/keys/key-input.ts';
import type { VerifyOptions } from '../core/verify/classic-options.ts';
import { verifierPlan } from '../core/verify/create-verifier.ts';
import { listKeys } from '../core/verify/listed-keys.ts';
import type { VerifierOptions } from '../core/verify/verifier-options.ts';
import type { Secret } from '../sign.ts';
import { callbackPlan, type GetPublicKeyOrSecret, type PublicKey } from '../verify.ts';
import { type ExplainOptions, takeRedact } from './explain-options.ts';
import { type ExplanationParts, explainVerification } from './explain-verification.ts';
import type { Explanation } from './explanation.ts';
import { findKeyHints } from './hints-key.ts';
import { type WatchedKey, watchKeyFunction, watchSource } from './watch-source.ts';

/** More keys than this are not tried for one token. */
const MAX_KEYS = 16;

/**
 * Explains what `createVerifier(key, options)` does with a token: runs the same checks, and those that a
 * failed check left out. Calls a {@link KeySource} at most once, with the token and `context`.
 *
 * Never rejects because of the token. Rejects with what `createVerifier` throws, and for a wrong clock
 * or schema: TypeError.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const token = sign({ sub: 'ada', aud: 'web' }, JWT_SECRET, { expiresIn: -60 });
 * const { outcome, checks } = await explain(token, JWT_SECRET, { audience: 'api' });
 * const failed = checks.filter(({ status }) => status === 'failed').map(({ check }) => check);
 * console.log(outcome, failed.join(' and ')); // → rejected exp and aud
 * ```
 */
export async function explain(
  token: unknown,
  key: KeyInput | KeySource,
  options: ExplainOptions = {},
  context?: unknown,
): Promise<Explanation> {
  const { redact, rest } = takeRedact(options);
  const watched = watchSource(key);
  const { plan, isAsync } = verifierPlan(watched.key, rest);
  const keys = typeof key === 'function' ? 'source' : 'given';
  const parts = partsOf(key, watched, rest);
  return explainVerification({ plan, isAsync, token, context, keys }, { ...parts, redact });
}

/**
 * Explains what `verify(token, key, options)` does. The key can be a function `(header, callback)`: the
 * explanation is then that of `verify` with a callback.
 *
 * Never rejects because of the token. Rejects with what `verify` throws for a wrong option or a wrong key.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const token = sign({ sub: 'ada' }, JWT_SECRET, { expiresIn: -60 });
 * console.log((await explainClassic(token, JWT_SECRET)).message); // → jwt expired
 * ```
 */
export async function explainClassic(
  token: unknown,
  key: Secret | PublicKey | KeyInput | GetPublicKeyOrSecret,
  options?: VerifyOptions & Pick<ExplainOptions, 'redact'>,
): Promise<Explanation> {
  const { redact, rest } = takeRedact(options);
  const watched = watchKeyFunction(key);
  const plan = callbackPlan(watched.key, rest);
  const isAsync = typeof key === 'function';
  const keys = isAsync ? 'source' : 'given';
  const parts = partsOf(key, watched, rest);
  return explainVerification(
    { plan, isAsync, token, context: undefined, keys },
    { ...parts, redact },
  );
}

/**
 * Explains a token without a key: its form, its header and its claims. The checks `key` and `signature` are
 * skipped, so the outcome is never `accepted`: it is `failed`, or `rejected` if no key could help.
 *
 * Never rejects because of the token. Rejects with TypeError for a wrong option.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const { outcome, verified } = await explainUnverified(sign({ sub: 'ada' }, JWT_SECRET));
 * console.log(outcome, verified); // → failed false
 * ```
 */
export async function explainUnverified(
  token: unknown,
  options: ExplainOptions = {},
): Promise<Explanation> {
  const { redact, rest } = takeRedact(options);
  const { plan, isAsync } = verifierPlan(() => null, rest);
  const parts = { redact, findKeyHints: () => [], isKeyErrorForeign: () => false };
  return explainVerification({ plan, isAsync, token, context: undefined, keys: 'none' }, parts);
}

/** What an explanation says about the key of the caller. */
function partsOf(
  key: unknown,
  { found, hasReturned }: WatchedKey,
  options: unknown,
): Omit<ExplanationParts, 'redact'> {
  const isFunction = typeof key === 'function';
  return {
    findKeyHints(observation) {
      const inputs = isFunction ? [found()].flat().slice(0, MAX_KEYS) : [key];
      // Now: the verification may have fetched them.
      const listed = listKeys(key) ?? [];
      const namesAlgorithms = hasAlgorithms(options);
      return findKeyHints({ inputs, listed, namesAlgorithms }, observation);
    },
    isKeyErrorForeign: () => isFunction && !hasReturned() && !listKeys(key),
  };
}

function hasAlgorithms(options: unknown): boolean {
  const own = Object(options) as VerifierOptions;
  return Object.hasOwn(own, 'algorithms') && own.algorithms !== undefined;
}
