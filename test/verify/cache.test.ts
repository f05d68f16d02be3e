import { describe, expect, test, vi } from 'vitest';
import { createVerifier, type KeySource } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { NOW, tokenOf } from '../fixtures/tokens.ts';

const other = Buffer.alloc(64, 7);
const token = tokenOf({ sub: 'ada', roles: ['admin'], exp: NOW + 60 });

/** A verifier with a cache, at a time that can be set. */
function cached(options: object = {}, key: Buffer | KeySource<Buffer> = secret) {
  const time = { now: NOW };
  const clock = () => time.now * 1000;
  return { time, verify: createVerifier(key, { cache: true, clock, ...options }) };
}

describe('a verifier that keeps verified tokens', () => {
  test('answers a token that comes again as it did before', () => {
    const { verify } = cached();
    const first = verify(token);
    expect(verify(token)).toEqual(first);
    expect(first).toEqual({ sub: 'ada', roles: ['admin'], exp: NOW + 60 });
  });

  test('judges the claims at every call', () => {
    const { verify, time } = cached();
    verify(token);
    time.now = NOW + 59;
    expect(verify(token)).toBeTypeOf('object');
    time.now = NOW + 60;
    expect(() => verify(token)).toThrow('jwt expired');
  });

  test('takes no other token for it: not a changed signature, not another payload', () => {
    const { verify } = cached();
    verify(token);
    const [header, payload, signature] = token.split('.');
    expect(() => verify(tokenOf({ sub: 'ada' }, {}, other))).toThrow('invalid signature');
    expect(() => verify(`${header}.${payload}.${'A'.repeat(43)}`)).toThrow('invalid signature');
    const [, changed] = tokenOf({ sub: 'eve' }).split('.');
    expect(() => verify(`${header}.${changed}.${signature}`)).toThrow('invalid signature');
  });

  test('does not keep a token that was refused', () => {
    const { verify, time } = cached();
    time.now = NOW + 60;
    expect(() => verify(token)).toThrow('jwt expired');
    time.now = NOW;
    expect(verify(token)).toMatchObject({ sub: 'ada' });
  });

  test('gives claims that nobody can change for the next caller', () => {
    const { verify } = cached();
    const claims = verify(token);
    expect(() => Object.assign(claims, { sub: 'eve' })).toThrow(TypeError);
    expect(() => claims['roles'].push('root')).toThrow(TypeError);
    expect(verify(token)).toMatchObject({ sub: 'ada', roles: ['admin'] });
  });

  test('lets no schema change the claims that are judged the next time', () => {
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

  test('asks its key source all the same, and drops the token with its key', () => {
    let key = secret;
    const source = vi.fn(() => key);
    const { verify } = cached({}, source);
    verify(token);
    verify(token);
    expect(source).toHaveBeenCalledTimes(2);
    key = other;
    expect(() => verify(token)).toThrow('invalid signature');
    key = secret;
    expect(verify(token)).toMatchObject({ sub: 'ada' });
  });

  test('answers with promises alike', async () => {
    const { verify, time } = cached({ async: true });
    const first = await verify(token);
    expect(await verify(token)).toEqual(first);
    time.now = NOW + 60;
    await expect(verify(token)).rejects.toThrow('jwt expired');
  });

  test.each([
    { max: 1 },
    { maxBytes: token.length },
    { ttl: '10s' },
    { max: 1, maxBytes: 5, ttl: 0 },
  ])('answers the same within the bounds %j', (cache) => {
    const { verify, time } = cached({ cache });
    const second = tokenOf({ sub: 'eve' });
    for (const now of [NOW, NOW + 1, NOW + 20]) {
      time.now = now;
      expect(verify(token)).toMatchObject({ sub: 'ada' });
      expect(verify(second)).toEqual({ sub: 'eve' });
    }
  });
});

test('forget and clear are there with a cache and without, and change no answer', () => {
  for (const cache of [true, false]) {
    const { verify } = cached({ cache });
    verify(token);
    verify.forget(token);
    verify.forget('no token');
    expect(verify(token)).toMatchObject({ sub: 'ada' });
    verify.clear();
    expect(verify(token)).toMatchObject({ sub: 'ada' });
  }
});
