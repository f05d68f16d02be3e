/** What others may watch through node:diagnostics_channel of the keys that are fetched. */

import { channel } from 'node:diagnostics_channel';

/** `{ url, keys, changed }`: a good answer; `keys` counts those that can verify something. */
const refreshed = channel('jotkit:keys-refreshed');

/** `{ url, reason, failures }`: a fetch failed, so many in a row by now. */
const failed = channel('jotkit:refresh-failed');

/** `{ url, age }`: a set that is no longer fresh, asked for so many seconds ago, was used. */
const stale = channel('jotkit:stale-served');

export function publishRefreshed(url: string, keys: number, changed: boolean): void {
  if (refreshed.hasSubscribers) refreshed.publish({ url, keys, changed });
}

export function publishFailed(url: string, reason: string, failures: number): void {
  if (failed.hasSubscribers) failed.publish({ url, reason, failures });
}

export function publishStale(url: string, age: number): void {
  if (stale.hasSubscribers) stale.publish({ url, age });
}
