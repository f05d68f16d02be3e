/** The laws of what a login and a refresh store: the times of a session, and its meta. */

import assert from 'node:assert/strict';
import {
  DAY_MS,
  expectOutcome,
  law,
  listSids,
  logIn,
  NOW_MS,
  newRefresh,
  newSession,
  newToken,
  REFRESH_MS,
  type StoreLaw,
  WITHOUT_GRACE,
} from './law-clients.ts';

/** More than any difference between two clocks, less than one between seconds and milliseconds. */
const CLOCK_ERROR_MS = DAY_MS;

export const lifetimeLaws: readonly StoreLaw[] = [
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

  law('counts a clock that was set back as within the grace period', async (store) => {
    const { session, token } = await logIn(store);
    await expectOutcome(store, session, token, 'rotated', { now: NOW_MS + 60_000 });
    const { outcome } = await expectOutcome(store, session, token, 'grace', { now: NOW_MS });
    assert.equal(outcome.late, 0);
    await expectOutcome(store, session, token, 'reuse', { now: NOW_MS, ...WITHOUT_GRACE });
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
