/** The laws that a session store has to keep, for any test runner. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { SessionStore } from '../store.ts';
import {
  ask,
  CROWD,
  crowd,
  DAY,
  expectOutcome,
  first,
  GRACE,
  login,
  NOW,
  randomId,
  sids,
  start,
} from './law-clients.ts';

/**
 * One law: `check` rejects with an AssertionError where the store breaks it.
 *
 * @example
 * ```ts
 * const hold = ({ name, check }: StoreLaw) => check(store).then(() => `${name}: obeyed`);
 * ```
 */
export interface StoreLaw {
  readonly name: string;
  /** Holds the store against the law. */
  check(store: SessionStore): Promise<void>;
}

const law = (name: string, check: StoreLaw['check']): StoreLaw => ({ name, check });

/**
 * The laws. Each makes users of its own, so that one store, or one database, can be held against all of
 * them, also from several processes at once.
 *
 * @example
 * ```ts
 * import { storeLaws } from 'jotkit/sessions/conformance';
 * import { createMemoryStore } from 'jotkit/sessions/memory';
 * import { test } from 'node:test';
 *
 * const store = createMemoryStore(); // your own store
 * for (const { name, check } of storeLaws) test(name, () => check(store));
 * ```
 */
export const storeLaws: readonly StoreLaw[] = [
  law('L1: of many that refresh with one token at once, exactly one rotates', async (store) => {
    const { session, token } = await start(store);
    const { count, winner } = await crowd(store, session, token);
    assert.equal(count('rotated'), 1);
    assert.ok(winner);
    await expectOutcome(store, session, winner.successor, 'rotated');
  }),

  law('L2: within the grace all others get what the one got', async (store) => {
    const { session, token } = await start(store);
    const { outcomes, count, winner } = await crowd(store, session, token);
    assert.equal(count('grace'), CROWD - 1);
    const [rotatedAt, absExp, sealed] = [NOW + 1000, session.absExp, winner?.request.sealed];
    for (const outcome of outcomes) {
      const same = { kind: outcome.kind, rotatedAt, absExp };
      assert.deepEqual({ ...outcome }, outcome.kind === 'grace' ? { ...same, sealed } : same);
    }
  }),

  law(
    'L3: without grace one of the others is the reuse, and all further are revoked',
    async (store) => {
      const { session, token } = await start(store);
      const { count, winner } = await crowd(store, session, token, { grace: 0 });
      assert.deepEqual([count('rotated'), count('reuse'), count('revoked')], [1, 1, CROWD - 2]);
      assert.ok(winner);
      await expectOutcome(store, session, winner.successor, 'revoked');
    },
  ),

  law('L4: nothing brings back a session that was revoked', async (store) => {
    const { session, token } = await start(store);
    const asked = Array.from({ length: CROWD }, () => ask(session, token));
    const refreshing = asked.map(({ request }) => store.rotate(request));
    assert.equal(await store.revoke(session.uid, session.sid), true);
    await Promise.all(refreshing);
    for (const { successor } of asked) await expectOutcome(store, session, successor, 'unknown');
    await expectOutcome(store, session, token, 'unknown');
    assert.equal(await store.get(session.uid, session.sid, NOW + 1000), null);
    assert.deepEqual(await sids(store, session.uid), []);
    assert.equal(await store.revoke(session.uid, session.sid), false);
  }),

  law(
    'L5: after revokeAll among logins and refreshes, what is listed can be refreshed',
    async (store) => {
      const uid = `user-${randomUUID()}`;
      const there = [await start(store, { uid }), await start(store, { uid })];
      const [one, two] = there.map(({ session, token }) => ask(session, token));
      const work = [
        start(store, { uid }),
        store.rotate((one as typeof two & object).request),
        store.revokeAll(uid),
        store.rotate((two as typeof one & object).request),
        start(store, { uid }),
      ] as const;
      const [early, , , , late] = await Promise.all(work);
      const listed = await sids(store, uid);
      for (const { session, token } of [early, late]) {
        const kind = listed.includes(session.sid) ? 'rotated' : 'unknown';
        await expectOutcome(store, session, token, kind);
      }
      for (const { session } of there) assert.ok(!listed.includes(session.sid));
    },
  ),

  law(
    'L5: revokeAll ends every session of the user but the excepted, and nobody else’s',
    async (store) => {
      const uid = `user-${randomUUID()}`;
      const [kept, ended] = [await start(store, { uid }), await start(store, { uid })];
      const other = await start(store);
      assert.equal(await store.revokeAll(uid, kept.session.sid), 1);
      assert.deepEqual(await sids(store, uid), [kept.session.sid]);
      await expectOutcome(store, ended.session, ended.token, 'unknown');
      await expectOutcome(store, other.session, other.token, 'rotated');
      assert.equal(await store.revokeAll(uid), 1);
      assert.equal(await store.revokeAll(uid), 0);
    },
  ),

  law('L6: of many logins into one slot at once, exactly one is left', async (store) => {
    const given = { uid: `user-${randomUUID()}`, slot: 'phone' };
    const logins = await Promise.all(Array.from({ length: CROWD }, () => start(store, given)));
    const listed = await sids(store, given.uid);
    assert.equal(listed.length, 1);
    for (const { session, token } of logins) {
      const kind = session.sid === listed[0] ? 'rotated' : 'unknown';
      await expectOutcome(store, session, token, kind);
    }
  }),

  law('L7: a stale token ends its session, and is told once', async (store) => {
    const { session, token } = await start(store);
    const { successor } = await expectOutcome(store, session, token, 'rotated');
    const next = await expectOutcome(store, session, successor, 'rotated');
    const { count } = await crowd(store, session, token);
    assert.deepEqual([count('reuse'), count('revoked')], [1, CROWD - 1]);
    await expectOutcome(store, session, next.successor, 'revoked');
    assert.equal(await store.get(session.uid, session.sid, NOW + 1000), null);
    assert.deepEqual(await sids(store, session.uid), []);
  }),

  law('L7: the replaced token is stale when the grace is over', async (store) => {
    const { session, token } = await start(store);
    await expectOutcome(store, session, token, 'rotated');
    const over = NOW + 1000 + GRACE;
    await expectOutcome(store, session, token, 'grace', { now: over - 1 });
    await expectOutcome(store, session, token, 'reuse', { now: over });
    await expectOutcome(store, session, token, 'revoked', { now: over });
  }),

  law('L8: odd user ids and texts come back as they were, or are refused', async (store) => {
    const unique = randomUUID();
    const odd = ['ä', 'a\u0308', 'A', 'a', ' a', 'a ', "'; --", '{x}', '*', '%', '🦊', '\n', '$1'];
    const meta = JSON.stringify({ text: `${odd.join()}\u0000\u2028`, empty: [], object: {} });
    const uids = [
      ...odd.map((text) => unique + text),
      `${'long '.repeat(50)}${unique}`.slice(-255),
    ];
    const started = await Promise.all(uids.map((uid) => start(store, { uid, slot: uid, meta })));
    for (const { session, token } of started) {
      assert.deepEqual(await sids(store, session.uid), [session.sid]);
      const found = await store.get(session.uid, session.sid, NOW + 1000);
      const { uid, slot } = session;
      assert.deepEqual([found?.uid, found?.slot, found?.meta], [uid, slot, meta]);
      await expectOutcome(store, session, token, 'rotated');
    }
    const nul = start(store, { uid: `${unique}\u0000a` });
    const listed = () => sids(store, `${unique}\u0000a`);
    await nul.then(
      async ({ session }) => assert.deepEqual(await listed(), [session.sid]),
      () => {},
    );
    assert.equal((await sids(store, `${unique}a`)).length, 1);
  }),

  law(
    'L9: an operation that is done twice, because its answer was lost, does no harm',
    async (store) => {
      const token = first();
      const session = login(token, { slot: 'phone' });
      await store.issue(session, { now: NOW, max: 100 });
      await store.issue(session, { now: NOW, max: 100 });
      assert.deepEqual(await sids(store, session.uid), [session.sid]);
      const { request, successor } = ask(session, token);
      await store.rotate(request);
      const { outcome } = await expectOutcome(store, session, token, 'grace');
      assert.equal(outcome.kind === 'grace' && outcome.sealed, request.sealed);
      await expectOutcome(store, session, successor, 'rotated');
    },
  ),

  law(
    'a session ends at its idle end and at its absolute end, which never moves',
    async (store) => {
      const { session, token } = await start(store, { idleExp: NOW + 5000, absExp: NOW + 9000 });
      await expectOutcome(store, session, token, 'unknown', { now: NOW + 5000 });
      const { successor } = await expectOutcome(store, session, token, 'rotated', {
        now: NOW + 4999,
      });
      const found = await store.get(session.uid, session.sid, NOW + 8999);
      assert.deepEqual([found?.idleExp, found?.absExp], [NOW + 9000, NOW + 9000]);
      assert.equal(await store.get(session.uid, session.sid, NOW + 9000), null);
      assert.deepEqual(await sids(store, session.uid, NOW + 9000), []);
      await expectOutcome(store, session, successor, 'unknown', { now: NOW + 9000 });
    },
  ),

  law('a session answers only to its own user', async (store) => {
    const { session, token } = await start(store);
    const foreign = { ...session, uid: `user-${randomUUID()}` };
    await expectOutcome(store, foreign, token, 'unknown');
    assert.equal(await store.get(foreign.uid, session.sid, NOW), null);
    assert.equal(await store.revoke(foreign.uid, session.sid), false);
    await expectOutcome(store, session, token, 'rotated');
  }),

  law(
    'a token from a future that the store has lost is refused, and ends nothing',
    async (store) => {
      const { session, token } = await start(store);
      await expectOutcome(store, session, { jti: randomId(), gen: 3 }, 'ahead');
      await expectOutcome(store, session, token, 'rotated');
    },
  ),

  law('a clock that was set back is within the grace', async (store) => {
    const { session, token } = await start(store);
    await expectOutcome(store, session, token, 'rotated', { now: NOW + 60_000 });
    await expectOutcome(store, session, token, 'grace', { now: NOW });
    await expectOutcome(store, session, token, 'reuse', { now: NOW, grace: 0 });
  }),

  law('a refresh keeps the meta, or replaces it', async (store) => {
    const { session, token } = await start(store, { meta: '{"ip":"a"}' });
    const metaNow = async () => (await store.get(session.uid, session.sid, NOW))?.meta;
    const { successor } = await expectOutcome(store, session, token, 'rotated');
    assert.equal(await metaNow(), '{"ip":"a"}');
    await expectOutcome(store, session, successor, 'rotated', { meta: '{"ip":"b"}' });
    assert.equal(await metaNow(), '{"ip":"b"}');
  }),

  law('a session is shown as it is, and without its digests', async (store) => {
    const { session, token } = await start(store);
    await expectOutcome(store, session, token, 'rotated');
    const { sid, uid, slot, absExp, meta } = session;
    const times = { createdAt: NOW, rotatedAt: NOW + 1000, idleExp: NOW + 1000 + 7 * DAY, absExp };
    const shown = { sid, uid, slot, gen: 2, ...times, meta };
    assert.deepEqual({ ...(await store.get(uid, sid, NOW)) }, shown);
    assert.deepEqual(
      (await store.list(uid, NOW)).map((one) => ({ ...one })),
      [shown],
    );
  }),

  law(
    'a login beyond the maximum ends the least recently refreshed, never itself',
    async (store) => {
      const uid = `user-${randomUUID()}`;
      const [a, b] = [await start(store, { uid }), await start(store, { uid })];
      await expectOutcome(store, a.session, a.token, 'rotated');
      const c = await start(store, { uid }, 2);
      assert.deepEqual(c.evicted, [b.session.sid]);
      assert.deepEqual(await sids(store, uid), [c.session.sid, a.session.sid]);
      const d = await start(store, { uid }, 1);
      assert.deepEqual([...d.evicted].sort(), [a.session.sid, c.session.sid].sort());
      assert.deepEqual(await sids(store, uid), [d.session.sid]);
    },
  ),

  law('many logins at once leave no more than the maximum', async (store) => {
    const uid = `user-${randomUUID()}`;
    const logins = await Promise.all(Array.from({ length: CROWD }, () => start(store, { uid }, 3)));
    const listed = await sids(store, uid);
    const evicted = logins.flatMap((login) => login.evicted);
    assert.equal(listed.length, 3);
    const all = logins.map(({ session }) => session.sid);
    assert.deepEqual([...listed, ...evicted].sort(), all.sort());
  }),

  law(
    'purge removes what is past its absolute end, and never more than it was told',
    async (store) => {
      if (!store.purge) return;
      const [old, later] = [{ absExp: 1000 }, { absExp: NOW + DAY }];
      const dead = [await start(store, old), await start(store, old), await start(store, old)];
      const live = await start(store, later);
      assert.ok((await store.purge(2000, 2)) <= 2);
      while ((await store.purge(2000, 100)) > 0);
      for (const { session } of dead) {
        assert.equal(await store.revoke(session.uid, session.sid), false);
      }
      await expectOutcome(store, live.session, live.token, 'rotated');
    },
  ),
];
