/** One of several processes that log in the same users, and refresh their sessions, concurrently. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { NewSession, SessionStore } from '../../src/sessions/store.ts';
import {
  type ClientToken,
  DAY_MS,
  listSids,
  logIn,
  newRefresh,
} from '../../src/sessions/stores/law-clients.ts';
import { type Opened, openers, type Servers } from './stores.ts';

/** The first message to a racer. */
export interface Start {
  client: string;
  servers: Servers;
}

/** Every other message, with an id. `ahead`: milliseconds that the clock of this process is fast. */
export type Job =
  | { do: 'log in'; uid: string; max: number; ahead: number }
  | { do: 'refresh'; session: NewSession; token: ClientToken; ahead: number }
  | { do: 'log out'; uid: string };

/** A login as its process sees it right after. */
export interface Login {
  session: NewSession;
  token: ClientToken;
  evicted: string[];
  isLive: boolean;
  listed: string[];
}

/** What became of a session that was refreshed without a pause until it ended. */
export interface Refreshed {
  refreshes: number;
  end: string;
}

let opened: Opened | undefined;

process.on('message', async (message: Start | { id: number; job: Job } | 'end') => {
  if (message === 'end') {
    await opened?.close();
    process.disconnect();
  } else if ('client' in message) {
    opened = await openers[message.client]?.(message.servers);
    process.send?.('ready');
  } else if (opened) {
    const { id, job } = message;
    const result = await perform(job, opened.store).catch((error) => ({ error: String(error) }));
    process.send?.({ id, result });
  }
});

async function perform(job: Job, store: SessionStore): Promise<unknown> {
  if (job.do === 'log out') return store.revokeAll(job.uid);
  return job.do === 'log in' ? login(job, store) : refreshUntilEnd(job, store);
}

type JobOf<Name> = Extract<Job, { do: Name }>;

async function login({ uid, max, ahead }: JobOf<'log in'>, store: SessionStore): Promise<Login> {
  const clock = () => Date.now() + ahead;
  const ends = { idleEndsAt: clock() + 7 * DAY_MS, endsAt: clock() + 30 * DAY_MS };
  const { session, token, evicted } = await logIn(store, { uid, max, now: clock(), ...ends });
  const isLive = (await store.get(uid, session.sid, clock())) !== null;
  return { session, token, evicted, isLive, listed: await listSids(store, uid, clock()) };
}

async function refreshUntilEnd(
  { session, token, ahead }: JobOf<'refresh'>,
  store: SessionStore,
): Promise<Refreshed> {
  let current = token;
  for (let refreshes = 0; ; refreshes++) {
    // The stores of SQLite do not wait: messages would wait for this loop.
    await nextTurn();
    const now = ahead === 0 ? null : Date.now() + ahead;
    const { request, successor } = newRefresh(session, current, { now });
    const { kind } = await store.rotate(request);
    if (kind !== 'rotated') return { refreshes, end: kind };
    current = successor;
  }
}
