import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createVerifier } from '../../src/index.ts';
import { createSessions } from '../../src/sessions/sessions.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import {
  accessKey,
  claimsOf,
  DAY,
  headerOf,
  MINUTE,
  optionsWith,
  refreshKey,
  START,
  scene,
} from './scene.ts';

describe('a login', () => {
  test('gives an access token that any server with the access key verifies', async () => {
    const { sessions, time } = scene();
    const { access, expiresIn, sid, uid } = await sessions.issue('ada');
    const verify = createVerifier(accessKey, {
      typ: 'at+jwt',
      issuer: 'https://id.example',
      audience: 'api',
      clock: () => time.now,
    });
    expect(verify(access)).toMatchObject({ sub: 'ada', sid, iat: START / 1000 });
    expect(verify(access).exp).toBe(START / 1000 + 600);
    expect([expiresIn, uid]).toEqual([600, 'ada']);
    expect(headerOf(access)).toEqual({ alg: 'HS256', typ: 'at+jwt' });
  });

  test('gives a refresh token of another type, with nothing but what a refresh needs', async () => {
    const { sessions } = scene();
    const { refresh } = await sessions.issue('ada');
    expect(headerOf(refresh)).toEqual({ alg: 'HS256', typ: 'rt+jwt' });
    expect(Object.keys(claimsOf(refresh)).sort()).toEqual(
      ['exp', 'gen', 'iat', 'iss', 'jti', 'sid', 'sub'].sort(),
    );
    expect(claimsOf(refresh)).toMatchObject({ gen: 1, exp: START / 1000 + 7 * 86_400 });
  });

  test('puts its own claims into every access token of the session', async () => {
    const { sessions } = scene();
    const first = await sessions.issue('ada', { claims: { amr: ['pwd'], auth_time: 5 } });
    const { access } = await sessions.refresh(first.refresh);
    expect(claimsOf(first.access)).toMatchObject({ amr: ['pwd'], auth_time: 5 });
    expect(claimsOf(access)).toMatchObject({ amr: ['pwd'], auth_time: 5 });
  });

  test.each([
    ['many', [{}, {}], 2],
    ['single', [{}, {}], 1],
    ['per-device', [{ device: 'phone' }, { device: 'phone' }, { device: 'desk' }], 2],
  ] as const)('with the policy %s leaves so many sessions', async (policy, logins, left) => {
    const { sessions } = scene({ policy });
    for (const login of logins) await sessions.issue('ada', login);
    await sessions.issue('bob', logins[0]);
    expect(await sessions.list('ada')).toHaveLength(left);
  });

  test('with the policy single ends what other policies left', async () => {
    const { sessions, store, time } = scene();
    const old = await Promise.all([sessions.issue('ada'), sessions.issue('ada')]);
    const clock = () => time.now;
    const strict = createSessions(optionsWith({ store, clock, policy: 'single' }));
    const { sid } = await strict.issue('ada');
    expect((await strict.list('ada')).map((session) => session.sid)).toEqual([sid]);
    for (const { refresh } of old) {
      expect((await rejectionOf(strict.refresh(refresh))).code).toBe('ERR_SESSION_UNKNOWN');
    }
  });

  test('that is replaced cannot be refreshed any more', async () => {
    const { sessions } = scene({ policy: 'single' });
    const old = await sessions.issue('ada');
    await sessions.issue('ada');
    expect((await rejectionOf(sessions.refresh(old.refresh))).code).toBe('ERR_SESSION_UNKNOWN');
  });

  test('beyond the maximum ends the session that was refreshed least recently', async () => {
    const { sessions, time, events } = scene({ maxPerUser: 2 });
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

describe('a refresh', () => {
  test('gives a new pair, and asks for the claims again', async () => {
    let role = 'admin';
    const { sessions } = scene({ claims: async (uid) => ({ role, name: uid }) });
    const first = await sessions.issue('ada');
    role = 'reader';
    const second = await sessions.refresh(first.refresh);
    expect(claimsOf(first.access)['role']).toBe('admin');
    expect(claimsOf(second.access)).toMatchObject({ role: 'reader', name: 'ada', sid: first.sid });
    expect(claimsOf(second.refresh)).toMatchObject({ gen: 2, sid: first.sid });
    expect(claimsOf(second.access)['jti']).not.toBe(claimsOf(first.access)['jti']);
  });

  test('that is refused by the claims leaves the session as it was', async () => {
    let banned = false;
    const claims = () => {
      if (banned) throw new Error('banned');
      return {};
    };
    const { sessions } = scene({ claims });
    const { refresh } = await sessions.issue('ada');
    banned = true;
    await expect(sessions.refresh(refresh)).rejects.toThrow('banned');
    banned = false;
    expect(claimsOf((await sessions.refresh(refresh)).refresh)['gen']).toBe(2);
  });

  test('counts its times from when the claims were there, however long that took', async () => {
    let takes = 0;
    const set = scene({
      claims: async () => {
        set.time.now += takes;
        return {};
      },
    });
    const { refresh } = await set.sessions.issue('ada');
    takes = MINUTE;
    const first = await set.sessions.refresh(refresh);
    expect(claimsOf(first.access)['iat']).toBe((START + MINUTE) / 1000);
    takes = 0;
    // The answer was lost: the grace is not over, because the rotation was a moment ago.
    expect((await set.sessions.refresh(refresh)).refresh).toBe(first.refresh);
  });

  test('with one token gives the same successor until the grace is over', async () => {
    const { sessions, time, events } = scene();
    const { refresh } = await sessions.issue('ada');
    const pairs = await Promise.all([1, 2, 3].map(() => sessions.refresh(refresh)));
    time.now += 29_999;
    pairs.push(await sessions.refresh(refresh));
    expect(new Set(pairs.map((pair) => pair.refresh)).size).toBe(1);
    expect(new Set(pairs.map((pair) => pair.access)).size).toBe(4);
    expect(events.filter((event) => event.type === 'refresh').map((e) => e.again)).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });

  test('with a token that was replaced ends the session, and says so once', async () => {
    const { sessions, time, events } = scene();
    const first = await sessions.issue('ada');
    const second = await sessions.refresh(first.refresh);
    time.now += 30_000;
    expect((await rejectionOf(sessions.refresh(first.refresh))).code).toBe('ERR_SESSION_REUSED');
    expect((await rejectionOf(sessions.refresh(second.refresh))).code).toBe('ERR_SESSION_REVOKED');
    expect((await rejectionOf(sessions.refresh(first.refresh))).code).toBe('ERR_SESSION_REVOKED');
    expect(events.filter(({ type }) => type === 'reuse')).toHaveLength(1);
  });

  test('moves the idle end, and never the absolute one', async () => {
    const { sessions, time } = scene();
    let { refresh } = await sessions.issue('ada');
    for (let day = 5; day <= 25; day += 5) {
      time.now = START + day * DAY;
      ({ refresh } = await sessions.refresh(refresh));
    }
    expect(claimsOf(refresh)['exp']).toBe((START + 30 * DAY) / 1000);
    time.now = START + 30 * DAY;
    expect((await rejectionOf(sessions.refresh(refresh))).code).toBe('ERR_SESSION_UNKNOWN');
  });

  test('replaces the meta of the session, where it brings one', async () => {
    const { sessions } = scene();
    const { refresh } = await sessions.issue('ada', { meta: { ip: 'a' } });
    const second = await sessions.refresh(refresh);
    expect((await sessions.list('ada'))[0]?.meta).toEqual({ ip: 'a' });
    await sessions.refresh(second.refresh, { meta: { ip: 'b' } });
    expect((await sessions.list('ada'))[0]?.meta).toEqual({ ip: 'b' });
  });
});

describe('a logout', () => {
  test('by a refresh token ends its session; every later one finds nothing', async () => {
    const { sessions } = scene();
    const { refresh } = await sessions.issue('ada');
    expect(await sessions.revoke(refresh)).toBe(true);
    expect(await sessions.revoke(refresh)).toBe(false);
    expect((await rejectionOf(sessions.refresh(refresh))).code).toBe('ERR_SESSION_UNKNOWN');
  });

  test('is welcome with an old token, and with one that has expired', async () => {
    const { sessions, time } = scene();
    const { refresh } = await sessions.issue('ada');
    await sessions.refresh(refresh);
    time.now += 8 * DAY;
    expect(await sessions.revoke(refresh)).toBe(true);
  });

  test('by name ends one session, and all but one', async () => {
    const { sessions } = scene();
    const [a, b, c] = await Promise.all([1, 2, 3].map(() => sessions.issue('ada')));
    expect(await sessions.revoke({ uid: 'ada', sid: a?.sid ?? '' })).toBe(true);
    expect(await sessions.revoke({ uid: 'bob', sid: b?.sid ?? '' })).toBe(false);
    expect(await sessions.revokeAll('ada', { except: b?.sid ?? '' })).toBe(1);
    expect((await sessions.list('ada')).map(({ sid }) => sid)).toEqual([b?.sid]);
    expect(c?.sid).not.toBe(b?.sid);
  });

  test('by a name that no session can have finds nothing', async () => {
    const { sessions } = scene();
    expect(await sessions.revoke({ uid: 'ada', sid: '\0' })).toBe(false);
  });
});

describe('what others ask', () => {
  test('list shows a user their sessions, with dates', async () => {
    const { sessions, time } = scene({ policy: 'per-device' });
    const { refresh, sid } = await sessions.issue('ada', { device: 'phone', meta: 'Firefox' });
    time.now += MINUTE;
    await sessions.refresh(refresh);
    expect(await sessions.list('ada')).toEqual([
      {
        sid,
        device: 'phone',
        createdAt: new Date(START),
        refreshedAt: new Date(START + MINUTE),
        expiresAt: new Date(START + MINUTE + 7 * DAY),
        meta: 'Firefox',
      },
    ]);
  });

  test('isRevoked tells whether the session of verified claims has ended', async () => {
    const { sessions } = scene();
    const { access, refresh } = await sessions.issue('ada');
    const payload = sessions.verifyAccess(access);
    expect(await sessions.isRevoked({ payload })).toBe(false);
    await sessions.revoke(refresh);
    expect(await sessions.isRevoked({ payload })).toBe(true);
    expect(await sessions.isRevoked({ payload: { sub: 'ada' } })).toBe(true);
  });

  test('introspect tells what a token is worth right now: RFC 7662', async () => {
    const { sessions } = scene();
    const first = await sessions.issue('ada');
    const { access, refresh, sid } = await sessions.refresh(first.refresh);
    const [iss, sub] = ['https://id.example', 'ada'];
    expect(await sessions.introspect(access)).toMatchObject({ active: true, sub, sid, iss });
    expect(await sessions.introspect(refresh)).toMatchObject({ active: true, sub, sid, iss });
    expect(await sessions.introspect(first.refresh)).toEqual({ active: false });
    expect(await sessions.introspect('nonsense')).toEqual({ active: false });
    await sessions.revoke(refresh);
    expect(await sessions.introspect(access)).toEqual({ active: false });
    expect(await sessions.introspect(refresh)).toEqual({ active: false });
  });

  test('purge removes what is past its absolute end', async () => {
    const { sessions, time } = scene();
    await sessions.issue('ada');
    await sessions.issue('bob');
    expect(await sessions.purge()).toBe(0);
    time.now += 30 * DAY;
    expect(await sessions.purge({ limit: 1 })).toBe(1);
    expect(await sessions.purge()).toBe(1);
    expect(await sessions.purge()).toBe(0);
  });
});

describe('keys', () => {
  test('may be asymmetric, and other servers hold the public half', async () => {
    const access = generateKeyPairSync('ed25519');
    const refresh = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { sessions, time } = scene({
      access: { key: access.privateKey, keyid: 'a1' },
      refresh: { key: refresh.privateKey },
    });
    const first = await sessions.issue('ada');
    const again = await Promise.all([1, 2].map(() => sessions.refresh(first.refresh)));
    // An ECDSA signature differs every time; the successor is the same token all the same.
    expect(new Set(again.map((pair) => claimsOf(pair.refresh)['jti'])).size).toBe(1);
    const verify = createVerifier(access.publicKey, { clock: () => time.now });
    expect(verify(again[0]?.access ?? '').sub).toBe('ada');
    expect(headerOf(first.access)).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: 'a1' });
  });

  test('are changed by putting a new one in front of the old one', async () => {
    const { sessions, store, time } = scene();
    const { access, refresh } = await sessions.issue('ada');
    const [newAccess, newRefresh] = [randomBytes(32), randomBytes(32)];
    const changed = createSessions(
      optionsWith({
        store,
        clock: () => time.now,
        access: { key: [newAccess, accessKey] },
        refresh: { key: [newRefresh, refreshKey], algorithm: 'HS256' },
      }),
    );
    expect(changed.verifyAccess(access).sub).toBe('ada');
    const pair = await changed.refresh(refresh);
    const verify = createVerifier(newAccess, { clock: () => time.now });
    expect(verify(pair.access).sub).toBe('ada');
  });
});

test('a listener that throws comes between nobody and their tokens', async () => {
  const warnings: unknown[] = [];
  const listen = (warning: unknown) => warnings.push(warning);
  process.on('warning', listen);
  const throwing = scene({
    on: () => {
      throw new Error('listener');
    },
  });
  const rejecting = scene({ on: () => Promise.reject('listener') });
  const odd = scene({ on: () => Promise.reject(Object.create(null)) });
  await odd.sessions.issue('ada');
  await throwing.sessions.issue('ada');
  await rejecting.sessions.issue('ada');
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listen);
  expect(warnings.map((warning) => (warning as Error).message)).toEqual([
    '[Object: null prototype] {}',
    'listener',
    "'listener'",
  ]);
});
