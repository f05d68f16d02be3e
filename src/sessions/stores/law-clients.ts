/** The clients of the laws: they log in, refresh, and look at what they get. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { NewSession, RotateOutcome, RotateRequest, SessionStore } from '../store.ts';

/** How many ask at the same moment. */
export const CROWD = 16;
export const NOW = 1_700_000_000_000;
export const DAY = 86_400_000;
export const GRACE = 30_000;

/** What a client holds. */
export interface Token {
  readonly jti: string;
  readonly gen: number;
}

/** Stand-ins for digests: a store compares texts and knows nothing more of them. */
const digest = (jti: string) => `digest ${jti}`;
export const randomId = () => randomUUID();

export const first = (): Token => ({ jti: randomId(), gen: 1 });

export function login(token: Token, given: Partial<NewSession> = {}): NewSession {
  const sid = given.sid ?? randomId();
  const ends = { idleExp: NOW + 7 * DAY, absExp: NOW + 30 * DAY };
  const uid = `user-${randomUUID()}`;
  return { sid, uid, slot: sid, cur: digest(token.jti), ...ends, meta: null, ...given };
}

type Request = Partial<RotateRequest>;

/** What is asked for a token, and the token that its holder has if it is granted. */
export function ask({ uid, sid }: NewSession, token: Token, given: Request = {}) {
  const jti = randomId();
  const now = given.now ?? NOW + 1000;
  const tokens = { gen: token.gen, presented: digest(token.jti), next: digest(jti) };
  const times = { now, grace: GRACE, idleExp: now + 7 * DAY };
  const request = { uid, sid, ...tokens, sealed: `sealed ${jti}`, ...times, meta: null, ...given };
  return { request, successor: { jti, gen: token.gen + 1 } };
}

export async function start(store: SessionStore, given: Partial<NewSession> = {}, max = 100) {
  const token = first();
  const session = login(token, given);
  const { evicted } = await store.issue(session, { now: NOW, max });
  return { session, token, evicted };
}

/** Refreshes, and holds the outcome against the expected one. */
export async function expectOutcome(
  store: SessionStore,
  session: NewSession,
  token: Token,
  kind: RotateOutcome['kind'],
  given: Request = {},
): Promise<{ successor: Token; outcome: RotateOutcome }> {
  const { request, successor } = ask(session, token, given);
  const outcome = await store.rotate(request);
  assert.equal(outcome.kind, kind);
  return { successor, outcome };
}

/** Many at once with one token. */
export async function crowd(
  store: SessionStore,
  session: NewSession,
  token: Token,
  given: Request = {},
) {
  const asked = Array.from({ length: CROWD }, () => ask(session, token, given));
  const outcomes = await Promise.all(asked.map(({ request }) => store.rotate(request)));
  const count = (kind: string) => outcomes.filter((outcome) => outcome.kind === kind).length;
  const winner = asked[outcomes.findIndex(({ kind }) => kind === 'rotated')];
  return { outcomes, count, winner };
}

export async function sids(store: SessionStore, uid: string, now = NOW + 1000): Promise<string[]> {
  return (await store.list(uid, now)).map(({ sid }) => sid);
}
