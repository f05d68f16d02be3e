/** The clients of the store laws: they log in and refresh at fixed times. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { NewSession, RotateOutcome, RotateRequest, SessionStore } from '../store.ts';

export const CONCURRENT_REQUESTS = 16;
export const NOW_MS = 1_700_000_000_000;
export const REFRESH_MS = NOW_MS + 1000;
export const DAY_MS = 86_400_000;
export const GRACE_MS = 30_000;

/**
 * One law: `check` rejects with an AssertionError if the store breaks it.
 *
 * @example
 * ```ts
 * const run = ({ check }: StoreLaw) => check(createMemoryStore());
 * ```
 */
export interface StoreLaw {
  /** The rule, as a sentence about the store. */
  readonly name: string;
  /** Checks the store. */
  check(store: SessionStore): Promise<void>;
}

export const law = (name: string, check: StoreLaw['check']): StoreLaw => ({ name, check });

/** What a client holds of a refresh token. */
export interface ClientToken {
  readonly jti: string;
  readonly generation: number;
}

export const newUid = (): string => `user-${randomUUID()}`;
export const newToken = (generation = 1): ClientToken => ({ jti: randomUUID(), generation });

/** Represents a digest: a store only compares the strings. */
const fakeDigest = (jti: string) => `digest ${jti}`;

export function newSession(token: ClientToken, given: Partial<NewSession> = {}): NewSession {
  const sid = given.sid ?? randomUUID();
  const times = { idleEndsAt: NOW_MS + 7 * DAY_MS, endsAt: NOW_MS + 30 * DAY_MS };
  const current = fakeDigest(token.jti);
  return { sid, uid: newUid(), slot: sid, current, ...times, meta: null, ...given };
}

type RequestMembers = Partial<RotateRequest>;

/** Returns the request of a refresh, and the token that its client holds afterwards. */
export function newRefresh(
  { uid, sid }: NewSession,
  token: ClientToken,
  given: RequestMembers = {},
) {
  const successor = newToken(token.generation + 1);
  const now = given.now ?? REFRESH_MS;
  const digests = { presented: fakeDigest(token.jti), next: fakeDigest(successor.jti) };
  const sealed = `sealed ${successor.jti}`;
  const times = { now, grace: GRACE_MS, idleEndsAt: now + 7 * DAY_MS };
  const request = {
    uid,
    sid,
    generation: token.generation,
    ...digests,
    sealed,
    ...times,
    meta: null,
    ...given,
  };
  return { request, successor };
}

export async function logIn(store: SessionStore, given: Partial<NewSession> = {}, max = 100) {
  const token = newToken();
  const session = newSession(token, given);
  const { evicted } = await store.issue(session, { now: NOW_MS, max });
  return { session, token, evicted };
}

/** Refreshes, and checks the kind of the outcome. */
export async function expectOutcome(
  store: SessionStore,
  session: NewSession,
  token: ClientToken,
  kind: RotateOutcome['kind'],
  given: RequestMembers = {},
): Promise<{ successor: ClientToken; outcome: RotateOutcome }> {
  const { request, successor } = newRefresh(session, token, given);
  const outcome = await store.rotate(request);
  assert.equal(outcome.kind, kind);
  return { successor, outcome };
}

/** Sends concurrent refreshes with one token. */
export async function refreshConcurrently(
  store: SessionStore,
  session: NewSession,
  token: ClientToken,
  given: RequestMembers = {},
) {
  const refreshes = Array.from({ length: CONCURRENT_REQUESTS }, () =>
    newRefresh(session, token, given),
  );
  const outcomes = await Promise.all(refreshes.map(({ request }) => store.rotate(request)));
  const count = (kind: string) => outcomes.filter((outcome) => outcome.kind === kind).length;
  const winner = refreshes[outcomes.findIndex(({ kind }) => kind === 'rotated')];
  return { outcomes, count, winner };
}

export async function listSids(
  store: SessionStore,
  uid: string,
  now = REFRESH_MS,
): Promise<string[]> {
  return (await store.list(uid, now)).map(({ sid }) => sid);
}
