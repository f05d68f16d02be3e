import { describe, expect, test } from 'vitest';
import { codeDescriptions } from '../../src/sessions/code-descriptions.ts';
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
    ['unknown', 'ERR_SESSION_UNKNOWN', 401, 'issue'],
    ['revoked', 'ERR_SESSION_REVOKED', 401, 'issue'],
    ['reuse', 'ERR_SESSION_REUSED', 401, 'reuse'],
    ['ahead', 'ERR_SESSION_AHEAD', 401, 'ahead'],
    ['superseded', 'ERR_SESSION_SUPERSEDED', 409, 'issue'],
    ['a new kind', 'ERR_SESSION_UNKNOWN', 401, 'issue'],
  ] as const)('%s becomes a SessionError with %s and status %i', async (...row) => {
    const [kind, code, status, event] = row;
    const { error, events } = await refreshErrorWith(async () => ({ kind, behind: 3 }));
    expect(error).toBeInstanceOf(SessionError);
    expect(error).toMatchObject({ name: 'SessionError', status, message: codeDescriptions[code] });
    expect(error.code).toBe(code);
    expect(Object.keys(error)).not.toContain('code');
    expect(events.at(-1)?.type).toBe(event);
    if (kind === 'reuse') expect(events.at(-1)).toMatchObject({ behind: 3 });
  });

  test('with a successor sealed for another token is a failure of the store', async () => {
    const grace = { kind: 'grace', refreshedAt: 0, idleEndsAt: 0, sealed: 'AAAA', late: 0 };
    const { error, events } = await refreshErrorWith(async () => grace);
    expect(error).toMatchObject({ status: 503 });
    expect(error.code).toBe('ERR_SESSION_UNAVAILABLE');
    expect(events.at(-1)).toMatchObject({ type: 'unavailable', operation: 'rotate' });
  });
});

describe('a store that fails', () => {
  const down = new Error('connection lost');
  const failing = failingStore(down);

  test('rejects every call with status 503 and its cause', async () => {
    const { access, refresh, sid } = await setup().sessions.issue('ada');
    const { sessions, events } = setup({ store: { ...failing, purge: failing.get } });
    const payload = sessions.verifyAccess(access);
    const calls: Array<[operation: string, call: () => Promise<unknown>]> = [
      ['issue', () => sessions.issue('ada')],
      ['rotate', () => sessions.refresh(refresh)],
      ['revoke', () => sessions.revoke(refresh)],
      ['revoke', () => sessions.revoke({ uid: 'ada', sid })],
      ['revokeAll', () => sessions.revokeAll('ada')],
      ['list', () => sessions.list('ada')],
      ['get', () => sessions.isRevoked({ payload })],
      ['get', () => sessions.introspect(access)],
      ['get', () => sessions.introspect(refresh, { hint: 'refresh_token' })],
      ['purge', () => sessions.purge()],
    ];
    for (const [operation, call] of calls) {
      const error = await rejectionOf(call());
      expect(error).toMatchObject({ status: 503, cause: down });
      expect(error.code).toBe('ERR_SESSION_UNAVAILABLE');
      expect(events.splice(0)).toEqual([{ type: 'unavailable', operation, cause: down }]);
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
