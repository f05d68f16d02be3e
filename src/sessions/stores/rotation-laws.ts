/** The laws of `rotate`: single use, grace, bursts and reuse. */

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
  newRefresh,
  newToken,
  REFRESH_MS,
  refreshConcurrently,
  refreshInTurn,
  type StoreLaw,
  WITHOUT_GRACE,
} from './law-clients.ts';

const YEAR_MS = 365 * DAY_MS;

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
];

const copyOf = (outcome: RotateOutcome): RotateOutcome => ({ ...outcome });
