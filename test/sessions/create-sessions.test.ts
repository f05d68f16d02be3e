import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createVerifier } from '../../src/index.ts';
import { createSessions } from '../../src/sessions/sessions.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { headerOf, payloadOf } from '../fixtures/tokens.ts';
import {
  accessKey,
  DAY_MS,
  ISSUER,
  MINUTE_MS,
  optionsWith,
  refreshKey,
  START_MS,
  setup,
} from './setup.ts';

const codeOf = async (promise: Promise<unknown>) => (await rejectionOf(promise)).code;

describe('issue', () => {
  test('signs an access token that every server with the access key verifies', async () => {
    const { sessions, time } = setup();
    const { access, expiresIn, sid, uid } = await sessions.issue('ada');
    const accepts = { typ: 'at+jwt', issuer: ISSUER, audience: 'api' };
    const claims = createVerifier(accessKey, { ...accepts, clock: () => time.now })(access);
    expect(claims).toMatchObject({ sub: 'ada', sid, iat: START_MS / 1000 });
    expect(claims.exp).toBe(START_MS / 1000 + 600);
    expect([expiresIn, uid]).toEqual([600, 'ada']);
    expect(headerOf(access)).toEqual({ alg: 'HS256', typ: 'at+jwt' });
  });

  test('signs a refresh token with only the claims that a refresh needs', async () => {
    const { sessions } = setup();
    const { refresh, sid } = await sessions.issue('ada');
    expect(headerOf(refresh)).toEqual({ alg: 'HS256', typ: 'rt+jwt' });
    const [iat, exp] = [START_MS / 1000, START_MS / 1000 + 7 * 86_400];
    const [end, jti] = [START_MS / 1000 + 30 * 86_400, expect.any(String)];
    const claims = { sub: 'ada', sid, gen: 1, jti, end, iat, exp, iss: ISSUER };
    expect(payloadOf(refresh)).toEqual(claims);
  });

  test('adds the claims of a login to every access token of its session', async () => {
    const { sessions } = setup();
    const claims = { amr: ['pwd'], auth_time: 5 };
    const first = await sessions.issue('ada', { claims });
    const second = await sessions.refresh(first.refresh);
    for (const { access } of [first, second]) expect(payloadOf(access)).toMatchObject(claims);
  });

  test.each([
    ['many', [{}, {}], 2],
    ['single', [{}, {}], 1],
    ['per-device', [{ device: 'phone' }, { device: 'phone' }, { device: 'desk' }], 2],
  ] as const)('with the policy %s ends the sessions it replaces', async (policy, logins, left) => {
    const { sessions } = setup({ policy });
    const first = await sessions.issue('ada', logins[0]);
    for (const login of logins.slice(1)) await sessions.issue('ada', login);
    await sessions.issue('bob', logins[0]);
    expect(await sessions.list('ada')).toHaveLength(left);
    const refreshed = sessions.refresh(first.refresh);
    if (policy === 'many') await refreshed;
    else expect(await codeOf(refreshed)).toBe('ERR_SESSION_UNKNOWN');
  });

  test('with the policy single ends the sessions of other policies', async () => {
    const { sessions, store, time } = setup();
    await Promise.all([sessions.issue('ada'), sessions.issue('ada')]);
    const clock = () => time.now;
    const single = createSessions(optionsWith({ store, clock, policy: 'single' }));
    const { sid } = await single.issue('ada');
    expect((await single.list('ada')).map((session) => session.sid)).toEqual([sid]);
  });

  test('ends the least recently refreshed session beyond maxPerUser', async () => {
    const { sessions, time, events } = setup({ maxPerUser: 2 });
    const a = await sessions.issue('ada');
    time.now += 1000;
    const b = await sessions.issue('ada');
    time.now += 1000;
    await sessions.refresh(a.refresh);
    time.now += 1000;
    const c = await sessions.issue('ada');
    expect((await sessions.list('ada')).map(({ sid }) => sid)).toEqual([c.sid, a.sid]);
    expect(events).toContainEqual({ type: 'evict', uid: 'ada', sid: b.sid });
  });
});

describe('refresh', () => {
  test('signs new tokens and calls the claims hook again', async () => {
    let role = 'admin';
    const { sessions } = setup({ claims: async (uid) => ({ role, name: uid }) });
    const first = await sessions.issue('ada');
    role = 'reader';
    const second = await sessions.refresh(first.refresh);
    expect(payloadOf(first.access).role).toBe('admin');
    const { sid } = first;
    expect(payloadOf(second.access)).toMatchObject({ role: 'reader', name: 'ada', sid });
    expect(payloadOf(second.refresh)).toMatchObject({ gen: 2, sid });
    expect(payloadOf(second.access).jti).not.toBe(payloadOf(first.access).jti);
  });

  test('leaves the session unchanged if the claims hook throws', async () => {
    let isBanned = false;
    const claims = () => {
      if (isBanned) throw new Error('banned');
      return {};
    };
    const { sessions } = setup({ claims });
    const { refresh } = await sessions.issue('ada');
    isBanned = true;
    await expect(sessions.refresh(refresh)).rejects.toThrow('banned');
    isBanned = false;
    expect(payloadOf((await sessions.refresh(refresh)).refresh).gen).toBe(2);
  });

  test('reads the clock after the claims hook', async () => {
    let delay = 0;
    const { sessions, time } = setup({
      claims: async () => {
        time.now += delay;
        return {};
      },
    });
    const { refresh } = await sessions.issue('ada');
    delay = MINUTE_MS;
    const first = await sessions.refresh(refresh);
    expect(payloadOf(first.access).iat).toBe((START_MS + MINUTE_MS) / 1000);
    delay = 0;
    expect((await sessions.refresh(refresh)).refresh).toBe(first.refresh);
  });

  test('returns the same successor within the grace period', async () => {
    const { sessions, time, events } = setup();
    const { refresh } = await sessions.issue('ada');
    const issued = await Promise.all([1, 2, 3].map(() => sessions.refresh(refresh)));
    time.now += 29_999;
    issued.push(await sessions.refresh(refresh));
    expect(new Set(issued.map((tokens) => tokens.refresh)).size).toBe(1);
    expect(new Set(issued.map((tokens) => tokens.access)).size).toBe(4);
    const refreshes = events.filter(({ type }) => type === 'refresh');
    const { sid } = issued[0] ?? {};
    const event = { type: 'refresh', uid: 'ada', sid };
    const again = { ...event, again: true };
    const expected = [
      { ...event, again: false },
      { ...again, late: 0 },
      { ...again, late: 0 },
    ];
    expect(refreshes).toEqual([...expected, { ...again, late: 29_999 }]);
    const seconds = issued.map(({ refreshExpiresIn }) => refreshExpiresIn);
    expect(seconds).toEqual([604_800, 604_800, 604_800, 604_770]);
  });

  test('moves the idle end up to the absolute end', async () => {
    const { sessions, time } = setup();
    let { refresh } = await sessions.issue('ada');
    for (let day = 5; day <= 25; day += 5) {
      time.now = START_MS + day * DAY_MS;
      ({ refresh } = await sessions.refresh(refresh));
    }
    expect(payloadOf(refresh).exp).toBe((START_MS + 30 * DAY_MS) / 1000);
    time.now = START_MS + 30 * DAY_MS;
    expect(await codeOf(sessions.refresh(refresh))).toBe('ERR_SESSION_UNKNOWN');
  });

  test('replaces the meta of the session if it has one', async () => {
    const { sessions } = setup();
    const { refresh } = await sessions.issue('ada', { meta: { ip: 'a' } });
    const second = await sessions.refresh(refresh);
    expect((await sessions.list('ada'))[0]?.meta).toEqual({ ip: 'a' });
    await sessions.refresh(second.refresh, { meta: { ip: 'b' } });
    expect((await sessions.list('ada'))[0]?.meta).toEqual({ ip: 'b' });
  });
});

describe('revoke', () => {
  test('accepts a replaced and expired refresh token, once', async () => {
    const { sessions, time } = setup();
    const { refresh } = await sessions.issue('ada');
    await sessions.refresh(refresh);
    time.now += 8 * DAY_MS;
    expect(await sessions.revoke(refresh)).toBe(true);
    expect(await sessions.revoke(refresh)).toBe(false);
    expect(await codeOf(sessions.refresh(refresh))).toBe('ERR_SESSION_UNKNOWN');
  });

  test('ends one session by its ids, and revokeAll all others', async () => {
    const { sessions } = setup();
    const issued = await Promise.all([1, 2, 3].map(() => sessions.issue('ada')));
    const [a = '', b = ''] = issued.map(({ sid }) => sid);
    expect(await sessions.revoke({ uid: 'ada', sid: a })).toBe(true);
    expect(await sessions.revoke({ uid: 'bob', sid: b })).toBe(false);
    expect(await sessions.revoke({ uid: 'ada', sid: '\0' })).toBe(false);
    expect(await sessions.revokeAll('ada', { except: b })).toBe(1);
    expect((await sessions.list('ada')).map(({ sid }) => sid)).toEqual([b]);
  });
});

describe('queries', () => {
  test('list returns the sessions of a user with dates', async () => {
    const { sessions, time } = setup({ policy: 'per-device' });
    const { refresh, sid } = await sessions.issue('ada', { device: 'phone', meta: 'Firefox' });
    time.now += MINUTE_MS;
    await sessions.refresh(refresh);
    const createdAt = new Date(START_MS);
    const refreshedAt = new Date(START_MS + MINUTE_MS);
    const expiresAt = new Date(START_MS + MINUTE_MS + 7 * DAY_MS);
    const times = { createdAt, refreshedAt, expiresAt };
    const [uid, device, upstream, meta, current] = ['ada', 'phone', null, 'Firefox', false];
    const session = { uid, sid, device, upstream, ...times, meta, current };
    expect(await sessions.list('ada')).toEqual([session]);
  });

  test('list marks the session of a token of either kind', async () => {
    const { sessions } = setup();
    const [a, b] = [await sessions.issue('ada'), await sessions.issue('ada')];
    const bob = await sessions.issue('bob');
    const markedBy = async (current: string) => {
      const marked = (await sessions.list('ada', { current })).filter((session) => session.current);
      return marked.map(({ sid }) => sid);
    };
    expect(await markedBy(a.access)).toEqual([a.sid]);
    expect(await markedBy(b.refresh)).toEqual([b.sid]);
    expect(await markedBy(bob.access)).toEqual([]);
  });

  test('list rejects an invalid token in "current"', async () => {
    const { sessions, time } = setup();
    const { access, refresh } = await sessions.issue('ada');
    const cases = [
      ['nonsense', 'ERR_TOKEN_MALFORMED'],
      [`${refresh.slice(0, -4)}AAAA`, 'ERR_SIGNATURE_INVALID'],
      [access, 'ERR_CLAIM_EXPIRED'],
    ] as const;
    time.now += 10 * MINUTE_MS;
    for (const [current, code] of cases) {
      expect(await codeOf(sessions.list('ada', { current }))).toBe(code);
    }
  });

  test('purge removes sessions past their absolute end, up to the limit', async () => {
    const { sessions, time } = setup();
    await sessions.issue('ada');
    await sessions.issue('bob');
    expect(await sessions.purge()).toBe(0);
    time.now += 30 * DAY_MS;
    expect(await sessions.purge({ limit: 1 })).toBe(1);
    expect(await sessions.purge()).toBe(1);
    expect(await sessions.purge()).toBe(0);
  });
});

describe('keys', () => {
  test('can be asymmetric, so that other servers hold only the public key', async () => {
    const access = generateKeyPairSync('ed25519');
    const refresh = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { sessions, time } = setup({
      access: { key: access.privateKey, keyid: 'a1' },
      refresh: { key: refresh.privateKey },
    });
    const first = await sessions.issue('ada');
    const issued = await Promise.all([1, 2].map(() => sessions.refresh(first.refresh)));
    // ECDSA signatures are random. The claims of the successor are the same.
    expect(new Set(issued.map((tokens) => payloadOf(tokens.refresh).jti)).size).toBe(1);
    const verify = createVerifier(access.publicKey, { clock: () => time.now });
    expect(verify(first.access).sub).toBe('ada');
    expect(headerOf(first.access)).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: 'a1' });
  });

  test('rotate with a list: the first key signs, all keys verify', async () => {
    const { sessions, store, time } = setup();
    const { access, refresh } = await sessions.issue('ada');
    const [newAccess, newRefresh] = [randomBytes(32), randomBytes(32)];
    const clock = () => time.now;
    const changed = createSessions({
      ...optionsWith({ store, clock }),
      access: { key: [newAccess, accessKey] },
      refresh: { key: [newRefresh, refreshKey], algorithm: 'HS256' },
    });
    expect(changed.verifyAccess(access).sub).toBe('ada');
    const issued = await changed.refresh(refresh);
    expect(createVerifier(newAccess, { clock })(issued.access).sub).toBe('ada');
  });
});

test('an error of the listener becomes a process warning', async () => {
  const warnings: Error[] = [];
  const listen = (warning: Error) => warnings.push(warning);
  process.on('warning', listen);
  const listeners = [
    () => Promise.reject(Object.create(null)),
    () => {
      throw new Error('listener');
    },
    () => Promise.reject('listener'),
  ];
  for (const on of listeners) await setup({ on }).sessions.issue('ada');
  await nextTurn();
  process.off('warning', listen);
  expect(warnings.map(({ message }) => message)).toEqual([
    '[Object: null prototype] {}',
    'listener',
    "'listener'",
  ]);
});
