import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSigner } from '../../src/index.ts';
import { ec, ed448, ed25519, rsa, rsaPss, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { headerOf } from '../fixtures/tokens.ts';

const jwkOf = (pair: { privateKey: { export(o: { format: 'jwk' }): object } }, members: object) =>
  ({ ...pair.privateKey.export({ format: 'jwk' }), ...members }) as never;

describe('the algorithm, where none is named, is that of the key:', () => {
  test.each<[name: string, alg: string, key: () => unknown]>([
    ['a secret', 'HS256', () => secret],
    [
      'a secret in a JWK',
      'HS512',
      () => ({ kty: 'oct', k: secret.toString('base64url'), alg: 'HS512' }),
    ],
    ['RSA', 'RS256', () => rsa().privateKey],
    ['RSA in a JWK', 'PS384', () => jwkOf(rsa(), { alg: 'PS384' })],
    ['RSA-PSS', 'PS256', () => rsaPss(256).privateKey],
    ['RSA-PSS bound to SHA-512', 'PS512', () => rsaPss(512).privateKey],
    ['P-256', 'ES256', () => ec('P-256').privateKey],
    ['P-384', 'ES384', () => ec('P-384').privateKey],
    ['P-521', 'ES512', () => ec('P-521').privateKey],
    ['secp256k1', 'ES256K', () => ec('secp256k1').privateKey],
    ['Ed25519', 'EdDSA', () => ed25519().privateKey],
    ['Ed25519 in a JWK', 'Ed25519', () => jwkOf(ed25519(), { alg: 'Ed25519' })],
    ['Ed448', 'EdDSA', () => ed448().privateKey],
  ])('%s, %s', (_, alg, key) => {
    expect(headerOf(createSigner(key() as never)({})).alg).toBe(alg);
  });

  test('a CryptoKey, that of its hash', async () => {
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
});

describe('a key is refused at creation, with a TypeError:', () => {
  test.each<[name: string, key: unknown, options: object, message: string, code: string]>([
    ['none', undefined, {}, 'key must have a value', 'ERR_KEY_MISSING'],
    ['an empty secret', '', {}, 'key must have a value', 'ERR_KEY_MISSING'],
    ['a number', 5, {}, 'key is not valid key material', 'ERR_KEY_INVALID'],
    [
      'a promise',
      Promise.resolve(secret),
      {},
      'key is a promise: await it first',
      'ERR_KEY_INVALID',
    ],
    ['a public key', rsa().publicKey, {}, 'key fits no algorithm that can sign', 'ERR_KEY_TYPE'],
    [
      'X25519',
      generateKeyPairSync('x25519').privateKey,
      {},
      'key fits no algorithm that can sign',
      'ERR_KEY_TYPE',
    ],
    [
      'a short secret',
      Buffer.alloc(31, 1),
      {},
      'key has a minimum key size of 256 bits for HS256',
      'ERR_KEY_WEAK',
    ],
    [
      'a secret short for HS512',
      Buffer.alloc(63, 1),
      { algorithm: 'HS512' },
      'key has a minimum key size of 512 bits for HS512',
      'ERR_KEY_WEAK',
    ],
    [
      'a small RSA key',
      rsa(1024).privateKey,
      {},
      'key has a minimum key size of 2048 bits for RS256',
      'ERR_KEY_WEAK',
    ],
    [
      'RSA for ES256',
      rsa().privateKey,
      { algorithm: 'ES256' },
      '"alg" parameter for "rsa" key type must be one of: RS256, PS256, RS384, PS384, RS512, PS512.',
      'ERR_KEY_TYPE',
    ],
    [
      'a secret for RS256',
      secret,
      { algorithm: 'RS256' },
      'key must be an asymmetric key when using RS256',
      'ERR_KEY_TYPE',
    ],
    [
      'a key beside none',
      secret,
      { algorithm: 'none' },
      '"algorithm" may be "none" only with null or undefined as key',
      'ERR_OPTION_INVALID',
    ],
  ])('%s', (_, key, options, message, code) => {
    const error = errorOf(() => createSigner(key as never, options));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(message);
    expect(error.code).toBe(code);
  });

  test('unless allowInsecureKeySizes lets a small one pass', () => {
    const options = { allowInsecureKeySizes: true };
    expect(headerOf(createSigner('short', options)({})).alg).toBe('HS256');
    expect(headerOf(createSigner(rsa(1024).privateKey, options)({})).alg).toBe('RS256');
  });
});
