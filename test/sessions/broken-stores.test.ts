/** The laws hold stores to account: each of these breaks one, and is found out. */

import { describe, expect, test } from 'vitest';
import type { SessionRow, SessionStore } from '../../src/sessions/index.ts';
import { isLive, rotateRow, show } from '../../src/sessions/rotate-row.ts';
import { storeLaws } from '../../src/sessions/stores/conformance.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';

const pause = () => new Promise((resolve) => setImmediate(resolve));

/** As it is written by hand: read, wait for the database, write. */
function readThenWrite(): SessionStore {
  const rows = new Map<string, SessionRow>();
  const of = (uid: string) => [...rows.values()].filter((row) => row.uid === uid);
  return {
    async issue(session, { now }) {
      const old = of(session.uid).find(({ slot }) => slot === session.slot);
      await pause();
      if (old) rows.delete(old.sid);
      const fresh = { gen: 1, prev: '', sealed: '', createdAt: now, rotatedAt: now };
      rows.set(session.sid, { ...session, ...fresh, reusedAt: null });
      return { evicted: [] };
    },
    async rotate(request) {
      const row = rows.get(request.sid);
      await pause();
      const { outcome, changed } = rotateRow(row, request);
      if (changed) rows.set(changed.sid, changed);
      return outcome;
    },
    async revoke(_, sid) {
      return rows.delete(sid);
    },
    async revokeAll(uid, except) {
      const ended = of(uid).filter(({ sid }) => sid !== except);
      for (const { sid } of ended) rows.delete(sid);
      return ended.length;
    },
    async get(_, sid, now) {
      const row = rows.get(sid);
      return row && isLive(row, now) ? show(row) : null;
    },
    async list(uid, now) {
      return of(uid)
        .filter((row) => isLive(row, now))
        .map(show);
    },
  };
}

/** A good store with one fault. */
function faulty(fault: (good: Required<SessionStore>) => Partial<SessionStore>) {
  return (): SessionStore => {
    const good = createMemoryStore();
    return { ...good, ...fault(good) };
  };
}

const stores: Record<string, { make: () => SessionStore; breaks: RegExp[] }> = {
  'that reads, then writes': {
    make: readThenWrite,
    breaks: [/^L1:/, /^L3:/, /^L4:/, /^L6:/, /own user/, /maximum/],
  },
  'that knows no grace': {
    make: faulty(({ rotate }) => ({ rotate: (request) => rotate({ ...request, grace: 0 }) })),
    breaks: [/^L2:/, /^L7: the replaced/, /^L9:/],
  },
  'whose grace never ends': {
    make: faulty(({ rotate }) => ({ rotate: (r) => rotate({ ...r, grace: 1e15 }) })),
    breaks: [/^L3:/, /^L7: the replaced/],
  },
  'that forgets to end all': {
    make: faulty(() => ({ revokeAll: async () => 0 })),
    breaks: [/^L5:/, /^L5: revokeAll ends/],
  },
  'that folds user ids': {
    make: faulty(({ issue, list }) => ({
      issue: (session, limits) => issue({ ...session, uid: session.uid.trim() }, limits),
      list: (uid, now) => list(uid.trim(), now),
    })),
    breaks: [/^L8:/],
  },
  'that lets a session live for ever': {
    make: faulty(({ rotate }) => ({ rotate: (request) => rotate({ ...request, now: 0 }) })),
    breaks: [/idle end/],
  },
  'that ends the session of a token from the future': {
    make: faulty(({ rotate }) => ({ rotate: (request) => rotate({ ...request, gen: 0 }) })),
    breaks: [/future/],
  },
  'that takes every stale token for one from the future': {
    make: faulty(({ rotate }) => ({ rotate: (request) => rotate({ ...request, gen: 1e9 }) })),
    breaks: [/^L7: a stale/],
  },
  'that takes a rotation in the future for one long ago': {
    make: faulty(({ rotate }) => {
      let latest = 0;
      return {
        rotate(request) {
          const now = request.now < latest ? latest + 60_000 : request.now;
          latest = Math.max(latest, now);
          return rotate({ ...request, now });
        },
      };
    }),
    breaks: [/set back/],
  },
  'that drops the meta': {
    make: faulty(({ rotate }) => ({ rotate: (request) => rotate({ ...request, meta: '{}' }) })),
    breaks: [/keeps the meta/],
  },
  'that shows everything': {
    make: faulty(({ get }) => ({
      get: async (...args) => {
        const found = await get(...args);
        return found && ({ ...found, cur: 'digest' } as typeof found);
      },
    })),
    breaks: [/without its digests/],
  },
  'that purges too much': {
    make: faulty(({ purge }) => ({ purge: (now) => purge(now, 1000) })),
    breaks: [/^purge/],
  },
};

describe.each(Object.entries(stores))('a store %s', (_, { make, breaks }) => {
  test.each(storeLaws.filter(({ name }) => breaks.some((law) => law.test(name))))(
    'breaks the law "$name"',
    async ({ check }) => {
      await expect(check(make())).rejects.toThrow();
    },
  );
});

test('every law can be broken', () => {
  const broken = Object.values(stores).flatMap(({ breaks }) => breaks);
  const safe = storeLaws.filter(({ name }) => !broken.some((law) => law.test(name)));
  expect(safe.map(({ name }) => name)).toEqual([]);
});
