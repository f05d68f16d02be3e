/** Explains a token by what its verifier does. */

import type { KeyInput, KeySource } from '../core/keys/key-input.ts';
import type { VerifyOptions } from '../core/verify/classic-options.ts';
import { verifierPlan } from '../core/verify/create-verifier.ts';
import type { VerifierOptions } from '../core/verify/verifier-options.ts';
import { isErrorCode, KeySourceError } from '../errors.ts';
import type { Secret } from '../sign.ts';
import { callbackPlan, type GetPublicKeyOrSecret, type PublicKey } from '../verify.ts';
import type { Explanation } from './explanation.ts';
import { type Verification, watchEngine } from './watch-engine.ts';
import { writeExplanation } from './write-explanation.ts';

/**
 * Explains what `createVerifier(key, options)` does with a token: runs the same checks, and those that a
 * failed check left out. Calls a {@link KeySource} at most once, with the token and `context`.
 *
 * Never rejects because of the token. Rejects with what {@link createVerifier} throws, and for a wrong clock
 * or schema: TypeError.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const token = sign({ sub: 'ada', aud: 'web' }, JWT_SECRET, { expiresIn: -60 });
 * const { outcome, checks } = await explain(token, JWT_SECRET, { audience: 'api' });
 * console.log(outcome); // → rejected
 * for (const { check, status } of checks) if (status === 'failed') console.log(check); // → exp, aud
 * ```
 */
export async function explain(
  token: unknown,
  key: KeyInput | KeySource,
  options: VerifierOptions = {},
  context?: unknown,
): Promise<Explanation> {
  const keys = typeof key === 'function' ? 'source' : 'given';
  return explainVerification({ ...verifierPlan(key, options), token, context, keys });
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
  options?: VerifyOptions,
): Promise<Explanation> {
  const isAsync = typeof key === 'function';
  const plan = callbackPlan(key, options);
  const keys = isAsync ? 'source' : 'given';
  return explainVerification({ plan, isAsync, token, context: undefined, keys });
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
  options: VerifierOptions = {},
): Promise<Explanation> {
  const { plan, isAsync } = verifierPlan(() => null, options);
  return explainVerification({ plan, isAsync, token, context: undefined, keys: 'none' });
}

async function explainVerification(verification: Verification): Promise<Explanation> {
  const observation = await watchEngine(verification);
  if (isAboutArguments(observation.error, verification)) throw observation.error;
  return writeExplanation(verification, observation);
}

/** Whether the caller passed something wrong: an unset variable must not look like a wrong token. */
function isAboutArguments(error: unknown, { keys }: Verification): boolean {
  const { code } = Object(error) as { code?: unknown };
  if (error instanceof KeySourceError || !isErrorCode(code)) return false;
  // A function of the caller finds no key for this token.
  const isAboutKey = code === 'ERR_KEY_MISSING' || code === 'ERR_KEY_INVALID';
  return code === 'ERR_OPTION_INVALID' || (isAboutKey && keys === 'given');
}
