/** Checks that every law detects a store that breaks it. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { SessionRow, SessionStore } from '../../src/sessions/index.ts';
import { isLive, rotateRow, toStoredSession } from '../../src/sessions/rotate-row.ts';
import { storeLaws } from '../../src/sessions/stores/conformance.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';

/** The store of CVE-2026-1035: reads, waits for the database, then writes what it read. */
function readThenWrite(): SessionStore {
  const rows = new Map<string, SessionRow>();
  const rowsOf = (uid: string) => [...rows.values()].filter((row) => row.uid === uid);
  return {
    ...createMemoryStore(),
    async issue(session, { now }) {
      const old = rowsOf(session.uid).find(({ slot }) => slot === session.slot);
      await nextTurn();
      if (old) rows.delete(old.sid);
      const fresh = { generation: 1, previous: '', sealed: '', createdAt: now, refreshedAt: now };
      rows.set(session.sid, { ...session, ...fresh, endedAt: null });
      return { evicted: [] };
    },
    async rotate(request) {
      const row = rows.get(request.sid);
      await nextTurn();
      const { outcome, changed } = rotateRow(row, request);
      if (changed) rows.set(changed.sid, changed);
      return outcome;
    },
    async revoke(_, sid) {
      return rows.delete(sid);
    },
    async get(_, sid, now) {
      const row = rows.get(sid);
      return row && isLive(row, now) ? toStoredSession(row) : null;
    },
    async list(uid, now) {
      return rowsOf(uid).filter((row) => isLive(row, now));
    },
  };
}

/** Creates a memory store with one bug. */
function withBug(bug: (store: Required<SessionStore>) => Partial<SessionStore>) {
  return (): SessionStore => {
    const store = createMemoryStore();
    return { ...store, ...bug(store) };
  };
}

type Rotate = SessionStore['rotate'];
type Request = Parameters<Rotate>[0];

/** Creates a memory store that changes the requests of `rotate`. */
const rotatesWith = (change: (request: Request) => Partial<Request>) =>
  withBug(({ rotate }) => ({ rotate: (request) => rotate({ ...request, ...change(request) }) }));

const stores: Record<string, { create: () => SessionStore; breaks: RegExp[] }> = {
  'reads, then writes': {
    create: readThenWrite,
    breaks: [
      /^rotates exactly one/,
      /^reports one reuse/,
      /^never restores/,
      /in one slot$/,
      /own user$/,
      /maximum/,
    ],
  },
  'has no grace period': {
    create: rotatesWith(() => ({ grace: 0 })),
    breaks: [/^returns the one successor/, /has passed$/, /^accepts a repeated/],
  },
  'has an endless grace period': {
    create: rotatesWith(() => ({ grace: 1e15 })),
    breaks: [/^reports one reuse/, /has passed$/],
  },
  'ends nothing in revokeAll': {
    create: withBug(() => ({ revokeAll: async () => 0 })),
    breaks: [/revokeAll/],
  },
  'trims user ids': {
    create: withBug(({ issue, list }) => ({
      issue: (session, limits) => issue({ ...session, uid: session.uid.trim() }, limits),
      list: (uid, now) => list(uid.trim(), now),
    })),
    breaks: [/^keeps unusual/],
  },
  'never ends a session': {
    create: rotatesWith(() => ({ now: 0 })),
    breaks: [/^ends a session at its idle end/],
  },
  'revokes the session of a newer token': {
    create: rotatesWith(() => ({ generation: 0 })),
    breaks: [/^rejects a token newer/],
  },
  'treats every older token as newer': {
    create: rotatesWith(() => ({ generation: 1e9 })),
    breaks: [/^revokes the session of an older/],
  },
  'treats a rotation in the future as long ago': {
    create: () => {
      let latest = 0;
      return rotatesWith(({ now }) => {
        const seen = now < latest ? latest + 60_000 : now;
        latest = Math.max(latest, seen);
        return { now: seen };
      })();
    },
    breaks: [/set back/],
  },
  'drops the meta': {
    create: rotatesWith(() => ({ meta: '{}' })),
    breaks: [/^keeps the meta/],
  },
  'returns digests': {
    create: withBug(({ get }) => ({
      get: async (...args) => {
        const found = await get(...args);
        return found && ({ ...found, current: 'digest' } as typeof found);
      },
    })),
    breaks: [/without its digests$/],
  },
  'purges more than the limit': {
    create: withBug(({ purge }) => ({ purge: (now) => purge(now, 1000) })),
    breaks: [/^purges/],
  },
};

describe.each(Object.entries(stores))('a store that %s', (_, { create, breaks }) => {
  test.each(storeLaws.filter(({ name }) => breaks.some((law) => law.test(name))))(
    'fails the law: $name',
    async ({ check }) => {
      await expect(check(create())).rejects.toThrow();
    },
  );
});

test('breaks every law with one of the stores', () => {
  const broken = Object.values(stores).flatMap(({ breaks }) => breaks);
  const unbroken = storeLaws.filter(({ name }) => !broken.some((law) => law.test(name)));
  expect(unbroken.map(({ name }) => name)).toEqual([]);
});
