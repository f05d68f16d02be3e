/** The decision table of `rotateRow`, without a store: mutation testing of the rule runs this file. */

import { describe, expect, test } from 'vitest';
import type { RotateRequest, SessionRow } from '../../src/sessions/index.ts';
import { isExpired, isLive, rotateRow, toStoredSession } from '../../src/sessions/rotate-row.ts';

const ROTATED_MS = 1_000_000;
const GRACE_MS = 30_000;

const row: SessionRow = {
  sid: 'sid',
  uid: 'ada',
  slot: 'phone',
  gen: 5,
  cur: 'digest 5',
  prev: 'digest 4',
  sealed: 'sealed 5',
  createdAt: 900_000,
  rotatedAt: ROTATED_MS,
  idleExp: 2_000_000,
  absExp: 3_000_000,
  reusedAt: null,
  meta: '"stored"',
};

const now = ROTATED_MS + 1000;

/** Presents the current token. */
const current: RotateRequest = {
  uid: 'ada',
  sid: 'sid',
  gen: 5,
  presented: 'digest 5',
  next: 'digest 6',
  sealed: 'sealed 6',
  now,
  grace: GRACE_MS,
  idleExp: 2_500_000,
  meta: null,
};

/** Presents the previous token. */
const previous: RotateRequest = { ...current, gen: 4, presented: 'digest 4' };
/** Presents a token that was replaced twice. */
const older: RotateRequest = { ...current, gen: 3, presented: 'digest 3' };
/** Presents a token whose row the store lost. */
const newer: RotateRequest = { ...current, gen: 6, presented: 'digest 7' };

const rotated = { kind: 'rotated', rotatedAt: now, absExp: row.absExp };
const grace = { kind: 'grace', rotatedAt: ROTATED_MS, absExp: row.absExp, sealed: 'sealed 5' };
const unknown = { kind: 'unknown' };
const revoked = { kind: 'revoked' };
const reuse = { kind: 'reuse' };
const ahead = { kind: 'ahead' };

const successor = {
  gen: 6,
  cur: 'digest 6',
  prev: 'digest 5',
  sealed: 'sealed 6',
  rotatedAt: now,
  idleExp: 2_500_000,
};

interface Case {
  row?: Partial<SessionRow>;
  request: RotateRequest;
  outcome: object;
  /** Members of the row that change; undefined if the store must not write. */
  changed?: Partial<SessionRow>;
}

const at = (request: RotateRequest, time: number): RotateRequest => ({ ...request, now: time });
const reused = { reusedAt: now };

const cases: Record<string, Case> = {
  'rejects another user': { request: { ...current, uid: 'eve' }, outcome: unknown },
  'rejects the previous token of another user': {
    request: { ...previous, uid: 'eve' },
    outcome: unknown,
  },

  'rotates the current token': { request: current, outcome: rotated, changed: successor },
  'rotates the current token before the first refresh': {
    row: { gen: 1, prev: '', sealed: '' },
    request: { ...current, gen: 1 },
    outcome: rotated,
    changed: { ...successor, gen: 2 },
  },
  'replaces the meta': {
    request: { ...current, meta: '"new"' },
    outcome: rotated,
    changed: { ...successor, meta: '"new"' },
  },
  'replaces the meta with an empty string': {
    request: { ...current, meta: '' },
    outcome: rotated,
    changed: { ...successor, meta: '' },
  },
  'keeps the idle end at the absolute end at most': {
    request: { ...current, idleExp: 9_000_000 },
    outcome: rotated,
    changed: { ...successor, idleExp: row.absExp },
  },
  'moves the idle end back if the request does': {
    request: { ...current, idleExp: 1_500_000 },
    outcome: rotated,
    changed: { ...successor, idleExp: 1_500_000 },
  },
  'rotates one millisecond before the idle end': {
    request: at(current, row.idleExp - 1),
    outcome: { ...rotated, rotatedAt: row.idleExp - 1 },
    changed: { ...successor, rotatedAt: row.idleExp - 1 },
  },
  'rejects the current token at the idle end': {
    request: at(current, row.idleExp),
    outcome: unknown,
  },
  'rejects the current token at an absolute end before the idle end': {
    row: { absExp: 1_500_000 },
    request: at(current, 1_500_000),
    outcome: unknown,
  },
  'rotates the current token without grace': {
    request: { ...current, grace: 0 },
    outcome: rotated,
    changed: successor,
  },
  'rotates the current token with a clock that was set back': {
    request: at(current, ROTATED_MS - 5000),
    outcome: { ...rotated, rotatedAt: ROTATED_MS - 5000 },
    changed: { ...successor, rotatedAt: ROTATED_MS - 5000 },
  },
  // The digest decides: a signed token cannot have another gen than its digest.
  'rotates the current token with a newer gen': {
    request: { ...current, gen: 9 },
    outcome: rotated,
    changed: successor,
  },

  'rejects the current token of a reused session': {
    row: { reusedAt: 1 },
    request: current,
    outcome: revoked,
  },
  'rejects the previous token of a reused session': {
    row: { reusedAt: 1 },
    request: previous,
    outcome: revoked,
  },
  'rejects a newer token of a reused session': {
    row: { reusedAt: 1 },
    request: newer,
    outcome: revoked,
  },
  'treats a reuse at time 0 as a reuse': {
    row: { reusedAt: 0 },
    request: current,
    outcome: revoked,
  },
  'reports an expired, reused session as unknown': {
    row: { reusedAt: 1 },
    request: at(current, row.idleExp),
    outcome: unknown,
  },

  'rejects a newer token and keeps the row': { request: newer, outcome: ahead },
  'rejects a newer token without grace': { request: { ...newer, grace: 0 }, outcome: ahead },
  'rejects a newer token with the previous digest': {
    request: { ...previous, gen: 6 },
    outcome: ahead,
  },
  'treats another digest of the current gen as a reuse': {
    request: { ...newer, gen: 5 },
    outcome: reuse,
    changed: reused,
  },

  'returns the successor for the previous token': { request: previous, outcome: grace },
  'returns the successor at the time of the rotation': {
    request: at(previous, ROTATED_MS),
    outcome: grace,
  },
  'returns the successor with a clock that was set back': {
    request: at(previous, ROTATED_MS - 60_000),
    outcome: grace,
  },
  'returns the successor in the last millisecond of the grace period': {
    request: at(previous, ROTATED_MS + GRACE_MS - 1),
    outcome: grace,
  },
  'returns the successor with the shortest grace period': {
    request: { ...at(previous, ROTATED_MS), grace: 1 },
    outcome: grace,
  },
  'treats the previous token as reused after the grace period': {
    request: at(previous, ROTATED_MS + GRACE_MS),
    outcome: reuse,
    changed: { reusedAt: ROTATED_MS + GRACE_MS },
  },
  'treats the previous token as reused without grace': {
    request: { ...previous, grace: 0 },
    outcome: reuse,
    changed: reused,
  },
  'treats the previous token as reused without grace and with a clock set back': {
    request: { ...at(previous, ROTATED_MS - 60_000), grace: 0 },
    outcome: reuse,
    changed: { reusedAt: ROTATED_MS - 60_000 },
  },
  'treats an older token as reused within the grace period': {
    request: older,
    outcome: reuse,
    changed: reused,
  },
  'rejects the previous token at the idle end': {
    row: { rotatedAt: row.idleExp - 1 },
    request: at(previous, row.idleExp),
    outcome: unknown,
  },
};

describe('rotateRow', () => {
  test.each(Object.entries(cases))('%s', (_, { row: given, request, outcome, changed }) => {
    const before = Object.freeze({ ...row, ...given });
    const result = rotateRow(before, Object.freeze(request));
    expect(result).toStrictEqual({
      outcome,
      ...(changed && { changed: { ...before, ...changed } }),
    });
  });

  test('rejects a request without a row', () => {
    expect(rotateRow(undefined, current)).toStrictEqual({ outcome: unknown });
  });
});

describe('a row', () => {
  test.each([
    [1_999_999, false],
    [2_000_000, true],
    [2_000_001, true],
  ])('at %i has expired: %s', (time, expired) => {
    for (const ends of [{}, { idleExp: row.absExp, absExp: row.idleExp }]) {
      expect(isExpired({ ...row, ...ends }, time)).toBe(expired);
      expect(isLive({ ...row, ...ends }, time)).toBe(!expired);
    }
  });

  test('that was reused is not live', () => {
    expect(isLive({ ...row, reusedAt: 0 }, now)).toBe(false);
  });

  test('becomes a stored session without digests', () => {
    const { cur, prev, sealed, reusedAt, ...stored } = row;
    expect(toStoredSession(row)).toStrictEqual(stored);
  });
});
