/** Stores used identifiers in the memory of one process. */

import * as option from '../core/option-rules.ts';
import { CLOCK_SKEW_MS, keyOf } from './keys.ts';
import { type ReplayStore, ReplayStoreError } from './store.ts';
import { checkUse } from './use-once.ts';

/**
 * Options of {@link createMemoryReplayStore}.
 *
 * @example
 * ```ts
 * const options: MemoryReplayOptions = { maxPerOwner: 20_000 };
 * ```
 */
export interface MemoryReplayOptions {
  /** How many identifiers it stores. Default: 100,000, which take about 15 MB. */
  max?: number;
  /** How many of them can have one owner, such as one key. Default: 1,000. */
  maxPerOwner?: number;
}

const memoryRules: option.OptionRules = {
  max: option.positiveInteger,
  maxPerOwner: option.positiveInteger,
};

/** Identifiers that are deleted together. */
interface Generation {
  /** When each expires. */
  readonly ids: Map<string, number>;
  /** How many each owner has. */
  readonly owned: Map<string, number>;
  /** When the last of them expires. */
  latest: number;
}

const newGeneration = (): Generation => ({ ids: new Map(), owned: new Map(), latest: 0 });

/**
 * Creates a store in the memory of this process. A second process does not have its identifiers, so each
 * accepts a proof once: for several servers, use a database.
 *
 * A full store rejects with {@link ReplayStoreError}, because a proof whose identifier it evicted would be
 * accepted again. An identifier takes space until every one that was stored with it has expired: for proofs
 * that are valid for 70 seconds, one owner can use three a second for hours.
 *
 * Throws TypeError for other options than positive integers.
 *
 * @example
 * ```ts
 * const replay = createMemoryReplayStore();
 * const isFirst = await replay.use('id of a proof', Date.now() + 60_000, Date.now());
 * ```
 */
export function createMemoryReplayStore(options: MemoryReplayOptions = {}): ReplayStore {
  const own: MemoryReplayOptions = option.checkOptions(options, memoryRules);
  const { max = 100_000, maxPerOwner = 1000 } = own;
  let [older, current] = [newGeneration(), newGeneration()];

  function deleteExpired(now: number): void {
    // At most twice, because both can have expired.
    for (let turn = 0; turn < 2 && older.latest + CLOCK_SKEW_MS <= now; turn++) {
      [older, current] = [current, newGeneration()];
    }
  }

  /** Counts a new identifier of the owner, or throws if there is no space for it. */
  function count(owner: string | undefined): void {
    if (older.ids.size + current.ids.size >= max) throw full(`${max} identifiers`, 'max');
    if (owner === undefined) return;
    const owned = current.owned.get(owner) ?? 0;
    if (owned + (older.owned.get(owner) ?? 0) >= maxPerOwner) {
      throw full(`${maxPerOwner} identifiers of one owner`, 'maxPerOwner');
    }
    current.owned.set(owner, owned + 1);
  }

  return {
    // It awaits nothing, so it is atomic.
    async use(...values) {
      const { id, until, now, owner } = checkUse(values);
      if (until <= now) return false;
      deleteExpired(now);
      const key = keyOf(id);
      const end = current.ids.get(key) ?? older.ids.get(key) ?? 0;
      if (end > now) return false;
      if (!current.ids.has(key)) count(owner);
      current.ids.set(key, until);
      current.latest = Math.max(current.latest, until);
      return true;
    },
  };
}

function full(what: string, name: string): ReplayStoreError {
  return new ReplayStoreError(
    `the replay store in memory has ${what}, its maximum: raise "${name}", or use a database`,
  );
}
