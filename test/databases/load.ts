/** Clients that refresh without a pause, and try again as long as the server says 503. */

import { setTimeout as sleep } from 'node:timers/promises';
import { SessionError } from '../../src/sessions/error.ts';
import type { IssuedTokens, Sessions } from '../../src/sessions/sessions.ts';

export interface Client {
  uid: string;
  token: string;
}

/** What the clients went through. */
export interface Tally {
  refreshes: number;
  /** Answers of 503, each of which was followed by another try. */
  failures: number;
  /** Codes with which a session was refused: there must be none. */
  refused: string[];
}

export const newTally = (): Tally => ({ refreshes: 0, failures: 0, refused: [] });

/** Refreshes until it works, or until the session is refused. */
export async function refreshOnce(
  sessions: Sessions,
  client: Client,
  tally: Tally,
): Promise<boolean> {
  for (;;) {
    try {
      const pair: IssuedTokens = await sessions.refresh(client.token);
      client.token = pair.refresh;
      tally.refreshes++;
      return true;
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      if (error.status === 401) {
        tally.refused.push(error.code);
        return false;
      }
      tally.failures++;
      await sleep(5);
    }
  }
}

/** All clients at once, each one refresh after the other, while `goesOn` says so. */
export async function underLoad(
  sessions: Sessions,
  clients: Client[],
  tally: Tally,
  goesOn: () => boolean,
): Promise<void> {
  const work = clients.map(async (client) => {
    while (goesOn() && (await refreshOnce(sessions, client, tally)));
  });
  await Promise.all(work);
}
