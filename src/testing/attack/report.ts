/** What an attack found. */

/**
 * How bad a finding is.
 *
 * - `hole`: the target accepts a token that an attacker can write without the key, or one that the
 *   fixtures exclude.
 * - `fault`: only the issuer or the holder of a genuine token can write the token, but an RFC says that it
 *   must be rejected.
 * - `note`: hardening.
 *
 * @example
 * ```ts
 * const failOn: AttackLevel = 'fault';
 * ```
 */
export type AttackLevel = 'hole' | 'fault' | 'note';

/**
 * One token that the target should have rejected, or a way in which the target behaved badly.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const fixtures = { key: JWT_SECRET, algorithm: 'HS256', claims: { sub: 'ada' } } as const;
 * const { holes } = await attack(createVerifier(JWT_SECRET), fixtures);
 * const first: AttackFinding | undefined = holes[0];
 * console.log(first?.title); // → undefined
 * ```
 */
export interface AttackFinding {
  /** Names the case for `only`, `skip` and `reproduce`: its class and name, such as `claims/exp-string`. */
  readonly id: string;
  /** What the token is, in a few words. */
  readonly title: string;
  readonly level: AttackLevel;
  /** The RFC section, and an advisory if a library had the bug. */
  readonly reference: string;
  /** What the target did. */
  readonly outcome: string;
}

/**
 * A case that could not run.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const fixtures = { key: JWT_SECRET, algorithm: 'HS256', claims: { sub: 'ada' } } as const;
 * const { skipped } = await attack(createVerifier(JWT_SECRET), fixtures);
 * const reasons = skipped.map(({ reason }: SkippedCase) => reason);
 * console.log(reasons[0]); // → the claims of the fixtures have no "iss"
 * ```
 */
export interface SkippedCase {
  readonly id: string;
  readonly reason: string;
}

/**
 * The result of an attack.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const fixtures = { key: JWT_SECRET, algorithm: 'HS256', claims: { sub: 'ada' } } as const;
 * const report: AttackReport = await attack(createVerifier(JWT_SECRET), fixtures);
 * report.assert();
 * ```
 */
export interface AttackReport {
  /** Whether the controls passed and nothing was found at the level of `failOn` or above. */
  readonly ok: boolean;
  /** How many cases ran. */
  readonly cases: number;
  readonly holes: readonly AttackFinding[];
  readonly faults: readonly AttackFinding[];
  readonly notes: readonly AttackFinding[];
  /** Cases that could not run. Those that `only` and `skip` exclude are not in it. */
  readonly skipped: readonly SkippedCase[];
  /** Why the result says nothing about the target; undefined if the controls passed. */
  readonly inconclusive: string | undefined;
  /**
   * Returns the token of a case, forged anew, for a test of your own. Throws TypeError for an unknown id and
   * for a case that was skipped.
   */
  reproduce(id: string): string;
  /** Throws {@link AttackError} unless `ok`. */
  assert(): void;
  /** The report as text for a terminal. */
  toString(): string;
}
