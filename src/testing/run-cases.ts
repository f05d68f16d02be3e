/** Runs the cases of an attack between its controls. */

import { type Bait, openBait } from './bait.ts';
import type { AttackCase } from './cases/attack-case.ts';
import { checkControls } from './controls.ts';
import type { Forge } from './forge.ts';
import type { AttackFinding, SkippedCase } from './report.ts';
import { type Attempt, messageOf, type Target } from './target.ts';
import { terminalText } from './terminal-text.ts';

/** A target that needs longer for one token is noted. */
const SLOW_MS = 1000;

export interface AttackResult {
  readonly findings: AttackFinding[];
  readonly skipped: SkippedCase[];
  /** How many cases were sent. */
  readonly ran: number;
  readonly inconclusive: string | undefined;
}

/** Runs cases one after the other. Forged tokens are sent even if the first controls fail. */
export async function runCases(
  target: Target,
  forge: Forge,
  cases: readonly AttackCase[],
): Promise<AttackResult> {
  const before = await checkControls(target, forge);
  const bait = cases.some((row) => row.bait) ? await openBait(forge) : undefined;
  const findings: AttackFinding[] = [];
  const skipped: SkippedCase[] = [];
  try {
    if (bait) forge.baitUrl = bait.url;
    for (const row of cases) {
      const attempt = prepare(row, target);
      if (typeof attempt === 'string') skipped.push({ id: row.id, reason: attempt });
      else findings.push(...(await tryCase(row, attempt, target, bait)));
    }
  } finally {
    await bait?.close();
  }
  const after = before === undefined ? await checkControls(target, forge) : undefined;
  const ran = cases.length - skipped.length;
  const inconclusive = before ?? (after && `after the attack, ${after}`);
  return { findings, skipped, ran, inconclusive: inconclusive ?? noneRan(ran) };
}

function noneRan(ran: number): string | undefined {
  return ran === 0 ? 'no case ran' : undefined;
}

/** Forges the token of a case, or returns why it cannot run. */
function prepare({ forge, request }: AttackCase, target: Target): Attempt | string {
  try {
    const token = forge();
    const attempt = { token, request: request?.(token) };
    return target.undeliverable(attempt) ?? attempt;
  } catch (error) {
    // Also what node:crypto throws if it lacks an algorithm.
    return messageOf(error);
  }
}

async function tryCase(
  row: AttackCase,
  attempt: Attempt,
  target: Target,
  bait: Bait | undefined,
): Promise<AttackFinding[]> {
  const start = performance.now();
  const { accepted, text, failed } = await target.send(attempt);
  const elapsed = Math.round(performance.now() - start);
  const { id, title, level, reference } = row;
  const outcome = terminalText(text);
  if (accepted) return [{ id, title, level, reference, outcome }];
  if (row.bait && bait?.wasFetched(row.bait)) {
    // The server fetches what an attacker without a key names: server-side request forgery.
    return [
      {
        id,
        title,
        level: 'hole',
        reference: 'RFC 8725 §3.10, CWE-918',
        outcome: `fetched the URL; ${outcome}`,
      },
    ];
  }
  if (failed) return [{ id, title, level: 'note', reference: 'CWE-248', outcome }];
  if (elapsed < SLOW_MS) return [];
  return [
    { id, title, level: 'note', reference: 'CWE-400', outcome: `${outcome}, after ${elapsed} ms` },
  ];
}
