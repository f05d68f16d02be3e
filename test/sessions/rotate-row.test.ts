/** The decision table of `rotateRow`, without a store: mutation testing of the rule runs this file. */

import { describe, expect, test } from 'vitest';
import type { NewSession, RotateRequest, SessionRow } from '../../src/sessions/index.ts';
import {
  compareByUse,
  isExpired,
  isLive,
  newRow,
  rotateRow,
  toStoredSession,
} from '../../src/sessions/rotate-row.ts';

const ROTATED_MS = 1_000_000;
const BURST_MS = 30_000;
const GRACE_MS = 60_000;

const row: SessionRow = {
  uid: 'ada',
  sid: 'sid',
  slot: 'phone',
  upstream: 'idp',
  generation: 5,
  current: 'digest 5',
  previous: 'digest 4',
  sealed: 'sealed 5',
  burstStart: 4,
  createdAt: 900_000,
  refreshedAt: ROTATED_MS,
  idle: 800_000,
  idleEndsAt: 2_000_000,
  endsAt: 3_000_000,
  endedAt: null,
  meta: '"stored"',
};

/** After the burst, within the grace period. */
const now = ROTATED_MS + 40_000;

/** Presents the current token. */
const current: RotateRequest = {
  uid: 'ada',
  sid: 'sid',
  generation: 5,
  presented: 'digest 5',
  next: 'digest 6',
  sealed: 'sealed 6',
  now: null,
  grace: GRACE_MS,
  burst: BURST_MS,
  idle: 500_000,
  meta: null,
};

/** Presents the previous token. */
const previous: RotateRequest = { ...current, generation: 4, presented: 'digest 4' };
/** Presents a token that was replaced twice. */
const older: RotateRequest = { ...current, generation: 3, presented: 'digest 3' };
/** Presents a token whose row the store lost. */
const newer: RotateRequest = { ...current, generation: 6, presented: 'digest 7' };
/** Another token of the current generation. */
const other: RotateRequest = { ...newer, generation: 5 };
const withoutGrace = { grace: 0, burst: 0 };
const tenYears = { grace: 315_576_000_000 };
/** The first token of the burst is the second of the session. */
const burst = { burstStart: 2 };

interface Decision {
  at: number;
  outcome: object;
  /** Members of the row that change; undefined if the store must not write. */
  write?: Partial<SessionRow>;
}

const without = (kind: string, at = now): Decision => ({ at, outcome: { kind } });

function rotates(changed: Partial<SessionRow> = {}): Decision {
  const { refreshedAt = now } = changed;
  const times = { refreshedAt, idleEndsAt: changed.idleEndsAt ?? refreshedAt + current.idle };
  const digests = { current: 'digest 6', previous: 'digest 5', sealed: 'sealed 6' };
  return {
    at: refreshedAt,
    outcome: { kind: 'rotated', ...times },
    write: { generation: 6, ...digests, burstStart: 5, ...times, ...changed },
  };
}

const { refreshedAt, idleEndsAt, sealed } = row;
const rotatedBefore = (at = now): Decision => ({
  at,
  outcome: { kind: 'rotated', refreshedAt, idleEndsAt },
});
const retries = (late: number, at = ROTATED_MS + late): Decision => ({
  at,
  outcome: { kind: 'grace', refreshedAt, idleEndsAt, sealed, late },
});
const ends = (outcome: object, at: number): Decision => ({
  ...{ at, outcome },
  write: { endedAt: at, current: 'digest 6' },
});
const isAhead = (at = now) => ends({ kind: 'ahead' }, at);
const isReuse = (behind: number, at = now) => ends({ kind: 'reuse', behind }, at);

interface Case extends Decision {
  row?: Partial<SessionRow>;
  request: RotateRequest;
}

const lifetimes: Record<string, Case> = {
  'does not find the session of another user': {
    request: { ...current, uid: 'eve' },
    ...without('unknown'),
  },
  'does not find the previous token of another user': {
    request: { ...previous, uid: 'eve' },
    ...without('unknown'),
  },
  'rotates one millisecond before the idle end': {
    request: current,
    ...rotates({ refreshedAt: idleEndsAt - 1 }),
  },
  'does not find the current token at the idle end': {
    request: current,
    ...without('unknown', idleEndsAt),
  },
  'does not find the current token at an absolute end before the idle end': {
    row: { endsAt: 1_500_000 },
    request: current,
    ...without('unknown', 1_500_000),
  },
  'does not find the previous token at the idle end': {
    row: { refreshedAt: idleEndsAt - 1 },
    request: previous,
    ...without('unknown', idleEndsAt),
  },
  'does not find an ended session at the idle end': {
    row: { endedAt: 1 },
    request: current,
    ...without('unknown', idleEndsAt),
  },
  'moves the idle end by the lifetime of the session if the request has a longer one': {
    request: { ...current, idle: 900_000 },
    ...rotates({ idleEndsAt: now + 800_000 }),
  },
  'moves the idle end back if the request has a short lifetime': {
    request: { ...current, idle: 1000 },
    ...rotates({ idleEndsAt: now + 1000 }),
  },
  'never moves the idle end behind the absolute end': {
    row: { endsAt: now + 300_000 },
    request: current,
    ...rotates({ idleEndsAt: now + 300_000 }),
  },
};

const endedSessions: Record<string, Case> = {
  'reports the current token of an ended session as revoked': {
    row: { endedAt: 1 },
    request: current,
    ...without('revoked'),
  },
  'reports an end at time 0 as revoked': {
    row: { endedAt: 0 },
    request: current,
    ...without('revoked'),
  },
  'reports the previous token of an ended session as revoked': {
    row: { endedAt: 1 },
    request: previous,
    ...without('revoked'),
  },
  'reports a token that a burst replaced as revoked': {
    row: { ...burst, endedAt: 1 },
    request: older,
    ...without('revoked', ROTATED_MS),
  },
  'reports a newer token of an ended session as revoked': {
    row: { endedAt: 1 },
    request: newer,
    ...without('revoked'),
  },
  'reports the reuse again to the request that detected it': {
    row: { endedAt: 1, current: 'digest 6' },
    request: older,
    ...{ at: now, outcome: { kind: 'reuse', behind: 2 } },
  },
  'reports a reuse at time 0 again to the request that detected it': {
    row: { endedAt: 0, current: 'digest 6' },
    request: previous,
    ...{ at: now, outcome: { kind: 'reuse', behind: 1 } },
  },
  'reports lost writes again to the request that detected them': {
    row: { endedAt: 1, current: 'digest 6' },
    request: newer,
    ...without('ahead'),
  },
};

const rotations: Record<string, Case> = {
  'rotates the current token': { request: current, ...rotates() },
  'rotates the current token before the first refresh': {
    row: { generation: 1, previous: '', sealed: '', burstStart: 1 },
    request: { ...current, generation: 1 },
    ...rotates({ generation: 2, burstStart: 1 }),
  },
  'rotates the current token without grace': {
    request: { ...current, ...withoutGrace },
    ...rotates(),
  },
  // The digest decides: a signed token cannot have another generation than its digest.
  'rotates the current token with a newer generation': {
    request: { ...current, generation: 9 },
    ...rotates(),
  },
  'rotates the current token with a clock that was set back': {
    request: current,
    ...rotates({ refreshedAt: ROTATED_MS - 5000, burstStart: 4 }),
  },
  'replaces the meta': {
    request: { ...current, meta: '"new"' },
    ...rotates({ meta: '"new"' }),
  },
  'replaces the meta with an empty string': {
    request: { ...current, meta: '' },
    ...rotates({ meta: '' }),
  },
  'has the same result for a request that is sent again': {
    request: { ...previous, next: 'digest 5' },
    ...rotatedBefore(),
  },
  'has the same result for a request that is sent again without grace, however late': {
    request: { ...previous, ...withoutGrace, next: 'digest 5' },
    ...rotatedBefore(idleEndsAt - 1),
  },
};

const bursts: Record<string, Case> = {
  'continues the burst one millisecond before its end': {
    row: burst,
    request: current,
    ...rotates({ ...burst, refreshedAt: ROTATED_MS + BURST_MS - 1 }),
  },
  'starts a burst with the presented token at the end of the last one': {
    row: burst,
    request: current,
    ...rotates({ refreshedAt: ROTATED_MS + BURST_MS }),
  },
  'starts a burst with each token if the request allows no bursts': {
    row: burst,
    request: { ...current, burst: 0 },
    ...rotates({ refreshedAt: ROTATED_MS }),
  },
  'rejects a token that the burst replaced': {
    row: burst,
    request: older,
    ...without('superseded', ROTATED_MS),
  },
  'rejects a token that the burst replaced in its last millisecond': {
    row: burst,
    request: older,
    ...without('superseded', ROTATED_MS + BURST_MS - 1),
  },
  'rejects a token that the burst replaced with a clock that was set back': {
    row: burst,
    request: older,
    ...without('superseded', ROTATED_MS - 60_000),
  },
  'rejects a token that a burst of one millisecond replaced': {
    row: burst,
    request: { ...older, burst: 1 },
    ...without('superseded', ROTATED_MS),
  },
  'treats a token that the burst replaced as reused after the burst': {
    row: burst,
    request: older,
    ...isReuse(2, ROTATED_MS + BURST_MS),
  },
  'treats a token that the burst replaced as reused if the request allows no bursts': {
    row: burst,
    request: { ...older, burst: 0 },
    ...isReuse(2, ROTATED_MS - 1),
  },
  'rejects the first token of the burst': {
    row: burst,
    request: { ...older, generation: 2 },
    ...without('superseded', ROTATED_MS),
  },
  'treats a token from before the burst as reused': {
    row: burst,
    request: { ...older, generation: 1 },
    ...isReuse(4, ROTATED_MS),
  },
  'rejects a token that a long burst replaced 8 refreshes ago': {
    row: { ...burst, generation: 20 },
    request: { ...older, generation: 12 },
    ...without('superseded', ROTATED_MS),
  },
  'treats a token that a long burst replaced 9 refreshes ago as reused': {
    row: { ...burst, generation: 20 },
    request: { ...older, generation: 11 },
    ...isReuse(9, ROTATED_MS),
  },
  'rejects the previous token between its grace period and the end of the burst': {
    request: { ...previous, grace: 10_000 },
    ...without('superseded', ROTATED_MS + 10_000),
  },
  'rejects another token of the current generation in a burst': {
    request: other,
    ...without('superseded', ROTATED_MS),
  },
};

const successors: Record<string, Case> = {
  'returns the successor for the previous token': { request: previous, ...retries(40_000) },
  'returns the successor at the time of the rotation': { request: previous, ...retries(0) },
  'returns the successor with a clock that was set back': {
    request: previous,
    ...retries(0, ROTATED_MS - 60_000),
  },
  'returns the successor in the last millisecond of the grace period': {
    request: previous,
    ...retries(GRACE_MS - 1),
  },
  'returns the successor with the shortest grace period': {
    request: { ...previous, grace: 1 },
    ...retries(0),
  },
  'returns the successor until the idle end with a grace period of years': {
    request: { ...previous, ...tenYears },
    ...retries(999_999),
  },
  'returns the successor for the previous digest with the current generation': {
    request: { ...previous, generation: 5 },
    ...retries(40_000),
  },
};

const thefts: Record<string, Case> = {
  'treats the previous token as reused after the grace period': {
    request: previous,
    ...isReuse(1, ROTATED_MS + GRACE_MS),
  },
  'treats the previous token as reused without grace': {
    request: { ...previous, ...withoutGrace },
    ...isReuse(1, ROTATED_MS),
  },
  'treats the previous token as reused without grace and with a clock that was set back': {
    request: { ...previous, ...withoutGrace },
    ...isReuse(1, ROTATED_MS - 60_000),
  },
  'treats an older token as reused within the grace period': { request: older, ...isReuse(2) },
  'treats an older token as reused with a grace period of years': {
    request: { ...older, ...tenYears },
    ...isReuse(2),
  },
  'treats another token of the current generation as reused': { request: other, ...isReuse(0) },
};

const lostWrites: Record<string, Case> = {
  'ends the session of a newer token': { request: newer, ...isAhead() },
  'ends the session of a newer token in a burst': { request: newer, ...isAhead(ROTATED_MS) },
  'ends the session of a newer token without grace': {
    request: { ...newer, ...withoutGrace },
    ...isAhead(),
  },
  'ends the session of a newer token with the previous digest': {
    request: { ...previous, generation: 6 },
    ...isAhead(),
  },
};

describe.each([
  ['lifetimes', lifetimes],
  ['ended sessions', endedSessions],
  ['rotations', rotations],
  ['bursts', bursts],
  ['successors', successors],
  ['thefts', thefts],
  ['lost writes', lostWrites],
])('rotateRow: %s', (_, cases) => {
  test.each(Object.entries(cases))('%s', (_, { row: given, request, at, outcome, write }) => {
    const before = Object.freeze({ ...row, ...given });
    const result = rotateRow(before, Object.freeze(request), at);
    expect(result).toStrictEqual({ outcome, ...(write && { write: { ...before, ...write } }) });
  });
});

test('rotateRow reports a request without a row as unknown', () => {
  expect(rotateRow(undefined, current, now)).toStrictEqual({ outcome: { kind: 'unknown' } });
});

describe('a row', () => {
  test.each([
    [1_999_999, false],
    [2_000_000, true],
    [2_000_001, true],
  ])('at %i has expired: %s', (time, expired) => {
    for (const ends of [{}, { idleEndsAt: row.endsAt, endsAt: row.idleEndsAt }]) {
      expect(isExpired({ ...row, ...ends }, time)).toBe(expired);
      expect(isLive({ ...row, ...ends }, time)).toBe(!expired);
    }
  });

  test('that has ended is not live', () => {
    expect(isLive({ ...row, endedAt: 0 }, now)).toBe(false);
  });

  test('begins with the first generation and no previous token', () => {
    const { uid, sid, slot, upstream, current, idle, idleEndsAt, endsAt, meta } = row;
    const session: NewSession = {
      uid,
      sid,
      slot,
      upstream,
      current,
      idle,
      idleEndsAt,
      endsAt,
      meta,
    };
    expect(newRow(session, now)).toStrictEqual({
      ...session,
      ...{ generation: 1, previous: '', sealed: '', burstStart: 1 },
      ...{ createdAt: now, refreshedAt: now, endedAt: null },
    });
  });

  test('becomes a stored session without digests', () => {
    const { current, previous, sealed, burstStart, idle, endedAt, ...stored } = row;
    expect(toStoredSession(row)).toStrictEqual(stored);
  });
});

describe('compareByUse', () => {
  const ranked = [
    { sid: 'c', refreshedAt: 3, endedAt: null },
    { sid: 'a', refreshedAt: 2, endedAt: null },
    { sid: 'b', refreshedAt: 2, endedAt: null },
    { sid: 'e', refreshedAt: 5, endedAt: 0 },
    { sid: 'd', refreshedAt: 4, endedAt: 6 },
  ];

  test('ranks live sessions first, then by the last refresh, then by id', () => {
    expect([...ranked].reverse().sort(compareByUse)).toEqual(ranked);
    expect([...ranked].sort(compareByUse)).toEqual(ranked);
  });

  test('returns opposite signs for opposite orders', () => {
    for (const [index, one] of ranked.entries()) {
      for (const other of ranked.slice(index + 1)) {
        expect(compareByUse(one, other)).toBeLessThan(0);
        expect(compareByUse(other, one)).toBeGreaterThan(0);
      }
    }
  });
});
