/** Tests of `verify` with a function that finds the key and a callback. */

import { describe, expect, test, vi } from 'vitest';
import { type GetPublicKeyOrSecret, JsonWebTokenError, sign, verify } from '../../src/index.ts';
import { ec, rsa, secret } from '../fixtures/keys.ts';
import { called, callsOf, errorOf, rejectionOf } from '../fixtures/outcome.ts';
import { forge, tokenOf } from '../fixtures/tokens.ts';

const valid = tokenOf({ sub: 'ada' }, { kid: 'k' });
const rs = sign({ sub: 'ada' }, rsa().privateKey, { algorithm: 'RS256' });

const CRIT = '"crit" in the header names extensions, and none is supported';
const KID = '"kid" in the header must be a string of at most 256 printable characters';

const run = (key: GetPublicKeyOrSecret, token = valid, options: object = {}) =>
  called((done) => verify(token, key, options, done));

describe('a key function', () => {
  test('is called once, with the header', async () => {
    const lookUp = vi.fn<GetPublicKeyOrSecret>((_, found) => found(null, secret));
    expect(await run(lookUp)).toEqual({ sub: 'ada' });
    expect(lookUp).toHaveBeenCalledTimes(1);
    expect(lookUp.mock.calls[0]?.[0]).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'k' });
  });

  const pem = rsa().publicKey.export({ type: 'spki', format: 'pem' });
  test.each<[title: string, lookUp: GetPublicKeyOrSecret, token?: string]>([
    ['pass the key later', (_, found) => void setImmediate(found, null, secret)],
    ['pass undefined as error', (_, found) => found(undefined as never, secret)],
    ['pass a PEM', (_, found) => found(null, pem), rs],
    ['pass a KeyObject', (_, found) => found(null, rsa().publicKey), rs],
    ['be async and call its callback', async (_, found) => found(null, secret)],
    [
      'return a value, which is ignored',
      (_, found) => {
        setImmediate(found, null, secret);
        return Promise.resolve('another key') as never;
      },
    ],
  ])('can %s', async (_, lookUp, token) => {
    expect(await run(lookUp, token)).toMatchObject({ sub: 'ada' });
  });

  test('cannot change the header that is returned', async () => {
    const lookUp: GetPublicKeyOrSecret = (header, found) => {
      Object.assign(header, { alg: 'none', kid: 'another' });
      found(null, secret);
    };
    for (let i = 0; i < 2; i++) {
      const { header } = (await run(lookUp, valid, { complete: true })) as { header: unknown };
      expect(header).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'k' });
    }
  });

  test('is rejected without a callback', () => {
    const lookUp = vi.fn();
    expect(errorOf(() => verify(valid, lookUp as never))).toMatchObject({
      constructor: JsonWebTokenError,
      message:
        'verify must be called asynchronous if secret or public key is provided as a callback',
    });
    expect(lookUp).not.toHaveBeenCalled();
    expect(() => verify('a.b', lookUp as never)).toThrow('jwt malformed');
  });

  test('cannot pass a key that does not fit the algorithm', async () => {
    const error = await rejectionOf(run((_, found) => found(null, ec().publicKey)));
    expect(error.message).toBe('invalid algorithm');
  });
});

describe('rejects with the error of a key function', () => {
  const cause = new Error('the set is unreachable');
  const throwing = () => {
    throw cause;
  };
  test.each<[title: string, lookUp: GetPublicKeyOrSecret]>([
    ['that passes an error', (_, found) => found(cause)],
    ['that passes an error and a key', (_, found) => found(cause, secret)],
    ['that passes an error later', (_, found) => void setImmediate(found, cause)],
    ['that throws', throwing],
    ['that rejects', async () => throwing()],
  ])('%s', async (_, lookUp) => {
    const error = await rejectionOf(run(lookUp));
    expect(error).toMatchObject({
      constructor: JsonWebTokenError,
      message: 'error in secret or public key callback: the set is unreachable',
      code: 'ERR_KEY_SOURCE',
    });
    expect(error.cause).toBe(cause);
    expect(Object.keys(error)).toEqual(['name', 'message']);
  });
});

test.each<[message: string, key: unknown]>([
  ['secret or public key must be provided', null],
  ['secret or public key must be provided', undefined],
  ['secret or public key must be provided', ''],
  ['secret or public key must be provided', 0],
  ['secretOrPublicKey is not valid key material', ['a list']],
])('rejects with "%s" if the key function passes %j', async (message, key) => {
  const error = await rejectionOf(run((_, found) => found(null, key as never)));
  expect(error).toMatchObject({ constructor: JsonWebTokenError, message });
});

/** A key function that calls its callback once for each element of `passed`. */
const passing =
  (...passed: Array<[error: Error | null, key?: Buffer | string]>): GetPublicKeyOrSecret =>
  (_, found) => {
    for (const each of passed) found(...each);
  };

describe('uses the first result of a key function that passes', () => {
  const late = new Error('late');
  test.each<[title: string, lookUp: GetPublicKeyOrSecret, message?: string]>([
    ['two keys', passing([null, secret], [null, 'other'])],
    [
      'a wrong key, then the right one',
      passing([null, 'other'], [null, secret]),
      'invalid signature',
    ],
    ['a key, then an error', passing([null, secret], [late])],
    [
      'an error, then a key',
      passing([late], [null, secret]),
      'error in secret or public key callback: late',
    ],
    [
      'a key, then throws',
      (_, found) => {
        found(null, secret);
        throw late;
      },
    ],
    [
      'a key, and another later',
      (_, found) => {
        found(null, secret);
        setImmediate(found, null, 'other');
      },
    ],
  ])('%s', async (_, lookUp, message) => {
    const { calls } = await callsOf((done) => verify(valid, lookUp, done));
    expect(calls).toEqual([
      message ? [expect.objectContaining({ message })] : [null, { sub: 'ada' }],
    ]);
  });
});

describe('does not call the key function for', () => {
  test.each<[title: string, token: string, message: string, options?: object]>([
    ['no token', '', 'jwt must be provided'],
    ['a malformed token', 'a.b', 'jwt malformed'],
    ['a header that is not JSON', forge('{', {}), 'invalid token'],
    ['a critical extension', tokenOf({}, { crit: ['x'], x: 1 }), CRIT],
    ['an algorithm that is not allowed', valid, 'invalid algorithm', { algorithms: ['RS256'] }],
    ['another typ', valid, 'jwt typ invalid. expected: at+jwt', { typ: 'at+jwt' }],
    ['a kid that is not a string', tokenOf({}, { kid: 5 }), KID],
    ['a kid with a newline', tokenOf({}, { kid: 'a\nb' }), KID],
    ['a kid that is too long', tokenOf({}, { kid: 'k'.repeat(257) }), KID],
    ['an invalid option', valid, 'nonce must be a non-empty string', { nonce: '' }],
  ])('%s', async (_, token, message, options) => {
    const lookUp = vi.fn<GetPublicKeyOrSecret>((__, found) => found(null, secret));
    expect((await rejectionOf(run(lookUp, token, options))).message).toBe(message);
    expect(lookUp).not.toHaveBeenCalled();
  });
});
