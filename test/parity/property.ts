/** Runs a property on generated cases, with a seed that can be given again. */

import fc from 'fast-check';
import { afterAll, beforeAll, vi } from 'vitest';
import { NOW } from './cases.ts';
import { type Difference, explain } from './differences.ts';
import { type Outcome, same } from './outcome.ts';

/** Replays a run: PARITY_SEED=… as the message of a failure gives it. */
const seed = Number(process.env['PARITY_SEED'] ?? 20_240_229);

/** Cases of all properties together; CI runs more. */
const total = Number(process.env['PARITY_CASES'] ?? 12_000);

/** How many of a thousand cases each property gets. */
export type Share = number;

export function numRuns(share: Share): number {
  return Math.max(1, Math.ceil((total * share) / 1000));
}

/** Only the date is frozen: what waits goes on waiting. */
export function freezeTime(): void {
  beforeAll(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  });
  afterAll(() => {
    vi.useRealTimers();
  });
}

/** Compares what two libraries make of a case at its time. */
export function compare<Case extends object>(
  given: Case,
  differences: readonly Difference<Case>[],
  run: (library: 'ours' | 'theirs', given: Case) => Outcome,
): void {
  const at = (library: 'ours' | 'theirs', other: Case) => {
    vi.setSystemTime('now' in other ? Number(other.now) : NOW);
    return run(library, other);
  };
  const ours = at('ours', given);
  const theirs = at('theirs', given);
  if (same(theirs, ours) || explain(differences, given, ours, (other) => at('theirs', other)))
    return;
  throw disagreement(theirs, ours);
}

export function disagreement(theirs: Outcome, ours: Outcome): Error {
  return new Error(
    `9.0.3: ${fc.stringify(theirs)}\nours: ${fc.stringify(ours)}\nreplay with PARITY_SEED=${seed} PARITY_CASES=${total}`,
  );
}

export function check<Case>(
  cases: fc.Arbitrary<Case>,
  share: Share,
  property: (given: Case) => void,
): void {
  fc.assert(fc.property(cases, property), { seed, numRuns: numRuns(share) });
}

export async function checkAsync<Case>(
  cases: fc.Arbitrary<Case>,
  share: Share,
  property: (given: Case) => Promise<void>,
): Promise<void> {
  await fc.assert(fc.asyncProperty(cases, property), { seed, numRuns: numRuns(share) });
}
