import { afterEach, describe, expect, test, vi } from 'vitest';
import { sign, verify } from '../../src/index.ts';
import { ec, rsa, secret } from '../fixtures/keys.ts';
import { called, outcomeOf, rejectionOf, settled } from '../fixtures/outcome.ts';
import { tokenOf, unsigned } from '../fixtures/tokens.ts';

afterEach(() => void vi.useRealTimers());

const good = tokenOf({ sub: 'ada' });
const rs = sign({ sub: 'ada' }, rsa().privateKey, { algorithm: 'RS256' });

const calls: Array<[title: string, args: [token: unknown, key: unknown, options?: object]]> = [
  ['a payload', [good, secret]],
  ['a payload, from the thread pool', [rs, rsa().publicKey]],
  ['no token', [undefined, secret]],
  ['a malformed token', ['a.b', secret]],
  ['a wrong signature', [`${good.slice(0, -4)}AAAA`, secret]],
  ['a wrong signature, from the thread pool', [`${rs.slice(0, -4)}AAAA`, rsa().publicKey]],
  ['a missing key', [good, undefined]],
  ['a wrong option', [good, secret, { nonce: '' }]],
  ['an option of ours that is wrong', [good, secret, { requiredClaims: 'sub' }]],
  ['algorithms that are no list', [good, secret, { algorithms: 5 }]],
  ['a payload of null', [tokenOf('null'), secret]],
  ['a key of the wrong type', [rs, ec().publicKey, { algorithms: ['RS256'] }]],
  [
    'an unsigned token without a key',
    [unsigned({}, { alg: 'RS256' }), undefined, { algorithms: ['RS256'] }],
  ],
  [
    'an algorithm that is allowed and unknown',
    [tokenOf({}, { alg: 'foo' }), secret, { algorithms: ['foo'] }],
  ],
  ['a key that is a promise', [good, Promise.resolve(secret)]],
];

describe.each(calls)('a callback is told of %s', (_, [token, key, options]) => {
  test('once, after verify has returned undefined', async () => {
    const done = vi.fn();
    const returned: unknown = verify(token as never, key as never, options ?? {}, done);
    expect(returned).toBeUndefined();
    expect(done).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(done).toHaveBeenCalled());
    await settled();
    expect(done).toHaveBeenCalledTimes(1);

    const [error, payload] = done.mock.calls[0] ?? [];
    const answered = outcomeOf(() => {
      if (error) throw error;
      return payload;
    });
    const direct = outcomeOf(() => verify(token as never, key as never, options ?? {}));
    expect(answered).toEqual(direct);
    if (error) expect(payload).toBeUndefined();
  });
});

describe('the arguments', () => {
  test('the third may be the callback', async () => {
    expect(await called((done) => verify(good, secret, done))).toEqual({ sub: 'ada' });
  });

  test('a function as options is no options, beside a callback', async () => {
    const options = Object.assign(vi.fn(), { complete: true });
    const answer = await called((done) => verify(good, secret, options as never, done));
    await settled();
    expect(answer).toEqual({ sub: 'ada' });
    expect(options).not.toHaveBeenCalled();
  });

  test.each([undefined, null, false, 0, ''])(
    'the third is the callback beside %j as the fourth',
    async (none) => {
      const answer = called((done) => verify(good, secret, done as never, none as never));
      expect(await answer).toEqual({ sub: 'ada' });
    },
  );

  test.each([undefined, null])('options may be %j', async (options) => {
    expect(await called((done) => verify(good, secret, options as never, done))).toEqual({
      sub: 'ada',
    });
    expect(verify(good, secret, options as never)).toEqual({ sub: 'ada' });
  });

  test('a fourth that is no function leaves the call synchronous', () => {
    expect(verify(good, secret, {}, true as never)).toEqual({ sub: 'ada' });
    expect(verify(good, secret, {}, null as never)).toEqual({ sub: 'ada' });
  });
});

test('callbacks come although timers are faked', async () => {
  const token = sign({ sub: 'ada' }, ec().privateKey, { algorithm: 'ES256' });
  const waiting = Promise.all([
    new Promise<unknown>((resolve) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate', 'setInterval', 'queueMicrotask'] });
      verify(token, ec().publicKey, (error, payload) => resolve(error ?? payload));
    }),
    new Promise<unknown>((resolve) => {
      verify(
        good,
        (_, cb) => cb(null, secret),
        (error, payload) => resolve(error ?? payload),
      );
    }),
  ]);
  const [first, second] = await waiting;
  expect(first).toMatchObject({ sub: 'ada' });
  expect(second).toEqual({ sub: 'ada' });
  expect(vi.getTimerCount()).toBe(0);
});

test('a failure leaves the second argument undefined, also with complete', async () => {
  const failing = called((done) => verify(`${good}AAAA`, secret, { complete: true }, done));
  expect((await rejectionOf(failing)).message).toBe('invalid signature');
});
