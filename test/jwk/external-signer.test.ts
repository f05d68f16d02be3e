import { createSign, type KeyObject, sign as signBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Algorithm } from '../../src/index.ts';
import type { KeyAlgorithm } from '../../src/jwk/generate.ts';
import type { ExternalSigner } from '../../src/jwk/ring/external-signer.ts';
import { createKeyRing } from '../../src/jwk/ring/key-ring.ts';
import type { RingKey } from '../../src/jwk/ring/ring-key.ts';
import { algorithmKeys, ec, rsa, secret } from '../fixtures/keys.ts';

const ringOf = (key: RingKey) => createKeyRing([key], { expiresIn: 60 });

/** Signs like the library. */
function kms(alg: Algorithm, key: KeyObject): ExternalSigner {
  const hash = /^Ed/.test(alg) ? null : `sha${alg === 'ES256K' ? 256 : alg.slice(2)}`;
  const scheme = alg.startsWith('PS') ? { padding: 6, saltLength: -1 } : {};
  return async (input) => {
    return signBytes(hash, input, { key, dsaEncoding: 'ieee-p1363', ...scheme });
  };
}

describe('an external signer', () => {
  test.each(algorithmKeys.filter(({ alg }) => !alg.startsWith('HS')))(
    'signs tokens with $alg',
    async ({ alg, signing, verifying }) => {
      const sign = kms(alg, signing() as KeyObject);
      const ring = ringOf({ key: verifying(), algorithm: alg as KeyAlgorithm, sign });
      expect(ring.verify(await ring.sign({ sub: 'ada' })).sub).toBe('ada');
    },
  );

  test.each([
    ['ES256', ec(), 'sha256'],
    ['ES384', ec('P-384'), 'sha384'],
    ['ES512', ec('P-521'), 'sha512'],
    ['ES256K', ec('secp256k1'), 'sha256'],
  ] as const)('may return DER for %s', async (algorithm, { publicKey, privateKey }, hash) => {
    const sign: ExternalSigner = (input) => createSign(hash).update(input).sign(privateKey);
    const ring = ringOf({ key: publicKey, algorithm, sign });
    // r and s of all lengths.
    for (let i = 0; i < 40; i++) expect(ring.verify(await ring.sign({ i })).i).toBe(i);
  });

  test('receives the signing input and the key, which is published', async () => {
    const sign = vi.fn(kms('ES256', ec().privateKey));
    const ring = ringOf({ key: ec().publicKey, kid: 'kms-1', sign });
    const token = await ring.sign({ sub: 'ada' });
    const [input, key] = sign.mock.calls[0] ?? [];
    expect(Buffer.from(input as Uint8Array).toString()).toBe(token.replace(/\.[^.]*$/, ''));
    expect(key).toEqual({ kid: 'kms-1', algorithm: 'ES256' });
    expect(ring.jwks().keys).toMatchObject([{ kid: 'kms-1', alg: 'ES256', kty: 'EC' }]);
  });

  test('may return an ArrayBuffer, and without a promise', async () => {
    const sign: ExternalSigner = (input) => {
      return new Uint8Array(signBytes('sha256', input, rsa().privateKey)).buffer;
    };
    const ring = ringOf({ key: rsa().publicKey, sign });
    expect(ring.verify(await ring.sign({ sub: 'ada' })).sub).toBe('ada');
  });
});

describe('an external signer that fails', () => {
  const signWith = (signature: unknown) => {
    return ringOf({ key: ec().publicKey, kid: 'kms-1', sign: (() => signature) as never }).sign({});
  };

  test('throws KeySourceError with the cause', async () => {
    const cause = new Error('the KMS is down');
    await expect(signWith(Promise.reject(cause))).rejects.toMatchObject({
      name: 'KeySourceError',
      code: 'ERR_KEY_SOURCE',
      message: 'the signer of the key "kms-1" failed',
      cause,
    });
  });

  test('throws KeySourceError for a signature that its public key rejects', async () => {
    const ring = ringOf({
      key: ec().publicKey,
      kid: 'kms-1',
      sign: kms('ES256', ec('P-384').privateKey),
    });
    await expect(ring.sign({})).rejects.toMatchObject({
      code: 'ERR_KEY_SOURCE',
      message: 'the signer of the key "kms-1" returned a signature that its public key rejects',
    });
    for (const hex of ['', '30', '3000', '300602', '30060201000201', '3081', '30060203010203']) {
      await expect(signWith(Buffer.from(hex, 'hex'))).rejects.toThrow('public key rejects');
    }
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), async (bytes) => {
        await expect(signWith(bytes)).rejects.toMatchObject({ code: 'ERR_KEY_SOURCE' });
      }),
    );
  });

  test.each(['c2ln', null, undefined, 7, {}, [1, 2]])(
    'rejects %j as a signature',
    async (value) => {
      await expect(signWith(value)).rejects.toThrow('"sign" must return the bytes');
    },
  );

  test('rejects a secret as its key', () => {
    const sign = () => new Uint8Array();
    expect(() => ringOf({ key: secret, kid: 'k', sign })).toThrow('"sign" requires a public key');
    expect(() => ringOf({ key: ec().publicKey, sign: 'aws' as never })).toThrow('a function');
  });
});
