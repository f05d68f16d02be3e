import { createSign, type KeyObject, sign as signBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Algorithm } from '../../src/index.ts';
import type { KeyAlgorithm } from '../../src/jwk/generate.ts';
import type { ExternalSigner } from '../../src/jwk/ring/external-signer.ts';
import { createKeyRing } from '../../src/jwk/ring/key-ring.ts';
import type { RingKey } from '../../src/jwk/ring/ring-key.ts';
import { algorithmKeys, ec, type KeyPair, rsa, secret } from '../fixtures/keys.ts';

const ringOf = (key: RingKey) => createKeyRing([key], { expiresIn: 60 });

/** What signs like the library does, elsewhere. */
function kms(alg: Algorithm, key: KeyObject): ExternalSigner {
  const hash = /^Ed/.test(alg) ? null : `sha${alg === 'ES256K' ? 256 : alg.slice(2)}`;
  const scheme = alg.startsWith('PS') ? { padding: 6, saltLength: -1 } : {};
  return async (input) => {
    return signBytes(hash, input, { key, dsaEncoding: 'ieee-p1363', ...scheme });
  };
}

const der = ({ privateKey }: KeyPair, hash: string): ExternalSigner => {
  return async (input) => createSign(hash).update(input).sign(privateKey);
};

const asymmetric = algorithmKeys.filter(({ alg }) => !alg.startsWith('HS'));

describe('a signature that is made elsewhere', () => {
  test.each(asymmetric)('is that of a token with $alg', async ({ alg, signing, verifying }) => {
    const sign = kms(alg, signing() as KeyObject);
    const ring = ringOf({ key: verifying(), algorithm: alg as KeyAlgorithm, sign });
    expect(ring.verify(await ring.sign({ sub: 'ada' })).sub).toBe('ada');
  });

  test.each([
    ['ES256', ec(), 'sha256'],
    ['ES384', ec('P-384'), 'sha384'],
    ['ES512', ec('P-521'), 'sha512'],
    ['ES256K', ec('secp256k1'), 'sha256'],
  ] as const)('may be DER with %s', async (algorithm, pair, hash) => {
    const ring = ringOf({ key: pair.publicKey, algorithm, sign: der(pair, hash) });
    // r and s of any length.
    for (let i = 0; i < 40; i++) {
      expect(ring.verify(await ring.sign({ i })).i).toBe(i);
    }
  });

  test('is asked for with the bytes of the signing input and the name of the key', async () => {
    const sign = vi.fn(kms('ES256', ec().privateKey));
    const ring = ringOf({ key: ec().publicKey, kid: 'kms-1', sign });
    const token = await ring.sign({ sub: 'ada' });
    const [input, key] = sign.mock.calls[0] ?? [];
    expect(Buffer.from(input as Uint8Array).toString()).toBe(token.replace(/\.[^.]*$/, ''));
    expect(key).toEqual({ kid: 'kms-1', algorithm: 'ES256' });
  });

  test('may be answered at once, and as an ArrayBuffer', async () => {
    const sign: ExternalSigner = (input) => {
      const bytes = signBytes('sha256', input, rsa().privateKey);
      return new Uint8Array(bytes).buffer;
    };
    const ring = ringOf({ key: rsa().publicKey, sign });
    expect(ring.verify(await ring.sign({ sub: 'ada' })).sub).toBe('ada');
  });

  test('is published with the public key', () => {
    const ring = ringOf({ key: ec().publicKey, kid: 'kms-1', sign: () => new Uint8Array() });
    expect(ring.jwks().keys).toMatchObject([{ kid: 'kms-1', alg: 'ES256', kty: 'EC' }]);
  });
});

describe('a signer that fails', () => {
  const signWith = (answer: unknown) => {
    return ringOf({ key: ec().publicKey, kid: 'kms-1', sign: (() => answer) as never }).sign({});
  };

  test('makes no token: it is our own inability, with the cause', async () => {
    const cause = new Error('the KMS is down');
    await expect(signWith(Promise.reject(cause))).rejects.toMatchObject({
      name: 'KeySourceError',
      code: 'ERR_KEY_SOURCE',
      message: 'the signer of the key "kms-1" failed',
      cause,
    });
  });

  test('makes no token when the wrong key signed', async () => {
    const wrong = kms('ES256', ec('P-384').privateKey);
    const ring = ringOf({ key: ec().publicKey, kid: 'kms-1', sign: wrong });
    await expect(ring.sign({})).rejects.toMatchObject({
      code: 'ERR_KEY_SOURCE',
      message: 'the signer of the key "kms-1" made a signature that its public key rejects',
    });
  });

  test('makes no token whatever bytes it answers with', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), async (bytes) => {
        await expect(signWith(bytes)).rejects.toMatchObject({ code: 'ERR_KEY_SOURCE' });
      }),
    );
    for (const hex of ['', '30', '3000', '300602', '30060201000201', '3081', '30060203010203']) {
      await expect(signWith(Buffer.from(hex, 'hex'))).rejects.toThrow('public key rejects');
    }
  });

  test.each(['c2ln', null, undefined, 7, {}, [1, 2]])(
    'and answers with %j is told what it should answer with',
    async (answer) => {
      await expect(signWith(answer)).rejects.toThrow('"sign" must return the bytes');
    },
  );

  test('cannot stand beside a secret', () => {
    const sign = () => new Uint8Array();
    expect(() => ringOf({ key: secret, kid: 'k', sign })).toThrow('requires a public key');
    expect(() => ringOf({ key: ec().publicKey, sign: 'aws' as never })).toThrow('a function');
  });
});
