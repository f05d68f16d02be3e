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
  generation: 5,
  current: 'digest 5',
  previous: 'digest 4',
  sealed: 'sealed 5',
  createdAt: 900_000,
  refreshedAt: ROTATED_MS,
  idleEndsAt: 2_000_000,
  endsAt: 3_000_000,
  endedAt: null,
  meta: '"stored"',
};

const now = ROTATED_MS + 1000;

/** Presents the current token. */
const current: RotateRequest = {
  uid: 'ada',
  sid: 'sid',
  generation: 5,
  presented: 'digest 5',
  next: 'digest 6',
  sealed: 'sealed 6',
  now,
  grace: GRACE_MS,
  idleEndsAt: 2_500_000,
  meta: null,
};

/** Presents the previous token. */
const previous: RotateRequest = { ...current, generation: 4, presented: 'digest 4' };
/** Presents a token that was replaced twice. */
const older: RotateRequest = { ...current, generation: 3, presented: 'digest 3' };
/** Presents a token whose row the store lost. */
const newer: RotateRequest = { ...current, generation: 6, presented: 'digest 7' };

const rotated = { kind: 'rotated', refreshedAt: now, endsAt: row.endsAt };
const grace = { kind: 'grace', refreshedAt: ROTATED_MS, endsAt: row.endsAt, sealed: 'sealed 5' };
const unknown = { kind: 'unknown' };
const revoked = { kind: 'revoked' };
const reuse = { kind: 'reuse' };
const ahead = { kind: 'ahead' };

const successor = {
  generation: 6,
  current: 'digest 6',
  previous: 'digest 5',
  sealed: 'sealed 6',
  refreshedAt: now,
  idleEndsAt: 2_500_000,
};

interface Case {
  row?: Partial<SessionRow>;
  request: RotateRequest;
  outcome: object;
  /** Members of the row that change; undefined if the store must not write. */
  changed?: Partial<SessionRow>;
}

const at = (request: RotateRequest, time: number): RotateRequest => ({ ...request, now: time });
const reused = { endedAt: now };

const cases: Record<string, Case> = {
  'rejects another user': { request: { ...current, uid: 'eve' }, outcome: unknown },
  'rejects the previous token of another user': {
    request: { ...previous, uid: 'eve' },
    outcome: unknown,
  },

  'rotates the current token': { request: current, outcome: rotated, changed: successor },
  'rotates the current token before the first refresh': {
    row: { generation: 1, previous: '', sealed: '' },
    request: { ...current, generation: 1 },
    outcome: rotated,
    changed: { ...successor, generation: 2 },
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
    request: { ...current, idleEndsAt: 9_000_000 },
    outcome: rotated,
    changed: { ...successor, idleEndsAt: row.endsAt },
  },
  'moves the idle end back if the request does': {
    request: { ...current, idleEndsAt: 1_500_000 },
    outcome: rotated,
    changed: { ...successor, idleEndsAt: 1_500_000 },
  },
  'rotates one millisecond before the idle end': {
    request: at(current, row.idleEndsAt - 1),
    outcome: { ...rotated, refreshedAt: row.idleEndsAt - 1 },
    changed: { ...successor, refreshedAt: row.idleEndsAt - 1 },
  },
  'rejects the current token at the idle end': {
    request: at(current, row.idleEndsAt),
    outcome: unknown,
  },
  'rejects the current token at an absolute end before the idle end': {
    row: { endsAt: 1_500_000 },
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
    outcome: { ...rotated, refreshedAt: ROTATED_MS - 5000 },
    changed: { ...successor, refreshedAt: ROTATED_MS - 5000 },
  },
  // The digest decides: a signed token cannot have another generation than its digest.
  'rotates the current token with a newer generation': {
    request: { ...current, generation: 9 },
    outcome: rotated,
    changed: successor,
  },

  'rejects the current token of a reused session': {
    row: { endedAt: 1 },
    request: current,
    outcome: revoked,
  },
  'rejects the previous token of a reused session': {
    row: { endedAt: 1 },
    request: previous,
    outcome: revoked,
  },
  'rejects a newer token of a reused session': {
    row: { endedAt: 1 },
    request: newer,
    outcome: revoked,
  },
  'treats a reuse at time 0 as a reuse': {
    row: { endedAt: 0 },
    request: current,
    outcome: revoked,
  },
  'reports an expired, reused session as unknown': {
    row: { endedAt: 1 },
    request: at(current, row.idleEndsAt),
    outcome: unknown,
  },

  'rejects a newer token and keeps the row': { request: newer, outcome: ahead },
  'rejects a newer token without grace': { request: { ...newer, grace: 0 }, outcome: ahead },
  'rejects a newer token with the previous digest': {
    request: { ...previous, generation: 6 },
    outcome: ahead,
  },
  'treats another digest of the current generation as a reuse': {
    request: { ...newer, generation: 5 },
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
    changed: { endedAt: ROTATED_MS + GRACE_MS },
  },
  'treats the previous token as reused without grace': {
    request: { ...previous, grace: 0 },
    outcome: reuse,
    changed: reused,
  },
  'treats the previous token as reused without grace and with a clock set back': {
    request: { ...at(previous, ROTATED_MS - 60_000), grace: 0 },
    outcome: reuse,
    changed: { endedAt: ROTATED_MS - 60_000 },
  },
  'treats an older token as reused within the grace period': {
    request: older,
    outcome: reuse,
    changed: reused,
  },
  'rejects the previous token at the idle end': {
    row: { refreshedAt: row.idleEndsAt - 1 },
    request: at(previous, row.idleEndsAt),
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
    for (const ends of [{}, { idleEndsAt: row.endsAt, endsAt: row.idleEndsAt }]) {
      expect(isExpired({ ...row, ...ends }, time)).toBe(expired);
      expect(isLive({ ...row, ...ends }, time)).toBe(!expired);
    }
  });

  test('that was reused is not live', () => {
    expect(isLive({ ...row, endedAt: 0 }, now)).toBe(false);
  });

  test('becomes a stored session without digests', () => {
    const { current, previous, sealed, endedAt, ...stored } = row;
    expect(toStoredSession(row)).toStrictEqual(stored);
  });
});
