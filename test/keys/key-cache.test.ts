import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, test } from 'vitest';
import type { KeyArgument } from '../../src/core/keys/key.ts';
import { cachedKey, clearKeyCache } from '../../src/core/keys/key-cache.ts';
import { usageError } from '../../src/errors.ts';
import { sign } from '../../src/sign.ts';
import { verify } from '../../src/verify.ts';

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
const jwk = publicKey.export({ format: 'jwk' });

/** Every form in which a key is found again; a function, because some are found by identity. */
const forms: [string, () => unknown][] = [
  ['a secret as text', () => text],
  ['a secret as bytes', () => Buffer.from(text)],
  ['a PEM', () => pem],
  ['a JWK', () => ({ ...jwk })],
  ['a key with its format', () => ({ key: pem, format: 'pem' })],
  ['a KeyObject', () => publicKey],
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
    const long = 'k'.repeat(20_000);
    expect(cachedKey(long, argument)).not.toBe(cachedKey(long, argument));
    expect(cachedKey(Buffer.from(long), argument)).not.toBe(cachedKey(Buffer.from(long), argument));
  });
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
