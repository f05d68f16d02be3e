/** The clients of the store laws: they log in and refresh at fixed times. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { NewSession, RotateOutcome, RotateRequest, SessionStore } from '../store.ts';

export const CONCURRENT_REQUESTS = 16;
export const NOW_MS = 1_700_000_000_000;
export const DAY_MS = 86_400_000;
export const BURST_MS = 30_000;
/** Longer than a burst, so that a law can wait for the end of one alone. */
export const GRACE_MS = 60_000;
/** What createSessions requests with `grace: 0`. */
export const WITHOUT_GRACE = { grace: 0, burst: 0 };
/** The first refresh is not in a burst with the login. */
export const REFRESH_MS = NOW_MS + 3_600_000;

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
  const times = { idle: 7 * DAY_MS, idleEndsAt: NOW_MS + 7 * DAY_MS, endsAt: NOW_MS + 30 * DAY_MS };
  const names = { uid: newUid(), sid, slot: sid, upstream: null };
  return { ...names, current: fakeDigest(token.jti), ...times, meta: null, ...given };
}

type RequestMembers = Partial<RotateRequest>;

/** Returns the request of a refresh, and the token that its client holds afterwards. */
export function newRefresh(
  { uid, sid }: NewSession,
  token: ClientToken,
  given: RequestMembers = {},
): { request: RotateRequest; successor: ClientToken } {
  const successor = newToken(token.generation + 1);
  const request = {
    ...{ uid, sid, generation: token.generation },
    ...{ presented: fakeDigest(token.jti), next: fakeDigest(successor.jti) },
    ...{ sealed: `sealed ${successor.jti}`, now: REFRESH_MS },
    ...{ grace: GRACE_MS, burst: BURST_MS, idle: 7 * DAY_MS, meta: null },
    ...given,
  };
  return { request, successor };
}

/** The members of a login: `max` is that of the user, `now` the clock of the server. */
type LoginMembers = Partial<NewSession> & { max?: number; now?: number };

export async function logIn(store: SessionStore, given: LoginMembers = {}) {
  const { max = 100, now = NOW_MS, ...members } = given;
  const token = newToken();
  const session = newSession(token, members);
  const { evicted } = await store.issue(session, { now, max });
  return { session, token, evicted };
}

/** Refreshes, and checks the kind of the outcome. */
export async function expectOutcome<Kind extends RotateOutcome['kind']>(
  store: SessionStore,
  session: NewSession,
  token: ClientToken,
  kind: Kind,
  given: RequestMembers = {},
) {
  const { request, successor } = newRefresh(session, token, given);
  const outcome = await store.rotate(request);
  assert.equal(outcome.kind, kind);
  return { request, successor, outcome: outcome as Extract<RotateOutcome, { kind: Kind }> };
}

/** Refreshes `count` times, each with the successor of the last. Returns every token, the first to last. */
export async function refreshInTurn(
  store: SessionStore,
  session: NewSession,
  token: ClientToken,
  count: number,
  given: RequestMembers = {},
): Promise<ClientToken[]> {
  const tokens = [token];
  for (let turn = 0; turn < count; turn++) {
    const last = tokens.at(-1) as ClientToken;
    tokens.push((await expectOutcome(store, session, last, 'rotated', given)).successor);
  }
  return tokens;
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
