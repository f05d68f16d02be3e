/** Defines the options of explanations. */

import * as option from '../core/option-rules.ts';
import type { VerifierOptions } from '../core/verify/verifier-options.ts';
import type { Redact } from './redact.ts';

/**
 * Options of `explain` and `explainUnverified`: those of {@link VerifierOptions}, and `redact`.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const options: ExplainOptions = { audience: 'api', redact: true };
 * const { payload } = await explain(sign({ sub: 'ada' }, JWT_SECRET), JWT_SECRET, options);
 * console.log(Object(payload).sub); // → [redacted]
 * ```
 */
export interface ExplainOptions extends VerifierOptions {
  /**
   * Replaces the values of claims, for logs and reports: with `true` of all but `exp`, `nbf`, `iat`, `iss` and
   * `aud`, with a list of the claims that it names. Values are also removed from checks, messages and hints.
   * `error`, which JSON and spreading omit, keeps them. Default: false.
   */
  redact?: boolean | readonly string[];
}

const redactRules: option.OptionRules = {
  redact: {
    expected: 'a boolean or a non-empty array of names of claims',
    test: (value) => option.boolean.test(value) || option.stringList.test(value),
  },
};

/** Separates `redact` from the options of the verifier. */
export function takeRedact(options: unknown): { redact: Redact | undefined; rest: unknown } {
  if (!Object.hasOwn(Object(options), 'redact')) return { redact: undefined, rest: options };
  const { redact, ...rest } = option.copyOwnProperties(options as object);
  option.checkOption('redact', redact, redactRules);
  return {
    redact: redact === false ? undefined : (redact as Redact),
    // An instance of a class is not allowed as options: the verifier says so.
    rest: option.isPlainObject(options) ? rest : options,
  };
}
