/** Publishes fetches of keys on node:diagnostics_channel. */

import { channel } from 'node:diagnostics_channel';

/** `{ url, keys, changed }`: a fetch succeeded; `keys` counts those that can verify a token. */
const refreshed = channel('jotkit:keys-refreshed');

/** `{ url, reason, failures }`: a fetch failed; `failures` counts consecutive ones. */
const failed = channel('jotkit:refresh-failed');

/** `{ url, age }`: a set that is no longer fresh was used; `age` is its age in seconds. */
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
