import {
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  webcrypto,
  X509Certificate,
} from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, test } from 'vitest';
import type { KeyArgument } from '../../src/core/keys/key.ts';
import { cachedKey, clearKeyCache } from '../../src/core/keys/key-cache.ts';
import { usageError } from '../../src/errors.ts';
import { sign } from '../../src/sign.ts';
import { verify } from '../../src/verify.ts';
import { certificates } from './certificates.ts';

const argument: KeyArgument = {
  role: 'verify',
  name: 'key',
  missing: 'key must have a value',
  invalid: usageError,
  mismatch: usageError,
};

const text = 'a secret that is long enough for HS256';
const { publicKey } = generateKeyPairSync('ed25519');
const pem = publicKey.export({ type: 'spki', format: 'pem' });
const certificate = new X509Certificate(certificates[0].certificate);
const jwk = publicKey.export({ format: 'jwk' });

/** Every form in which a key is found again; a function, because some are found by identity. */
const forms: [string, () => unknown][] = [
  ['a secret as text', () => text],
  ['a secret as bytes', () => Buffer.from(text)],
  ['a PEM', () => pem],
  ['a secret in an ArrayBuffer', () => new Uint8Array(Buffer.from(text)).buffer],
  ['a JWK', () => ({ ...jwk })],
  ['a JWK with a list', () => ({ ...jwk, x5c: ['a', 'b'] })],
  ['a JWK without a prototype', () => Object.assign(Object.create(null), jwk)],
  ['a key with its format', () => ({ key: pem, format: 'pem' })],
  ['a KeyObject', () => publicKey],
  ['an X509Certificate', () => certificate],
];

beforeEach(clearKeyCache);

describe('a key that was understood', () => {
  test.each(forms)('is found again for %s', (_, input) => {
    expect(cachedKey(input(), argument)).toBe(cachedKey(input(), argument));
  });

  test.each(forms)('is forgotten by clearKeyCache, for %s', (_, input) => {
    const before = cachedKey(input(), argument);
    clearKeyCache();
    expect(cachedKey(input(), argument)).not.toBe(before);
  });

  test.each(forms)('is not the key of the other role, for %s', (_, input) => {
    expect(cachedKey(input(), argument)).not.toBe(
      cachedKey(input(), { ...argument, role: 'sign' }),
    );
  });

  test('makes room for others', () => {
    const before = cachedKey(text, argument);
    for (let i = 0; i < 1000; i++) cachedKey(`${text} ${i}`, argument);
    expect(cachedKey(text, argument)).not.toBe(before);
    expect(cachedKey(`${text} 999`, argument)).toBe(cachedKey(`${text} 999`, argument));
  });

  test('is not kept when its material is long', () => {
    const longest = 'k'.repeat(16_384);
    expect(cachedKey(longest, argument)).toBe(cachedKey(longest, argument));
    const long = `${longest}k`;
    expect(cachedKey(long, argument)).not.toBe(cachedKey(long, argument));
    expect(cachedKey(Buffer.from(long), argument)).not.toBe(cachedKey(Buffer.from(long), argument));
  });
});

test('finds a CryptoKey again', async () => {
  const usages: webcrypto.KeyUsage[] = ['verify'];
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const bytes = Buffer.from(text);
  const key = await webcrypto.subtle.importKey('raw', bytes, algorithm, false, usages);
  expect(cachedKey(key, argument)).toBe(cachedKey(key, argument));
});

class JwkOfClass {
  readonly kty = jwk.kty;
  readonly crv = jwk.crv;
  readonly x = jwk.x;
}

test.each([
  ['a member that is no string', { ...jwk, ext: true }],
  ['a list with a member that is no string', { ...jwk, key_ops: ['verify', 1] }],
  ['a list with a hole', { ...jwk, key_ops: Object.assign(Array(2), { 1: 'verify' }) }],
  ['a class', new JwkOfClass()],
])('imports a JWK anew at every call if it has %s', (_, input) => {
  expect(cachedKey(input, argument)).not.toBe(cachedKey(input, argument));
  expect(cachedKey(input, argument).object.equals(publicKey)).toBe(true);
});

test('keeps a list apart from a string with the same characters', () => {
  expect(cachedKey({ ...jwk, key_ops: ['verify'] }, argument).kind).toBe('public');
  expect(() => cachedKey({ ...jwk, key_ops: 'verify' }, argument)).toThrow('"key_ops"');
  const two = { ...jwk, key_ops: ['verify', 'x'] };
  expect(cachedKey(two, argument).kind).toBe('public');
  expect(() => cachedKey({ ...jwk, key_ops: ['verify","x'] }, argument)).toThrow('"key_ops"');
});

test.each([[undefined], [null], [5], [true]])('throws for %s as without a cache', (input) => {
  expect(() => cachedKey(input, argument)).toThrow('key is not valid key material: it is a');
});

test('names a promise or a thenable object as such', () => {
  const name = 'then';
  for (const input of [Promise.resolve(text), { [name]: () => text }]) {
    expect(() => cachedKey(input, argument)).toThrow('key is a promise: await it first');
  }
});

describe('a key that changed in its place', () => {
  test('is another key, as a Buffer', () => {
    const secret = randomBytes(32);
    const token = sign({ sub: 'ada' }, secret);
    expect(verify(token, secret)).toMatchObject({ sub: 'ada' });
    secret.fill(7);
    expect(() => verify(token, secret)).toThrow('invalid signature');
    expect(verify(sign({ sub: 'bea' }, secret), Buffer.alloc(32, 7))).toMatchObject({ sub: 'bea' });
  });

  test('is another key, as the memory below a view', () => {
    const memory = new Uint8Array(randomBytes(64));
    const token = sign({}, memory.subarray(16, 48));
    expect(verify(token, memory.subarray(16, 48))).toBeTypeOf('object');
    memory[20] = (memory[20] ?? 0) ^ 1;
    expect(() => verify(token, memory.subarray(16, 48))).toThrow('invalid signature');
  });

  test('is another key, as a JWK', () => {
    const key = { kty: 'oct', k: randomBytes(32).toString('base64url') };
    const token = sign({}, key);
    expect(verify(token, key)).toBeTypeOf('object');
    key.k = randomBytes(32).toString('base64url');
    expect(() => verify(token, key)).toThrow('invalid signature');
  });

  test('is bound by what the JWK says of itself now', () => {
    const key: Record<string, string> = { kty: 'oct', k: randomBytes(32).toString('base64url') };
    const token = sign({}, key as never);
    expect(verify(token, key as never)).toBeTypeOf('object');
    key['use'] = 'enc';
    expect(() => verify(token, key as never)).toThrow('"use"');
  });
});

test('holds no KeyObject that the caller has released', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const token = sign({}, text);
  const use = (): WeakRef<KeyObject> => {
    const key = createSecretKey(Buffer.from(text));
    verify(token, key);
    return new WeakRef(key);
  };
  const gone = use();
  // A WeakRef holds until the turn of the event loop in which it was made is over.
  for (let i = 0; i < 10 && gone.deref(); i++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  expect(gone.deref()).toBeUndefined();
});
