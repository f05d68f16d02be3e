/** Tests of the option `cache`. */

import { expect, test, vi } from 'vitest';
import { createVerifier, type KeySource } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { NOW, tokenOf } from '../fixtures/tokens.ts';

const other = Buffer.alloc(64, 7);
const claims = { sub: 'ada', roles: ['admin'], exp: NOW + 60 };
const token = tokenOf(claims);

/** A verifier with a cache, at a time that can be set. */
function cached(options: object = {}, key: Buffer | KeySource<Buffer> = secret) {
  const time = { now: NOW };
  const clock = () => time.now * 1000;
  return { time, verify: createVerifier(key, { cache: true, clock, ...options }) };
}

test('checks the claims of a cached token at every call', () => {
  const { verify, time } = cached();
  expect(verify(token)).toEqual(claims);
  time.now = NOW + 59;
  expect(verify(token)).toEqual(claims);
  time.now = NOW + 60;
  expect(() => verify(token)).toThrow('jwt expired');
});

test('verifies a token with another signature or payload than the cached one', () => {
  const { verify } = cached();
  verify(token);
  const [header, payload, signature] = token.split('.');
  expect(() => verify(tokenOf({ sub: 'ada' }, {}, other))).toThrow('invalid signature');
  expect(() => verify(`${header}.${payload}.${'A'.repeat(43)}`)).toThrow('invalid signature');
  const [, changed] = tokenOf({ sub: 'eve' }).split('.');
  expect(() => verify(`${header}.${changed}.${signature}`)).toThrow('invalid signature');
});

test('accepts a token that was rejected before for its time', () => {
  const { verify, time } = cached();
  time.now = NOW + 60;
  expect(() => verify(token)).toThrow('jwt expired');
  time.now = NOW;
  expect(verify(token)).toEqual(claims);
});

test('returns frozen claims', () => {
  const { verify } = cached();
  const result = verify(token);
  expect(() => Object.assign(result, { sub: 'eve' })).toThrow(TypeError);
  expect(() => result['roles'].push('root')).toThrow(TypeError);
  expect(verify(token)).toEqual(claims);
});

test('does not let a schema change the cached claims', () => {
  const validate = (value: unknown) => {
    if (!Object.isFrozen(value)) Object.assign(value as object, { exp: NOW + 3600 });
    return { value };
  };
  const schema = { '~standard': { version: 1, vendor: 'test', validate } } as const;
  const { verify, time } = cached({ schema });
  expect(verify(token)).toMatchObject({ exp: NOW + 60 });
  time.now = NOW + 60;
  expect(() => verify(token)).toThrow('jwt expired');
});

test('calls the key source for a cached token, and rejects it if the key has changed', () => {
  let key = secret;
  const source = vi.fn(() => key);
  const { verify } = cached({}, source);
  verify(token);
  verify(token);
  expect(source).toHaveBeenCalledTimes(2);
  key = other;
  expect(() => verify(token)).toThrow('invalid signature');
  key = secret;
  expect(verify(token)).toEqual(claims);
});

test('returns promises with "async"', async () => {
  const { verify, time } = cached({ async: true });
  expect(await verify(token)).toEqual(claims);
  expect(await verify(token)).toEqual(claims);
  time.now = NOW + 60;
  await expect(verify(token)).rejects.toThrow('jwt expired');
});

test.each([
  { max: 1 },
  { maxBytes: token.length },
  { ttl: '10s' },
  { max: 1, maxBytes: 5, ttl: 0 },
])('returns the same results within the limits %j', (cache) => {
  const { verify, time } = cached({ cache });
  const second = tokenOf({ sub: 'eve' });
  for (const now of [NOW, NOW + 1, NOW + 20]) {
    time.now = now;
    expect(verify(token)).toEqual(claims);
    expect(verify(second)).toEqual({ sub: 'eve' });
  }
});

test.each([true, false])('has forget and clear with the cache %s', (cache) => {
  const { verify } = cached({ cache });
  verify(token);
  verify.forget(token);
  verify.forget('no token');
  expect(verify(token)).toEqual(claims);
  verify.clear();
  expect(verify(token)).toEqual(claims);
});
