/** Asks the replay store whether a proof is used for the first time. */

import { typeNameOf } from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import { type ReplayStore, ReplayStoreError } from '../replay/store.ts';

/** The arguments of {@link ReplayStore.use}. Times are milliseconds since 1970. */
export interface Use {
  readonly id: string;
  readonly until: number;
  readonly now: number;
  readonly owner: string;
}

/** Rejects with ReplayStoreError if the store throws, or resolves to anything but a boolean. */
export async function isFirstUse(store: ReplayStore, use: Use): Promise<boolean> {
  let isFirst: unknown;
  try {
    isFirst = await store.use(use.id, use.until, use.now, use.owner);
  } catch (error) {
    if (error instanceof ReplayStoreError) throw error;
    throw new ReplayStoreError('the replay store failed', error);
  }
  if (typeof isFirst === 'boolean') return isFirst;
  // A forgotten `return` must not accept a proof.
  const message = `"use" of the replay store must resolve to a boolean, got ${typeNameOf(isFirst)}`;
  throw new ReplayStoreError('the replay store failed', usageError('ERR_OPTION_INVALID', message));
}
