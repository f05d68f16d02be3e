/** K5, K6: an empty secret is rejected from every source, and a key argument is never coerced. */

import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSigner, sign, signAsync } from '../../src/index.ts';
import { secret } from '../fixtures/keys.ts';
import { forge } from '../fixtures/tokens.ts';
import { acceptedBy, codesBy, verifyApis } from '../fixtures/verify-apis.ts';

const claims = { sub: 'admin' };

describe('an empty secret is rejected (CVE-2026-44351, CVE-2025-65945)', () => {
  const token = forge({ alg: 'HS256' }, claims, Buffer.alloc(0));
  const empty: Record<string, unknown> = {
    string: '',
    Buffer: Buffer.alloc(0),
    Uint8Array: new Uint8Array(),
    ArrayBuffer: new ArrayBuffer(0),
    SharedArrayBuffer: new SharedArrayBuffer(0),
    DataView: new DataView(new ArrayBuffer(8), 8),
    KeyObject: createSecretKey(Buffer.alloc(0)),
    JWK: { kty: 'oct', k: '' },
    'JWK without k': { kty: 'oct' },
    'JWK with k null': { kty: 'oct', k: null },
    'JWK with k that is no base64url': { kty: 'oct', k: '====' },
    'KeyObject in a descriptor': { key: createSecretKey(Buffer.alloc(0)) },
    'JWK in a descriptor': { key: { kty: 'oct', k: '' }, format: 'jwk' },
    'empty text in a descriptor': { key: '' },
    'empty bytes in a descriptor': { key: Buffer.alloc(0) },
  };

  for (const [name, key] of Object.entries(empty)) {
    test(name, async () => {
      for (const options of [
        {},
        { algorithms: ['HS256'] },
        { allowInsecureKeySizes: true },
        { algorithms: ['HS256', 'none'] },
      ]) {
        expect(await acceptedBy(verifyApis, token, key, options)).toEqual([]);
        expect(
          await acceptedBy(
            verifyApis,
            forge({ alg: 'HS256' }, claims, Buffer.from(String(key))),
            key,
            options,
          ),
        ).toEqual([]);
      }
      expect(() => sign(claims, key as never)).toThrow(/secretOrPrivateKey/);
      expect(() => createSigner(key as never)).toThrow(TypeError);
      expect(() => createSigner(key as never, { allowInsecureKeySizes: true })).toThrow(TypeError);
      await expect(signAsync(claims, key as never)).rejects.toThrow(/secretOrPrivateKey/);
      await expect(signAsync(claims, (async () => key) as never)).rejects.toThrow(
        /secretOrPrivateKey/,
      );
    });
  }
});

describe('a key argument is never coerced (CVE-2022-23529)', () => {
  const text = 'a secret that is long enough for HS256, and more';
  let calls = 0;
  const count = () => {
    calls++;
    return text;
  };
  const disguised: Record<string, unknown> = {
    'an object with toString': { toString: count },
    'an object with valueOf': { valueOf: count },
    'an object with toJSON': { toJSON: count },
    'an object with Symbol.toPrimitive': { [Symbol.toPrimitive]: count },
    'an object with length and characters': { length: 1, 0: 'a' },
    'an object with type and data, as a Buffer in JSON': JSON.parse(
      JSON.stringify(Buffer.from(text)),
    ),
    'a String object': new String(text),
    'an array of one string': [text],
    'an array of bytes': [...Buffer.from(text)],
    'an array of one Buffer': [Buffer.from(text)],
    'a number': 42,
    'a bigint': 42n,
    'a symbol': Symbol(text),
    true: true,
    'a Date': new Date(0),
    'a RegExp': /a secret/,
    'a Map': new Map([['key', text]]),
    'a Set': new Set([text]),
    'a URL': new URL('https://id.example/key.pem'),
    'an Error': new Error(text),
    'a class instance with key': new (class {
      key = text;
    })(),
    'an object with secret': { secret: text },
    'an object with k but no kty': { k: Buffer.from(text).toString('base64url') },
    'a JWK whose kty is an object': {
      kty: { toString: () => 'oct' },
      k: Buffer.from(text).toString('base64url'),
    },
    'a JWK whose k is bytes': { kty: 'oct', k: Buffer.from(text) },
    'a JWK whose k is an array': { kty: 'oct', k: [Buffer.from(text).toString('base64url')] },
    'an object that pretends to be a KeyObject': {
      type: 'secret',
      symmetricKeySize: 32,
      export: () => Buffer.from(text),
    },
    'a descriptor around an object with toString': { key: { toString: count } },
    'a descriptor around an array': { key: [text] },
  };
  const guesses = [
    text,
    '[object Object]',
    '42',
    'true',
    'undefined',
    '',
    '[object Map]',
    String([...Buffer.from(text)]),
  ];

  for (const [name, key] of Object.entries(disguised)) {
    test(name, async () => {
      calls = 0;
      for (const guess of guesses) {
        const token = forge({ alg: 'HS256' }, claims, Buffer.from(guess));
        // A source may answer with a list of keys; a list in a list is none.
        const plain = Array.isArray(key) ? verifyApis.filter(({ source }) => !source) : verifyApis;
        for (const options of [{}, { algorithms: ['HS256'], allowInsecureKeySizes: true }]) {
          expect(await acceptedBy(plain, token, key, options)).toEqual([]);
        }
      }
      expect(() => sign(claims, key as never)).toThrow(/not valid key material/);
      expect(() => createSigner(key as never)).toThrow(TypeError);
      expect(calls).toBe(0);
    });
  }

  test('an object made with the prototype of KeyObject is no key', async () => {
    const prototype = Object.getPrototypeOf(createSecretKey(secret));
    for (const members of [
      {},
      { type: 'secret', symmetricKeySize: 64 },
      { type: 'public', asymmetricKeyType: 'rsa' },
    ]) {
      const fake = Object.assign(Object.create(null), members);
      Object.setPrototypeOf(fake, prototype);
      const token = forge({ alg: 'HS256' }, claims, secret);
      for (const door of verifyApis) {
        await expect(door.verify(token, fake)).rejects.toThrow();
      }
      expect(() => sign(claims, fake)).toThrow();
      expect(() => createSigner(fake)(claims)).toThrow();
    }
  });

  test('a function is no secret for the synchronous door', async () => {
    const key = () => secret;
    const token = forge({ alg: 'HS256' }, claims, Buffer.from(String(key)));
    const [sync] = verifyApis;
    expect(await codesBy(sync ? [sync] : [], token, key)).toEqual({ verify: 'ERR_KEY_INVALID' });
    expect(() => sign(claims, key as never)).toThrow(/not valid key material/);
    expect(() => createSigner(key as never)).toThrow(TypeError);
  });
});
