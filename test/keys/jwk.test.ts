import type { KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Algorithm, Jwk } from '../../src/index.ts';
import { claims, keyApis } from '../fixtures/key-apis.ts';
import { ec, ed448, ed25519, rsa, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';

const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' }) as Jwk;

const pairs = [
  ['RSA', 'RS256', rsa()],
  ['RSA', 'PS512', rsa()],
  ['EC P-256', 'ES256', ec('P-256')],
  ['EC P-384', 'ES384', ec('P-384')],
  ['EC P-521', 'ES512', ec('P-521')],
  ['EC secp256k1', 'ES256K', ec('secp256k1')],
  ['OKP Ed25519', 'EdDSA', ed25519()],
  ['OKP Ed448', 'Ed448', ed448()],
] as const satisfies ReadonlyArray<[string, Algorithm, unknown]>;

/** A JWK as callers hold it. */
function carriersOf(jwk: Jwk): unknown[] {
  return [
    jwk,
    { key: jwk },
    { key: jwk, format: 'jwk' },
    Object.assign(Object.create(null), jwk),
    Object.freeze({ ...jwk, kid: 'k1' }),
  ];
}

const oct = { kty: 'oct', k: secret.toString('base64url') };
const privateJwk = jwkOf(ec('P-256').privateKey);
const publicJwk = jwkOf(ec('P-256').publicKey);
const rsaPrivateJwk = jwkOf(rsa().privateKey);
const rsaPublicJwk = jwkOf(rsa().publicKey);

describe.each(keyApis)('a JWK at the $name entrance', (door) => {
  const invalidToSign = `${door.signingName} is not valid key material`;
  const invalidToVerify = `${door.verifyingName} is not valid key material`;

  test.each(pairs)('of the type %s signs and verifies %s', (_, alg, pair) => {
    for (const jwk of carriersOf(jwkOf(pair.privateKey))) {
      const token = door.sign(jwk, alg);
      expect(door.verify(token, pair.publicKey, alg)).toMatchObject(claims);
    }
    const token = door.sign(pair.privateKey, alg);
    for (const jwk of carriersOf(jwkOf(pair.publicKey))) {
      expect(door.verify(token, jwk, alg)).toMatchObject(claims);
    }
  });

  test.each(pairs)('that is private verifies with its public half: %s, %s', (_, alg, pair) => {
    const token = door.sign(pair.privateKey, alg);
    for (const jwk of carriersOf(jwkOf(pair.privateKey))) {
      expect(door.verify(token, jwk, alg)).toMatchObject(claims);
    }
  });

  test('verifies with its public members alone', () => {
    const other = jwkOf(ec('P-384').privateKey);
    const token = door.sign(privateJwk, 'ES256');
    const mixed = { ...publicJwk, d: other['d'] };
    expect(door.verify(token, mixed, 'ES256')).toMatchObject(claims);
  });

  test('that is public does not sign', () => {
    expect(errorOf(() => door.sign(publicJwk, 'ES256'))).toMatchObject({
      message: expect.stringContaining(
        `${door.signingName} must be an asymmetric key when using ES256`,
      ),
      code: 'ERR_KEY_TYPE',
    });
  });

  test('of the type oct is held to HMAC, any other type to its own algorithms', () => {
    const token = door.sign(secret);
    expect(door.verify(token, oct)).toMatchObject(claims);
    expect(errorOf(() => door.sign(oct, 'RS256')).message).toContain(
      `${door.signingName} must be an asymmetric key when using RS256`,
    );
    expect(errorOf(() => door.verify(token, rsaPublicJwk, 'HS256')).message).toContain(
      `${door.verifyingName} must be a symmetric key when using HS256`,
    );
    expect(errorOf(() => door.verify(token, rsaPublicJwk)).message).toBe('invalid algorithm');
  });

  describe('"alg" (RFC 7517 §4.4)', () => {
    test('lets the key be used with that algorithm', () => {
      const token = door.sign({ ...rsaPrivateJwk, alg: 'PS384' }, 'PS384');
      expect(door.verify(token, { ...rsaPublicJwk, alg: 'PS384' }, 'PS384')).toMatchObject(claims);
      expect(door.verify(token, { ...rsaPublicJwk, alg: 'PS384' })).toMatchObject(claims);
      const mac = door.sign({ ...oct, alg: 'HS512' }, 'HS512');
      expect(door.verify(mac, { ...oct, alg: 'HS512' })).toMatchObject(claims);
    });

    test('keeps the key from every other algorithm', () => {
      const problem = 'the key may only be used with "alg" RS256, not RS512';
      const bound = { ...rsaPublicJwk, alg: 'RS256' };
      expect(errorOf(() => door.sign({ ...rsaPrivateJwk, alg: 'RS256' }, 'RS512'))).toMatchObject({
        message: problem,
        code: 'ERR_KEY_TYPE',
      });
      const token = door.sign(rsaPrivateJwk, 'RS512');
      expect(errorOf(() => door.verify(token, bound, 'RS512'))).toMatchObject({
        message: problem,
        code: 'ERR_KEY_TYPE',
      });
      expect(errorOf(() => door.verify(token, bound))).toMatchObject({
        message: 'invalid algorithm',
        code: 'ERR_HEADER_ALG',
      });
    });

    test('binds a secret as well', () => {
      const token = door.sign(secret, 'HS256');
      expect(errorOf(() => door.verify(token, { ...oct, alg: 'HS512' })).message).toBe(
        'invalid algorithm',
      );
      expect(() => door.verify(token, { ...oct, alg: 'HS512' }, 'HS256')).toThrow(
        'the key may only be used with "alg" HS512, not HS256',
      );
    });

    test.each(['RSA-OAEP', 'rs256', '', 'none', 'constructor'])(
      'of another purpose or spelling makes the key useless: %j',
      (alg) => {
        const token = door.sign(rsaPrivateJwk, 'RS256');
        expect(() => door.verify(token, { ...rsaPublicJwk, alg })).toThrow();
        expect(() => door.verify(token, { ...rsaPublicJwk, alg }, 'RS256')).toThrow(
          `the key may only be used with "alg" ${alg}, not RS256`,
        );
        expect(() => door.sign({ ...rsaPrivateJwk, alg }, 'RS256')).toThrow(
          `the key may only be used with "alg" ${alg}, not RS256`,
        );
      },
    );

    test.each([[256], [['RS256', 'RS512']], [{}]])(
      'that is no string lets nothing through: %j',
      (alg) => {
        const token = door.sign(rsaPrivateJwk, 'RS512');
        expect(() => door.verify(token, { ...rsaPublicJwk, alg } as never, 'RS512')).toThrow();
        expect(() => door.sign({ ...rsaPrivateJwk, alg } as never, 'RS512')).toThrow();
      },
    );
  });

  describe('"use" and "key_ops" (RFC 7517 §4.2, §4.3)', () => {
    test('that name signatures let the key be used', () => {
      const signing = { use: 'sig', key_ops: ['sign'] };
      const verifying = { use: 'sig', key_ops: ['verify'] };
      const token = door.sign({ ...privateJwk, ...signing }, 'ES256');
      expect(door.verify(token, { ...publicJwk, ...verifying }, 'ES256')).toMatchObject(claims);
      const both = { ...oct, key_ops: ['sign', 'verify'] };
      expect(door.verify(door.sign(both), both)).toMatchObject(claims);
    });

    test.each([
      ['use', 'enc'],
      ['use', ''],
      ['use', ['sig']],
      ['key_ops', []],
      ['key_ops', ['encrypt', 'deriveKey']],
      ['key_ops', 'sign verify'],
      ['key_ops', { 0: 'sign', 1: 'verify' }],
    ])('reject another purpose: "%s" of %j', (member, value) => {
      for (const [key, alg] of [
        [privateJwk, 'ES256'],
        [oct, 'HS256'],
      ] as const) {
        const token = door.sign(key, alg);
        const bound = { ...key, [member]: value };
        expect(errorOf(() => door.sign(bound, alg))).toMatchObject({
          message: `${door.signingName} may not be used to sign: its "${member}" does not allow it`,
          code: 'ERR_KEY_TYPE',
        });
        expect(errorOf(() => door.verify(token, bound, alg))).toMatchObject({
          message: `${door.verifyingName} may not be used to verify: its "${member}" does not allow it`,
          code: 'ERR_KEY_TYPE',
        });
        expect(() => door.verify(token, { key: bound, format: 'jwk' })).toThrow(member);
      }
    });

    test('a key that may only verify does not sign, and the other way round', () => {
      const token = door.sign(oct);
      expect(() => door.sign({ ...oct, key_ops: ['verify'] })).toThrow('"key_ops"');
      expect(() => door.verify(token, { ...oct, key_ops: ['sign'] })).toThrow('"key_ops"');
      expect(() => door.sign({ ...privateJwk, key_ops: ['verify'] }, 'ES256')).toThrow('"key_ops"');
    });
  });

  test.each([
    ['an unknown kty', { kty: 'XYZ', k: oct.k }],
    ['kty in another case', { ...oct, kty: 'OCT' }],
    ['kty in another case', { ...publicJwk, kty: 'ec' }],
    ['oct without k', { kty: 'oct' }],
    ['oct with k of another type', { kty: 'oct', k: [1, 2, 3] }],
    ['oct with padding', { kty: 'oct', k: `${Buffer.alloc(32, 7).toString('base64url')}=` }],
    [
      'oct with the alphabet of base64',
      { kty: 'oct', k: Buffer.alloc(33, 0xff).toString('base64') },
    ],
    ['oct with white space', { kty: 'oct', k: ` ${oct.k}` }],
    ['oct with loose trailing bits', { kty: 'oct', k: `${'A'.repeat(42)}B` }],
    ['EC without y', { ...publicJwk, y: undefined }],
    ['EC with an unknown curve', { ...publicJwk, crv: 'P-257' }],
    ['EC with the curve of another key', { ...publicJwk, crv: 'P-384' }],
    ['EC with a point that is not on the curve', { ...publicJwk, x: publicJwk['y'] }],
    ['RSA without n', { kty: 'RSA', e: 'AQAB' }],
    ['RSA without e', { ...rsaPublicJwk, e: undefined }],
    ['OKP of a wrong length', { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }],
    ['a set of keys', { keys: [publicJwk] }],
    ['a set in { key }', { key: { keys: [publicJwk] }, format: 'jwk' }],
    ['JSON text in { key }', { key: JSON.stringify(publicJwk), format: 'jwk' }],
  ])('is not valid key material as %s', (_, jwk) => {
    const token = door.sign(secret);
    expect(errorOf(() => door.verify(token, jwk))).toMatchObject({
      message: expect.stringContaining(invalidToVerify),
      code: 'ERR_KEY_INVALID',
    });
    expect(errorOf(() => door.sign(jwk))).toMatchObject({
      message: expect.stringContaining(invalidToSign),
      code: 'ERR_KEY_INVALID',
    });
  });

  test('is not read from the prototype of an object', () => {
    expect(errorOf(() => door.sign(Object.create(oct))).message).toContain(invalidToSign);
    expect(errorOf(() => door.verify(door.sign(oct), Object.create(oct))).message).toContain(
      invalidToVerify,
    );
  });

  test('is never changed', () => {
    const jwk = { ...rsaPrivateJwk, alg: 'RS256', use: 'sig', kid: 'k1' };
    const before = structuredClone(jwk);
    door.verify(door.sign(jwk, 'RS256'), jwk, 'RS256');
    expect(jwk).toEqual(before);
  });
});
