import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { withDeadline } from '../../src/databases/deadline.ts';
import type { SessionStore } from '../../src/sessions/index.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { setup } from './setup.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A promise with its functions. */
function deferred<Value>() {
  let settle = { resolve: (_: Value) => {}, reject: (_: unknown) => {} };
  const promise = new Promise<Value>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle };
}

describe('withDeadline', () => {
  test('rejects with a TimeoutError, as AbortSignal.timeout does', async () => {
    const rejected = rejectionOf(withDeadline(() => new Promise(() => {}), 1000));
    await vi.advanceTimersByTimeAsync(999);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    const error = await rejected;
    expect(error).toBeInstanceOf(DOMException);
    expect([error.name, error.message]).toEqual(['TimeoutError', 'no response for 1000 ms']);
  });

  test('settles as the operation does, and clears the timer', async () => {
    const failed = new Error('failed');
    expect(await withDeadline(() => 5, 1000)).toBe(5);
    expect(await withDeadline(async () => 6, 1000)).toBe(6);
    expect(await rejectionOf(withDeadline(() => Promise.reject(failed), 1000))).toBe(failed);
    const throwing = () => {
      throw failed;
    };
    expect(await rejectionOf(withDeadline(throwing, 1000))).toBe(failed);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('leaves no unhandled rejection if the operation rejects late', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const late = deferred();
    const rejected = rejectionOf(withDeadline(() => late.promise, 1000));
    await vi.advanceTimersByTimeAsync(1000);
    expect((await rejected).name).toBe('TimeoutError');
    late.reject(new Error('late'));
    await nextTurn();
    await nextTurn();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('the signal of an operation', () => {
  test('is aborted with the error when the time has passed, and never after a result', async () => {
    const signals: AbortSignal[] = [];
    const late = rejectionOf(
      withDeadline((signal) => {
        signals.push(signal);
        return new Promise(() => {});
      }, 1000),
    );
    await withDeadline((signal) => signals.push(signal), 1000);
    await vi.advanceTimersByTimeAsync(1000);
    const [aborted, unused] = signals;
    expect(aborted?.reason).toBe(await late);
    expect(unused?.aborted).toBe(false);
  });
});

const silent = () => new Promise<never>(() => {});
const silentStore: Required<SessionStore> = {
  ...{ issue: silent, rotate: silent, revoke: silent, revokeAll: silent },
  ...{ get: silent, list: silent, purge: silent },
};

describe('a silent store', () => {
  test.each([
    [{}, 5000],
    [{ storeTimeout: '1s' }, 1000],
    [{ storeTimeout: 60 }, 60_000],
  ] as const)('with %j rejects every call with 503 after %i ms', async (given, milliseconds) => {
    const { access, refresh } = await setup().sessions.issue('ada');
    const { sessions, events } = setup({ store: silentStore, ...given });
    const payload = sessions.verifyAccess(access);
    const calls = [
      () => sessions.issue('ada'),
      () => sessions.refresh(refresh),
      () => sessions.revoke(refresh),
      () => sessions.revokeAll('ada'),
      () => sessions.list('ada'),
      () => sessions.isRevoked({ payload }),
      () => sessions.introspect(access),
      () => sessions.purge(),
    ];
    const rejected = Promise.all(calls.map((call) => rejectionOf(call())));
    await vi.waitUntil(() => vi.getTimerCount() >= calls.length);
    await vi.advanceTimersByTimeAsync(milliseconds);
    for (const error of await rejected) {
      expect(error).toMatchObject({ status: 503, cause: { name: 'TimeoutError' } });
      expect(error.code).toBe('ERR_SESSION_UNAVAILABLE');
    }
    expect(events.map(({ type }) => type)).toEqual(calls.map(() => 'unavailable'));
    expect(JSON.stringify(events)).not.toContain(refresh);
  });

  test('that rotates late has one successor for a retry within the grace period', async () => {
    const called = deferred<void>();
    const late = deferred<void>();
    const store = createMemoryStore();
    let isSlow = true;
    const slow: SessionStore = {
      ...store,
      async rotate(request) {
        if (isSlow) {
          called.resolve();
          await late.promise;
        }
        return store.rotate(request);
      },
    };
    const { sessions, events } = setup({ store: slow });
    const { refresh } = await sessions.issue('ada');
    const rejected = rejectionOf(sessions.refresh(refresh));
    await called.promise;
    await vi.advanceTimersByTimeAsync(5000);
    expect((await rejected).code).toBe('ERR_SESSION_UNAVAILABLE');
    isSlow = false;
    late.resolve();
    await nextTurn();
    const [one, two] = [await sessions.refresh(refresh), await sessions.refresh(refresh)];
    expect(one.refresh).toBe(two.refresh);
    const again = events.flatMap((event) => (event.type === 'refresh' ? [event.again] : []));
    expect(again).toEqual([true, true]);
  });
});
