/** Tests of key sources of `createVerifier` and `verifyAsync`. */

import { describe, expect, test, vi } from 'vitest';
import {
  createVerifier,
  JsonWebTokenError,
  type KeySource,
  KeySourceError,
  verifyAsync,
} from '../../src/index.ts';
import { rsa, secret } from '../fixtures/keys.ts';
import { errorOf, rejectionOf } from '../fixtures/outcome.ts';
import { forge, NOW, tokenOf } from '../fixtures/tokens.ts';

const NOT_FOUND = 'no key was found for this token with the "kid" "k"';
const valid = tokenOf({ sub: 'ada' }, { kid: 'k' });
const other = Buffer.alloc(64, 7);

describe.each<[name: string, run: (source: KeySource, token?: string) => Promise<unknown>]>([
  ['createVerifier', async (source, token = valid) => createVerifier(source)(token)],
  [
    'createVerifier with async',
    async (source, token = valid) => createVerifier(source, { async: true })(token),
  ],
  ['verifyAsync', async (source, token = valid) => verifyAsync(token, source)],
])('%s', (_, run) => {
  test('calls the source once, with the unverified token', async () => {
    const source = vi.fn<KeySource>(() => secret);
    expect(await run(source)).toEqual({ sub: 'ada' });
    expect(source).toHaveBeenCalledTimes(1);
    const token = source.mock.calls[0]?.[0];
    expect(token?.header).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'k' });
    expect(token?.payload).toEqual({ sub: 'ada' });
    expect(`${token?.signingInput}.${token?.signature}`).toBe(valid);
  });

  test.each<[title: string, source: KeySource]>([
    ['a promise', () => Promise.resolve(secret)],
    ['a list', () => [other, secret]],
    ['a promise of a list', async () => [rsa().publicKey, other, secret]],
    ['a list of sixteen keys', () => [...Array(15).fill(other), secret]],
  ])('accepts %s from the source', async (__, source) => {
    expect(await run(source)).toEqual({ sub: 'ada' });
  });

  test.each([
    ['without the right key', [other, Buffer.alloc(64, 8)]],
    ['with the right key in seventeenth place', [...Array(16).fill(other), secret]],
  ])('rejects the signature with a list %s', async (__, keys) => {
    expect(await rejectionOf(run(() => keys))).toMatchObject({
      constructor: JsonWebTokenError,
      message: 'invalid signature',
    });
  });

  test.each([[null], [undefined], [[]]])('rejects if the source returns %j', async (key) => {
    for (const source of [() => key, async () => key]) {
      expect(await rejectionOf(run(source))).toMatchObject({
        constructor: JsonWebTokenError,
        message: NOT_FOUND,
        code: 'ERR_KEY_NOT_FOUND',
      });
    }
  });

  const throwing = (error: Error): KeySource[] => [
    () => {
      throw error;
    },
    () => Promise.reject(error),
  ];

  test('rejects with a KeySourceError if the source throws or rejects', async () => {
    const cause = new Error('the set is unreachable');
    for (const source of throwing(cause)) {
      const error = await rejectionOf(run(source));
      expect(error).not.toBeInstanceOf(JsonWebTokenError);
      expect(error).toMatchObject({
        constructor: KeySourceError,
        message: 'the key source failed',
        code: 'ERR_KEY_SOURCE',
      });
      expect(error.cause).toBe(cause);
    }
  });

  test('passes errors of the library on from the source', async () => {
    for (const error of [new JsonWebTokenError('revoked'), new KeySourceError('down')]) {
      for (const source of throwing(error)) expect(await rejectionOf(run(source))).toBe(error);
    }
  });

  test.each([
    ['a malformed token', 'a.b'],
    ['a header that is not JSON', forge('{', {})],
    ['a critical extension', tokenOf({}, { crit: ['x'], x: 1 })],
    ['a kid that is not a string', tokenOf({}, { kid: { toString: 'k' } })],
    ['a kid that is not printable', tokenOf({}, { kid: 'a\u0000b' })],
    ['a kid that is too long', tokenOf({}, { kid: 'k'.repeat(257) })],
  ])('does not call the source for %s', async (__, token) => {
    const source = vi.fn(() => secret);
    expect(await rejectionOf(run(source, token))).toBeInstanceOf(JsonWebTokenError);
    expect(source).not.toHaveBeenCalled();
  });
});

describe('createVerifier with a key source', () => {
  test.each<[alg: string, algorithms?: ['HS384']]>([['HS256', ['HS384']], ['foo'], ['hs256']])(
    'rejects the alg %s before it calls the source',
    (alg, algorithms) => {
      const source = vi.fn(() => secret);
      const verify = createVerifier(source, algorithms ? { algorithms } : {});
      expect(() => verify(tokenOf({}, { alg }))).toThrow('invalid algorithm');
      expect(source).not.toHaveBeenCalled();
    },
  );

  test('passes its context to the source', async () => {
    const context = { tenant: 'one' };
    const source = vi.fn<KeySource>(() => secret);
    createVerifier(source)(valid, context);
    await createVerifier(source, { async: true })(valid, context);
    createVerifier(source)(valid);
    expect(source.mock.calls.map((call) => call[1])).toEqual([context, context, undefined]);
    expect(source.mock.calls[0]?.[1]).toBe(context);
  });

  test('returns a promise if the source does, and always with "async"', () => {
    expect(createVerifier(() => secret)(valid)).toEqual({ sub: 'ada' });
    const later: unknown = createVerifier((): Promise<Buffer> => Promise.resolve(secret))(valid);
    expect(later).toBeInstanceOf(Promise);
    const always: unknown = createVerifier(() => secret, { async: true })(valid);
    expect(always).toBeInstanceOf(Promise);
  });

  test('never throws if the source is an async function', async () => {
    const verify = createVerifier(async () => secret);
    expect((await rejectionOf(verify('a.b'))).message).toBe('jwt malformed');
  });

  test('rejects a key that does not fit the alg', () => {
    expect(() => createVerifier(() => rsa().publicKey)(valid)).toThrow('invalid algorithm');
  });

  test.each<[title: string, key: unknown]>([
    ['invalid', 123],
    ['empty', Buffer.alloc(0)],
    ['short', Buffer.alloc(31, 1)],
  ])('throws a KeySourceError for a key that is %s', (_, key) => {
    const error = errorOf(() => createVerifier(() => key as never)(valid));
    expect(error).toMatchObject({ constructor: KeySourceError, code: 'ERR_KEY_SOURCE' });
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  test('skips invalid keys of a list', () => {
    expect(createVerifier(() => [123 as never, secret])(valid)).toEqual({ sub: 'ada' });
  });

  test('calls the source for every token', () => {
    let key: Buffer | null = secret;
    const verify = createVerifier(() => key);
    expect(verify(valid)).toEqual({ sub: 'ada' });
    key = null;
    expect(() => verify(valid)).toThrow('no key was found');
  });

  test('checks the claims once for a list', () => {
    const clock = vi.fn(() => NOW * 1000);
    const verify = createVerifier(() => [other, secret], { clock });
    expect(() => verify(tokenOf({ exp: NOW }))).toThrow('jwt expired');
    expect(clock).toHaveBeenCalledTimes(1);
  });
});
