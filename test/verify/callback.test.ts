/** Tests of `verify` with a callback. */

import { afterEach, describe, expect, test, vi } from 'vitest';
import { sign, verify } from '../../src/index.ts';
import { ec, rsa, secret } from '../fixtures/keys.ts';
import { called, callsOf, outcomeOf, settled } from '../fixtures/outcome.ts';
import { tokenOf, unsigned } from '../fixtures/tokens.ts';

afterEach(() => void vi.useRealTimers());

const valid = tokenOf({ sub: 'ada' });
const rs = sign({ sub: 'ada' }, rsa().privateKey, { algorithm: 'RS256' });
const RS256 = { algorithms: ['RS256'] };

test.each<[title: string, token: unknown, key: unknown, options?: object]>([
  ['a payload', valid, secret],
  ['a payload, from the thread pool', rs, rsa().publicKey],
  ['a missing token', undefined, secret],
  ['a token that is an object', {}, secret],
  ['a malformed token', 'a.b', secret],
  ['a wrong signature', `${valid.slice(0, -4)}AAAA`, secret],
  ['a wrong signature of a complete result', `${valid}AAAA`, secret, { complete: true }],
  ['a wrong signature, from the thread pool', `${rs.slice(0, -4)}AAAA`, rsa().publicKey],
  ['a missing key', valid, undefined],
  ['an invalid key', valid, {}],
  ['an invalid option', valid, secret, { nonce: '' }],
  ['an invalid option that jsonwebtoken does not have', valid, secret, { requiredClaims: 'sub' }],
  ['algorithms that are not a list', valid, secret, { algorithms: 5 }],
  ['a payload of null', tokenOf('null'), secret],
  ['a payload that is not JSON', tokenOf('{'), secret],
  ['a key of the wrong type', rs, ec().publicKey, RS256],
  ['an unsigned token without a key', unsigned({}, { alg: 'RS256' }), undefined, RS256],
  [
    'an unknown algorithm that is allowed',
    tokenOf({}, { alg: 'foo' }),
    secret,
    { algorithms: ['foo'] },
  ],
  ['a key that is a promise', valid, Promise.resolve(secret)],
])('calls the callback once, after verify returns, for %s', async (_, token, key, options = {}) => {
  const args = [token as never, key as never, options] as const;
  const { returned, early, calls } = await callsOf((done) => verify(...args, done));
  expect([returned, early, calls.length]).toEqual([undefined, 0, 1]);
  const [[error, payload] = []] = calls;
  const result = outcomeOf(() => {
    if (error) throw error;
    return payload;
  });
  expect(result).toEqual(outcomeOf(() => verify(...args)));
  if (error) expect(payload).toBeUndefined();
});

describe('the arguments', () => {
  test('can have the callback third', async () => {
    expect(await called((done) => verify(valid, secret, done))).toEqual({ sub: 'ada' });
  });

  test('do not read options from a function beside a callback', async () => {
    const options = Object.assign(vi.fn(), { complete: true });
    const payload = await called((done) => verify(valid, secret, options as never, done));
    await settled();
    expect(payload).toEqual({ sub: 'ada' });
    expect(options).not.toHaveBeenCalled();
  });

  test.each([undefined, null, false, 0, ''])(
    'can have the callback third and %j fourth',
    async (fourth) => {
      const payload = called((done) => verify(valid, secret, done as never, fourth as never));
      expect(await payload).toEqual({ sub: 'ada' });
    },
  );

  test.each([undefined, null])('can have options of %j', async (options) => {
    const payload = called((done) => verify(valid, secret, options as never, done));
    expect(await payload).toEqual({ sub: 'ada' });
    expect(verify(valid, secret, options as never)).toEqual({ sub: 'ada' });
  });

  test.each([true, null])('leave the call synchronous with %j fourth', (fourth) => {
    expect(verify(valid, secret, {}, fourth as never)).toEqual({ sub: 'ada' });
  });
});

test('calls callbacks while timers are faked', async () => {
  const es = sign({ sub: 'ada' }, ec().privateKey, { algorithm: 'ES256' });
  vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate', 'setInterval', 'queueMicrotask'] });
  const payloads = await Promise.all([
    called((done) => verify(es, ec().publicKey, done)),
    called((done) => verify(valid, (_, found) => found(null, secret), done)),
  ]);
  expect(payloads).toMatchObject([{ sub: 'ada' }, { sub: 'ada' }]);
  expect(vi.getTimerCount()).toBe(0);
});
