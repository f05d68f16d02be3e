/** Clients that refresh without a pause, and try again after a 503. */

import { setTimeout as sleep } from 'node:timers/promises';
import { SessionError } from '../../src/sessions/error.ts';
import type { IssuedTokens, Sessions } from '../../src/sessions/sessions.ts';

export interface Client {
  uid: string;
  token: string;
}

/** What the clients received. */
export interface Tally {
  refreshes: number;
  /** Responses with 503, each followed by another attempt. */
  failures: number;
  /** Codes of responses with 401: must stay empty. */
  rejected: string[];
}

export const newTally = (): Tally => ({ refreshes: 0, failures: 0, rejected: [] });

/** Refreshes until it succeeds, or until the session is rejected. */
export async function refreshOnce(
  sessions: Sessions,
  client: Client,
  tally: Tally,
): Promise<boolean> {
  for (;;) {
    try {
      const issued: IssuedTokens = await sessions.refresh(client.token);
      client.token = issued.refresh;
      tally.refreshes++;
      return true;
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      if (error.status === 401) {
        tally.rejected.push(error.code);
        return false;
      }
      tally.failures++;
      await sleep(5);
    }
  }
}

/** Runs all clients concurrently, each one refresh after the other, while `continues` returns true. */
export async function underLoad(
  sessions: Sessions,
  clients: Client[],
  tally: Tally,
  continues: () => boolean,
): Promise<void> {
  const work = clients.map(async (client) => {
    while (continues() && (await refreshOnce(sessions, client, tally)));
  });
  await Promise.all(work);
}
