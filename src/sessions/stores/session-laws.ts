/** The laws of logouts, lists and `purge`, and of the strings of a session. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  CONCURRENT_REQUESTS,
  DAY_MS,
  expectOutcome,
  law,
  listSids,
  logIn,
  NOW_MS,
  newRefresh,
  newUid,
  REFRESH_MS,
  type StoreLaw,
} from './law-clients.ts';

/** Strings that a collation, a trim or an escape would change. */
const SUFFIXES = ['ä', 'a\u0308', 'A', 'a', ' a', 'a ', "'; --", '{x}', '*', '%', '🦊', '\n', '$1'];

export const sessionLaws: readonly StoreLaw[] = [
  law('never restores a revoked session', async (store) => {
    const { session, token } = await logIn(store);
    const refreshes = Array.from({ length: CONCURRENT_REQUESTS }, () => newRefresh(session, token));
    const pending = refreshes.map(({ request }) => store.rotate(request));
    assert.equal(await store.revoke(session.uid, session.sid), true);
    await Promise.all(pending);
    for (const { successor } of refreshes) {
      await expectOutcome(store, session, successor, 'unknown');
    }
    await expectOutcome(store, session, token, 'unknown');
    assert.equal(await store.get(session.uid, session.sid, REFRESH_MS), null);
    assert.deepEqual(await listSids(store, session.uid), []);
    assert.equal(await store.revoke(session.uid, session.sid), false);
  }),

  law('lists what can be refreshed after revokeAll among logins and refreshes', async (store) => {
    const uid = newUid();
    const [one, two] = [await logIn(store, { uid }), await logIn(store, { uid })];
    const [early, , , , late] = await Promise.all([
      logIn(store, { uid }),
      store.rotate(newRefresh(one.session, one.token).request),
      store.revokeAll(uid),
      store.rotate(newRefresh(two.session, two.token).request),
      logIn(store, { uid }),
    ]);
    const listed = await listSids(store, uid);
    for (const { session, token } of [early, late]) {
      const kind = listed.includes(session.sid) ? 'rotated' : 'unknown';
      await expectOutcome(store, session, token, kind);
    }
    for (const { session } of [one, two]) assert.ok(!listed.includes(session.sid));
  }),

  law('ends every session of one user except the given one in revokeAll', async (store) => {
    const uid = newUid();
    const [kept, ended] = [await logIn(store, { uid }), await logIn(store, { uid })];
    const other = await logIn(store);
    assert.equal(await store.revokeAll(uid, kept.session.sid), 1);
    assert.deepEqual(await listSids(store, uid), [kept.session.sid]);
    await expectOutcome(store, ended.session, ended.token, 'unknown');
    await expectOutcome(store, other.session, other.token, 'rotated');
    assert.equal(await store.revokeAll(uid), 1);
    assert.equal(await store.revokeAll(uid), 0);
  }),

  law('keeps unusual user ids, slots and meta unchanged, or rejects them', async (store) => {
    const unique = randomUUID();
    const text = `${SUFFIXES.join()}\u0000\u2028`;
    const meta = JSON.stringify({ text, empty: [], object: {} });
    const longest = `${'long '.repeat(50)}${unique}`.slice(-255);
    const uids = [...SUFFIXES.map((suffix) => unique + suffix), longest];
    const logins = uids.map((uid) => logIn(store, { uid, slot: uid, upstream: uid, meta }));
    for (const { session, token } of await Promise.all(logins)) {
      const { sid, uid, slot } = session;
      assert.deepEqual(await listSids(store, uid), [sid]);
      const found = await store.get(uid, sid, REFRESH_MS);
      const names = [found?.uid, found?.slot, found?.upstream, found?.meta];
      assert.deepEqual(names, [uid, slot, uid, meta]);
      await expectOutcome(store, session, token, 'rotated');
    }
    const withNul = `${unique}\u0000a`;
    await logIn(store, { uid: withNul }).then(
      async ({ session }) => assert.deepEqual(await listSids(store, withNul), [session.sid]),
      () => {},
    );
    assert.equal((await listSids(store, `${unique}a`)).length, 1);
  }),

  law('finds a session only for its own user', async (store) => {
    const { session, token } = await logIn(store);
    const foreign = { ...session, uid: newUid() };
    await expectOutcome(store, foreign, token, 'unknown');
    assert.equal(await store.get(foreign.uid, session.sid, NOW_MS), null);
    assert.equal(await store.revoke(foreign.uid, session.sid), false);
    await expectOutcome(store, session, token, 'rotated');
  }),

  law('returns a stored session without its digests', async (store) => {
    const { session, token } = await logIn(store, { upstream: 'idp/ä 🦊' });
    await expectOutcome(store, session, token, 'rotated');
    const { uid, sid, slot, upstream, endsAt, meta } = session;
    const times = {
      createdAt: NOW_MS,
      refreshedAt: REFRESH_MS,
      idleEndsAt: REFRESH_MS + 7 * DAY_MS,
    };
    const expected = { uid, sid, slot, upstream, generation: 2, ...times, endsAt, meta };
    assert.deepEqual({ ...(await store.get(uid, sid, NOW_MS)) }, expected);
    const listed = await store.list(uid, NOW_MS);
    assert.deepEqual(
      listed.map((one) => ({ ...one })),
      [expected],
    );
  }),

  law('purges sessions past their absolute end, never more than the limit', async (store) => {
    if (!store.purge) return;
    const past = { idleEndsAt: 1000, endsAt: 1000, now: 0 };
    const dead = [await logIn(store, past), await logIn(store, past), await logIn(store, past)];
    const live = await logIn(store, { endsAt: NOW_MS + DAY_MS });
    assert.ok((await store.purge(2000, 2)) <= 2);
    while ((await store.purge(2000, 100)) > 0);
    for (const { session } of dead) {
      assert.equal(await store.revoke(session.uid, session.sid), false);
    }
    await expectOutcome(store, live.session, live.token, 'rotated');
  }),
];
