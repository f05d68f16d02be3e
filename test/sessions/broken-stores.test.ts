/** Checks that every law detects a store that breaks it. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { RotateRequest, SessionRow, SessionStore } from '../../src/sessions/index.ts';
import { isLive, newRow, rotateRow, toStoredSession } from '../../src/sessions/rotate-row.ts';
import { storeLaws } from '../../src/sessions/stores/conformance.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { rotationLaws } from '../../src/sessions/stores/rotation-laws.ts';

type Rule = typeof rotateRow;

/** Creates a store that decides by another rule, or waits between its reads and its writes. */
function createPlainStore(rule: Rule, wait?: () => Promise<unknown>): SessionStore {
  const rows = new Map<string, SessionRow>();
  const rowsOf = (uid: string) => [...rows.values()].filter((row) => row.uid === uid);
  return {
    ...createMemoryStore(),
    async issue(session, { now }) {
      const old = rowsOf(session.uid).find(({ slot }) => slot === session.slot);
      if (wait) await wait();
      if (old) rows.delete(old.sid);
      rows.set(session.sid, newRow(session, now));
      return { evicted: [] };
    },
    async rotate(request) {
      const row = rows.get(request.sid);
      if (wait) await wait();
      const { outcome, write } = rule(row, request, request.now ?? Date.now());
      if (write) rows.set(write.sid, write);
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

/** The store of CVE-2026-1035: reads, waits for the database, then writes what it read. */
const readThenWrite = () => createPlainStore(rotateRow, nextTurn);

/** Creates a store whose rule decides on another row or request. */
const decidesOn =
  (change: (row: SessionRow, request: RotateRequest) => { row?: object; request?: object }) => () =>
    createPlainStore((row, request, now) => {
      const changed = row && change(row, request);
      const changedRow = row && { ...row, ...changed?.row };
      return rotateRow(changedRow, { ...request, ...changed?.request }, now);
    });

type Rotation = ReturnType<Rule>;

/** Creates a store that changes the decisions of the rule. */
const decidesWith =
  (change: (decision: Rotation, row: SessionRow, request: RotateRequest) => Rotation) => () =>
    createPlainStore((row, request, now) => {
      const decision = rotateRow(row, request, now);
      return row ? change(decision, row, request) : decision;
    });

/** Creates a memory store with one bug. */
function withBug(bug: (store: Required<SessionStore>) => Partial<SessionStore>) {
  return (): SessionStore => {
    const store = createMemoryStore();
    return { ...store, ...bug(store) };
  };
}

/** Creates a memory store that changes the requests of `rotate`. */
const rotatesWith = (change: (request: RotateRequest) => Partial<RotateRequest>) =>
  withBug(({ rotate }) => ({ rotate: (request) => rotate({ ...request, ...change(request) }) }));

type Issue = Parameters<SessionStore['issue']>;

/** Creates a memory store that changes the sessions and limits of `issue`. */
const issuesWith = (
  change: (...args: Issue) => { session?: Partial<Issue[0]>; limits?: Partial<Issue[1]> },
) =>
  withBug(({ issue }) => ({
    async issue(session, limits) {
      const changed = change(session, limits);
      return issue({ ...session, ...changed.session }, { ...limits, ...changed.limits });
    },
  }));

const CENTURY_MS = 3e12;

const stores: Record<string, { create: () => SessionStore; breaks: RegExp[] }> = {
  'reads, then writes': {
    create: readThenWrite,
    breaks: [
      /^rotates exactly one/,
      /^reports one reuse/,
      /^revokes the session of an older/,
      /^ends the session of a token newer/,
      /^never restores/,
      /in one slot$/,
      /own user$/,
      /maximum/,
    ],
  },

  'has no grace period': {
    create: rotatesWith(() => ({ grace: 0 })),
    breaks: [/^returns the one successor/, /has passed$/, /set back/, /^accepts a repeated/],
  },
  'has an endless grace period': {
    create: rotatesWith(() => ({ grace: CENTURY_MS })),
    breaks: [/^reports one reuse/, /has passed$/],
  },
  'has a grace period of at most a day': {
    create: rotatesWith(({ grace }) => ({ grace: Math.min(grace, 86_400_000) })),
    breaks: [/however late/],
  },
  'treats a rotation in the future as long ago': {
    create: () => {
      let latest = 0;
      return rotatesWith(({ now }) => {
        if (now === null) return {};
        const seen = now < latest ? latest + 60_000 : now;
        latest = Math.max(latest, seen);
        return { now: seen };
      })();
    },
    breaks: [/set back/],
  },
  'reports a rotation in the future as late': {
    create: decidesWith(({ outcome, ...rest }, { refreshedAt }, { now }) => ({
      outcome: outcome.kind === 'grace' ? { ...outcome, late: Number(now) - refreshedAt } : outcome,
      ...rest,
    })),
    breaks: [/set back/],
  },
  'does not recognize a request that is sent again': {
    create: decidesOn(({ current }, { next }) =>
      current === next ? { row: { current: 'other' } } : {},
    ),
    breaks: [/sends twice$/],
  },

  'has no bursts': {
    create: rotatesWith(() => ({ burst: 0 })),
    breaks: [/^changes nothing/, /^ends a burst/],
  },
  'has bursts without end': {
    create: rotatesWith(() => ({ burst: CENTURY_MS })),
    breaks: [/^reports one reuse/, /^revokes the session of an older/, /^ends a burst/],
  },
  'has bursts of any length': {
    create: decidesOn(({ generation }, request) => ({
      request: { generation: Math.max(request.generation, generation - 8) },
    })),
    breaks: [/^ends a burst/],
  },
  'has bursts that begin at the login': {
    create: decidesOn(() => ({ row: { burstStart: 1 } })),
    breaks: [/^ends a burst/],
  },
  'begins a burst with the new token': {
    create: decidesWith((decision, { generation }) => {
      const { write } = decision;
      return write && write.burstStart === generation
        ? { ...decision, write: { ...write, burstStart: write.generation } }
        : decision;
    }),
    breaks: [/^changes nothing/],
  },
  'stores the meta of a token that a burst replaced': {
    create: decidesWith((decision, row, { meta }) =>
      decision.outcome.kind === 'superseded' ? { ...decision, write: { ...row, meta } } : decision,
    ),
    breaks: [/^changes nothing/],
  },

  'does not end the session of a reused token': {
    create: decidesWith(({ outcome, write }) =>
      write && outcome.kind !== 'reuse' ? { outcome, write } : { outcome },
    ),
    breaks: [/^reports one reuse/, /^revokes the session of an older/, /has passed$/],
  },
  'does not end the session of a newer token': {
    create: decidesWith(({ outcome, write }) =>
      write && outcome.kind !== 'ahead' ? { outcome, write } : { outcome },
    ),
    breaks: [/^ends the session of a token newer/],
  },
  'treats a newer token as reused': {
    create: rotatesWith(() => ({ generation: 0 })),
    breaks: [/^ends the session of a token newer/, /^ends a burst/],
  },
  'treats an older token as newer': {
    create: rotatesWith(() => ({ generation: 1e9 })),
    breaks: [/^revokes the session of an older/],
  },
  'reports every reuse as one generation behind': {
    create: decidesWith((decision) =>
      decision.outcome.kind === 'reuse'
        ? { ...decision, outcome: { kind: 'reuse', behind: 1 } }
        : decision,
    ),
    breaks: [/^revokes the session of an older/, /^ends a burst/],
  },

  'never ends a session': {
    create: rotatesWith(() => ({ now: 0 })),
    breaks: [/^ends a session at its idle end/, /own clock/],
  },
  'moves the absolute end': {
    create: issuesWith(() => ({ session: { endsAt: CENTURY_MS } })),
    breaks: [/^ends a session at its idle end/],
  },
  'ignores its own clock': {
    create: rotatesWith(({ now }) => ({ now: now ?? 0 })),
    breaks: [/own clock/],
  },
  'reads its own clock in seconds': {
    create: rotatesWith(({ now }) => ({ now: now ?? Date.now() / 1000 })),
    breaks: [/own clock/],
  },
  'forgets the lifetime of a session': {
    create: issuesWith(() => ({ session: { idle: CENTURY_MS } })),
    breaks: [/^moves the idle end/],
  },
  'ignores the lifetime of a refresh': {
    create: rotatesWith(() => ({ idle: CENTURY_MS })),
    breaks: [/^moves the idle end/],
  },
  'stores the lifetime of a refresh': {
    create: decidesWith(({ outcome, write }, _, { idle }) => ({
      outcome,
      ...(write && { write: { ...write, idle } }),
    })),
    breaks: [/^moves the idle end/],
  },
  'drops the meta': {
    create: rotatesWith(() => ({ meta: '{}' })),
    breaks: [/^keeps the meta/],
  },

  'ends nothing in revokeAll': {
    create: withBug(() => ({ revokeAll: async () => 0 })),
    breaks: [/revokeAll/],
  },
  'ends every session in revokeAll': {
    create: withBug(({ revokeAll }) => ({ revokeAll: (uid) => revokeAll(uid) })),
    breaks: [/^ends every session of one user/],
  },
  'trims user ids': {
    create: withBug(({ issue, list }) => ({
      issue: (session, limits) => issue({ ...session, uid: session.uid.trim() }, limits),
      list: (uid, now) => list(uid.trim(), now),
    })),
    breaks: [/^keeps unusual/],
  },
  'forgets the upstream name': {
    create: issuesWith(() => ({ session: { upstream: null } })),
    breaks: [/^keeps unusual/, /without its digests$/],
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

  'has no maximum': {
    create: issuesWith(() => ({ limits: { max: 1e9 } })),
    breaks: [/beyond the maximum$/, /^keeps exactly the maximum/],
  },
  'keeps one session more than the maximum': {
    create: issuesWith((_, { max }) => ({ limits: { max: max + 1 } })),
    breaks: [/beyond the maximum$/, /^keeps exactly the maximum/],
  },
  'does not know the time of a login': {
    create: issuesWith(() => ({ limits: { now: 0 } })),
    breaks: [/^ends sessions that were ended/, /without its digests$/],
  },
  'ranks a login among the refreshes before it ends': {
    create: withBug(({ issue, list, revoke }) => ({
      async issue(session, { now, max }) {
        await issue(session, { now, max: 1e9 });
        await nextTurn();
        const beyond = (await list(session.uid, now)).slice(max);
        for (const { uid, sid } of beyond) await revoke(uid, sid);
        return { evicted: beyond.map(({ sid }) => sid) };
      },
    })),
    breaks: [/^never ends a session at its own login/],
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
      await expect(check(create())).rejects.toMatchObject({ name: 'AssertionError' });
    },
  );
});

test.each(rotationLaws)('the store without another rule obeys: $name', ({ check }) =>
  check(createPlainStore(rotateRow)),
);

test('each law has a store that breaks it', () => {
  const broken = Object.values(stores).flatMap(({ breaks }) => breaks);
  const unbroken = storeLaws.filter(({ name }) => !broken.some((law) => law.test(name)));
  expect(unbroken.map(({ name }) => name)).toEqual([]);
});

test('each bug names laws that exist', () => {
  const patterns = Object.values(stores).flatMap(({ breaks }) => breaks);
  expect(patterns.filter((law) => !storeLaws.some(({ name }) => law.test(name)))).toEqual([]);
});
