/** What an explanation of a token holds. */

import type { CheckName } from '../core/token/named-check.ts';
import type { ErrorCode } from '../errors.ts';

/**
 * One check of a token, passed, failed or not run.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const { checks } = await explain('a.b.c', JWT_SECRET);
 * const failed: ExplainedCheck | undefined = checks.find(({ status }) => status === 'failed');
 * console.log(failed?.check); // → token
 * ```
 */
export interface ExplainedCheck {
  readonly check: CheckName;
  /** `skipped`: a check before it failed in a way that leaves nothing to check. */
  readonly status: 'passed' | 'failed' | 'skipped';
  /** What the options allow. Absent if the name of the check says it all. */
  readonly expected?: unknown;
  /** What the token has. */
  readonly actual?: unknown;
  /** Of a failed check. */
  readonly code?: ErrorCode;
  readonly message?: string;
  /** The section of the RFC that the check follows. */
  readonly rfc: string;
}

/**
 * What may have caused a failed check, found by trying. A hint never changes the outcome.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const { hints } = await explain(`Bearer ${sign({ sub: 'ada' }, JWT_SECRET)}`, JWT_SECRET);
 * const hint: Hint | undefined = hints[0];
 * console.log(hint?.hint); // → bearer-prefix
 * ```
 */
export interface Hint {
  readonly hint: HintName;
  /** What is wrong and what to change, in one or two sentences. */
  readonly text: string;
  /** The check that it is about. `milliseconds` can be about one that passed. */
  readonly check: CheckName;
}

/**
 * The name of a {@link Hint}.
 *
 * @example
 * ```ts
 * const name: HintName = 'secret-base64';
 * ```
 */
export type HintName =
  | 'bearer-prefix'
  | 'quotes'
  | 'white-space'
  | 'encrypted'
  | 'padding'
  | 'secret-base64'
  | 'secret-hex'
  | 'secret-line-end'
  | 'secret-text'
  | 'public-key-for-hmac'
  | 'key-type'
  | 'pem-line-ends'
  | 'kid-unknown'
  | 'kid-mismatch'
  | 'milliseconds'
  | 'clock'
  | 'near'
  | 'other-issuer';

/**
 * Everything that a verifier checks about one token, and the outcome. Holds no token, signature or key.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const explanation: Explanation = await explain(sign({ sub: 'ada' }, JWT_SECRET), JWT_SECRET);
 * console.log(explanation.outcome); // → accepted
 * ```
 */
export interface Explanation {
  /**
   * `accepted` or `rejected` as the verifier does. `failed`: the verifier could not find out, for example
   * because the key source failed.
   */
  readonly outcome: 'accepted' | 'rejected' | 'failed';
  /** The error of the verifier. Not enumerable, so that JSON and logs do not show it. */
  readonly error: Error | undefined;
  readonly code: ErrorCode | undefined;
  readonly message: string | undefined;
  /** The claim that the error is about, for the `ERR_CLAIM_…` codes. */
  readonly claim: string | undefined;
  /** Whether the signature was verified. If not, header and payload are what an attacker can write. */
  readonly verified: boolean;
  /** Undefined if the token cannot be parsed. */
  readonly header: Readonly<Record<string, unknown>> | undefined;
  /** The claims, or undefined if they cannot be parsed. A string is possible with the jsonwebtoken API. */
  readonly payload: unknown;
  /** The time of the checks, in seconds since 1970. */
  readonly at: number;
  /** In the order in which the verifier runs them. */
  readonly checks: readonly ExplainedCheck[];
  readonly hints: readonly Hint[];
}
