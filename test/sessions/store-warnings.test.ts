/** What happens beside a call: the warning of a failing store without a listener, and purges. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSessions } from '../../src/sessions/sessions.ts';
import { createMemoryStore } from '../../src/sessions/stores/memory.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { DAY_MS, failingStore, optionsWith, setup } from './setup.ts';

describe('a failing store without a listener', () => {
  const warnings: Array<Error & { code?: string }> = [];
  const listen = (warning: Error) => warnings.push(warning);
  beforeEach(() => {
    warnings.length = 0;
    process.on('warning', listen);
    vi.useFakeTimers({ toFake: ['performance'] });
  });
  afterEach(() => {
    process.off('warning', listen);
    vi.useRealTimers();
  });

  test('becomes one process warning a minute', async () => {
    const sessions = createSessions(optionsWith({ store: failingStore(new Error('down')) }));
    const fail = async () => {
      await rejectionOf(sessions.list('ada'));
      await nextTurn();
    };
    for (let call = 0; call < 3; call++) await fail();
    expect(warnings).toHaveLength(1);
    vi.advanceTimersByTime(59_999);
    await fail();
    expect(warnings).toHaveLength(1);
    vi.advanceTimersByTime(1);
    await fail();
    expect(warnings).toHaveLength(2);
    for (const warning of warnings) {
      expect(warning).toMatchObject({ name: 'JotkitWarning', code: 'JOTKIT_STORE_UNAVAILABLE' });
    }
  });

  const hidden = 'Key (uid, slot)=(ada, phone) already exists.';
  test.each<[string, unknown]>([
    ['23505', Object.assign(new Error(hidden), { code: '23505' })],
    ['TypeError', new TypeError(hidden)],
    ['TypeError', Object.assign(new TypeError(hidden), { code: 'a code with spaces' })],
    ['object', { code: 5 }],
    ['string', hidden],
    ['undefined', undefined],
  ])('names the operation and %s, but not the message of the database', async (kind, cause) => {
    const sessions = createSessions(optionsWith({ store: failingStore(cause) }));
    await rejectionOf(sessions.list('ada'));
    await nextTurn();
    expect(warnings.map(({ message }) => message)).toEqual([
      `The session store failed in "list" (${kind}). Set "on" of createSessions to receive each failure with its cause.`,
    ]);
  });

  test('warns of nothing else', async () => {
    const sessions = createSessions(optionsWith());
    const { refresh } = await sessions.issue('ada');
    await sessions.revoke(refresh);
    await nextTurn();
    expect(warnings).toEqual([]);
  });
});

describe('a store with purge', () => {
  async function logIn(count: number, given: Parameters<typeof setup>[0]) {
    const created = setup(given);
    for (let login = 0; login < count; login++) await created.sessions.issue(`user ${login}`);
    return created;
  }
  const recordingPurge = (result = async () => 0) => {
    const purge = vi.fn(result);
    return { purge, store: { ...createMemoryStore(), purge } };
  };

  test('is called after every hundredth login, for at most 200 sessions', async () => {
    const { purge, store } = recordingPurge();
    const { time } = await logIn(99, { store });
    expect(purge).not.toHaveBeenCalled();
    await logIn(250, { store });
    expect(purge.mock.calls).toEqual(Array(2).fill([time.now, 200]));
  });

  test('removes sessions past their absolute end', async () => {
    const { sessions, store, time } = await logIn(99, {});
    time.now += 30 * DAY_MS;
    await sessions.issue('ada');
    await nextTurn();
    expect(await store.purge?.(time.now, 1000)).toBe(0);
  });

  test('does not delay a login, and its failure is an event', async () => {
    const down = new Error('down');
    const failing = recordingPurge(() => Promise.reject(down));
    const { events } = await logIn(100, { store: failing.store });
    await nextTurn();
    expect(events.at(-1)).toEqual({ type: 'unavailable', operation: 'purge', cause: down });
    const silent = recordingPurge(() => new Promise<number>(() => {}));
    await logIn(101, { store: silent.store, storeTimeout: '1s' });
    expect(silent.purge).toHaveBeenCalledTimes(1);
  });

  test('is not called with "autoPurge" false', async () => {
    const { purge, store } = recordingPurge();
    await logIn(100, { store, autoPurge: false });
    expect(purge).not.toHaveBeenCalled();
  });

  test('can be absent', async () => {
    const { purge: _, ...store } = createMemoryStore();
    const { events, sessions } = await logIn(100, { store });
    expect(events.map(({ type }) => type)).toEqual(Array(100).fill('issue'));
    expect(await sessions.purge()).toBe(0);
  });
});
