import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSigner, createVerifier, sign, signAsync, verifyAsync } from '../../src/index.ts';
import { claims, classic, keyApis, prepared } from '../fixtures/key-apis.ts';
import { rsa } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const;
// Large enough for PS512, which does not fit into 1024 bits.
const small = rsa(1536);
const insecure = { allowInsecureKeySizes: true };

function formsOf(key: KeyObject): unknown[] {
  const type = key.type === 'private' ? 'pkcs8' : 'spki';
  return [
    key,
    key.export({ type, format: 'pem' } as never),
    key.export({ type, format: 'der' } as never),
    key.export({ format: 'jwk' }),
  ];
}

describe.each(keyApis)('at the $name entrance', (door) => {
  test.each(algorithms)('an RSA key below 2048 bits is rejected for %s', (alg) => {
    for (const key of formsOf(small.privateKey)) {
      expect(errorOf(() => door.sign(key, alg))).toMatchObject({
        message: `${door.signingName} has a minimum key size of 2048 bits for ${alg}`,
        code: 'ERR_KEY_WEAK',
      });
    }
    const token = door.sign(small.privateKey, alg, insecure);
    for (const key of [...formsOf(small.publicKey), ...formsOf(small.privateKey)]) {
      expect(errorOf(() => door.verify(token, key, alg))).toMatchObject({
        message: `${door.verifyingName} has a minimum key size of 2048 bits for ${alg}`,
        code: 'ERR_KEY_WEAK',
      });
      expect(() => door.verify(token, key)).toThrow('has a minimum key size of 2048 bits');
    }
  });

  test.each(algorithms)('allowInsecureKeySizes lets a small RSA key through for %s', (alg) => {
    const token = door.sign(small.privateKey, alg, insecure);
    expect(door.verify(token, small.publicKey, alg, insecure)).toMatchObject(claims);
  });

  test('2048 bits are enough, one bit less is not', () => {
    const almost = generateKeyPairSync('rsa', { modulusLength: 2047 });
    expect(() => door.sign(almost.privateKey, 'RS256')).toThrow('minimum key size');
    const token = door.sign(rsa(2048).privateKey, 'RS256');
    expect(door.verify(token, rsa(2048).publicKey, 'RS256')).toMatchObject(claims);
  });

  test('an RSA key with the public exponent 1 is always rejected', () => {
    const jwk = rsa().publicKey.export({ format: 'jwk' });
    const key = { ...jwk, e: 'AQ' };
    const pem = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const token = door.sign(rsa().privateKey, 'RS256');
    for (const form of [key, pem, createPublicKey({ key, format: 'jwk' })]) {
      for (const options of [{}, insecure]) {
        expect(errorOf(() => door.verify(token, form, 'RS256', options))).toMatchObject({
          message: expect.stringContaining(`${door.verifyingName} is not valid key material`),
          code: 'ERR_KEY_INVALID',
        });
      }
    }
  });
});

describe('a secret shorter than its hash', () => {
  const sizes = [
    ['HS256', 256],
    ['HS384', 384],
    ['HS512', 512],
  ] as const;

  test.each(sizes)('is rejected by the prepared entrance: %s', (alg, bits) => {
    const short = Buffer.alloc(bits / 8 - 1, 1);
    const message = `key has a minimum key size of ${bits} bits for ${alg}`;
    for (const key of [short, short.toString(), { kty: 'oct', k: short.toString('base64url') }]) {
      for (const call of [
        () => createSigner(key, { algorithm: alg }),
        () => createVerifier(key, { algorithms: [alg] }),
      ]) {
        const error = errorOf(call);
        expect(error).toBeInstanceOf(TypeError);
        expect(error).toMatchObject({ message, code: 'ERR_KEY_WEAK' });
      }
    }
  });

  test.each(sizes)('passes with allowInsecureKeySizes: %s', (alg, bits) => {
    const short = Buffer.alloc(bits / 8 - 1, 1);
    const token = prepared.sign(short, alg, insecure);
    expect(prepared.verify(token, short, alg, insecure)).toMatchObject(claims);
  });

  test.each(sizes)('is just long enough at the size of the hash: %s', (alg, bits) => {
    const key = Buffer.alloc(bits / 8, 1);
    expect(prepared.verify(prepared.sign(key, alg), key, alg)).toMatchObject(claims);
  });

  test('cannot be used by default when it is too short for every HMAC', () => {
    const message = 'key has a minimum key size of 256 bits for HS256';
    expect(() => createSigner('short')).toThrow(message);
    expect(() => createVerifier('short')).toThrow(message);
  });

  test('from a key source says nothing about the token', () => {
    const token = prepared.sign('short', 'HS256', insecure);
    expect(errorOf(() => createVerifier(() => 'short')(token)).name).toBe('KeySourceError');
    expect(createVerifier(() => 'short', insecure)(token)).toMatchObject(claims);
  });
});

describe('the classic entrance', () => {
  test('holds promises and callbacks to the same sizes', async () => {
    const problem = 'has a minimum key size of 2048 bits for RS256';
    await expect(signAsync({}, small.privateKey, { algorithm: 'RS256' })).rejects.toThrow(problem);
    const token = classic.sign(small.privateKey, 'RS256', insecure);
    await expect(verifyAsync(token, small.publicKey)).rejects.toThrow(problem);
    await expect(verifyAsync(token, () => small.publicKey)).rejects.toThrow(problem);
    const error = await new Promise((resolve) => {
      sign({}, small.privateKey, { algorithm: 'RS256' }, (failed) => resolve(failed));
    });
    expect(error).toMatchObject({ message: `secretOrPrivateKey ${problem}` });
  });
});
