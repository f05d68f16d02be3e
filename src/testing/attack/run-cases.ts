/** Runs the cases of an attack between its controls. */

import { type Bait, openBait } from './bait.ts';
import type { AttackCase } from './cases/attack-case.ts';
import { checkControls } from './controls.ts';
import type { Forge } from './forge.ts';
import type { AttackFinding, SkippedCase } from './report.ts';
import { type Attempt, messageOf, type Outcome, type Target } from './target.ts';
import { terminalText } from './terminal-text.ts';

/** A target that needs longer for one token is noted. */
const SLOW_MS = 1000;

/** A target that hangs for forged tokens would take half an hour. */
const MAX_TIMEOUTS = 5;
const TOO_SLOW = `the target did not respond to ${MAX_TIMEOUTS} tokens in time`;

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
  const { findings, skipped, ...counts } = await sendAll(target, forge, cases);
  const ran = cases.length - skipped.length;
  const inconclusive = before ?? stopReason(ran, counts) ?? (await afterwards(target, forge));
  return { findings, skipped, ran, inconclusive };
}

async function sendAll(target: Target, forge: Forge, cases: readonly AttackCase[]) {
  const findings: AttackFinding[] = [];
  const skipped: SkippedCase[] = [];
  let timeouts = 0;
  let limited = 0;
  const needsBait = cases.some((row) => row.bait);
  // Without a port, the URLs of the tokens are of a host that does not exist.
  const bait = needsBait ? await openBait(forge).catch(() => undefined) : undefined;
  if (bait) forge.baitUrl = bait.origin;
  try {
    for (const row of cases) {
      const attempt = timeouts < MAX_TIMEOUTS ? prepare(row, target) : TOO_SLOW;
      if (typeof attempt === 'string') {
        skipped.push({ id: row.id, reason: attempt });
        continue;
      }
      const start = performance.now();
      const outcome = row.amidGenuine
        ? await sendAmidGenuine(target, forge, attempt)
        : await target.send(attempt);
      const elapsed = performance.now() - start;
      if (outcome.failure === 'timeout') timeouts++;
      if (outcome.failure === 'limited') {
        // The target has not looked at the token.
        limited++;
        skipped.push({ id: row.id, reason: outcome.text });
        continue;
      }
      const finding = findingOf(row, outcome, elapsed, bait);
      if (finding) findings.push(finding);
    }
  } finally {
    await bait?.close();
  }
  return { findings, skipped, timeouts, limited };
}

/** Sends genuine tokens before and after, without waiting: a verifier may mix up what it has not finished. */
async function sendAmidGenuine(target: Target, forge: Forge, attempt: Attempt): Promise<Outcome> {
  const genuine: Attempt = { token: forge.genuineToken(), request: undefined };
  const before = target.send(genuine);
  const outcome = target.send(attempt);
  await Promise.all([before, target.send(genuine)]);
  return outcome;
}

interface Counts {
  readonly timeouts: number;
  /** How many tokens a rate limit rejected. */
  readonly limited: number;
}

function stopReason(ran: number, { timeouts, limited }: Counts): string | undefined {
  if (timeouts >= MAX_TIMEOUTS) return TOO_SLOW;
  if (limited > 0) {
    return `the target responded with 429 to ${limited} tokens: lift its rate limit for the attack`;
  }
  return ran === 0 ? 'no case ran' : undefined;
}

async function afterwards(target: Target, forge: Forge): Promise<string | undefined> {
  const reason = await checkControls(target, forge);
  return reason && `after the attack, ${reason}`;
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

/** Returns what a report says about an outcome. */
function findingOf(
  { id, title, level, reference, bait: path }: AttackCase,
  { accepted, text, failure }: Outcome,
  elapsed: number,
  bait: Bait | undefined,
): AttackFinding | undefined {
  const outcome = terminalText(text);
  if (accepted) return { id, title, level, reference, outcome };
  if (path && bait?.wasFetched(path)) {
    // An attacker without a key lets the server send requests: RFC 8725 §3.10.
    const fetched = `fetched the URL in the header, and ${outcome}`;
    return { id, title, level: 'hole', reference: 'RFC 8725 §3.10, CWE-918', outcome: fetched };
  }
  if (failure) return { id, title, level: 'note', reference: FAILURES[failure], outcome };
  if (elapsed < SLOW_MS) return undefined;
  const late = `${outcome}, after ${Math.round(elapsed)} ms`;
  return { id, title, level: 'note', reference: FAILURES.timeout, outcome: late };
}

/** Uncaught errors, and uncontrolled consumption of resources. */
const FAILURES = { error: 'CWE-248', timeout: 'CWE-400', limited: 'CWE-770' };
