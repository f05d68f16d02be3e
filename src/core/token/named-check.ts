/** Rules as named data: the engine runs them, and explanations list them. */

import type { Fault } from './fault.ts';

/**
 * The name of a check, in the order in which checks run (RFC 7519 §7.2).
 *
 * @example
 * ```ts
 * const check: CheckName = 'aud';
 * ```
 */
export type CheckName =
  | 'token'
  | 'crit'
  | 'typ'
  | 'alg'
  | 'signed'
  | 'kid'
  | 'key'
  | 'signature'
  | 'payload'
  | 'nbf'
  | 'exp'
  | 'aud'
  | 'iss'
  | 'sub'
  | 'jti'
  | 'nonce'
  | 'iat'
  | 'maxAge'
  | 'required'
  | 'kind'
  | 'schema';

/** One rule. Runs with the header, or with the claims and the time in seconds since 1970. */
export interface NamedCheck<Subject extends readonly unknown[]> {
  readonly name: CheckName;
  /** What the rule allows, for explanations. Undefined if the name says it all. */
  readonly expected: unknown;
  run(...subject: Subject): Fault | undefined;
}
