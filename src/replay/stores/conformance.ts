/** The laws of replay stores, for any test runner. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { ReplayStore } from '../store.ts';

/**
 * One law: `check` rejects with an AssertionError if the store breaks it.
 *
 * @example
 * ```ts
 * const run = ({ check }: ReplayLaw) => check(createMemoryReplayStore());
 * ```
 */
export interface ReplayLaw {
  /** The rule, as a sentence about the store. */
  readonly name: string;
  /** Checks the store. */
  check(store: ReplayStore): Promise<void>;
}

const CONCURRENT_USES = 16;
/** How long the proofs of the laws are valid. */
const LIFETIME_MS = 60_000;
/** A difference between the clocks of two servers that a store must allow for. */
const SKEW_MS = 50_000;
/** Some stores delete what has expired after every hundredth use. */
const MANY_USES = 250;

/** As jotkit creates them: the digest of a key and a `jti`. */
const newId = (): string => randomBytes(32).toString('base64url');

type Check = (store: ReplayStore, now: number, until: number) => Promise<void>;

/** Creates a law that begins now: stores such as Redis have a clock, too. */
const law = (name: string, check: Check): ReplayLaw => ({
  name,
  check(store) {
    const now = Date.now();
    return check(store, now, now + LIFETIME_MS);
  },
});

/** Uses one identifier many times at once. Resolves to how many were accepted. */
async function acceptedOf(uses: Array<Promise<boolean>>): Promise<number> {
  return (await Promise.all(uses)).filter(Boolean).length;
}

const repeat = <Result>(count: number, make: () => Result): Result[] =>
  Array.from({ length: count }, make);

/**
 * The laws that every store must obey. Each creates its own identifiers, so you can check one store or
 * database against all laws, from several processes at once.
 *
 * @example
 * ```ts
 * import { createMemoryReplayStore } from 'jotkit/replay';
 * import { replayLaws } from 'jotkit/replay/conformance';
 * import { test } from 'node:test';
 *
 * const store = createMemoryReplayStore(); // your own store
 * for (const { name, check } of replayLaws) test(name, () => check(store));
 * ```
 */
export const replayLaws: readonly ReplayLaw[] = [
  law('accepts an identifier once', async (store, now, until) => {
    const id = newId();
    assert.equal(await store.use(id, until, now), true);
    assert.equal(await store.use(id, until, now), false);
    assert.equal(await store.use(id, until, now + 1), false);
  }),

  law('accepts exactly one of many concurrent uses', async (store, now, until) => {
    const ids = repeat(4, newId);
    for (const id of ids) {
      const uses = repeat(CONCURRENT_USES, () => store.use(id, until, now));
      assert.equal(await acceptedOf(uses), 1);
    }
  }),

  law('accepts many identifiers that are used concurrently', async (store, now, until) => {
    const uses = repeat(CONCURRENT_USES * 2, () => store.use(newId(), until, now));
    assert.equal(await acceptedOf(uses), uses.length);
  }),

  law('stores an identifier until its end, and not longer', async (store, now, until) => {
    const id = newId();
    const end = now + 1000;
    assert.equal(await store.use(id, end, now), true);
    assert.equal(await store.use(id, end, end - 1), false);
    assert.equal(await store.use(id, until, end), true);
    assert.equal(await store.use(id, until, end), false);
  }),

  law('accepts exactly one of many concurrent uses after the end', async (store, now, until) => {
    const id = newId();
    assert.equal(await store.use(id, now + 1, now), true);
    const uses = repeat(CONCURRENT_USES, () => store.use(id, until, now + 1));
    assert.equal(await acceptedOf(uses), 1);
  }),

  law('does not move the end of an identifier that it rejects', async (store, now, until) => {
    const id = newId();
    assert.equal(await store.use(id, now + 10, now), true);
    assert.equal(await store.use(id, until, now + 9), false);
    assert.equal(await store.use(id, now + 11, now + 9), false);
    assert.equal(await store.use(id, until, now + 10), true);
    assert.equal(await store.use(id, now + 12, now + 11), false);
    assert.equal(await store.use(id, until, now + 13), false);
  }),

  law('rejects and does not store what has expired already', async (store, now, until) => {
    const id = newId();
    assert.equal(await store.use(id, now, now), false);
    assert.equal(await store.use(id, now - 1, now), false);
    assert.equal(await store.use(id, until, now), true);
  }),

  law('distinguishes identifiers that differ in one character', async (store, now, until) => {
    const id = newId();
    const [first, rest] = ['a', id.slice(1)];
    const ids = [first + rest, first.toUpperCase() + rest, `b${rest}`, `_${rest}`, `-${rest}`];
    for (const one of ids) assert.equal(await store.use(one, until, now), true);
    for (const one of ids) assert.equal(await store.use(one, until, now), false);
  }),

  law('keeps an identifier for a server whose clock is behind', async (store, now, until) => {
    const id = newId();
    const ahead = now + SKEW_MS;
    assert.equal(await store.use(id, now + 1, now), true);
    for (let uses = 0; uses < MANY_USES; uses++) {
      assert.equal(await store.use(newId(), until, ahead), true);
    }
    await store.purge?.(ahead, MANY_USES);
    assert.equal(await store.use(id, now + 1, now), false);
  }),

  law('purges what expired a minute ago, never more than the limit', async (store, now, until) => {
    if (!store.purge) return;
    const [start, end] = [now - 10 * LIFETIME_MS, now - 9 * LIFETIME_MS];
    const [expired, live] = [repeat(3, newId), newId()];
    for (const id of expired) assert.equal(await store.use(id, end, start), true);
    assert.equal(await store.use(live, until, now), true);
    assert.ok((await store.purge(now, 2)) <= 2);
    while ((await store.purge(now, 100)) > 0);
    // By the clock of the start they have not expired.
    for (const id of expired) assert.equal(await store.use(id, end, start), true);
    assert.equal(await store.use(live, until, now), false);
  }),
];
