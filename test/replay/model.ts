/** Runs random steps on a replay store and on a plain map, and compares the results. */

import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { ReplayStore } from '../../src/replay/index.ts';

/** Clocks of three servers, in milliseconds ahead of the first. */
const clocks = fc.constantFrom(0, 25_000, 50_000);

const step = fc.record({
  /** Milliseconds since the last step: most are short, some reach the end of every identifier. */
  wait: fc.oneof(fc.nat(10), fc.nat(40_000), fc.constant(130_000)),
  ahead: clocks,
  id: fc.nat(3),
  /** How long the identifier is valid by the clock of the step. */
  lifetime: fc.oneof(fc.integer({ min: -1, max: 2 }), fc.integer({ min: 1000, max: 70_000 })),
  /** Identifiers that are used first: enough for a purge. */
  others: fc.constantFrom(0, 0, 0, 100),
  purges: fc.boolean(),
});

/** Checks that the store accepts what a map accepts that deletes nothing, whichever clock a server has. */
export async function checkAgainstModel(store: ReplayStore, runs: number): Promise<void> {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
    const run = randomUUID();
    const ends = new Map<string, number>();
    // Stores such as Redis expire keys by their own clock: its time and that of the first server agree.
    let time = Date.now();
    for (const { wait, ahead, id, lifetime, others, purges } of steps) {
      time += wait;
      const now = time + ahead;
      const uses = Array.from({ length: others }, () => store.use(randomUUID(), now + 1000, now));
      expect((await Promise.all(uses)).every(Boolean)).toBe(true);
      if (purges) await store.purge?.(now, 10);
      const [name, until] = [`${run} ${id}`, now + lifetime];
      const isFirst = until > now && (ends.get(name) ?? 0) <= now;
      if (isFirst) ends.set(name, until);
      expect(await store.use(name, until, now)).toBe(isFirst);
    }
  });
  await fc.assert(property, { numRuns: runs });
}
