import { describe, expect, test } from 'vitest';
import { errorCodes } from '../../src/errors.ts';
import { SessionError, type SessionStore } from '../../src/sessions/index.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { scene } from './scene.ts';

/** A store whose answers to a refresh are given. */
function answering(outcome: unknown): SessionStore {
  return { ...createMemoryStore(), rotate: async () => outcome as never };
}

async function refreshedWith(store: SessionStore) {
  const { sessions } = scene({ store });
  const { refresh } = await sessions.issue('ada');
  return rejectionOf(sessions.refresh(refresh));
}

describe('a refresh that the store answers with', () => {
  test.each([
    ['unknown', 'ERR_SESSION_UNKNOWN', 401],
    ['revoked', 'ERR_SESSION_REVOKED', 401],
    ['reuse', 'ERR_SESSION_REUSED', 401],
    ['ahead', 'ERR_SESSION_AHEAD', 401],
    ['something new', 'ERR_SESSION_UNKNOWN', 401],
  ])('%s is %s', async (kind, code, status) => {
    const error = await refreshedWith(answering({ kind }));
    expect(error).toBeInstanceOf(SessionError);
    expect(error).toMatchObject({
      name: 'SessionError',
      status,
      message: errorCodes[code as never],
    });
    expect(error.code).toBe(code);
    expect(Object.keys(error)).not.toContain('code');
  });

  test('a seal that its token does not open is a failure of the store', async () => {
    const times = { rotatedAt: 0, absExp: 0 };
    const error = await refreshedWith(answering({ kind: 'grace', ...times, sealed: 'AAAA' }));
    expect(error).toMatchObject({ status: 503 });
    expect(error.code).toBe('ERR_SESSION_UNAVAILABLE');
  });
});

describe('a store that is down', () => {
  const down = new Error('connection refused');
  const fail = async () => {
    throw down;
  };
  const broken = {
    issue: fail,
    rotate: fail,
    revoke: fail,
    revokeAll: fail,
    get: fail,
    list: fail,
  };

  test('is 503 with its cause, whatever it was asked', async () => {
    const good = scene();
    const pair = await good.sessions.issue('ada');
    const { sessions } = scene({ store: { ...broken, purge: fail } });
    const payload = sessions.verifyAccess(pair.access);
    const calls: Array<Promise<unknown>> = [
      sessions.issue('ada'),
      sessions.refresh(pair.refresh),
      sessions.revoke(pair.refresh),
      sessions.revoke({ uid: 'ada', sid: pair.sid }),
      sessions.revokeAll('ada'),
      sessions.list('ada'),
      sessions.isRevoked({ payload }),
      sessions.introspect(pair.access),
      sessions.introspect(pair.refresh),
      sessions.purge(),
    ];
    for (const call of calls) {
      const error = await rejectionOf(call);
      expect(error).toMatchObject({ status: 503, cause: down });
      expect(error.code).toBe('ERR_SESSION_UNAVAILABLE');
    }
  });

  test('that throws before it promises is the same', async () => {
    const rotate = () => {
      throw down;
    };
    const error = await refreshedWith({ ...createMemoryStore(), rotate });
    expect(error).toMatchObject({ status: 503, cause: down });
  });

  test('without purge has nothing to purge', async () => {
    const { sessions } = scene({ store: broken });
    expect(await sessions.purge()).toBe(0);
  });
});
