import { describe, expect, test, vi } from 'vitest';
import { AuthError } from '../../src/http/auth-error.ts';
import type { Session, SessionStore } from '../../src/sessions/index.ts';
import { createSessions } from '../../src/sessions/sessions.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { payloadOf } from '../fixtures/tokens.ts';
import { DAY_MS, MINUTE_MS, optionsWith, START_MS, setup } from './setup.ts';

type Hook = (session: Session, refresh: { meta: unknown; context: unknown }) => unknown;

describe('beforeRefresh', () => {
  test('receives the stored session, the new meta and the context', async () => {
    const hook = vi.fn<Hook>();
    const { sessions, time } = setup({ beforeRefresh: hook, policy: 'per-device' });
    const login = { device: 'phone', upstream: 'idp', meta: { ip: '192.0.2.1' } };
    const { refresh, sid } = await sessions.issue('ada', login);
    const context = { request: 1 };
    time.now += MINUTE_MS;
    const second = await sessions.refresh(refresh, { meta: { ip: '198.51.100.1' }, context });
    await sessions.refresh(second.refresh);
    const createdAt = new Date(START_MS);
    const session = { uid: 'ada', sid, ...login, createdAt, current: true };
    const times = { refreshedAt: createdAt, expiresAt: new Date(START_MS + 7 * DAY_MS) };
    const [first, next] = hook.mock.calls;
    expect(first).toEqual([
      { ...session, ...times },
      { meta: { ip: '198.51.100.1' }, context },
    ]);
    expect(next?.[0].meta).toEqual({ ip: '198.51.100.1' });
    expect(next?.[1]).toEqual({ meta: undefined, context: undefined });
  });

  test.each([
    ['an AuthError', new AuthError('forbidden')],
    ['any other error', new Error('another address')],
  ])('rejects the refresh with %s, and nothing changes', async (_, rejection) => {
    const claims = vi.fn(() => ({}));
    let isElsewhere = false;
    const { sessions, store, time, events } = setup({
      claims,
      beforeRefresh: async () => {
        if (isElsewhere) throw rejection;
      },
    });
    const { refresh, sid } = await sessions.issue('ada');
    const before = await store.get('ada', sid, time.now);
    isElsewhere = true;
    expect(await rejectionOf(sessions.refresh(refresh, { meta: 'new' }))).toBe(rejection);
    expect(await store.get('ada', sid, time.now)).toEqual(before);
    expect([events.length, claims.mock.calls.length]).toEqual([1, 1]);
    isElsewhere = false;
    time.now += DAY_MS;
    expect(payloadOf((await sessions.refresh(refresh)).refresh).gen).toBe(2);
  });

  test('is not called for a token that ends its session, so that it reaches the rule', async () => {
    const hook = vi.fn<Hook>();
    const { sessions, time } = setup({ beforeRefresh: hook });
    const { refresh } = await sessions.issue('ada');
    await sessions.refresh(refresh);
    time.now += MINUTE_MS;
    expect((await rejectionOf(sessions.refresh(refresh))).code).toBe('ERR_SESSION_REUSED');
    expect((await rejectionOf(sessions.refresh(refresh))).code).toBe('ERR_SESSION_REVOKED');
    expect(hook).toHaveBeenCalledTimes(1);
  });

  test('rejects a replaced token within the grace period, and nothing changes', async () => {
    const rejection = new AuthError('forbidden');
    const hook: Hook = ({ meta }, { context }) => {
      expect(meta).toBe('home');
      if (context === 'elsewhere') throw rejection;
    };
    const { sessions, store, time, events } = setup({ beforeRefresh: hook });
    const { refresh, sid } = await sessions.issue('ada', { meta: 'home' });
    const { refresh: successor } = await sessions.refresh(refresh);
    const before = await store.get('ada', sid, time.now);
    const stolen = sessions.refresh(refresh, { context: 'elsewhere', meta: 'away' });
    expect(await rejectionOf(stolen)).toBe(rejection);
    expect(await store.get('ada', sid, time.now)).toEqual(before);
    expect(events).toHaveLength(2);
    expect((await sessions.refresh(refresh)).refresh).toBe(successor);
  });

  test('grants nothing within the grace period if the session has ended meanwhile', async () => {
    const store = createMemoryStore();
    const { sessions } = setup({ store, beforeRefresh: () => {} });
    const { refresh } = await sessions.issue('ada');
    await sessions.refresh(refresh);
    vi.spyOn(store, 'get').mockResolvedValue(null);
    expect((await rejectionOf(sessions.refresh(refresh))).code).toBe('ERR_SESSION_UNKNOWN');
  });

  test('is called although the clock of the server is ahead of that of the store', async () => {
    const hook = vi.fn<Hook>(() => {
      throw new Error('another address');
    });
    const store = createMemoryStore();
    const behind: SessionStore = {
      ...store,
      rotate: (request) => store.rotate({ ...request, now: START_MS + 7 * DAY_MS - 1 }),
    };
    const { sessions, time } = setup({ store: behind, beforeRefresh: hook });
    const { refresh } = await sessions.issue('ada');
    time.now += 7 * DAY_MS;
    expect((await rejectionOf(sessions.refresh(refresh))).message).toBe('another address');
  });

  test('is not called for a session that has ended', async () => {
    const hook = vi.fn<Hook>();
    const { sessions } = setup({ beforeRefresh: hook });
    const { refresh } = await sessions.issue('ada');
    await sessions.revoke(refresh);
    expect((await rejectionOf(sessions.refresh(refresh))).code).toBe('ERR_SESSION_UNKNOWN');
    expect(hook).not.toHaveBeenCalled();
  });

  test.each([
    [true, 1],
    [false, 0],
  ])('costs one read of the store if given: %s', async (isGiven, reads) => {
    const store = createMemoryStore();
    const get = vi.spyOn(store, 'get');
    const { sessions } = setup({ store, ...(isGiven && { beforeRefresh: () => {} }) });
    await sessions.refresh((await sessions.issue('ada')).refresh);
    expect(get).toHaveBeenCalledTimes(reads);
  });
});

describe('the request that rotate receives', () => {
  async function requestWith(given: Parameters<typeof optionsWith>[0]) {
    const store = createMemoryStore();
    const rotate = vi.spyOn(store, 'rotate');
    const sessions = createSessions(optionsWith({ store, ...given }));
    await sessions.refresh((await sessions.issue('ada')).refresh);
    return rotate.mock.calls[0]?.[0];
  }

  test('has no time, so that the clock of the store decides', async () => {
    expect((await requestWith({}))?.now).toBeNull();
  });

  test('has the time of the option clock', async () => {
    expect((await requestWith({ clock: () => START_MS + 0.5 }))?.now).toBe(START_MS);
  });

  const TEN_YEARS_MS = 315_576_000_000;
  test.each([
    [undefined, 30_000, 30_000],
    ['0s', 0, 0],
    [5, 5000, 5000],
    ['10m', 600_000, 30_000],
    ['1d', DAY_MS, 30_000],
    ['until-used', TEN_YEARS_MS, 30_000],
  ] as const)('has for the grace %s %i ms, and bursts of %i ms', async (grace, ms, burst) => {
    const { refresh } = optionsWith();
    const idle = '2h';
    const request = await requestWith({
      refresh: { ...refresh, idle, ...(grace !== undefined && { grace }) },
    });
    expect(request).toMatchObject({ grace: ms, burst, idle: 7_200_000 });
  });
});
