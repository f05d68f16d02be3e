/** Which keys sign, and how the others are rejected. test/algorithms/matrix.test.ts has all pairs. */

import { createSecretKey, generateKeyPairSync, webcrypto } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSigner, sign, signAsync, verify } from '../../src/index.ts';
import { ec, ed448, ed25519, rsa, rsaPss, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { headerOf } from '../fixtures/tokens.ts';

const signs = (key: unknown, options: object = {}) => sign({ sub: 'a' }, key as never, options);
const jwkOf = (pair: { privateKey: { export(o: { format: 'jwk' }): object } }, members: object) =>
  ({ ...pair.privateKey.export({ format: 'jwk' }), ...members }) as never;

const pem = rsa().privateKey.export({ type: 'pkcs8', format: 'pem' });
const encrypted = rsa().privateKey.export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'right',
});
const longSalt = generateKeyPairSync('rsa-pss', {
  modulusLength: 2048,
  ...({ hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256', saltLength: 33 } as object),
});

const RSA_ALGORITHMS =
  '"alg" parameter for "rsa" key type must be one of: RS256, PS256, RS384, PS384, RS512, PS512.';

describe('sign', () => {
  test.each([
    ['undefined', undefined],
    ['null', null],
    ['an empty string', ''],
    ['0', 0],
    ['false', false],
    ['an empty Buffer', Buffer.alloc(0)],
    ['an empty KeyObject', createSecretKey(Buffer.alloc(0))],
  ])('rejects a missing key: %s', (_, key) => {
    for (const options of [{}, { header: { alg: 'none' } }]) {
      const error = errorOf(() => signs(key, options));
      expect(error.constructor).toBe(Error);
      expect(error.message).toBe('secretOrPrivateKey must have a value');
      expect(error.code).toBe('ERR_KEY_MISSING');
    }
  });

  test.each<[name: string, key: unknown]>([
    ['a number', 123],
    ['true', true],
    ['an object', {}],
    ['an array', [secret]],
    ['a function', () => secret],
    ['an object with toString', { toString: () => 'secret' }],
    ['a damaged PEM', String(pem).slice(0, 400)],
    ['a wrong passphrase', { key: encrypted, passphrase: 'wrong' }],
    ['an encrypted PEM without a passphrase', encrypted],
  ])('rejects what is not key material: %s', (_, key) => {
    const error = errorOf(() => signs(key));
    expect(error.constructor).toBe(Error);
    expect(error.message).toBe('secretOrPrivateKey is not valid key material');
    expect(error.code).toBe('ERR_KEY_INVALID');
  });

  test('signs with an encrypted PEM and its passphrase, and with a short secret', () => {
    const token = signs({ key: encrypted, passphrase: 'right' }, { algorithm: 'RS256' });
    expect(verify(token, rsa().publicKey)).toMatchObject({ sub: 'a' });
    expect(verify(signs('x'), 'x')).toMatchObject({ sub: 'a' });
  });

  const unfit: Array<[message: string, key: unknown, algorithm: string]> = [
    ['secretOrPrivateKey must be a symmetric key when using HS256', rsa().privateKey, 'HS256'],
    ['secretOrPrivateKey must be a symmetric key when using HS256', rsa().publicKey, 'HS256'],
    ['secretOrPrivateKey must be an asymmetric key when using RS256', secret, 'RS256'],
    [
      'secretOrPrivateKey must be an asymmetric key when using ES384',
      ec('P-384').publicKey,
      'ES384',
    ],
    [
      'secretOrPrivateKey has a minimum key size of 2048 bits for PS512',
      rsa(1024).privateKey,
      'PS512',
    ],
    [RSA_ALGORITHMS, rsa().privateKey, 'ES256'],
    [RSA_ALGORITHMS, rsa().privateKey, 'none'],
    [
      '"alg" parameter for "ec" key type must be one of: ES256, ES384, ES512.',
      ec().privateKey,
      'RS256',
    ],
    [
      '"alg" parameter for "rsa-pss" key type must be one of: PS256, PS384, PS512.',
      rsaPss().privateKey,
      'RS256',
    ],
    ['"alg" parameter "ES256" requires curve "prime256v1".', ec('P-384').privateKey, 'ES256'],
    ['"alg" parameter "ES512" requires curve "secp521r1".', ec().privateKey, 'ES512'],
    [
      'Invalid key for this operation, its RSA-PSS parameters do not meet the requirements of "alg" PS384.',
      rsaPss(256).privateKey,
      'PS384',
    ],
    [
      'Invalid key for this operation, its RSA-PSS parameter saltLength does not meet the requirements of "alg" PS256.',
      longSalt.privateKey,
      'PS256',
    ],
    ['Unknown key type "x25519".', generateKeyPairSync('x25519').privateKey, 'ES256'],
  ];
  for (const [message, key, algorithm] of unfit) {
    test(`rejects a key that does not fit ${algorithm}: ${message.slice(0, 60)}`, () => {
      const error = errorOf(() => signs(key, { algorithm }));
      expect(error.constructor).toBe(Error);
      expect(error.message).toBe(message);
      expect(error.code).toBe(/key size/.test(message) ? 'ERR_KEY_WEAK' : 'ERR_KEY_TYPE');
    });
  }

  test('accepts a small RSA key with allowInsecureKeySizes', () => {
    const options = { algorithm: 'RS256', allowInsecureKeySizes: true };
    expect(signs(rsa(1024).privateKey, options)).toBeTypeOf('string');
    expect(() => signs(rsa(1024).privateKey, { ...options, allowInsecureKeySizes: false })).toThrow(
      'minimum key size',
    );
  });

  test('with allowInvalidAsymmetricKeyTypes, accepts keys that can create the signature', async () => {
    const options = { algorithm: 'ES256', allowInvalidAsymmetricKeyTypes: true } as const;
    expect(signs(ec('secp256k1').privateKey, options)).toBeTypeOf('string');
    for (const { privateKey } of [rsa(), ec('P-521')]) {
      const error = errorOf(() => signs(privateKey, options));
      expect(error.message).toBe('the key cannot make a signature of 64 bytes');
      expect(error.code).toBe('ERR_KEY_TYPE');
      await expect(signAsync({}, privateKey, options)).rejects.toThrow(error.message);
    }
  });

  test.each(['foo', 'constructor', '__proto__'])('rejects an unknown alg: %s', (alg) => {
    const error = errorOf(() => signs(secret, { header: { alg } }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(
      `"${alg}" is not a valid algorithm.\n  Supported algorithms are:\n  "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512" and "none".`,
    );
    expect(error.code).toBe('ERR_HEADER_ALG');
  });

  test.each([undefined, null, '', 'a secret'])('signs with none and the key %j', (key) => {
    expect(signs(key, { algorithm: 'none' })).toMatch(/\.$/);
  });

  test.each([0, 123])('rejects the key %d with none', (key) => {
    expect(() => signs(key, { algorithm: 'none' })).toThrow('is not valid key material');
  });
});

describe('createSigner', () => {
  test.each<[name: string, alg: string, key: () => unknown]>([
    ['a secret', 'HS256', () => secret],
    ['a JWK of a secret', 'HS512', () => ({ kty: 'oct', k: 'A'.repeat(86), alg: 'HS512' })],
    ['RSA', 'RS256', () => rsa().privateKey],
    ['a JWK of RSA', 'PS384', () => jwkOf(rsa(), { alg: 'PS384' })],
    ['RSA-PSS', 'PS256', () => rsaPss(256).privateKey],
    ['RSA-PSS bound to SHA-512', 'PS512', () => rsaPss(512).privateKey],
    ['P-256', 'ES256', () => ec('P-256').privateKey],
    ['P-384', 'ES384', () => ec('P-384').privateKey],
    ['P-521', 'ES512', () => ec('P-521').privateKey],
    ['secp256k1', 'ES256K', () => ec('secp256k1').privateKey],
    ['Ed25519', 'EdDSA', () => ed25519().privateKey],
    ['a JWK of Ed25519', 'Ed25519', () => jwkOf(ed25519(), { alg: 'Ed25519' })],
    ['Ed448', 'EdDSA', () => ed448().privateKey],
  ])('signs by default as the key requires: %s with %s', (_, alg, key) => {
    expect(headerOf(createSigner(key() as never)({})).alg).toBe(alg);
  });

  test('signs by default with the hash of a CryptoKey', async () => {
    const { privateKey } = await webcrypto.subtle.generateKey(
      {
        name: 'RSA-PSS',
        modulusLength: 2048,
        publicExponent: new Uint8Array([1, 0, 1]),
        hash: 'SHA-384',
      },
      true,
      ['sign', 'verify'],
    );
    expect(headerOf(createSigner(privateKey)({})).alg).toBe('PS384');
  });

  const fitsNone = 'key fits no algorithm that can sign';
  test.each<[name: string, message: string, code: string, key: unknown, algorithm?: string]>([
    ['undefined', 'key must have a value', 'ERR_KEY_MISSING', undefined],
    ['an empty secret', 'key must have a value', 'ERR_KEY_MISSING', ''],
    ['a number', 'key is not valid key material', 'ERR_KEY_INVALID', 5],
    ['a promise', 'key is a promise: await it first', 'ERR_KEY_INVALID', Promise.resolve(secret)],
    ['a public key', fitsNone, 'ERR_KEY_TYPE', rsa().publicKey],
    ['X25519', fitsNone, 'ERR_KEY_TYPE', generateKeyPairSync('x25519').privateKey],
    [
      'a short secret',
      'key has a minimum key size of 256 bits for HS256',
      'ERR_KEY_WEAK',
      Buffer.alloc(31, 1),
    ],
    [
      'a short secret for HS512',
      'key has a minimum key size of 512 bits for HS512',
      'ERR_KEY_WEAK',
      Buffer.alloc(63, 1),
      'HS512',
    ],
    [
      'a small RSA key',
      'key has a minimum key size of 2048 bits for RS256',
      'ERR_KEY_WEAK',
      rsa(1024).privateKey,
    ],
    ['RSA for ES256', RSA_ALGORITHMS, 'ERR_KEY_TYPE', rsa().privateKey, 'ES256'],
    [
      'a secret for RS256',
      'key must be an asymmetric key when using RS256',
      'ERR_KEY_TYPE',
      secret,
      'RS256',
    ],
    [
      'a key with none',
      '"algorithm" may be "none" only with null or undefined as key',
      'ERR_OPTION_INVALID',
      secret,
      'none',
    ],
  ])('rejects at once: %s', (_, message, code, key, algorithm) => {
    const options = algorithm === undefined ? {} : { algorithm };
    const error = errorOf(() => createSigner(key as never, options as never));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(message);
    expect(error.code).toBe(code);
  });

  test('accepts small keys with allowInsecureKeySizes', () => {
    const options = { allowInsecureKeySizes: true };
    expect(headerOf(createSigner('short', options)({})).alg).toBe('HS256');
    expect(headerOf(createSigner(rsa(1024).privateKey, options)({})).alg).toBe('RS256');
  });
});
