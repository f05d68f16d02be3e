import { afterEach, describe, expect, test, vi } from 'vitest';
import { sign, signAsync } from '../../src/index.ts';
import { ec, rsa, secret } from '../fixtures/keys.ts';
import { outcomeOf, rejectionOf, settled } from '../fixtures/outcome.ts';

afterEach(() => void vi.useRealTimers());

const circular: Record<string, unknown> = {};
circular['self'] = circular;

/** Calls of every outcome: what is wrong with each, if anything. */
const calls: Array<[title: string, args: [payload: unknown, key: unknown, options?: object]]> = [
  ['a token', [{ iat: 1 }, secret]],
  ['a token of the thread pool', [{ iat: 1 }, rsa().privateKey, { algorithm: 'RS256' }]],
  ['a missing key', [{}, undefined]],
  ['a wrong option', [{}, secret, { expiresIn: 'soon' }]],
  ['one duplicate claim', [{ iss: 'a' }, secret, { issuer: 'b' }]],
  ['two duplicate claims', [{ iss: 'a', sub: 'a' }, secret, { issuer: 'b', subject: 'b' }]],
  ['a circular payload', [circular, secret]],
  ['an unknown algorithm', [{}, secret, { header: { alg: 'foo' } }]],
  ['an algorithm that is no string', [{}, secret, { algorithm: 5 }]],
  ['an unknown encoding', ['a', secret, { encoding: 'foo' }]],
  ['none without a key', [{ iat: 1 }, undefined, { algorithm: 'none' }]],
  ['an empty payload', ['', secret]],
  ['a payload of 0', [0, secret]],
  ['a payload of false', [false, secret]],
  ['a payload of true', [true, secret]],
  ['a payload with a function called pipe', [{ iat: 1, pipe: () => {} }, secret]],
];

describe.each(calls)('a callback is told of %s', (_, [payload, key, options]) => {
  test('once, after sign has returned undefined', async () => {
    const done = vi.fn();
    const returned = sign(payload as never, key as never, options ?? {}, done);
    expect(returned).toBeUndefined();
    expect(done).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(done).toHaveBeenCalled());
    await settled();
    expect(done).toHaveBeenCalledTimes(1);
  });

  test('as (null, token) or (error), as the synchronous call answers', async () => {
    const args = [payload as never, key as never, options ?? {}] as const;
    const [error, token] = await new Promise<unknown[]>((resolve) => {
      sign(...args, (...answer) => resolve(answer));
    });
    expect(
      outcomeOf(() => {
        if (error) throw error;
        return token;
      }),
    ).toEqual(outcomeOf(() => sign(...args)));
  });
});

test('callback and promise give the token of the synchronous call', async () => {
  const expected = sign({ iat: 1, sub: 'ada' }, secret, { keyid: 'k' });
  const done = vi.fn();
  sign({ iat: 1, sub: 'ada' }, secret, { keyid: 'k' }, done);
  await vi.waitFor(() => expect(done).toHaveBeenCalledWith(null, expected));
  expect(await signAsync({ iat: 1, sub: 'ada' }, secret, { keyid: 'k' })).toBe(expected);
});

test('callbacks come although timers are faked', async () => {
  const waiting = new Promise<unknown>((resolve) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate', 'setInterval', 'queueMicrotask'] });
    const privateKey = ec().privateKey;
    sign({ iat: 1 }, privateKey, { algorithm: 'ES256' }, (error, token) => resolve(error ?? token));
  });
  expect(await waiting).toBeTypeOf('string');
  expect(vi.getTimerCount()).toBe(0);
});

describe('signAsync', () => {
  test('asks a function for the key', async () => {
    const keySource = vi.fn(async () => secret);
    expect(await signAsync({ iat: 1 }, keySource)).toBe(sign({ iat: 1 }, secret));
    expect(keySource).toHaveBeenCalledTimes(1);
    expect(await signAsync({ iat: 1 }, () => secret)).toBe(sign({ iat: 1 }, secret));
  });

  test('rejects with what the function throws or rejects with', async () => {
    const trouble = new Error('no key today');
    const rejecting = signAsync({}, () => Promise.reject(trouble));
    expect(await rejectionOf(rejecting)).toBe(trouble);
    const throwing = signAsync({}, () => {
      throw trouble;
    });
    expect(await rejectionOf(throwing)).toBe(trouble);
  });

  test('rejects where the function has no key', async () => {
    const error = await rejectionOf(signAsync({}, () => undefined as never));
    expect(error.message).toBe('secretOrPrivateKey must have a value');
  });

  test('never throws: every fault is a rejection', async () => {
    const promise = signAsync(undefined as never, undefined, 'text' as never);
    expect(await rejectionOf(promise)).toBeInstanceOf(Error);
  });
});
