/** The laws of logins: one session a slot, and the maximum of a user. */

import assert from 'node:assert/strict';
import {
  CONCURRENT_REQUESTS,
  expectOutcome,
  law,
  listSids,
  logIn,
  NOW_MS,
  newRefresh,
  newToken,
  newUid,
  REFRESH_MS,
  type StoreLaw,
} from './law-clients.ts';

export const loginLaws: readonly StoreLaw[] = [
  law('keeps exactly one of many concurrent logins in one slot', async (store) => {
    const given = { uid: newUid(), slot: 'phone' };
    const logins = Array.from({ length: CONCURRENT_REQUESTS }, () => logIn(store, given));
    const issued = await Promise.all(logins);
    const listed = await listSids(store, given.uid);
    assert.equal(listed.length, 1);
    for (const { session, token } of issued) {
      const kind = session.sid === listed[0] ? 'rotated' : 'unknown';
      await expectOutcome(store, session, token, kind);
    }
  }),

  law('ends the least recently refreshed session at a login beyond the maximum', async (store) => {
    const uid = newUid();
    const [a, b] = [await logIn(store, { uid }), await logIn(store, { uid })];
    await expectOutcome(store, a.session, a.token, 'rotated');
    const c = await logIn(store, { uid, max: 2 });
    assert.deepEqual(c.evicted, [b.session.sid]);
    assert.deepEqual(await listSids(store, uid), [a.session.sid, c.session.sid]);
    const d = await logIn(store, { uid, max: 1 });
    assert.deepEqual([...d.evicted].sort(), [a.session.sid, c.session.sid].sort());
    assert.deepEqual(await listSids(store, uid), [d.session.sid]);
  }),

  law('ends sessions that were ended or have expired before live ones', async (store) => {
    const uid = newUid();
    const kept = await logIn(store, { uid });
    const reused = await logIn(store, { uid });
    await expectOutcome(store, reused.session, newToken(9), 'ahead');
    const ends = { idleEndsAt: NOW_MS + 1000, endsAt: NOW_MS + 1000 };
    const expired = await logIn(store, { uid, ...ends });
    const login = await logIn(store, { uid, max: 2, now: NOW_MS + 1000 });
    assert.deepEqual(login.evicted, []);
    const left = await listSids(store, uid);
    assert.deepEqual(left.sort(), [kept.session.sid, login.session.sid].sort());
    for (const { session } of [reused, expired]) {
      assert.equal(await store.revoke(uid, session.sid), false);
    }
  }),

  law('never ends a session at its own login, whatever the clocks of the others', async (store) => {
    const uid = newUid();
    const max = 3;
    let tokens = await Promise.all(Array.from({ length: max }, () => logIn(store, { uid })));
    for (let turn = 0; turn < 5; turn++) {
      // Another server, whose clock is ahead, refreshes every session meanwhile.
      const now = REFRESH_MS + 5000 * turn;
      const refreshes = tokens.map(({ session, token }) => newRefresh(session, token, { now }));
      const [login, ...outcomes] = await Promise.all([
        logIn(store, { uid, max }),
        ...refreshes.map(({ request }) => store.rotate(request)),
      ]);
      const { sid } = login.session;
      assert.ok(!login.evicted.includes(sid), 'the login reports its own session as evicted');
      assert.ok(await store.get(uid, sid, NOW_MS), 'the session of the login is gone');
      const left = await listSids(store, uid);
      assert.equal(left.length, max);
      const refreshed = tokens.flatMap(({ session }, index) => {
        const { kind } = outcomes[index] ?? {};
        assert.ok(kind === 'rotated' || kind === 'unknown', `a refresh is ${kind}`);
        const token = refreshes[index]?.successor;
        return kind === 'rotated' && token ? [{ session, token, evicted: [] }] : [];
      });
      tokens = [login, ...refreshed].filter(({ session }) => left.includes(session.sid));
    }
  }),

  law('keeps exactly the maximum after many concurrent logins', async (store) => {
    const uid = newUid();
    const logins = Array.from({ length: CONCURRENT_REQUESTS }, () => logIn(store, { uid, max: 3 }));
    const issued = await Promise.all(logins);
    const listed = await listSids(store, uid);
    const evicted = issued.flatMap((login) => login.evicted);
    assert.equal(listed.length, 3);
    const sids = issued.map(({ session }) => session.sid);
    assert.deepEqual([...listed, ...evicted].sort(), sids.sort());
  }),
];
