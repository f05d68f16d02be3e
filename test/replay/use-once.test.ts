import { describe, expect, test, vi } from 'vitest';
import { KeySourceError } from '../../src/index.ts';
import { ReplayStoreError } from '../../src/replay/index.ts';
import { useOnce } from '../../src/replay/use-once.ts';
import { rejectionOf } from '../fixtures/outcome.ts';

const NOW = 1_700_000_000_000;
const storeOf = (use: (...values: unknown[]) => unknown) => ({ use }) as never;

describe('a call of a replay store', () => {
  test('passes on the identifier, whole milliseconds and the owner', async () => {
    const use = vi.fn(async () => true);
    expect(await useOnce(storeOf(use), ['id', NOW + 10.2, NOW + 0.8, 'owner'])).toBe(true);
    expect(use.mock.calls).toEqual([['id', NOW + 11, NOW, 'owner']]);
  });

  test.each([
    [NOW, NOW],
    [NOW - 1, NOW],
    [NOW + 0.1, NOW + 1.9],
  ])('resolves to false without the store for the end %d at %d', async (until, now) => {
    const use = vi.fn(async () => true);
    expect(await useOnce(storeOf(use), ['id', until, now])).toBe(false);
    expect(use).not.toHaveBeenCalled();
  });

  test.each([
    ['an error', new Error('connection lost')],
    ['a TypeError', new TypeError('rows is not iterable')],
    ['a string', 'down'],
    ['nothing', undefined],
  ])('rejects with ReplayStoreError if the store rejects with %s', async (_, cause) => {
    for (const fail of [async () => Promise.reject(cause), sync(cause)]) {
      const error = await rejectionOf(useOnce(storeOf(fail), ['id', NOW + 1, NOW]));
      expect(error).toBeInstanceOf(ReplayStoreError);
      expect(error).toBeInstanceOf(KeySourceError);
      expect(error).toMatchObject({ name: 'ReplayStoreError', code: 'ERR_REPLAY_STORE' });
      expect(error.message).toBe('the replay store failed; the proof may be valid');
      expect(error.cause).toBe(cause);
    }
  });

  test('rejects with the ReplayStoreError of the store itself', async () => {
    const own = new ReplayStoreError('full');
    const fail = async () => Promise.reject(own);
    expect(await rejectionOf(useOnce(storeOf(fail), ['id', NOW + 1, NOW]))).toBe(own);
  });

  test.each([undefined, null, 1, 'true', {}, []])(
    'rejects with ReplayStoreError if the store resolves to %s',
    async (value) => {
      const error = await rejectionOf(
        useOnce(
          storeOf(async () => value),
          ['id', NOW + 1, NOW],
        ),
      );
      expect(error).toMatchObject({ code: 'ERR_REPLAY_STORE', cause: { name: 'TypeError' } });
      expect((error.cause as Error).message).toMatch(/^"use" of the replay store must resolve/);
    },
  );

  test('rejects with ReplayStoreError if the store is silent, and ignores it later', async () => {
    let fail = (_: Error) => {};
    const silent = () => new Promise((_, reject) => (fail = reject));
    const error = await rejectionOf(useOnce(storeOf(silent), ['id', NOW + 1, NOW], 20));
    expect(error).toMatchObject({ code: 'ERR_REPLAY_STORE', cause: { name: 'TimeoutError' } });
    fail(new Error('late'));
    // An unhandled rejection would fail the run.
    await new Promise(setImmediate);
  });

  test.each<[string, unknown[]]>([
    ['"id"', ['', NOW + 1, NOW]],
    ['"id"', [undefined, NOW + 1, NOW]],
    ['"id"', [7, NOW + 1, NOW]],
    ['"id"', [{ toString: () => 'id' }, NOW + 1, NOW]],
    ['"owner"', ['id', NOW + 1, NOW, '']],
    ['"owner"', ['id', NOW + 1, NOW, null]],
    ['"until"', ['id', Number.NaN, NOW]],
    ['"until"', ['id', Number.POSITIVE_INFINITY, NOW]],
    ['"until"', ['id', 2 ** 53, NOW]],
    ['"until"', ['id', -1, NOW]],
    ['"until"', ['id', String(NOW + 1), NOW]],
    ['"until"', ['id', BigInt(NOW + 1), NOW]],
    ['"now"', ['id', NOW + 1, Number.NaN]],
    ['"now"', ['id', NOW + 1, -1]],
    ['"now"', ['id', NOW + 1, undefined]],
    ['"now"', ['id', NOW + 1, new Date(NOW)]],
  ])('rejects with TypeError for a wrong %s, without the store', async (name, values) => {
    const use = vi.fn(async () => true);
    const error = await rejectionOf(useOnce(storeOf(use), values as never));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
    expect(error.message).toMatch(new RegExp(`^${name} must be `));
    expect(use).not.toHaveBeenCalled();
  });
});

function sync(cause: unknown) {
  return () => {
    throw cause;
  };
}
