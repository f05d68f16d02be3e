/**
 * Tests of code that verifies tokens: an attack kit, and an issuer that rotates and fails.
 *
 * @module jotkit/testing
 */

export { AttackError } from './attack-error.ts';
export type { AttackFinding, AttackLevel, AttackReport } from './report.ts';
