/** Attacks code that verifies tokens. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { usageError } from '../../errors.ts';
import { AttackError } from './attack-error.ts';
import {
  type AttackOptions,
  type AttackSettings,
  checkNames,
  readOptions,
} from './attack-options.ts';
import { allCases } from './cases/all-cases.ts';
import type { AttackCase } from './cases/attack-case.ts';
import {
  type IssuerFixtures,
  readFixtures,
  type SigningFixtures,
  type TokenFixtures,
} from './fixtures.ts';
import { Forge } from './forge.ts';
import { openTarget } from './open-target.ts';
import type { AttackFinding, AttackReport } from './report.ts';
import { type ReportData, reportText } from './report-text.ts';
import { runCases } from './run-cases.ts';

/**
 * Attacks code that verifies tokens: sends it about 300 forged tokens, and reports those that it
 * accepts.
 *
 * `target` is one of these:
 *
 * - A function that receives a token. To reject it, the function throws, or returns or resolves to `false`,
 *   `null` or `undefined`.
 * - An application `(request, response)`, such as that of Express. The kit starts it on a free port of
 *   127.0.0.1, and closes the port at the end. 2xx accepts a token.
 * - The `http:` URL of a server of yours on `localhost`, 127.0.0.0/8 or `[::1]`. Other hosts are rejected.
 *   Redirects are not followed.
 *
 * `fixtures` say what a genuine token is. The target must reject tokens that differ from it in `iss` or
 * `aud`. Before and after the forged tokens, controls check that genuine ones are accepted. If a control
 * fails, the report is `inconclusive`, and not `ok`.
 *
 * The only errors are TypeErrors for wrong fixtures, options and URLs, with the code `ERR_OPTION_INVALID` or
 * that of the key.
 *
 * @example
 * ```ts
 * const { JWT_PRIVATE_KEY = '', JWT_PUBLIC_KEY = '' } = process.env;
 * const issuer = 'https://id.example';
 * const verify = createVerifier(JWT_PUBLIC_KEY, { issuer, audience: 'api' });
 * const report = await attack(verify, {
 *   key: JWT_PRIVATE_KEY,
 *   algorithm: 'EdDSA',
 *   claims: { sub: 'ada', iss: issuer, aud: 'api' },
 * });
 * report.assert();
 * ```
 */
export function attack(
  target: (token: string) => unknown,
  fixtures: SigningFixtures | TokenFixtures | IssuerFixtures,
  options?: AttackOptions,
): Promise<AttackReport>;
export function attack(
  target: ((request: IncomingMessage, response: ServerResponse) => unknown) | string | URL,
  fixtures: SigningFixtures | TokenFixtures | IssuerFixtures,
  options?: AttackOptions,
): Promise<AttackReport>;
export async function attack(
  input: unknown,
  fixtures: unknown,
  options: AttackOptions = {},
): Promise<AttackReport> {
  const settings = readOptions(options);
  const forge = new Forge(readFixtures(fixtures));
  const all = allCases(forge, settings.carrier);
  checkNames(
    settings.names,
    all.map(({ id }) => id),
  );
  const target = await openTarget(input, settings, forge.genuineToken());
  const isOverHttp = target.kind === 'http';
  const cases = all.filter(({ id, request }) => settings.includes(id) && (isOverHttp || !request));
  try {
    const result = await runCases(target, forge, cases);
    return createReport(result, forge, cases, settings);
  } finally {
    await target.close();
  }
}

type Result = Awaited<ReturnType<typeof runCases>>;

function createReport(
  { findings, skipped, ran, inconclusive }: Result,
  forge: Forge,
  cases: readonly AttackCase[],
  { failOn }: AttackSettings,
): AttackReport {
  const ofLevel = (level: string): AttackFinding[] => findings.filter((row) => row.level === level);
  const [holes, faults, notes] = [ofLevel('hole'), ofLevel('fault'), ofLevel('note')];
  const counted = { hole: [holes], fault: [holes, faults], note: [holes, faults, notes] }[failOn];
  const ok = inconclusive === undefined && counted.flat().length === 0;
  const data: ReportData = { ok, cases: ran, holes, faults, notes, skipped, inconclusive };
  const report: AttackReport = {
    ...data,
    reproduce(id) {
      forge.renew();
      return reproduce(id, cases);
    },
    assert() {
      if (!ok) throw new AttackError(reportText(data), report);
    },
    toString: () => reportText(data),
  };
  return report;
}

function reproduce(id: string, cases: readonly AttackCase[]): string {
  const found = cases.find((row) => row.id === id);
  if (!found) throw usageError('ERR_OPTION_INVALID', `no case of this attack has the id "${id}"`);
  try {
    return found.forge();
  } catch (error) {
    throw usageError('ERR_OPTION_INVALID', `"${id}" was skipped: ${(error as Error).message}`);
  }
}
