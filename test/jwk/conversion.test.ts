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

/** A key in every form in which it may come. */
function forms({ privateKey, publicKey }: KeyPair) {
  return {
    private: {
      KeyObject: privateKey,
      JWK: { kty: '', ...privateKey.export({ format: 'jwk' }) } as Jwk,
      PEM: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      DER: privateKey.export({ type: 'pkcs8', format: 'der' }),
    },
    public: {
      KeyObject: publicKey,
      JWK: { kty: '', ...publicKey.export({ format: 'jwk' }) } as Jwk,
      PEM: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      DER: publicKey.export({ type: 'spki', format: 'der' }),
    },
  };
}

const code = (name: string) => expect.objectContaining({ name: 'TypeError', code: name });

describe.each(pairs)('a key pair of %s', (_, make) => {
  test('is read in every form as its public half, unless the private one is asked for', () => {
    const pair = make();
    const { private: privates, public: publics } = forms(pair);
    for (const form of [...Object.values(privates), ...Object.values(publics)]) {
      expect(importKey(form).equals(pair.publicKey)).toBe(true);
    }
    for (const form of Object.values(privates)) {
      expect(importKey(form, { type: 'private' }).equals(pair.privateKey)).toBe(true);
    }
    for (const form of Object.values(publics)) {
      expect(() => importKey(form, { type: 'private' })).toThrow(code('ERR_KEY_TYPE'));
    }
  });

  test('is written as a JWK that is the key again', () => {
    const { privateKey, publicKey } = make();
    expect(createPublicKey({ key: exportJwk(privateKey), format: 'jwk' }).equals(publicKey)).toBe(
      true,
    );
    const jwk = exportJwk(privateKey, { type: 'private' });
    expect(createPrivateKey({ key: jwk, format: 'jwk' }).equals(privateKey)).toBe(true);
    expect(Object.keys(exportJwk(jwk))).not.toContain('d');
  });

  test('is written as PEM that is the key again', () => {
    const { privateKey, publicKey } = make();
    expect(exportPem(privateKey)).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    expect(createPublicKey(exportPem(privateKey)).equals(publicKey)).toBe(true);
    const pem = exportPem(privateKey, { type: 'private' });
    expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(createPrivateKey(pem).equals(privateKey)).toBe(true);
  });
});

describe('a secret', () => {
  test('is read and written only where it is asked for by name', () => {
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

  test('is never what a public or a private key is taken for', () => {
    for (const form of Object.values(forms(rsa()).public)) {
      expect(() => importKey(form, { type: 'secret' })).toThrow('pass the option type "public"');
    }
    expect(() => importKey('-----BEGIN PUBLIC KEY-----', { type: 'secret' })).toThrow(
      code('ERR_KEY_INVALID'),
    );
  });

  test('has no PEM', () => {
    expect(() => exportPem(secret, { type: 'secret' as never })).toThrow('has no PEM form');
    expect(() => exportPem(secret)).toThrow('has no PEM form');
    expect(() => exportPem(secret, { type: 'private' })).toThrow(code('ERR_KEY_TYPE'));
  });
});

describe('what a JWK says of itself', () => {
  const jwk = exportJwk(ec().privateKey, { type: 'private' });

  test('is kept, and "key_ops" are those of the half', () => {
    const own = { kid: 'k', alg: 'ES256', use: 'sig' };
    const source = { ...jwk, ...own, key_ops: ['sign'], x5t: 'AAAA' };
    expect(exportJwk(source)).toEqual({ ...exportJwk(jwk), ...own, key_ops: ['verify'] });
    expect(exportJwk(source, { type: 'private' })).toEqual({ ...jwk, ...own, key_ops: ['sign'] });
  });

  test('is kept of a secret', () => {
    const oct = { kty: 'oct', k: secret.toString('base64url'), alg: 'HS256', key_ops: ['verify'] };
    expect(exportJwk(oct, { type: 'secret' })).toEqual(oct);
  });

  test('binds: what is not for signatures is not read', () => {
    expect(() => importKey({ ...jwk, use: 'enc' })).toThrow('"use" does not allow it');
    expect(() => importKey({ ...jwk, key_ops: ['deriveKey'] })).toThrow('"key_ops" does not');
  });
});

describe('a CryptoKey', () => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const generate = (extractable: boolean) => {
    return webcrypto.subtle.generateKey(algorithm, extractable, ['sign', 'verify']);
  };

  test('is read and written', async () => {
    const { privateKey } = await generate(true);
    const jwk = exportJwk(privateKey, { type: 'private' });
    expect(importKey(jwk, { type: 'private' }).equals(KeyObject.from(privateKey))).toBe(true);
  });

  test('that is not extractable is not written, except for its public half', async () => {
    const { privateKey } = await generate(false);
    const message = 'the CryptoKey is not extractable';
    expect(() => exportJwk(privateKey, { type: 'private' })).toThrow(message);
    expect(() => exportPem(privateKey, { type: 'private' })).toThrow(message);
    expect(exportJwk(privateKey)).not.toHaveProperty('d');
  });
});

describe('what cannot be converted', () => {
  test('is an RSA-PSS key to a JWK, which would lose its parameters', () => {
    expect(() => exportJwk(rsaPss().publicKey)).toThrow('a key of type "rsa-pss" has no JWK form');
    expect(exportPem(rsaPss().publicKey)).toMatch(/^-----BEGIN PUBLIC KEY-----/);
  });

  test.each([undefined, null, 7, {}, [], '', 'x'.repeat(20)])('is %j to a public key', (input) => {
    expect(() => importKey(input as never)).toThrow(TypeError);
    expect(() => exportJwk(input as never)).toThrow(TypeError);
    expect(() => exportPem(input as never)).toThrow(TypeError);
  });

  test.each([{ type: 'Public' }, { type: undefined }, { kind: 'public' }, 'private', null])(
    'is anything with the options %j',
    (options) => {
      const { privateKey } = ec();
      expect(() => importKey(privateKey, options as never)).toThrow(code('ERR_OPTION_INVALID'));
      expect(() => exportJwk(privateKey, options as never)).toThrow(code('ERR_OPTION_INVALID'));
      expect(() => exportPem(privateKey, options as never)).toThrow(code('ERR_OPTION_INVALID'));
    },
  );
});

test('an exported pair signs and verifies', () => {
  const sign = createSigner(exportJwk(ed25519().privateKey, { type: 'private' }));
  const verify = createVerifier(exportPem(ed25519().privateKey));
  expect(verify(sign({ sub: 'ada' }))).toMatchObject({ sub: 'ada' });
});
