/** The laws of `rotate`: single use, grace, reuse, and the times of a session. */

import assert from 'node:assert/strict';
import {
  CONCURRENT_REQUESTS,
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
  type StoreLaw,
} from './law-clients.ts';

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
    const { endsAt } = session;
    for (const outcome of outcomes) {
      const rotated = { kind: outcome.kind, refreshedAt: REFRESH_MS, endsAt };
      const sealed = winner?.request.sealed;
      const expected = outcome.kind === 'grace' ? { ...rotated, sealed } : rotated;
      assert.deepEqual({ ...outcome }, expected);
    }
  }),

  law('reports one reuse without grace and revokes the session', async (store) => {
    const { session, token } = await logIn(store);
    const { count, winner } = await refreshConcurrently(store, session, token, { grace: 0 });
    const counts = [count('rotated'), count('reuse'), count('revoked')];
    assert.deepEqual(counts, [1, 1, CONCURRENT_REQUESTS - 2]);
    assert.ok(winner);
    await expectOutcome(store, session, winner.successor, 'revoked');
  }),

  law('revokes the session of an older token and reports it once', async (store) => {
    const { session, token } = await logIn(store);
    const { successor } = await expectOutcome(store, session, token, 'rotated');
    const next = await expectOutcome(store, session, successor, 'rotated');
    const { count } = await refreshConcurrently(store, session, token);
    assert.deepEqual([count('reuse'), count('revoked')], [1, CONCURRENT_REQUESTS - 1]);
    await expectOutcome(store, session, next.successor, 'revoked');
    assert.equal(await store.get(session.uid, session.sid, REFRESH_MS), null);
    assert.deepEqual(await listSids(store, session.uid), []);
  }),

  law('treats a replaced token as reused when the grace period has passed', async (store) => {
    const { session, token } = await logIn(store);
    await expectOutcome(store, session, token, 'rotated');
    const now = REFRESH_MS + GRACE_MS;
    await expectOutcome(store, session, token, 'grace', { now: now - 1 });
    await expectOutcome(store, session, token, 'reuse', { now });
    await expectOutcome(store, session, token, 'revoked', { now });
  }),

  law('counts a clock that was set back as within the grace period', async (store) => {
    const { session, token } = await logIn(store);
    await expectOutcome(store, session, token, 'rotated', { now: NOW_MS + 60_000 });
    await expectOutcome(store, session, token, 'grace', { now: NOW_MS });
    await expectOutcome(store, session, token, 'reuse', { now: NOW_MS, grace: 0 });
  }),

  law('rejects a token newer than its row and keeps the session', async (store) => {
    const { session, token } = await logIn(store);
    await expectOutcome(store, session, newToken(3), 'ahead');
    await expectOutcome(store, session, token, 'rotated');
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
    assert.equal(outcome.kind === 'grace' && outcome.sealed, request.sealed);
    await expectOutcome(store, session, successor, 'rotated');
  }),

  law('ends a session at its idle end and at its absolute end', async (store) => {
    const ends = { idleEndsAt: NOW_MS + 5000, endsAt: NOW_MS + 9000 };
    const { session, token } = await logIn(store, ends);
    await expectOutcome(store, session, token, 'unknown', { now: NOW_MS + 5000 });
    const last = { now: NOW_MS + 4999 };
    const { successor } = await expectOutcome(store, session, token, 'rotated', last);
    const found = await store.get(session.uid, session.sid, NOW_MS + 8999);
    // A refresh moves the idle end up to the absolute end, which never moves.
    assert.deepEqual([found?.idleEndsAt, found?.endsAt], [NOW_MS + 9000, NOW_MS + 9000]);
    assert.equal(await store.get(session.uid, session.sid, NOW_MS + 9000), null);
    assert.deepEqual(await listSids(store, session.uid, NOW_MS + 9000), []);
    await expectOutcome(store, session, successor, 'unknown', { now: NOW_MS + 9000 });
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
