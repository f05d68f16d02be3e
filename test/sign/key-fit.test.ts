import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { sign, signAsync, verify } from '../../src/index.ts';
import { ec, ed25519, rsa, rsaPss, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';

const signs = (key: unknown, options: object = {}) => sign({ sub: 'a' }, key as never, options);

describe('key and algorithm', () => {
  test.each<[message: string, code: string, key: unknown, algorithm: string]>([
    [
      'secretOrPrivateKey must be a symmetric key when using HS256',
      'ERR_KEY_TYPE',
      rsa().privateKey,
      'HS256',
    ],
    [
      'secretOrPrivateKey must be a symmetric key when using HS256',
      'ERR_KEY_TYPE',
      rsa().publicKey,
      'HS256',
    ],
    [
      'secretOrPrivateKey must be an asymmetric key when using RS256',
      'ERR_KEY_TYPE',
      secret,
      'RS256',
    ],
    [
      'secretOrPrivateKey must be an asymmetric key when using ES384',
      'ERR_KEY_TYPE',
      ec('P-384').publicKey,
      'ES384',
    ],
    [
      'secretOrPrivateKey has a minimum key size of 2048 bits for PS512',
      'ERR_KEY_WEAK',
      rsa(1024).privateKey,
      'PS512',
    ],
    [
      '"alg" parameter for "rsa" key type must be one of: RS256, PS256, RS384, PS384, RS512, PS512.',
      'ERR_KEY_TYPE',
      rsa().privateKey,
      'ES256',
    ],
    [
      '"alg" parameter for "ec" key type must be one of: ES256, ES384, ES512.',
      'ERR_KEY_TYPE',
      ec().privateKey,
      'RS256',
    ],
    [
      '"alg" parameter for "rsa-pss" key type must be one of: PS256, PS384, PS512.',
      'ERR_KEY_TYPE',
      rsaPss().privateKey,
      'RS256',
    ],
    [
      '"alg" parameter "ES256" requires curve "prime256v1".',
      'ERR_KEY_TYPE',
      ec('P-384').privateKey,
      'ES256',
    ],
    [
      '"alg" parameter "ES512" requires curve "secp521r1".',
      'ERR_KEY_TYPE',
      ec('P-256').privateKey,
      'ES512',
    ],
    [
      'Invalid key for this operation, its RSA-PSS parameters do not meet the requirements of "alg" PS384.',
      'ERR_KEY_TYPE',
      rsaPss(256).privateKey,
      'PS384',
    ],
    [
      'Unknown key type "x25519".',
      'ERR_KEY_TYPE',
      generateKeyPairSync('x25519').privateKey,
      'ES256',
    ],
  ])('%s', (message, code, key, algorithm) => {
    const error = errorOf(() => signs(key, { algorithm }));
    expect(error.constructor).toBe(Error);
    expect(error.message).toBe(message);
    expect(error.code).toBe(code);
  });

  test('an RSA-PSS key that demands a longer salt than its digest is refused', () => {
    const details = { hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256', saltLength: 33 };
    const { privateKey } = generateKeyPairSync('rsa-pss', {
      modulusLength: 2048,
      ...(details as object),
    });
    expect(() => signs(privateKey, { algorithm: 'PS256' })).toThrow(
      'Invalid key for this operation, its RSA-PSS parameter saltLength does not meet the requirements of "alg" PS256.',
    );
  });

  test('allowInsecureKeySizes lets a small RSA key sign', () => {
    const key = rsa(1024).privateKey;
    expect(signs(key, { algorithm: 'RS256', allowInsecureKeySizes: true })).toBeTypeOf('string');
    const off = { algorithm: 'RS256', allowInsecureKeySizes: false };
    expect(() => signs(key, off)).toThrow('minimum key size');
  });

  test('allowInvalidAsymmetricKeyTypes lifts the rules about types', () => {
    const lifted = { algorithm: 'ES256', allowInvalidAsymmetricKeyTypes: true };
    expect(signs(ec('secp256k1').privateKey, lifted)).toBeTypeOf('string');
  });

  test('a key that cannot make a signature of the algorithm is refused all the same', async () => {
    const lifted = { algorithm: 'ES256', allowInvalidAsymmetricKeyTypes: true } as const;
    for (const { privateKey } of [rsa(), ec('P-521')]) {
      const error = errorOf(() => signs(privateKey, lifted));
      expect(error.message).toBe('the key cannot make a signature of 64 bytes');
      expect(error.code).toBe('ERR_KEY_TYPE');
      await expect(signAsync({}, privateKey, lifted)).rejects.toThrow(error.message);
    }
  });

  test('Ed25519 signs, for its own algorithms only', () => {
    const token = signs(ed25519().privateKey, { algorithm: 'EdDSA' });
    expect(verify(token, ed25519().publicKey, { algorithms: ['EdDSA'] })).toMatchObject({
      sub: 'a',
    });
    expect(() => signs(ed25519().privateKey, { algorithm: 'ES256' })).toThrow('"ed25519"');
  });

  test('the alg of the header is unknown: a TypeError that lists the known ones', () => {
    const error = errorOf(() => signs(secret, { header: { alg: 'foo' } }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(
      '"foo" is not a valid algorithm.\n  Supported algorithms are:\n  "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512" and "none".',
    );
    expect(error.code).toBe('ERR_HEADER_ALG');
  });

  test.each(['constructor', 'toString', '__proto__'])('"%s" is no algorithm', (alg) => {
    expect(() => signs(secret, { header: { alg } })).toThrow(`"${alg}" is not a valid algorithm.`);
  });
});

describe('the algorithm none', () => {
  test.each([undefined, null, ''])('signs without a key: %j', (key) => {
    expect(signs(key, { algorithm: 'none' })).toMatch(/\.$/);
  });

  test('leaves a secret unused', () => {
    expect(signs(secret, { algorithm: 'none' })).toMatch(/\.$/);
  });

  test.each([0, 123])('does not take %d for a key', (key) => {
    expect(() => signs(key, { algorithm: 'none' })).toThrow('is not valid key material');
  });

  test('refuses a private key', () => {
    expect(() => signs(rsa().privateKey, { algorithm: 'none' })).toThrow(
      '"alg" parameter for "rsa" key type must be one of: RS256, PS256, RS384, PS384, RS512, PS512.',
    );
  });
});
