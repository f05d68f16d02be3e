/** The options of one login: names, lifetimes, cookies that end with the browser, and `accept`. */

import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { IssueOptions, PendingTokens } from '../../src/sessions/index.ts';
import { createSessions } from '../../src/sessions/sessions.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { payloadOf } from '../fixtures/tokens.ts';
import { DAY_MS, MINUTE_MS, optionsWith, refreshKey, START_MS, setup } from './setup.ts';

const HOUR_MS = 3_600_000;

describe('a user id', () => {
  test.each([
    [5, '5'],
    [-0, '0'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [9_007_199_254_740_993n, '9007199254740993'],
  ])('%s is the decimal string of a number', async (uid, text) => {
    const { sessions, events } = setup();
    const issued = await sessions.issue(uid);
    expect([issued.uid, payloadOf(issued.access).sub]).toEqual([text, text]);
    expect(events[0]).toMatchObject({ uid: text });
    expect(await sessions.list(uid)).toMatchObject([{ uid: text }]);
    expect(await sessions.list(text)).toHaveLength(1);
    expect(await sessions.revoke({ uid, sid: issued.sid })).toBe(true);
    await sessions.issue(text);
    expect(await sessions.revokeAll(uid)).toBe(1);
  });
});

describe('the claims of a login', () => {
  const loginWith = (characters: number) => {
    const { sessions, events } = setup({ refresh: { key: refreshKey, grace: 0 } });
    const login = sessions.issue('ada', { claims: { scope: 'x'.repeat(characters) } });
    return { sessions, events, login };
  };

  test('are rejected if the refresh token is too long to be verified', async () => {
    const { sessions, events, login } = loginWith(50_000);
    const { code, message } = await rejectionOf(login);
    expect([code, message]).toEqual(['ERR_OPTION_INVALID', expect.stringMatching('at most 65536')]);
    expect([events, await sessions.list('ada')]).toEqual([[], []]);
  });

  test('are accepted only if later refresh tokens, which are longer, can be verified', async () => {
    let characters = 49_000;
    const isAccepted = async () => (await loginWith(characters).login.catch(() => null)) !== null;
    while (!(await isAccepted())) characters--;
    const { sessions, login } = loginWith(characters);
    let { refresh } = await login;
    expect(refresh.length).toBeGreaterThan(65_500);
    for (let turn = 0; turn < 12; turn++) ({ refresh } = await sessions.refresh(refresh));
  });
});

describe('upstream', () => {
  test.each(['many', 'per-device', 'single'] as const)(
    'is listed with the policy %s',
    async (policy) => {
      const { sessions } = setup({ policy });
      const device = policy === 'per-device' ? { device: 'phone' } : {};
      const { refresh } = await sessions.issue('ada', { ...device, upstream: 'idp/ä' });
      await sessions.refresh(refresh);
      expect(await sessions.list('ada')).toMatchObject([{ upstream: 'idp/ä' }]);
    },
  );
});

describe('the lifetimes of a login', () => {
  test('shorten the configured ones, also after refreshes', async () => {
    const { sessions, time } = setup();
    const login = { idle: '1h', absolute: '90m' } as const;
    const first = await sessions.issue('ada', login);
    expect([first.refreshExpiresIn, payloadOf(first.refresh).end]).toEqual([
      3600,
      (START_MS + 90 * MINUTE_MS) / 1000,
    ]);
    time.now += 45 * MINUTE_MS;
    const second = await sessions.refresh(first.refresh);
    expect(second.refreshExpiresIn).toBe(45 * 60);
    const { exp, end } = payloadOf(second.refresh);
    expect([exp, end]).toEqual([end, payloadOf(first.refresh).end]);
    time.now = START_MS + 90 * MINUTE_MS;
    expect((await rejectionOf(sessions.refresh(second.refresh))).code).toBe('ERR_SESSION_UNKNOWN');
  });

  test('can equal the configured ones', async () => {
    const issued = await setup().sessions.issue('ada', { idle: '7d', absolute: '30d' });
    expect(issued.refreshExpiresIn).toBe(604_800);
  });

  test('are rejected if they are longer, with both numbers', async () => {
    const { sessions, store } = setup();
    const error = await rejectionOf(sessions.issue('ada', { idle: '8d' }));
    expect(error.message).toBe(
      '"idle" must be at most 604800 seconds, as "refresh.idle" of createSessions, got 691200',
    );
    expect(await store.list('ada', START_MS)).toEqual([]);
  });

  test('are not lengthened by an instance with longer ones', async () => {
    const { sessions, store, time } = setup({ refresh: { key: refreshKey, idle: '1h' } });
    const { refresh } = await sessions.issue('ada');
    const other = createSessions(optionsWith({ store, clock: () => time.now }));
    const second = await other.refresh(refresh);
    expect(second.refreshExpiresIn).toBe(3600);
    time.now += HOUR_MS;
    expect((await rejectionOf(other.refresh(second.refresh))).code).toBe('ERR_SESSION_UNKNOWN');
  });

  test('end at a whole second, in the row as in the token', async () => {
    const { sessions, time } = setup({ refresh: { key: refreshKey, absolute: 1 } });
    time.now = START_MS + 999;
    const { refresh } = await sessions.issue('ada');
    const [session] = await sessions.list('ada');
    expect(session?.expiresAt.getTime()).toBe(START_MS + 1000);
    expect(payloadOf(refresh)).toMatchObject({
      exp: START_MS / 1000 + 1,
      end: START_MS / 1000 + 1,
    });
  });
});

describe('persistent', () => {
  test('false stays over refreshes, repeated ones too', async () => {
    const { sessions } = setup();
    const first = await sessions.issue('ada', { persistent: false });
    const second = await sessions.refresh(first.refresh);
    const again = await sessions.refresh(first.refresh);
    const third = await sessions.refresh(second.refresh);
    for (const issued of [first, second, again, third]) {
      expect([issued.persistent, payloadOf(issued.refresh).persist]).toEqual([false, false]);
    }
  });

  test('true adds no claim', async () => {
    const issued = await setup().sessions.issue('ada', { persistent: true });
    expect(issued.persistent).toBe(true);
    expect(payloadOf(issued.refresh)).not.toHaveProperty('persist');
  });
});

describe('accept', () => {
  const logins: IssueOptions[] = [
    {},
    { persistent: false },
    { claims: { name: 'Ä'.repeat(7), nested: { list: [1, null, '"'], absent: undefined } } },
    { claims: { at: new Date(0) }, persistent: false, absolute: '1d' },
  ];
  const keys = {
    HS256: refreshKey,
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    PS256: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    EdDSA: generateKeyPairSync('ed25519').privateKey,
  };

  test.each(Object.entries(keys))(
    'receives the access token, and the exact length of the refresh token of %s',
    async (_, key) => {
      const { sessions, time } = setup({ refresh: { key, keyid: 'r1' } });
      const received: PendingTokens[] = [];
      const accept = (pending: PendingTokens) => received.push(pending);
      for (const login of logins) {
        let issued = await sessions.issue('ünï', { ...login, accept });
        for (let gen = 1; gen < 12; gen++) {
          expect(received.splice(0)).toEqual([
            { access: issued.access, refreshBytes: Buffer.byteLength(issued.refresh) },
          ]);
          time.now += MINUTE_MS;
          issued = await sessions.refresh(issued.refresh, { accept });
        }
        received.splice(0);
      }
    },
  );

  test('is awaited, and its error leaves no session', async () => {
    const { sessions, store, events } = setup();
    const accept = () => Promise.reject(new Error('too large'));
    await expect(sessions.issue('ada', { accept })).rejects.toThrow('too large');
    expect([await store.list('ada', START_MS), events]).toEqual([[], []]);
  });

  test('of a refresh is awaited, and its error leaves the token current', async () => {
    const { sessions, time, events } = setup();
    const { refresh } = await sessions.issue('ada');
    const accept = () => Promise.reject(new Error('too large'));
    await expect(sessions.refresh(refresh, { accept })).rejects.toThrow('too large');
    time.now += DAY_MS;
    expect(payloadOf((await sessions.refresh(refresh)).refresh).gen).toBe(2);
    expect(events.map(({ type }) => type)).toEqual(['issue', 'refresh']);
  });
});
