import { describe, expect, test } from 'vitest';
import { errorCodes } from '../../src/errors.ts';
import { SessionError, type SessionStore } from '../../src/sessions/index.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { failingStore, setup } from './setup.ts';

async function refreshErrorWith(rotate: () => unknown) {
  const store = { ...createMemoryStore(), rotate } as SessionStore;
  const { sessions, events } = setup({ store });
  const { refresh } = await sessions.issue('ada');
  return { error: await rejectionOf(sessions.refresh(refresh)), events };
}

describe('the outcome of a store', () => {
  test.each([
    ['unknown', 'ERR_SESSION_UNKNOWN', 'issue'],
    ['revoked', 'ERR_SESSION_REVOKED', 'issue'],
    ['reuse', 'ERR_SESSION_REUSED', 'reuse'],
    ['ahead', 'ERR_SESSION_AHEAD', 'ahead'],
    ['a new kind', 'ERR_SESSION_UNKNOWN', 'issue'],
  ] as const)('%s becomes a SessionError with %s and status 401', async (kind, code, event) => {
    const { error, events } = await refreshErrorWith(async () => ({ kind }));
    expect(error).toBeInstanceOf(SessionError);
    expect(error).toMatchObject({ name: 'SessionError', status: 401, message: errorCodes[code] });
    expect(error.code).toBe(code);
    expect(Object.keys(error)).not.toContain('code');
    expect(events.at(-1)?.type).toBe(event);
  });

  test('with a successor sealed for another token is a failure of the store', async () => {
    const grace = { kind: 'grace', refreshedAt: 0, endsAt: 0, sealed: 'AAAA' };
    const { error } = await refreshErrorWith(async () => grace);
    expect(error).toMatchObject({ status: 503 });
    expect(error.code).toBe('ERR_SESSION_UNAVAILABLE');
  });
});

describe('a store that fails', () => {
  const down = new Error('connection lost');
  const failing = failingStore(down);

  test('rejects every call with status 503 and its cause', async () => {
    const { access, refresh, sid } = await setup().sessions.issue('ada');
    const { sessions } = setup({ store: { ...failing, purge: failing.get } });
    const payload = sessions.verifyAccess(access);
    const calls: Array<Promise<unknown>> = [
      sessions.issue('ada'),
      sessions.refresh(refresh),
      sessions.revoke(refresh),
      sessions.revoke({ uid: 'ada', sid }),
      sessions.revokeAll('ada'),
      sessions.list('ada'),
      sessions.isRevoked({ payload }),
      sessions.introspect(access),
      sessions.introspect(refresh),
      sessions.purge(),
    ];
    for (const call of calls) {
      const error = await rejectionOf(call);
      expect(error).toMatchObject({ status: 503, cause: down });
      expect(error.code).toBe('ERR_SESSION_UNAVAILABLE');
    }
  });

  test('by a synchronous throw rejects with status 503 too', async () => {
    const { error } = await refreshErrorWith(() => {
      throw down;
    });
    expect(error).toMatchObject({ status: 503, cause: down });
  });

  test('purges nothing without the function purge', async () => {
    expect(await setup({ store: failing }).sessions.purge()).toBe(0);
  });
});
