/**
 * Tests of code that verifies tokens: an attack kit, and an issuer that rotates and fails.
 *
 * @module jotkit/testing
 */

export { attack } from './attack.ts';
export { AttackError } from './attack-error.ts';
export type { AttackOptions } from './attack-options.ts';
export type { IssuerFixtures, SigningFixtures, TokenFixtures } from './fixtures.ts';
export { createTestIssuer, type TestIssuer } from './issuer.ts';
export type { TokenFault } from './issuer-faults.ts';
export type { TestIssuerOptions } from './issuer-options.ts';
export type { OutageKind } from './issuer-outages.ts';
export type { IssuerRequest } from './issuer-responder.ts';
export type { AttackFinding, AttackLevel, AttackReport, SkippedCase } from './report.ts';
