import { describe, expect, test, vi } from 'vitest';
import { isThenable } from '../../src/core/thenable.ts';
import {
  createSigner,
  createVerifier,
  type KeyInput,
  sign,
  verify,
  verifyAsync,
} from '../../src/index.ts';
import { classic, keyApis } from '../fixtures/key-apis.ts';
import { rsa, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';

const token = classic.sign(secret, 'HS256');
const text = secret.toString('hex');

const method = 'then';

class Secretive {
  toString() {
    return text;
  }
  valueOf() {
    return text;
  }
  [Symbol.toPrimitive]() {
    return text;
  }
}

/** Truthy values that are no key: none may be turned into one (CVE-2022-23529). */
const wrong: Array<[string, unknown]> = [
  ['a number', 123],
  ['a bigint', 123n],
  ['true', true],
  ['a symbol', Symbol('secret')],
  ['an empty object', {}],
  ['an object with toString', { toString: () => text }],
  ['an instance with toString, valueOf and toPrimitive', new Secretive()],
  ['a String object', new String(text)],
  ['an array of strings', [text]],
  ['an array of bytes', [...secret]],
  ['an array of keys', [rsa().publicKey]],
  ['an empty array', []],
  ['a Date', new Date(0)],
  ['a RegExp', /secret/],
  ['a Map', new Map([['kty', 'oct']])],
  ['a Set of bytes', new Set(secret)],
  ['a Blob', new Blob([secret])],
  ['an URL', new URL('https://issuer.example/key')],
  ['a key pair', rsa()],
  ['an object that looks like a Buffer', { type: 'Buffer', data: [...secret] }],
  ['an object that looks like bytes', { length: 2, 0: 1, 1: 2 }],
  ['an object that looks like a KeyObject', { type: 'secret', export: () => secret }],
  ['{ key: undefined }', { key: undefined }],
  ['{ key: null }', { key: null }],
  ['{ key: 1 }', { key: 1 }],
  ['{ key: {} }', { key: {} }],
  ['{ key: { key } }', { key: { key: rsa().publicKey } }],
  ['{ key: array }', { key: [text] }],
  ["{ key, format: 'raw' }", { key: secret, format: 'raw' }],
  ["{ key: bytes, format: 'jwk' }", { key: secret, format: 'jwk' }],
  ['{ secret }', { secret: text }],
];

describe.each(keyApis)('at the $name entrance', (door) => {
  test.each(wrong)('%s is not valid key material', (_, key) => {
    expect(errorOf(() => door.sign(key, 'HS256'))).toMatchObject({
      message: expect.stringContaining(`${door.signingName} is not valid key material`),
      code: 'ERR_KEY_INVALID',
    });
    expect(errorOf(() => door.verify(token, key))).toMatchObject({
      message: expect.stringContaining(`${door.verifyingName} is not valid key material`),
      code: 'ERR_KEY_INVALID',
    });
  });

  test.each([
    ['a Promise', Promise.resolve(secret)],
    ['a thenable', { [method]: (resolve: (key: Buffer) => void) => resolve(secret) }],
  ])('%s is a TypeError that says to await it', (_, key) => {
    for (const [name, call] of [
      [door.signingName, () => door.sign(key)],
      [door.verifyingName, () => door.verify(token, key)],
    ] as const) {
      const error = errorOf(call);
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toMatchObject({
        message: `${name} is a promise: await it first`,
        code: 'ERR_KEY_INVALID',
      });
    }
  });

  test('a promise that rejects later does not end the process', async () => {
    const listeners = process.listeners('unhandledRejection');
    const unhandled = vi.fn();
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', unhandled);
    expect(() => door.sign(Promise.reject(new Error('no key')))).toThrow('await it first');
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test.each([[undefined], [null]])('%s is no key', (key) => {
    expect(errorOf(() => door.sign(key))).toMatchObject({
      message: expect.stringContaining(`${door.signingName} must have a value`),
      code: 'ERR_KEY_MISSING',
    });
    expect(errorOf(() => door.verify(token, key))).toMatchObject({
      message: expect.stringContaining(
        door.name === 'classic' ? 'secret or public key must be provided' : 'key must have a value',
      ),
      code: 'ERR_KEY_MISSING',
    });
  });

  test.each([[0], [Number.NaN], [false], [0n]])('%s never becomes a key', (key) => {
    expect(() => door.sign(key)).toThrow(door.signingName);
    expect(() => door.verify(token, key)).toThrow(/key/);
  });

  test('no message quotes the key', () => {
    const quoted = 'hunter2-hunter2-hunter2-hunter2-hunter2';
    for (const key of [
      { key: quoted },
      { kty: 'RSA', n: quoted, e: quoted },
      { kty: 'EC', crv: quoted, x: quoted, y: quoted, d: quoted },
      [quoted],
      `-----BEGIN PRIVATE KEY-----\n${quoted}\n-----END PRIVATE KEY-----`,
    ]) {
      for (const call of [() => door.sign(key, 'RS256'), () => door.verify(token, key)]) {
        const error = errorOf(call);
        expect(`${error.message} ${error.stack} ${error.cause}`).not.toContain(quoted);
        expect(Object.keys(error)).not.toContain('cause');
      }
    }
  });
});

test('the classic entrance blames itself on sign and the token on verify, the prepared one the programmer', () => {
  expect(errorOf(() => sign({}, 123 as never)).name).toBe('Error');
  expect(errorOf(() => verify(token, 123 as never)).name).toBe('JsonWebTokenError');
  expect(errorOf(() => createSigner(123 as never)).name).toBe('TypeError');
  expect(errorOf(() => createVerifier(123 as never)).name).toBe('TypeError');
});

test.each([
  ['a promise', Promise.resolve(secret), true],
  ['an object with the method', { [method]: () => {} }, true],
  ['an object with another member of that name', { [method]: secret }, false],
  ['a function with the method', Object.assign(() => {}, { [method]: () => {} }), false],
  ['a string', 'secret', false],
  ['undefined', undefined, false],
  ['null', null, false],
])('a value must be awaited or not: %s', (_, value, expected) => {
  expect(isThenable(value)).toBe(expected);
});

test('a function is no key to sign with', () => {
  const key = () => secret;
  expect(() => sign({}, key as never)).toThrow('secretOrPrivateKey is not valid key material');
  expect(() => createSigner(key as never)).toThrow('key is not valid key material');
});

test('a function is no key for a synchronous verify', () => {
  const key = (_header: unknown, done: (error: null, key: KeyInput) => void) => done(null, secret);
  expect(() => verify(token, key as never)).toThrow(
    'verify must be called asynchronous if secret or public key is provided as a callback',
  );
});

test('verifyAsync rejects with what verify throws', async () => {
  await expect(verifyAsync(token, 123 as never)).rejects.toThrow(
    'secretOrPublicKey is not valid key material',
  );
});
