/** Honest clients, which refresh without a pause and try again after a 409 or a 503. */

import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, onTestFinished } from 'vitest';
import { SessionError } from '../../src/sessions/error.ts';
import type { SessionEvent } from '../../src/sessions/listener.ts';
import type { SessionsOptions } from '../../src/sessions/options.ts';
import { createSessions, type Sessions } from '../../src/sessions/sessions.ts';
import type { SessionStore } from '../../src/sessions/store.ts';
import { type Opened, openers } from './stores.ts';

export const [accessKey, refreshKey] = [randomBytes(32), randomBytes(32)];

type Settings = Partial<Pick<SessionsOptions, 'storeTimeout'>> & {
  grace?: NonNullable<SessionsOptions['refresh']['grace']>;
};

/** Creates sessions on a store, and records their events. */
export function serverOn(store: SessionStore, { grace = '5m', ...settings }: Settings = {}) {
  const events: SessionEvent[] = [];
  const sessions = createSessions({
    store,
    access: { key: accessKey },
    refresh: { key: refreshKey, grace },
    issuer: 'https://id.example',
    audience: 'api',
    on: (event) => events.push(event),
    ...settings,
  });
  return { sessions, events };
}

/** Closes or stops it after the test, in reverse order, also if the test fails. */
export function untilEnd<Resource extends { close(): unknown } | { stop(): unknown }>(
  resource: Resource,
): Resource {
  onTestFinished(async () => {
    await ('stop' in resource ? resource.stop() : resource.close());
  });
  return resource;
}

/** Opens a store by its name in `openers` until the test ends. A `port` replaces that of its server. */
export async function open(name: string, port?: number): Promise<Opened> {
  const opener = openers[name];
  if (!opener) throw new Error(`no store is named ${name}`);
  const servers = inject('servers');
  const ports = port ? { ...servers, postgres: port, mariadb: port, redis: port } : servers;
  return untilEnd(await opener(ports));
}

export interface Client {
  uid: string;
  token: string;
  /** The tokens before, the first one first. */
  spent: string[];
}

/** Logs in one session for each of `count` users. */
export async function login(sessions: Sessions, count: number): Promise<Client[]> {
  const uids = Array.from({ length: count }, () => randomUUID());
  return Promise.all(
    uids.map(async (uid) => ({ uid, token: (await sessions.issue(uid)).refresh, spent: [] })),
  );
}

/** What the clients received. */
export interface Tally {
  /** Tokens that were replaced. */
  refreshes: number;
  /** Responses with 503, each followed by another attempt. */
  failures: number;
  /** Responses with 409, each followed by another attempt. */
  superseded: number;
  /** Codes of responses with 401. */
  rejected: string[];
  /** Tokens with two successors. */
  forks: number;
}

export const newTally = (): Tally => ({
  refreshes: 0,
  failures: 0,
  superseded: 0,
  rejected: [],
  forks: 0,
});

/**
 * Refreshes until the token has yielded its successor `copies` times, from concurrent requests. Resolves to
 * false if the session is rejected.
 */
export async function refreshOnce(
  sessions: Sessions,
  client: Client,
  tally: Tally,
  copies = 1,
): Promise<boolean> {
  const received: string[] = [];
  while (received.length < copies) {
    const attempts = Array.from({ length: copies }, () => sessions.refresh(client.token));
    let pause = 0;
    for (const result of await Promise.allSettled(attempts)) {
      if (result.status === 'fulfilled') {
        received.push(result.value.refresh);
        continue;
      }
      const error = result.reason;
      if (!(error instanceof SessionError)) throw error;
      if (error.status === 401) {
        tally.rejected.push(error.code);
        return false;
      }
      tally[error.status === 409 ? 'superseded' : 'failures']++;
      pause = Math.max(pause, error.status === 409 ? 100 : 5);
    }
    await sleep(pause);
  }
  if (new Set(received).size > 1) tally.forks++;
  client.spent.push(client.token);
  client.token = received[0] as string;
  tally.refreshes++;
  return true;
}

/** Runs all clients concurrently, each one refresh after the other, while `continues` returns true. */
export async function underLoad(
  sessions: Sessions,
  clients: Client[],
  tally: Tally,
  continues: () => boolean,
  copies = 1,
): Promise<void> {
  const work = clients.map(async (client) => {
    while (continues() && (await refreshOnce(sessions, client, tally, copies)));
  });
  await Promise.all(work);
}

/** Starts the load of `underLoad`. The returned function ends it. */
export function startLoad(sessions: Sessions, clients: Client[], tally: Tally, copies = 1) {
  let continues = true;
  const load = underLoad(sessions, clients, tally, () => continues, copies);
  return async () => {
    continues = false;
    await load;
  };
}

/** Returns the events that report a theft, or a store that lost writes. */
export function alarmsIn(events: SessionEvent[]): SessionEvent[] {
  return events.filter(({ type }) => type === 'reuse' || type === 'ahead');
}

/** Returns how many refreshes were committed, although their response was lost or late. */
export function lostIn({ refreshes }: Tally, events: SessionEvent[]): number {
  return refreshes - events.filter((event) => event.type === 'refresh' && !event.again).length;
}

/** Checks that every session of honest clients is live, and that none was treated as stolen. */
export async function expectUnharmed(
  sessions: Sessions,
  clients: Client[],
  tally: Tally,
  events: SessionEvent[],
): Promise<void> {
  for (const client of clients) await refreshOnce(sessions, client, tally);
  expect([tally.rejected, tally.forks, alarmsIn(events)]).toEqual([[], 0, []]);
  for (const { uid } of clients) expect(await sessions.list(uid)).toHaveLength(1);
}

/** Prints the counts of one test in one line, as JSON. */
export function report(
  title: string,
  tally: Tally,
  events: SessionEvent[],
  more: object = {},
): void {
  const again = events.filter((event) => event.type === 'refresh' && event.again).length;
  const violations = tally.rejected.length + tally.forks + alarmsIn(events).length;
  const { refreshes, failures, superseded } = tally;
  console.log(
    title,
    JSON.stringify({ refreshes, failures, superseded, again, ...more, violations }),
  );
}
