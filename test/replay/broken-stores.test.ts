/** Checks that every law detects a store that breaks it. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { ReplayStore } from '../../src/replay/index.ts';
import { replayLaws } from '../../src/replay/stores/conformance.ts';

interface Flaws {
  /** Returns the key of an identifier. */
  key?: (id: string) => string;
  isExpired?: (end: number, now: number) => boolean;
  /** Waits between reading and writing. */
  waits?: boolean;
  /** Rejects this call. */
  rejects?: (uses: number) => boolean;
  movesEnd?: boolean;
  acceptsExpired?: boolean;
  storesExpired?: boolean;
  /** Deletes what expired this long ago. */
  skew?: number;
  ignoresLimit?: boolean;
  purgesAll?: boolean;
  purgesNothing?: boolean;
  keepsFirstEnd?: boolean;
}

const SKEW_MS = 60_000;

/** A store as a user writes it, with a purge after every hundredth use. */
function createPlainStore(flaws: Flaws = {}): Required<ReplayStore> {
  const { key = (id) => id, isExpired = (end, now) => end <= now, skew = SKEW_MS } = flaws;
  const ends = new Map<string, number>();
  let uses = 0;
  const purge = async (now: number, limit: number) => {
    let purged = 0;
    if (flaws.purgesNothing) return 0;
    for (const [id, end] of ends) {
      if (purged === limit && !flaws.ignoresLimit) break;
      if ((end <= now - skew || flaws.purgesAll) && ends.delete(id)) purged++;
    }
    return purged;
  };
  return {
    async use(id, until, now) {
      if (++uses % 100 === 0) await purge(now, 200);
      const end = ends.get(key(id)) ?? 0;
      if (flaws.waits) await nextTurn();
      if (flaws.rejects?.(uses)) return false;
      if (until <= now && !flaws.acceptsExpired) {
        if (flaws.storesExpired) ends.set(key(id), now + 1);
        return false;
      }
      if (end > 0 && !isExpired(end, now)) {
        if (flaws.movesEnd) ends.set(key(id), until);
        return false;
      }
      if (!(flaws.keepsFirstEnd && end > 0)) ends.set(key(id), until);
      return true;
    },
    purge,
  };
}

const broken: Array<[what: string, flaws: Flaws, law: string]> = [
  ['stores nothing', { isExpired: () => true }, 'accepts an identifier once'],
  ['reads, waits, then writes', { waits: true }, 'accepts exactly one of many concurrent uses'],
  [
    'rejects some while it is busy',
    { rejects: (uses) => uses === 9 },
    'accepts many identifiers that are used concurrently',
  ],
  [
    'keeps an identifier a moment longer',
    { isExpired: (end, now) => end < now },
    'stores an identifier until its end, and not longer',
  ],
  [
    'deletes an identifier a moment early',
    { isExpired: (end, now) => end - 1 <= now },
    'stores an identifier until its end, and not longer',
  ],
  [
    'does not store the new end',
    { keepsFirstEnd: true },
    'accepts exactly one of many concurrent uses after the end',
  ],
  [
    'moves the end when it rejects',
    { movesEnd: true },
    'does not move the end of an identifier that it rejects',
  ],
  [
    'accepts what has expired',
    { acceptsExpired: true },
    'rejects and does not store what has expired already',
  ],
  [
    'stores what has expired',
    { storesExpired: true },
    'rejects and does not store what has expired already',
  ],
  [
    'ignores case, as a collation does',
    { key: (id) => id.toLowerCase() },
    'distinguishes identifiers that differ in one character',
  ],
  [
    'cuts identifiers',
    { key: (id) => id.slice(1) },
    'distinguishes identifiers that differ in one character',
  ],
  [
    'deletes by the fastest clock',
    { skew: 0 },
    'keeps an identifier for a server whose clock is behind',
  ],
  [
    'purges more than the limit',
    { ignoresLimit: true },
    'purges what expired a minute ago, never more than the limit',
  ],
  [
    'purges what is valid',
    { purgesAll: true },
    'purges what expired a minute ago, never more than the limit',
  ],
  [
    'purges nothing',
    { purgesNothing: true },
    'purges what expired a minute ago, never more than the limit',
  ],
];

const failuresOf = async (flaws?: Flaws): Promise<string[]> => {
  const results = replayLaws.map(async ({ name, check }) => {
    return check(createPlainStore(flaws)).then(
      () => [],
      (error: Error) => {
        expect(error.name).toBe('AssertionError');
        return [name];
      },
    );
  });
  return (await Promise.all(results)).flat();
};

describe('the laws of replay stores', () => {
  test('accept a plain store, with and without a purge', async () => {
    expect(await failuresOf()).toEqual([]);
    const { use } = createPlainStore();
    for (const { check } of replayLaws) await check({ use });
  });

  test.each(broken)('detect a store that %s', async (_, flaws, law) => {
    expect(await failuresOf(flaws)).toContain(law);
  });

  test('each detect at least one of these stores', () => {
    expect(new Set(broken.map(([, , law]) => law))).toEqual(
      new Set(replayLaws.map(({ name }) => name)),
    );
  });
});
