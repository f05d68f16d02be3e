import { createPrivateKey, createPublicKey, KeyObject, webcrypto } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSigner, createVerifier, type Jwk } from '../../src/index.ts';
import { exportJwk, exportPem, importKey } from '../../src/jwk/convert.ts';
import { ec, ed448, ed25519, type KeyPair, rsa, rsaPss, secret } from '../fixtures/keys.ts';

const pairs: ReadonlyArray<[string, () => KeyPair]> = [
  ['RSA', rsa],
  ['P-256', ec],
  ['P-384', () => ec('P-384')],
  ['P-521', () => ec('P-521')],
  ['secp256k1', () => ec('secp256k1')],
  ['Ed25519', ed25519],
  ['Ed448', ed448],
];

/** All forms of both halves of a pair. */
function forms({ privateKey, publicKey }: KeyPair) {
  return {
    private: [
      privateKey,
      { kty: '', ...privateKey.export({ format: 'jwk' }) } as Jwk,
      privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      privateKey.export({ type: 'pkcs8', format: 'der' }),
    ],
    public: [
      publicKey,
      { kty: '', ...publicKey.export({ format: 'jwk' }) } as Jwk,
      publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      publicKey.export({ type: 'spki', format: 'der' }),
    ],
  };
}

const code = (name: string) => expect.objectContaining({ name: 'TypeError', code: name });

describe.each(pairs)('a key pair of %s', (_, make) => {
  test('imports every form as the public half unless "type" is private', () => {
    const pair = make();
    const { private: privates, public: publics } = forms(pair);
    for (const form of [...privates, ...publics]) {
      expect(importKey(form).equals(pair.publicKey)).toBe(true);
    }
    for (const form of privates) {
      expect(importKey(form, { type: 'private' }).equals(pair.privateKey)).toBe(true);
    }
    for (const form of publics) {
      expect(() => importKey(form, { type: 'private' })).toThrow(code('ERR_KEY_TYPE'));
    }
  });

  test('exports both halves as JWK and PEM that import to the same key', () => {
    const { privateKey, publicKey } = make();
    const publicJwk = exportJwk(privateKey);
    expect(publicJwk).not.toHaveProperty('d');
    expect(createPublicKey({ key: publicJwk, format: 'jwk' }).equals(publicKey)).toBe(true);
    const privateJwk = exportJwk(privateKey, { type: 'private' });
    expect(createPrivateKey({ key: privateJwk, format: 'jwk' }).equals(privateKey)).toBe(true);
    const publicPem = exportPem(privateKey);
    expect(publicPem).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    expect(createPublicKey(publicPem).equals(publicKey)).toBe(true);
    const privatePem = exportPem(privateKey, { type: 'private' });
    expect(privatePem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(createPrivateKey(privatePem).equals(privateKey)).toBe(true);
    const token = createSigner(privateJwk)({ sub: 'ada' });
    expect(createVerifier(publicPem)(token)).toMatchObject({ sub: 'ada' });
  });
});

describe('a secret', () => {
  test('is imported and exported only with the type "secret"', () => {
    const key = importKey(secret, { type: 'secret' });
    expect(key.export()).toEqual(secret);
    const jwk = exportJwk(key, { type: 'secret' });
    expect(jwk).toEqual({ kty: 'oct', k: secret.toString('base64url') });
    expect(importKey(jwk, { type: 'secret' }).equals(key)).toBe(true);
    for (const type of ['public', 'private'] as const) {
      expect(() => importKey(secret, { type })).toThrow('pass the option type "secret"');
      expect(() => exportJwk(jwk, { type })).toThrow(code('ERR_KEY_TYPE'));
    }
  });

  test('is never made of a public key', () => {
    for (const form of forms(rsa()).public) {
      expect(() => importKey(form, { type: 'secret' })).toThrow('pass the option type "public"');
    }
    expect(() => importKey('-----BEGIN PUBLIC KEY-----', { type: 'secret' })).toThrow(
      code('ERR_KEY_INVALID'),
    );
  });

  test('has no PEM form', () => {
    expect(() => exportPem(secret, { type: 'secret' as never })).toThrow('has no PEM form');
    expect(() => exportPem(secret)).toThrow('has no PEM form');
    expect(() => exportPem(secret, { type: 'private' })).toThrow(code('ERR_KEY_TYPE'));
  });
});

describe('the metadata of a JWK', () => {
  const jwk = exportJwk(ec().privateKey, { type: 'private' });
  const oct = { kty: 'oct', k: secret.toString('base64url'), alg: 'HS256', key_ops: ['verify'] };

  test('is exported, with the "key_ops" of the half', () => {
    const own = { kid: 'k', alg: 'ES256', use: 'sig' };
    const source = { ...jwk, ...own, key_ops: ['sign'], x5t: 'AAAA' };
    expect(exportJwk(source)).toEqual({ ...exportJwk(jwk), ...own, key_ops: ['verify'] });
    expect(exportJwk(source, { type: 'private' })).toEqual({ ...jwk, ...own, key_ops: ['sign'] });
    expect(exportJwk(oct, { type: 'secret' })).toEqual(oct);
  });

  test('rejects a key that is not for signatures', () => {
    expect(() => importKey({ ...jwk, use: 'enc' })).toThrow('"use" does not allow it');
    expect(() => importKey({ ...jwk, key_ops: ['deriveKey'] })).toThrow('"key_ops" does not');
  });
});

describe('a CryptoKey', () => {
  const generate = (extractable: boolean) => {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    return webcrypto.subtle.generateKey(algorithm, extractable, ['sign', 'verify']);
  };

  test('is imported and exported', async () => {
    const { privateKey } = await generate(true);
    const jwk = exportJwk(privateKey, { type: 'private' });
    expect(importKey(jwk, { type: 'private' }).equals(KeyObject.from(privateKey))).toBe(true);
  });

  test('is not exported if it is not extractable', async () => {
    const { privateKey, publicKey } = await generate(false);
    const message = 'the CryptoKey is not extractable';
    expect(() => exportJwk(privateKey, { type: 'private' })).toThrow(message);
    expect(() => exportPem(privateKey, { type: 'private' })).toThrow(message);
    expect(() => exportJwk(privateKey)).toThrow(message);
    expect(exportJwk(publicKey)).toHaveProperty('x');
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const hmac = await webcrypto.subtle.importKey('raw', secret, algorithm, false, ['sign']);
    expect(() => exportJwk(hmac, { type: 'secret' })).toThrow(message);
  });
});

test('rejects an RSA-PSS key as a JWK, which would lose its parameters', () => {
  expect(() => exportJwk(rsaPss().publicKey)).toThrow('a key of type "rsa-pss" has no JWK form');
  expect(exportPem(rsaPss().publicKey)).toMatch(/^-----BEGIN PUBLIC KEY-----/);
});

test.each([undefined, null, 7, {}, [], '', 'x'.repeat(20)])('rejects %j as a key', (input) => {
  for (const convert of [importKey, exportJwk, exportPem]) {
    expect(() => convert(input as never)).toThrow(TypeError);
  }
});

test.each([{ type: 'Public' }, { type: undefined }, { kind: 'public' }, 'private', null])(
  'rejects the options %j',
  (options) => {
    for (const convert of [importKey, exportJwk, exportPem]) {
      expect(() => convert(ec().privateKey, options as never)).toThrow(code('ERR_OPTION_INVALID'));
    }
  },
);
