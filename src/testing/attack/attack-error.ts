/** The error of an attack that found something. */

import type { AttackReport } from './report.ts';

/**
 * Thrown by `report.assert()`. The message lists what was found.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const fixtures = { key: JWT_SECRET, algorithm: 'HS256', claims: { sub: 'ada' } } as const;
 * try {
 *   (await attack(createVerifier(JWT_SECRET), fixtures)).assert();
 * } catch (error) {
 *   if (error instanceof AttackError) console.log(error.report.holes.length);
 * }
 * ```
 */
export class AttackError extends Error {
  readonly report: AttackReport;

  constructor(message: string, report: AttackReport) {
    super(message);
    this.name = 'AttackError';
    this.report = report;
  }
}
