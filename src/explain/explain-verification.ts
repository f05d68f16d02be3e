/** Puts an explanation together: what the engine did, hints, and redaction. */

import { KeySourceError } from '../errors.ts';
import type { Explanation, Hint } from './explanation.ts';
import { findClaimHints } from './hints-claims.ts';
import { findFormHints } from './hints-form.ts';
import { codeOf } from './reason.ts';
import { type Redact, redactExplanation } from './redact.ts';
import { type Observation, type Verification, watchEngine } from './watch-engine.ts';
import { writeExplanation } from './write-explanation.ts';

/** What an explanation holds besides what the engine did. */
export interface ExplanationParts {
  /** Finds the hints about keys: an argument, because a browser has no node:crypto to try keys with. */
  findKeyHints(observation: Observation): readonly Hint[];
  readonly redact: Redact | undefined;
  /** Whether the error of the check `key`, if any, is of a function of the caller. */
  isKeyErrorForeign(): boolean;
}

export async function explainVerification(
  verification: Verification,
  { findKeyHints, redact, isKeyErrorForeign }: ExplanationParts,
): Promise<Explanation> {
  const observation = await watchEngine(verification);
  if (isAboutArguments(observation.error, verification)) throw observation.error;
  const hints = [
    ...findFormHints(verification, observation),
    ...findKeyHints(observation),
    ...findClaimHints(verification, observation),
  ];
  const explanation = writeExplanation(verification, observation, hints);
  if (redact === undefined) return explanation;
  return redactExplanation(explanation, redact, isKeyErrorForeign());
}

/** Whether the caller passed something wrong: an unset variable must not look like a wrong token. */
function isAboutArguments(error: unknown, { keys }: Verification): boolean {
  if (error instanceof KeySourceError) return false;
  const code = codeOf(error);
  // A function of the caller finds no key for this token.
  const isAboutKey = code === 'ERR_KEY_MISSING' || code === 'ERR_KEY_INVALID';
  return code === 'ERR_OPTION_INVALID' || (isAboutKey && keys === 'given');
}
