/** Adds to the operations of a database what all stores have: checks, a time limit and a purge. */

import type { Timespan } from '../../core/encoding/duration.ts';
import * as option from '../../core/option-rules.ts';
import { milliseconds } from '../../databases/time-limit.ts';
import { CLOCK_SKEW_MS, keyOf } from '../keys.ts';
import type { ReplayStore } from '../store.ts';
import { checkTime, toStoreError, useOnce } from '../use-once.ts';

const USES_PER_PURGE = 100;
/** More than are used between two purges, so that a backlog shrinks. */
const PURGE_LIMIT = 200;

const limitRules: option.OptionRules = { limit: option.positiveInteger };

/** Creates a store whose operations receive checked values, and digests for identifiers. */
export function guardedStore(
  operations: Required<ReplayStore>,
  timeout: Timespan = '5s',
): Required<ReplayStore> {
  const timeoutMs = milliseconds(timeout);
  let uses = 0;
  let isPurging = false;

  async function purge(now: number, limit: number): Promise<number> {
    const time = Math.floor(checkTime('now', now));
    option.checkOption('limit', limit, limitRules);
    try {
      return await operations.purge(time - CLOCK_SKEW_MS, limit);
    } catch (cause) {
      throw toStoreError(cause);
    }
  }

  /** Not awaited: the proof is checked, and the next purge deletes what this one does not. */
  function purgeAfterUses(now: number): void {
    if (++uses % USES_PER_PURGE !== 0 || isPurging) return;
    isPurging = true;
    const end = () => {
      isPurging = false;
    };
    purge(now, PURGE_LIMIT).then(end, end);
  }

  return {
    async use(...values) {
      const use: ReplayStore['use'] = (id, until, now) => operations.use(keyOf(id), until, now);
      const isFirst = await useOnce({ use }, values, timeoutMs);
      purgeAfterUses(values[2]);
      return isFirst;
    },
    purge,
  };
}
