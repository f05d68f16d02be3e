/** Refresh tokens in the wrong hands, and databases in the wrong hands. */

import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createSigner, createVerifier } from '../../src/index.ts';
import type { SessionRow, SessionStore } from '../../src/sessions/index.ts';
import { open } from '../../src/sessions/refresh-token.ts';
import { rotateRow } from '../../src/sessions/rotate-row.ts';
import { createSessions } from '../../src/sessions/sessions.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import {
  accessKey,
  claimsOf,
  DAY,
  optionsWith,
  refreshKey,
  START,
  scene,
} from '../sessions/scene.ts';

const codeOf = async (promise: Promise<unknown>) => (await rejectionOf(promise)).code;

describe('a stolen refresh token', () => {
  test('that the thief uses first is found out by its owner, and both are out', async () => {
    const { sessions, time, events } = scene();
    const { refresh: stolen } = await sessions.issue('ada');
    const thief = await sessions.refresh(stolen);
    time.now += 60_000;
    expect(await codeOf(sessions.refresh(stolen))).toBe('ERR_SESSION_REUSED');
    expect(await codeOf(sessions.refresh(thief.refresh))).toBe('ERR_SESSION_REVOKED');
    expect(events.at(-1)).toMatchObject({ type: 'reuse', uid: 'ada', sid: thief.sid });
  });

  test('that the thief uses second is found out at once, and both are out', async () => {
    const { sessions, time } = scene();
    const { refresh: stolen } = await sessions.issue('ada');
    const owner = await sessions.refresh(stolen);
    time.now += 60_000;
    expect(await codeOf(sessions.refresh(stolen))).toBe('ERR_SESSION_REUSED');
    expect(await codeOf(sessions.refresh(owner.refresh))).toBe('ERR_SESSION_REVOKED');
  });

  test('within the grace gives the thief no line of tokens of their own', async () => {
    const { sessions, time } = scene();
    const { refresh: stolen } = await sessions.issue('ada');
    const owner = await sessions.refresh(stolen);
    const thief = await sessions.refresh(stolen);
    expect(thief.refresh).toBe(owner.refresh);
    await sessions.refresh(owner.refresh);
    time.now += 60_000;
    expect(await codeOf(sessions.refresh(thief.refresh))).toBe('ERR_SESSION_REUSED');
  });

  test('from long ago, many rotations back, still ends the session', async () => {
    const { sessions, time } = scene();
    const first = await sessions.issue('ada');
    let newest = first;
    for (let hour = 0; hour < 24; hour++) {
      time.now += 3_600_000;
      newest = await sessions.refresh(newest.refresh);
    }
    expect(await codeOf(sessions.refresh(first.refresh))).toBe('ERR_SESSION_REUSED');
    expect(await codeOf(sessions.refresh(newest.refresh))).toBe('ERR_SESSION_REVOKED');
  });

  test('that expired in the meantime still ends the session of the thief', async () => {
    const { sessions, time, events } = scene();
    const owner = await sessions.issue('ada');
    let thief = await sessions.refresh(owner.refresh);
    for (let day = 0; day < 8; day++) {
      time.now += DAY;
      thief = await sessions.refresh(thief.refresh);
    }
    expect(Number(claimsOf(owner.refresh)['exp']) * 1000).toBeLessThan(time.now);
    expect(await codeOf(sessions.refresh(owner.refresh))).toBe('ERR_SESSION_REUSED');
    expect(await codeOf(sessions.refresh(thief.refresh))).toBe('ERR_SESSION_REVOKED');
    expect(events.filter(({ type }) => type === 'reuse')).toHaveLength(1);
  });

  test('within one second of its replacement is told apart by more than its times', async () => {
    // Keycloak issue 50999: tokens of one second could not be told apart.
    const { sessions } = scene({ refresh: { key: refreshKey, grace: 0 } });
    const first = await sessions.issue('ada');
    await sessions.refresh(first.refresh);
    expect(await codeOf(sessions.refresh(first.refresh))).toBe('ERR_SESSION_REUSED');
  });

  test('is worth nothing after a logout, also while a refresh is under way', async () => {
    const { sessions } = scene();
    const { refresh } = await sessions.issue('ada');
    const racing = [sessions.refresh(refresh), sessions.revoke(refresh), sessions.refresh(refresh)];
    const done = await Promise.allSettled(racing);
    expect(done[1]).toEqual({ status: 'fulfilled', value: true });
    const texts = done.flatMap((one) =>
      one.status === 'fulfilled' && typeof one.value === 'object' ? [one.value.refresh] : [],
    );
    for (const text of [refresh, ...texts]) {
      expect(await codeOf(sessions.refresh(text))).toBe('ERR_SESSION_UNKNOWN');
    }
  });
});

describe('CVE-2026-1035, CVE-2026-50631: concurrent use of one refresh token', () => {
  /** The store of the advisory: what it checked may have changed when it writes. */
  function checkThenUse(): SessionStore {
    const memory = createMemoryStore();
    const rows = new Map<string, SessionRow>();
    return {
      ...memory,
      async issue(session, { now }) {
        const fresh = { gen: 1, prev: '', sealed: '', createdAt: now, rotatedAt: now };
        rows.set(session.sid, { ...session, ...fresh, reusedAt: null });
        return { evicted: [] };
      },
      async rotate(request) {
        const row = rows.get(request.sid);
        await new Promise((resolve) => setImmediate(resolve));
        const { outcome, changed } = rotateRow(row, request);
        if (changed) rows.set(request.sid, changed);
        return outcome;
      },
    };
  }

  async function race(store: SessionStore, grace: number) {
    const { sessions } = scene({ store, refresh: { key: refreshKey, grace } });
    const { refresh } = await sessions.issue('ada');
    const racing = Array.from({ length: 50 }, () => sessions.refresh(refresh));
    const done = await Promise.allSettled(racing);
    return done.flatMap((one) => (one.status === 'fulfilled' ? [one.value.refresh] : []));
  }

  test('is possible where check and use are two steps', async () => {
    expect(new Set(await race(checkThenUse(), 0)).size).toBe(50);
  });

  test('gives one pair where single use is strict', async () => {
    expect(await race(createMemoryStore(), 0)).toHaveLength(1);
  });

  test('gives one refresh token within the grace, whoever gets it', async () => {
    const texts = await race(createMemoryStore(), 30);
    expect([texts.length, new Set(texts).size]).toEqual([50, 1]);
  });
});

test('CVE-2026-9802: a restart of the server makes no used token good again', async () => {
  const { sessions, store, time } = scene();
  const { refresh } = await sessions.issue('ada');
  await sessions.refresh(refresh);
  time.now += 60_000;
  const restarted = createSessions(optionsWith({ store, clock: () => time.now }));
  expect(await codeOf(restarted.refresh(refresh))).toBe('ERR_SESSION_REUSED');
});

describe('a token in the place of the other', () => {
  test('an access token does not refresh, a refresh token opens no door', async () => {
    const { sessions } = scene();
    const { access, refresh } = await sessions.issue('ada');
    expect(await codeOf(sessions.refresh(access))).toBe('ERR_HEADER_TYP');
    expect(() => sessions.verifyAccess(refresh)).toThrow('jwt typ invalid');
  });

  test('is refused also where somebody gave both the same type by hand', async () => {
    const { sessions, time } = scene();
    const { sid } = await sessions.issue('ada');
    const claims = { sub: 'ada', sid, gen: 1, jti: 'x', iss: 'https://id.example' };
    const options = { header: { typ: 'rt+jwt' }, expiresIn: '1h', clock: () => time.now } as const;
    const signed = createSigner(accessKey, options)(claims);
    expect(await codeOf(sessions.refresh(signed))).toBe('ERR_SIGNATURE_INVALID');
  });

  test('a main server that only knows a secret for access cannot be given a refresh token', async () => {
    const { sessions, time } = scene();
    const { refresh } = await sessions.issue('ada');
    const verify = createVerifier(accessKey, { clock: () => time.now });
    expect(() => verify(refresh)).toThrow('invalid signature');
  });
});

describe('a refresh token that was not made here', () => {
  const forge = (claims: object, more: object = {}) => {
    const options = { header: { typ: 'rt+jwt' }, clock: () => START, expiresIn: '1h', ...more };
    return createSigner(refreshKey, options as object)({ iss: 'https://id.example', ...claims });
  };
  const good = { sub: 'ada', sid: 'x', gen: 1, jti: 'x' };

  test('is refused for another issuer, before the store is asked', async () => {
    const store = { ...createMemoryStore(), rotate: () => Promise.reject(new Error('asked')) };
    const { sessions } = scene({ store });
    const foreign = forge({ ...good, iss: 'https://evil.example' });
    expect(await codeOf(sessions.refresh(foreign))).toBe('ERR_CLAIM_MISMATCH');
    const [input, other] = [forge(good), forge({ ...good, jti: 'y' })];
    const signature = other.slice(other.lastIndexOf('.'));
    const forged = input.slice(0, input.lastIndexOf('.')) + signature;
    expect(await codeOf(sessions.refresh(forged))).toBe('ERR_SIGNATURE_INVALID');
    expect(await codeOf(sessions.revoke('nonsense'))).toBe('ERR_TOKEN_MALFORMED');
  });

  test('with a guessed session finds nothing, and with a known one ends only that', async () => {
    // Both need the refresh key: the store is the second line.
    const { sessions } = scene();
    const ada = await sessions.issue('ada');
    const bob = await sessions.issue('bob');
    expect(await codeOf(sessions.refresh(forge(good)))).toBe('ERR_SESSION_UNKNOWN');
    const mixed = forge({ ...good, sub: 'bob', sid: ada.sid });
    expect(await codeOf(sessions.refresh(mixed))).toBe('ERR_SESSION_UNKNOWN');
    expect(await codeOf(sessions.refresh(forge({ ...good, sid: ada.sid })))).toBe(
      'ERR_SESSION_REUSED',
    );
    expect((await sessions.refresh(bob.refresh)).uid).toBe('bob');
  });

  test.each<[string, object]>([
    ['gen', { gen: 0 }],
    ['gen', { gen: '1' }],
    ['gen', { gen: 1.5 }],
    ['sub', { sub: ['ada'] }],
    ['sid', { sid: {} }],
    ['jti', { jti: 5 }],
    ['login', { login: 'admin' }],
    ['login', { login: [] }],
  ])('is refused where its "%s" is %j', async (claim, given) => {
    const { sessions } = scene();
    const error = await rejectionOf(sessions.refresh(forge({ ...good, ...given })));
    expect([error.code, error.claim]).toEqual(['ERR_CLAIM_INVALID', claim]);
  });

  test.each(['sub', 'sid', 'gen', 'jti'])('is refused without its "%s"', async (claim) => {
    const { sessions } = scene();
    const { [claim as 'sub']: _, ...rest } = good;
    expect(await codeOf(sessions.refresh(forge(rest)))).toBe('ERR_CLAIM_MISSING');
  });

  test.each([[undefined], [null], [5], [''], [{}], ['a'.repeat(100_000)]])(
    'is refused where it is %j',
    async (token) => {
      const { sessions } = scene();
      expect(await codeOf(sessions.refresh(token as never))).toMatch(/^ERR_TOKEN_/);
    },
  );
});

describe('a database in the wrong hands', () => {
  /** Keeps everything that ever went into the store. */
  function dumping() {
    const memory = createMemoryStore();
    const seen: unknown[] = [];
    const store: SessionStore = {
      ...memory,
      issue(...args) {
        seen.push(args);
        return memory.issue(...args);
      },
      rotate(...args) {
        seen.push(args);
        return memory.rotate(...args);
      },
    };
    return { store, seen };
  }

  test('holds no token, no jti and nothing that opens the seal', async () => {
    const { store, seen } = dumping();
    const { sessions } = scene({ store });
    const first = await sessions.issue('ada');
    const second = await sessions.refresh(first.refresh);
    const dump = JSON.stringify(seen);
    for (const { access, refresh } of [first, second]) {
      for (const text of [access, refresh, String(claimsOf(refresh)['jti'])]) {
        expect(dump).not.toContain(text);
      }
    }
    const [, [request]] = seen as [unknown, [{ sealed: string; presented: string; sid: string }]];
    const { sealed, presented, sid } = request;
    const jti = String(claimsOf(first.refresh)['jti']);
    expect(presented).toBe(createHash('sha256').update(jti).digest('base64url'));
    expect(() => open(sealed, presented, sid)).toThrow();
    expect(() => open(sealed, jti, 'another session')).toThrow();
    expect(open(sealed, jti, sid)).toBe(claimsOf(second.refresh)['jti']);
  });

  test('with the refresh key as well is not enough to refresh', async () => {
    const { store, seen } = dumping();
    const { sessions } = scene({ store });
    const { sid } = await sessions.issue('ada');
    const [[session]] = seen as [[{ cur: string }]];
    const claims = { sub: 'ada', sid, gen: 1, jti: session.cur, iss: 'https://id.example' };
    const options = { header: { typ: 'rt+jwt' }, expiresIn: '1h', clock: () => START } as const;
    const forged = createSigner(refreshKey, options)(claims);
    expect(await codeOf(sessions.refresh(forged))).toBe('ERR_SESSION_REUSED');
  });
});

test('a restored backup ends nobody’s session for theft, and lets no older token pass', async () => {
  const { sessions, store, time } = scene();
  const first = await sessions.issue('ada');
  const rows = await backupOf(store, 'ada');
  let newest = first;
  for (let i = 0; i < 3; i++) newest = await sessions.refresh(newest.refresh);
  const restored = createMemoryStore();
  const [row] = rows;
  const cur = createHash('sha256')
    .update(String(claimsOf(first.refresh)['jti']))
    .digest('base64url');
  const { sid, uid, slot, idleExp, absExp, meta } = row as SessionRow;
  await restored.issue({ sid, uid, slot, cur, idleExp, absExp, meta }, { now: START, max: 9 });
  const after = createSessions(optionsWith({ store: restored, clock: () => time.now }));
  expect(await codeOf(after.refresh(newest.refresh))).toBe('ERR_SESSION_AHEAD');
  expect(await after.list('ada')).toHaveLength(1);
});

async function backupOf(store: SessionStore, uid: string) {
  return store.list(uid, START);
}

test('no error of a session shows a token, a user or a session', async () => {
  const { sessions, time } = scene();
  const { refresh, sid } = await sessions.issue('ada-lovelace');
  await sessions.refresh(refresh);
  time.now += DAY;
  const errors = [
    await rejectionOf(sessions.refresh(refresh)),
    await rejectionOf(sessions.refresh(refresh)),
    await rejectionOf(sessions.refresh(`${refresh}x`)),
    await rejectionOf(sessions.issue('a'.repeat(300))),
  ];
  for (const error of errors) {
    const shown = inspect(error, { depth: 9 }) + JSON.stringify(error) + error.message;
    for (const hidden of [refresh, sid, 'ada-lovelace', 'aaaa'])
      expect(shown).not.toContain(hidden);
  }
});

test('the look-up of a session takes a digest, so that no time tells how much of a token is right', async () => {
  const requests: unknown[] = [];
  const memory = createMemoryStore();
  const store: SessionStore = {
    ...memory,
    rotate(request) {
      requests.push(request);
      return memory.rotate(request);
    },
  };
  const { sessions } = scene({ store });
  const { refresh } = await sessions.issue('ada');
  await sessions.refresh(refresh);
  const [request] = requests as [{ presented: string }];
  expect(request.presented).not.toBe(claimsOf(refresh)['jti']);
  expect(Buffer.from(request.presented, 'base64url')).toHaveLength(32);
});
