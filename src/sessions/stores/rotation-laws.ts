/** The laws of `rotate`: single use, grace, bursts, reuse, and the times of a session. */

import assert from 'node:assert/strict';
import type { RotateOutcome, SessionStore } from '../store.ts';
import {
  BURST_MS,
  CONCURRENT_REQUESTS,
  DAY_MS,
  expectOutcome,
  GRACE_MS,
  law,
  listSids,
  logIn,
  NOW_MS,
  newRefresh,
  newSession,
  newToken,
  REFRESH_MS,
  refreshConcurrently,
  refreshInTurn,
  type StoreLaw,
} from './law-clients.ts';

/** What createSessions asks for with `grace: 0`. */
const WITHOUT_GRACE = { grace: 0, burst: 0 };
const YEAR_MS = 365 * DAY_MS;
/** More than any difference between two clocks, less than one between seconds and milliseconds. */
const CLOCK_ERROR_MS = DAY_MS;

export const rotationLaws: readonly StoreLaw[] = [
  law('rotates exactly one of many concurrent refreshes with one token', async (store) => {
    const { session, token } = await logIn(store);
    const { count, winner } = await refreshConcurrently(store, session, token);
    assert.equal(count('rotated'), 1);
    assert.ok(winner);
    await expectOutcome(store, session, winner.successor, 'rotated');
  }),

  law('returns the one successor to every other refresh within the grace period', async (store) => {
    const { session, token } = await logIn(store);
    const { outcomes, count, winner } = await refreshConcurrently(store, session, token);
    assert.equal(count('grace'), CONCURRENT_REQUESTS - 1);
    const times = { refreshedAt: REFRESH_MS, idleEndsAt: REFRESH_MS + 7 * DAY_MS };
    const again = { kind: 'grace', ...times, sealed: winner?.request.sealed, late: 0 };
    for (const outcome of outcomes) {
      const expected = outcome.kind === 'grace' ? again : { kind: 'rotated', ...times };
      assert.deepEqual({ ...outcome }, expected);
    }
  }),

  law('reports one reuse without grace and revokes the session', async (store) => {
    const { session, token } = await logIn(store);
    const { count, winner } = await refreshConcurrently(store, session, token, WITHOUT_GRACE);
    const counts = [count('rotated'), count('reuse'), count('revoked')];
    assert.deepEqual(counts, [1, 1, CONCURRENT_REQUESTS - 2]);
    assert.ok(winner);
    await expectOutcome(store, session, winner.successor, 'revoked');
  }),

  law('revokes the session of an older token and reports it once', async (store) => {
    const { session, token } = await logIn(store);
    const [, , current] = await refreshInTurn(store, session, token, 2);
    const given = { now: REFRESH_MS + BURST_MS };
    const { outcomes, count } = await refreshConcurrently(store, session, token, given);
    assert.deepEqual([count('reuse'), count('revoked')], [1, CONCURRENT_REQUESTS - 1]);
    const reuse = outcomes.find(({ kind }) => kind === 'reuse');
    assert.deepEqual({ ...reuse }, { kind: 'reuse', behind: 2 });
    assert.ok(current);
    await expectOutcome(store, session, current, 'revoked', given);
    assert.equal(await store.get(session.uid, session.sid, REFRESH_MS), null);
    assert.deepEqual(await listSids(store, session.uid), []);
  }),

  law('treats a replaced token as reused when the grace period has passed', async (store) => {
    const { session, token } = await logIn(store);
    await expectOutcome(store, session, token, 'rotated');
    const now = REFRESH_MS + GRACE_MS;
    const last = await expectOutcome(store, session, token, 'grace', { now: now - 1 });
    assert.equal(last.outcome.late, GRACE_MS - 1);
    const { outcome } = await expectOutcome(store, session, token, 'reuse', { now });
    assert.equal(outcome.behind, 1);
    await expectOutcome(store, session, token, 'revoked', { now });
  }),

  law('counts a clock that was set back as within the grace period', async (store) => {
    const { session, token } = await logIn(store);
    await expectOutcome(store, session, token, 'rotated', { now: NOW_MS + 60_000 });
    const { outcome } = await expectOutcome(store, session, token, 'grace', { now: NOW_MS });
    assert.equal(outcome.late, 0);
    await expectOutcome(store, session, token, 'reuse', { now: NOW_MS, ...WITHOUT_GRACE });
  }),

  law('returns the successor however late until the successor is presented', async (store) => {
    const { session, token } = await logIn(store);
    const untilUsed = { grace: 10 * YEAR_MS };
    const { request, successor } = await expectOutcome(store, session, token, 'rotated', untilUsed);
    const late = { ...untilUsed, now: REFRESH_MS + 6 * DAY_MS };
    const { outcome } = await expectOutcome(store, session, token, 'grace', late);
    assert.deepEqual([outcome.sealed, outcome.late], [request.sealed, 6 * DAY_MS]);
    await expectOutcome(store, session, successor, 'rotated', late);
    const later = { ...untilUsed, now: late.now + BURST_MS };
    await expectOutcome(store, session, token, 'reuse', later);
  }),

  law('has one outcome for a request that its client sends twice', async (store) => {
    const twice = async (request: Parameters<SessionStore['rotate']>[0]) => {
      const outcomes = await Promise.all([store.rotate(request), store.rotate(request)]);
      const [one, other, third] = [...outcomes, await store.rotate(request)].map(copyOf);
      assert.deepEqual([other, third], [one, one]);
      return one?.kind;
    };
    for (const given of [{}, WITHOUT_GRACE]) {
      const { session, token } = await logIn(store);
      const { request, successor } = newRefresh(session, token, given);
      assert.equal(await twice(request), 'rotated');
      const [, stale] = await refreshInTurn(store, session, successor, 2, given);
      assert.ok(stale);
      const later = { ...given, now: REFRESH_MS + GRACE_MS };
      assert.equal(await twice(newRefresh(session, stale, later).request), 'reuse');
    }
    const { session } = await logIn(store);
    assert.equal(await twice(newRefresh(session, newToken(5)).request), 'ahead');
  }),

  law('changes nothing when it rejects a token that a burst replaced', async (store) => {
    const { session, token } = await logIn(store);
    const tokens = await refreshInTurn(store, session, token, 3);
    const stored = await store.get(session.uid, session.sid, REFRESH_MS);
    const given = { now: REFRESH_MS + BURST_MS - 1, meta: '"other"' };
    const [first, second] = tokens as [typeof token, typeof token];
    const { count } = await refreshConcurrently(store, session, first, given);
    assert.equal(count('superseded'), CONCURRENT_REQUESTS);
    await expectOutcome(store, session, second, 'superseded', given);
    assert.deepEqual(await store.get(session.uid, session.sid, REFRESH_MS), stored);
    const current = tokens.at(-1) as typeof token;
    await expectOutcome(store, session, current, 'rotated', given);
  }),

  law('ends a burst by time and after 8 refreshes', async (store) => {
    const late = await logIn(store);
    await refreshInTurn(store, late.session, late.token, 2);
    const now = REFRESH_MS + BURST_MS;
    await expectOutcome(store, late.session, late.token, 'reuse', { now });

    // A second burst does not contain the tokens of the first.
    const second = await logIn(store);
    const [, before] = await refreshInTurn(store, second.session, second.token, 1);
    assert.ok(before);
    await refreshInTurn(store, second.session, before, 2, { now });
    await expectOutcome(store, second.session, before, 'superseded', { now });
    await expectOutcome(store, second.session, second.token, 'reuse', { now });

    const long = await logIn(store);
    const tokens = await refreshInTurn(store, long.session, long.token, 10);
    const [, tooOld, oldest] = tokens as [typeof long.token, typeof long.token, typeof long.token];
    await expectOutcome(store, long.session, oldest, 'superseded');
    const { outcome } = await expectOutcome(store, long.session, tooOld, 'reuse');
    assert.equal(outcome.behind, 9);
  }),

  law('ends the session of a token newer than its row and reports it once', async (store) => {
    const { session, token } = await logIn(store);
    const { count } = await refreshConcurrently(store, session, newToken(3));
    assert.deepEqual([count('ahead'), count('revoked')], [1, CONCURRENT_REQUESTS - 1]);
    await expectOutcome(store, session, token, 'revoked');
    assert.deepEqual(await listSids(store, session.uid), []);
  }),

  law('accepts a repeated login or refresh after a lost response', async (store) => {
    const token = newToken();
    const session = newSession(token, { slot: 'phone' });
    await store.issue(session, { now: NOW_MS, max: 100 });
    await store.issue(session, { now: NOW_MS, max: 100 });
    assert.deepEqual(await listSids(store, session.uid), [session.sid]);
    const { request, successor } = newRefresh(session, token);
    await store.rotate(request);
    const { outcome } = await expectOutcome(store, session, token, 'grace');
    assert.equal(outcome.sealed, request.sealed);
    await expectOutcome(store, session, successor, 'rotated');
  }),

  law('ends a session at its idle end and at its absolute end', async (store) => {
    const ends = { idleEndsAt: NOW_MS + 5000, endsAt: NOW_MS + 9000 };
    const { session, token } = await logIn(store, ends);
    await expectOutcome(store, session, token, 'unknown', { now: NOW_MS + 5000 });
    const last = { now: NOW_MS + 4999 };
    const { successor, outcome } = await expectOutcome(store, session, token, 'rotated', last);
    assert.equal(outcome.idleEndsAt, NOW_MS + 9000);
    const found = await store.get(session.uid, session.sid, NOW_MS + 8999);
    // A refresh moves the idle end up to the absolute end, which never moves.
    assert.deepEqual([found?.idleEndsAt, found?.endsAt], [NOW_MS + 9000, NOW_MS + 9000]);
    assert.equal(await store.get(session.uid, session.sid, NOW_MS + 9000), null);
    assert.deepEqual(await listSids(store, session.uid, NOW_MS + 9000), []);
    await expectOutcome(store, session, successor, 'unknown', { now: NOW_MS + 9000 });
  }),

  law('moves the idle end by the smaller lifetime of session and refresh', async (store) => {
    for (const [own, requested, moved] of [
      [DAY_MS, 7 * DAY_MS, DAY_MS],
      [7 * DAY_MS, 2 * DAY_MS, 2 * DAY_MS],
    ] as const) {
      const { session, token } = await logIn(store, { idle: own, idleEndsAt: NOW_MS + own });
      const given = { idle: requested };
      const first = await expectOutcome(store, session, token, 'rotated', given);
      assert.equal(first.outcome.idleEndsAt, REFRESH_MS + moved);
      const again = await expectOutcome(store, session, token, 'grace', given);
      assert.equal(again.outcome.idleEndsAt, REFRESH_MS + moved);
      // A shorter lifetime of one refresh is not stored.
      const next = { idle: own, now: REFRESH_MS + 5000 };
      const second = await expectOutcome(store, session, first.successor, 'rotated', next);
      assert.equal(second.outcome.idleEndsAt, next.now + own);
      const found = await store.get(session.uid, session.sid, next.now);
      assert.equal(found?.endsAt, session.endsAt);
    }
  }),

  law('reads its own clock if the request has no time', async (store) => {
    const now = Date.now();
    const ends = { idleEndsAt: now + 7 * DAY_MS, endsAt: now + 30 * DAY_MS };
    const { session, token } = await logIn(store, { now, ...ends });
    const given = { now: null, grace: DAY_MS };
    const { outcome, successor } = await expectOutcome(store, session, token, 'rotated', given);
    const { refreshedAt, idleEndsAt } = outcome;
    assert.ok(Number.isSafeInteger(refreshedAt) && Number.isSafeInteger(idleEndsAt));
    assert.ok(
      Math.abs(refreshedAt - now) < CLOCK_ERROR_MS,
      `the clock of the store: ${refreshedAt}`,
    );
    // Databases may read their clock twice in a statement.
    assert.ok(Math.abs(idleEndsAt - refreshedAt - 7 * DAY_MS) < 1000);
    const again = await expectOutcome(store, session, token, 'grace', given);
    assert.deepEqual(
      [again.outcome.refreshedAt, again.outcome.idleEndsAt],
      [refreshedAt, idleEndsAt],
    );
    await expectOutcome(store, session, successor, 'rotated', given);
    await expectOutcome(store, session, token, 'reuse', { ...WITHOUT_GRACE, now: null });
    const past = { idleEndsAt: now - 2 * DAY_MS, endsAt: now - 2 * DAY_MS };
    const dead = await logIn(store, { now: now - 3 * DAY_MS, ...past });
    await expectOutcome(store, dead.session, dead.token, 'unknown', given);
  }),

  law('keeps the meta at a refresh without meta, and replaces it otherwise', async (store) => {
    const { session, token } = await logIn(store, { meta: '{"ip":"a"}' });
    const storedMeta = async () => (await store.get(session.uid, session.sid, NOW_MS))?.meta;
    const { successor } = await expectOutcome(store, session, token, 'rotated');
    assert.equal(await storedMeta(), '{"ip":"a"}');
    await expectOutcome(store, session, successor, 'rotated', { meta: '{"ip":"b"}' });
    assert.equal(await storedMeta(), '{"ip":"b"}');
  }),
];

const copyOf = (outcome: RotateOutcome): RotateOutcome => ({ ...outcome });
