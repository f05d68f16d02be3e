/** Attacks with stolen or forged refresh tokens, and with a stolen database. */

import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { SessionStore } from '../../src/sessions/index.ts';
import { openSuccessor } from '../../src/sessions/refresh-token.ts';
import { createSessions } from '../../src/sessions/sessions.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { payloadOf, tokenOf } from '../fixtures/tokens.ts';
import {
  accessKey,
  DAY_MS,
  ISSUER,
  MINUTE_MS,
  optionsWith,
  refreshKey,
  START_MS,
  setup,
} from '../sessions/setup.ts';

const codeOf = async (promise: Promise<unknown>) => (await rejectionOf(promise)).code;

/** Signs claims as a refresh token. */
function forge(claims: object, key = refreshKey): string {
  const iat = START_MS / 1000;
  const times = { iat, exp: iat + 3600, end: iat + 86_400 };
  return tokenOf({ ...times, iss: ISSUER, ...claims }, { typ: 'rt+jwt' }, key);
}

/** Returns a store that records its arguments. */
function recordingStore() {
  const store = createMemoryStore();
  const recorded: unknown[] = [];
  const recording: SessionStore = {
    ...store,
    issue(...args) {
      recorded.push(args);
      return store.issue(...args);
    },
    rotate(...args) {
      recorded.push(args);
      return store.rotate(...args);
    },
  };
  return { store: recording, recorded };
}

describe('a stolen refresh token', () => {
  test('ends the session when its second holder uses it', async () => {
    const { sessions, time, events } = setup();
    const { refresh: stolen, sid } = await sessions.issue('ada');
    const thief = await sessions.refresh(stolen);
    time.now += MINUTE_MS;
    expect(await codeOf(sessions.refresh(stolen))).toBe('ERR_SESSION_REUSED');
    expect(await codeOf(sessions.refresh(thief.refresh))).toBe('ERR_SESSION_REVOKED');
    expect(events.at(-1)).toEqual({ type: 'reuse', uid: 'ada', sid, behind: 1 });
  });

  test('ends the session even after it has expired', async () => {
    const { sessions, time, events } = setup();
    const owner = await sessions.issue('ada');
    let thief = await sessions.refresh(owner.refresh);
    for (let day = 0; day < 8; day++) {
      time.now += DAY_MS;
      thief = await sessions.refresh(thief.refresh);
    }
    expect(payloadOf(owner.refresh).exp * 1000).toBeLessThan(time.now);
    expect(await codeOf(sessions.refresh(owner.refresh))).toBe('ERR_SESSION_REUSED');
    expect(await codeOf(sessions.refresh(thief.refresh))).toBe('ERR_SESSION_REVOKED');
    expect(events.filter(({ type }) => type === 'reuse')).toHaveLength(1);
  });

  test('starts no second line of tokens within the grace period', async () => {
    const { sessions, time } = setup();
    const { refresh: stolen } = await sessions.issue('ada');
    const owner = await sessions.refresh(stolen);
    const thief = await sessions.refresh(stolen);
    expect(thief.refresh).toBe(owner.refresh);
    await sessions.refresh(owner.refresh);
    time.now += MINUTE_MS;
    expect(await codeOf(sessions.refresh(thief.refresh))).toBe('ERR_SESSION_REUSED');
  });

  test('suspends the detection for at most one burst', async () => {
    const { sessions, time, events } = setup();
    const { refresh: stolen } = await sessions.issue('ada');
    let thief = await sessions.refresh(stolen);
    const outcomes: unknown[] = [];
    for (let round = 0; round < 9; round++) {
      time.now += 29_000;
      thief = await sessions.refresh(thief.refresh);
      outcomes.push(await codeOf(sessions.refresh(stolen)));
      if (outcomes.at(-1) === 'ERR_SESSION_REUSED') break;
    }
    expect(outcomes.slice(0, -1)).toEqual(Array(7).fill('ERR_SESSION_SUPERSEDED'));
    expect(outcomes.at(-1)).toBe('ERR_SESSION_REUSED');
    expect(events.at(-1)).toMatchObject({ type: 'reuse', behind: 9 });
    expect(await codeOf(sessions.refresh(thief.refresh))).toBe('ERR_SESSION_REVOKED');
  });

  test('is detected with a grace until the successor is used, two refreshes later', async () => {
    const grace = 'until-used';
    const { sessions, time, events } = setup({ refresh: { key: refreshKey, grace } });
    const { refresh: stolen } = await sessions.issue('ada');
    const owner = await sessions.refresh(stolen);
    time.now += 6 * DAY_MS;
    const thief = await sessions.refresh(stolen);
    expect(thief.refresh).toBe(owner.refresh);
    await sessions.refresh(owner.refresh);
    time.now += MINUTE_MS;
    expect(await codeOf(sessions.refresh(stolen))).toBe('ERR_SESSION_REUSED');
    expect(events.at(-1)).toMatchObject({ type: 'reuse', behind: 2 });
  });

  test('from another address reaches the rule although a hook would reject it', async () => {
    const beforeRefresh = (_: unknown, { context }: { context: unknown }) => {
      if (context === 'elsewhere') throw new Error('another address');
    };
    const { sessions, time, events } = setup({ beforeRefresh });
    const { refresh: stolen } = await sessions.issue('ada');
    await sessions.refresh(stolen);
    time.now += MINUTE_MS;
    const context = 'elsewhere';
    expect(await codeOf(sessions.refresh(stolen, { context }))).toBe('ERR_SESSION_REUSED');
    expect(events.at(-1)).toMatchObject({ type: 'reuse', behind: 1 });
  });

  test('is detected in the second of its replacement: Keycloak issue 50999', async () => {
    const { sessions } = setup({ refresh: { key: refreshKey, grace: 0 } });
    const { refresh } = await sessions.issue('ada');
    await sessions.refresh(refresh);
    expect(await codeOf(sessions.refresh(refresh))).toBe('ERR_SESSION_REUSED');
  });
});

// The store of the advisory fails the laws: test/sessions/broken-stores.test.ts.
test.each([
  [0, 1],
  [30, 50],
])(
  'CVE-2026-1035, CVE-2026-50631: with %i s of grace concurrent refreshes yield one token',
  async (grace, granted) => {
    const { sessions } = setup({ refresh: { key: refreshKey, grace } });
    const { refresh } = await sessions.issue('ada');
    const requests = Array.from({ length: 50 }, () => sessions.refresh(refresh));
    const results = await Promise.allSettled(requests);
    const successors = results.flatMap((result) =>
      result.status === 'fulfilled' ? [result.value.refresh] : [],
    );
    expect([successors.length, new Set(successors).size]).toEqual([granted, 1]);
  },
);

test('CVE-2026-9802: a restart accepts no replaced token again', async () => {
  const { sessions, store, time } = setup();
  const { refresh } = await sessions.issue('ada');
  await sessions.refresh(refresh);
  time.now += MINUTE_MS;
  const restarted = createSessions(optionsWith({ store, clock: () => time.now }));
  expect(await codeOf(restarted.refresh(refresh))).toBe('ERR_SESSION_REUSED');
});

test('a token newer than the store ends the session, so that no older token drives it', async () => {
  const { store, recorded } = recordingStore();
  const { sessions } = setup({ store });
  const { refresh: spent, sid } = await sessions.issue('ada');
  const { refresh: newer } = await sessions.refresh(spent);
  // The restored store has the login, and has lost the refresh.
  const restored = setup();
  await restored.store.issue(...(recorded[0] as Parameters<SessionStore['issue']>));
  expect(await codeOf(restored.sessions.refresh(newer))).toBe('ERR_SESSION_AHEAD');
  expect(await codeOf(restored.sessions.refresh(spent))).toBe('ERR_SESSION_REVOKED');
  expect(await codeOf(restored.sessions.refresh(newer))).toBe('ERR_SESSION_REVOKED');
  expect(restored.events).toEqual([{ type: 'ahead', uid: 'ada', sid }]);
});

test('neither token is accepted in place of the other', async () => {
  const { sessions } = setup();
  const { access, refresh, sid } = await sessions.issue('ada');
  expect(await codeOf(sessions.refresh(access))).toBe('ERR_HEADER_TYP');
  expect(() => sessions.verifyAccess(refresh)).toThrow('jwt typ invalid');
  // A server with the access key can sign any typ.
  const forged = forge({ sub: 'ada', sid, gen: 1, jti: 'x' }, accessKey);
  expect(await codeOf(sessions.refresh(forged))).toBe('ERR_SIGNATURE_INVALID');
});

describe('a forged refresh token', () => {
  const claims = { sub: 'ada', sid: 'x', gen: 1, jti: 'x' };

  test('is rejected before the store is called', async () => {
    const store = { ...createMemoryStore(), rotate: () => Promise.reject(new Error('called')) };
    const { sessions } = setup({ store });
    const foreign = forge({ ...claims, iss: 'https://evil.example' });
    expect(await codeOf(sessions.refresh(foreign))).toBe('ERR_CLAIM_MISMATCH');
    const [signed, other] = [forge(claims), forge({ ...claims, jti: 'y' })];
    const signature = other.slice(other.lastIndexOf('.'));
    const forged = signed.slice(0, signed.lastIndexOf('.')) + signature;
    expect(await codeOf(sessions.refresh(forged))).toBe('ERR_SIGNATURE_INVALID');
    expect(await codeOf(sessions.revoke('nonsense'))).toBe('ERR_TOKEN_MALFORMED');
  });

  test('with the right key needs the session and the user too', async () => {
    const { sessions, time } = setup();
    const { sid } = await sessions.issue('ada');
    const bob = await sessions.issue('bob');
    time.now += MINUTE_MS;
    expect(await codeOf(sessions.refresh(forge(claims)))).toBe('ERR_SESSION_UNKNOWN');
    const mixed = forge({ ...claims, sub: 'bob', sid });
    expect(await codeOf(sessions.refresh(mixed))).toBe('ERR_SESSION_UNKNOWN');
    expect(await codeOf(sessions.refresh(forge({ ...claims, sid })))).toBe('ERR_SESSION_REUSED');
    expect((await sessions.refresh(bob.refresh)).uid).toBe('bob');
  });

  test.each<[string, unknown[]]>([
    ['gen', [0, '1', 1.5]],
    ['sub', [['ada']]],
    ['sid', [{}]],
    ['jti', [5]],
    ['end', ['soon', 0, -1, 1.5]],
    ['persist', [true, 'no', null]],
    ['login', ['admin', []]],
  ])('is rejected with an invalid "%s", or without it', async (claim, values) => {
    const { sessions } = setup();
    for (const value of values) {
      const error = await rejectionOf(sessions.refresh(forge({ ...claims, [claim]: value })));
      expect([error.code, error.claim]).toEqual(['ERR_CLAIM_INVALID', claim]);
    }
    if (claim === 'login' || claim === 'persist') return; // optional
    const without = forge({ ...claims, [claim]: undefined });
    expect(await codeOf(sessions.refresh(without))).toBe('ERR_CLAIM_MISSING');
  });

  test('is rejected if it is not a string or too long', async () => {
    const { sessions } = setup();
    for (const token of [undefined, null, 5, '', {}, 'a'.repeat(100_000)]) {
      expect(await codeOf(sessions.refresh(token as never))).toMatch(/^ERR_TOKEN_/);
    }
  });
});

describe('a stolen database', () => {
  test('contains no token, no "jti" and no key to a sealed successor', async () => {
    const { store, recorded } = recordingStore();
    const { sessions } = setup({ store });
    const first = await sessions.issue('ada');
    const second = await sessions.refresh(first.refresh);
    const dump = JSON.stringify(recorded);
    for (const { access, refresh } of [first, second]) {
      for (const secret of [access, refresh, payloadOf(refresh).jti]) {
        expect(dump).not.toContain(secret);
      }
    }
    type Rotation = { sealed: string; presented: string; sid: string };
    const [, [{ sealed, presented, sid }]] = recorded as [unknown, [Rotation]];
    const { jti } = payloadOf(first.refresh);
    expect(presented).toBe(createHash('sha256').update(jti).digest('base64url'));
    expect(() => openSuccessor(sealed, presented, sid)).toThrow();
    expect(() => openSuccessor(sealed, jti, 'another session')).toThrow();
    expect(openSuccessor(sealed, jti, sid)).toBe(payloadOf(second.refresh).jti);
  });

  test('with the refresh key does not suffice for a refresh', async () => {
    const { store, recorded } = recordingStore();
    const { sessions, time } = setup({ store });
    const { sid } = await sessions.issue('ada');
    const [[{ current }]] = recorded as [[{ current: string }]];
    const forged = forge({ sub: 'ada', sid, gen: 1, jti: current });
    expect(await codeOf(sessions.refresh(forged))).toBe('ERR_SESSION_SUPERSEDED');
    time.now += MINUTE_MS;
    expect(await codeOf(sessions.refresh(forged))).toBe('ERR_SESSION_REUSED');
  });
});

test('no error of a session contains a token, a user or a session', async () => {
  const { sessions, time } = setup();
  const { refresh, sid } = await sessions.issue('ada-lovelace');
  await sessions.refresh(refresh);
  time.now += DAY_MS;
  const calls = [
    sessions.refresh(refresh),
    sessions.refresh(refresh),
    sessions.refresh(`${refresh}x`),
    sessions.issue('a'.repeat(300)),
  ];
  for (const call of calls) {
    const error = await rejectionOf(call);
    const shown = inspect(error, { depth: 9 }) + JSON.stringify(error) + error.message;
    for (const hidden of [refresh, sid, 'ada-lovelace', 'aaaa']) {
      expect(shown).not.toContain(hidden);
    }
  }
});
