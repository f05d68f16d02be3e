/** Calls a replay store: within a time limit, with checked arguments and one class of error. */

import { typeNameOf } from '../core/option-rules.ts';
import { withDeadline } from '../databases/deadline.ts';
import { usageError } from '../errors.ts';
import { type ReplayStore, ReplayStoreError } from './store.ts';

/** For stores without a time limit of their own: the longest that ours can have. */
const MAX_STORE_TIMEOUT_MS = 60_000;

/**
 * Calls `store.use`. Rejects with ReplayStoreError if the store fails, does not respond within `timeoutMs`,
 * or resolves to anything but a boolean. Rejects with TypeError for other arguments than strings and times.
 */
export async function useOnce(
  store: Pick<ReplayStore, 'use'>,
  values: Parameters<ReplayStore['use']>,
  timeoutMs: number = MAX_STORE_TIMEOUT_MS,
): Promise<boolean> {
  const { id, until, now, owner } = checkUse(values);
  if (until <= now) return false;
  try {
    const isFirst: unknown = await withDeadline(() => store.use(id, until, now, owner), timeoutMs);
    if (typeof isFirst === 'boolean') return isFirst;
    throw usageError(
      'ERR_OPTION_INVALID',
      `"use" of the replay store must resolve to a boolean, got ${typeNameOf(isFirst)}`,
    );
  } catch (cause) {
    throw toStoreError(cause);
  }
}

/** Returns the arguments of `use` with whole milliseconds. Throws TypeError for wrong ones. */
export function checkUse([id, until, now, owner]: Parameters<ReplayStore['use']>) {
  checkText('id', id);
  if (owner !== undefined) checkText('owner', owner);
  // A clock can have fractions. Rounded this way, no identifier is accepted again too early.
  const times = {
    until: Math.ceil(checkTime('until', until)),
    now: Math.floor(checkTime('now', now)),
  };
  return { id, ...times, owner };
}

/** Returns the error of a store as a ReplayStoreError. */
export function toStoreError(cause: unknown): ReplayStoreError {
  if (cause instanceof ReplayStoreError) return cause;
  return new ReplayStoreError('the replay store failed; the proof may be valid', cause);
}

function checkText(name: string, value: unknown): void {
  if (typeof value === 'string' && value !== '') return;
  throw usageError(
    'ERR_OPTION_INVALID',
    `"${name}" must be a non-empty string, got ${typeNameOf(value)}`,
  );
}

/** Returns the time. */
export function checkTime(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return value;
  throw usageError(
    'ERR_OPTION_INVALID',
    `"${name}" must be milliseconds since 1970, got ${typeNameOf(value)}`,
  );
}
