/**
 * Tests of code that verifies tokens: an attack kit, and an issuer that rotates and fails.
 *
 * @module jotkit/testing
 */

export { attack } from './attack/attack.ts';
export { AttackError } from './attack/attack-error.ts';
export type { AttackOptions } from './attack/attack-options.ts';
export type { IssuerFixtures, SigningFixtures, TokenFixtures } from './attack/fixtures.ts';
export type { AttackFinding, AttackLevel, AttackReport, SkippedCase } from './attack/report.ts';
export { createTestIssuer, type TestIssuer } from './issuer/create-test-issuer.ts';
export type { TokenFault } from './issuer/faults.ts';
export type { TestIssuerOptions } from './issuer/options.ts';
export type { OutageKind } from './issuer/outages.ts';
export type { IssuerRequest } from './issuer/responder.ts';
