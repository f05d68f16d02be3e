/** Tests of the key of `verify`. test/keys has the forms of a key, test/algorithms the pairs. */

import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { JsonWebTokenError, sign, type VerifyOptions, verify } from '../../src/index.ts';
import { ec, rsa, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { base64url, forge, tokenOf } from '../fixtures/tokens.ts';

const hs = tokenOf({ sub: 'ada' });
const rs = sign({ sub: 'ada' }, rsa().privateKey, { algorithm: 'RS256' });
const es = sign({ sub: 'ada' }, ec().privateKey, { algorithm: 'ES256' });
const pem = rsa().publicKey.export({ type: 'spki', format: 'pem' }) as string;

describe('a key is missing', () => {
  test.each([
    ['as undefined', undefined],
    ['as null', null],
    ['as false', false],
    ['as an empty string', ''],
    ['as an empty Buffer', Buffer.alloc(0)],
    ['as an empty KeyObject', createSecretKey(Buffer.alloc(0))],
  ])('%s', (_, key) => {
    expect(errorOf(() => verify(hs, key as never))).toMatchObject({
      constructor: JsonWebTokenError,
      message: 'secret or public key must be provided',
      code: 'ERR_KEY_MISSING',
    });
  });
});

describe('a key is invalid', () => {
  test.each<[title: string, key: unknown]>([
    ['as an object with toString', { toString: () => secret.toString() }],
    ['as a truncated PEM', pem.slice(0, 200)],
    ['as a PEM without its armor', pem.replace(/-----.*-----/g, '').trim()],
    ['as the JSON of a JWK', JSON.stringify(rsa().publicKey.export({ format: 'jwk' }))],
  ])('%s', (_, key) => {
    for (const token of [hs, rs]) {
      expect(errorOf(() => verify(token, key as never))).toMatchObject({
        constructor: JsonWebTokenError,
        message: 'secretOrPublicKey is not valid key material',
        code: 'ERR_KEY_INVALID',
      });
    }
  });
});

describe('verify rejects', () => {
  const { publicKey: x25519 } = generateKeyPairSync('x25519');
  test.each<[message: string, token: string, key: unknown, algorithms: string[], error?: unknown]>([
    ['secretOrPublicKey must be a symmetric key when using HS256', hs, rsa().publicKey, ['HS256']],
    ['secretOrPublicKey must be a symmetric key when using HS256', hs, pem, ['HS256']],
    ['secretOrPublicKey must be an asymmetric key when using RS256', rs, secret, ['RS256']],
    ['invalid algorithm', hs, secret, ['HS384']],
    ['invalid algorithm', hs, secret, ['hs256']],
    ['invalid algorithm', hs, secret, []],
    ['invalid algorithm', forge({ alg: 'hs256' }, {}), secret, ['HS256']],
    ['invalid algorithm', forge({}, {}), secret, ['HS256']],
    ['invalid algorithm', forge({ alg: ['HS256'] }, {}), secret, ['HS256']],
    ['invalid algorithm', forge({ alg: 'constructor' }, {}), secret, ['HS256']],
    [
      '"alg" parameter "ES256" requires curve "prime256v1".',
      es,
      ec('P-384').publicKey,
      ['ES256'],
      Error,
    ],
    ['Unknown key type "x25519".', es, x25519, ['ES256'], Error],
  ])('with "%s"', (message, token, key, algorithms, type = JsonWebTokenError) => {
    const error = errorOf(() => verify(token, key as never, { algorithms } as never));
    expect(error).toMatchObject({ constructor: type, message });
    if (type === Error) expect(error.code).toBe('ERR_KEY_TYPE');
  });

  test('an unknown algorithm that is allowed with a TypeError', () => {
    const token = forge({ alg: 'foo' }, {});
    const error = errorOf(() => verify(token, secret, { algorithms: ['foo'] } as never));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(
      /^"foo" is not a valid algorithm\.\n {2}Supported algorithms are:/,
    );
  });

  test('a wrong curve unless allowInvalidAsymmetricKeyTypes is true', () => {
    const { privateKey, publicKey } = ec('secp256k1');
    const options: VerifyOptions = { algorithms: ['ES256'] };
    const allowed = { allowInvalidAsymmetricKeyTypes: true };
    const token = sign({ sub: 'a' }, privateKey, { algorithm: 'ES256', ...allowed });
    expect(() => verify(token, publicKey, options)).toThrow('requires curve');
    expect(verify(token, publicKey, { ...options, ...allowed })).toMatchObject({ sub: 'a' });
  });
});

test.each([1, 61, 63, 65, 128])('rejects an ECDSA signature of %d bytes', (length) => {
  const [header, payload] = es.split('.');
  const token = `${header}.${payload}.${base64url(Buffer.alloc(length, 1))}`;
  expect(errorOf(() => verify(token, ec().publicKey))).toMatchObject({
    constructor: JsonWebTokenError,
    message: 'invalid signature',
  });
});
