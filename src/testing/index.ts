/**
 * Tests of code that verifies tokens: an attack kit, and an issuer that rotates and fails.
 *
 * @module jotkit/testing
 */

export { AttackError } from './attack-error.ts';
export { createTestIssuer, type TestIssuer } from './issuer.ts';
export type { TokenFault } from './issuer-faults.ts';
export type { TestIssuerOptions } from './issuer-options.ts';
export type { OutageKind } from './issuer-outages.ts';
export type { IssuerRequest } from './issuer-responder.ts';
export type { AttackFinding, AttackLevel, AttackReport } from './report.ts';
