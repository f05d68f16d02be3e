import type { KeyObject } from 'node:crypto';
import { createSigner as fastSigner, createVerifier as fastVerifier } from 'fast-jwt';
import * as jose from 'jose';
import { describe, expect, test } from 'vitest';
import { createSigner, createVerifier, sign, verify } from '../../src/index.ts';
import { algorithmKeys } from '../fixtures/keys.ts';
import { pem } from './keys.ts';

const claims = { sub: 'ada', aud: ['a', 'b'], data: { é: [1, 'ключ', null] }, iat: 1_700_000_000 };

/** jose 6 has neither. */
const NOT_IN_JOSE = ['ES256K', 'Ed448'];

/** fast-jwt knows RFC 7518 and EdDSA. */
const NOT_IN_FAST_JWT = ['ES256K', 'Ed25519', 'Ed448'];

const withJose = algorithmKeys.filter(({ alg }) => !NOT_IN_JOSE.includes(alg));
const withFastJwt = algorithmKeys.filter(({ alg }) => !NOT_IN_FAST_JWT.includes(alg));

/** A key as a JWK, secret or not. */
function jwkOf(key: KeyObject | Buffer): jose.JWK {
  if (Buffer.isBuffer(key)) return { kty: 'oct', k: key.toString('base64url') };
  return key.export({ format: 'jwk' }) as jose.JWK;
}

function textOf(key: KeyObject | Buffer): string | Buffer {
  return Buffer.isBuffer(key) ? key : pem(key);
}

describe('jose', () => {
  test.each(withJose)('verifies what sign signs with $alg', async ({ alg, signing, verifying }) => {
    const token = sign(claims, signing(), { algorithm: alg });
    const { payload, protectedHeader } = await jose.jwtVerify(token, verifying(), {
      algorithms: [alg],
    });
    expect(payload).toStrictEqual(claims);
    expect(protectedHeader).toStrictEqual({ alg, typ: 'JWT' });
  });

  test.each(withJose)(
    'signs with $alg what verify verifies',
    async ({ alg, signing, verifying }) => {
      const token = await new jose.SignJWT(claims).setProtectedHeader({ alg }).sign(signing());
      expect(verify(token, verifying(), { algorithms: [alg] })).toStrictEqual(claims);
      expect(createVerifier(verifying(), { algorithms: [alg] })(token)).toStrictEqual(claims);
    },
  );

  test.each(withJose)('and sign share a JWK for $alg', async ({ alg, signing, verifying }) => {
    const signer = { ...jwkOf(signing()), alg } as never;
    const verifier = { ...jwkOf(verifying()), alg } as never;
    const ours = createSigner(signer)(claims);
    const { payload } = await jose.jwtVerify(ours, await jose.importJWK(verifier, alg));
    expect(payload).toStrictEqual(claims);

    const theirs = await new jose.SignJWT(claims)
      .setProtectedHeader({ alg })
      .sign(await jose.importJWK(signer, alg));
    expect(createVerifier(verifier)(theirs)).toStrictEqual(claims);
  });

  test.each(withJose.filter(({ alg }) => !alg.startsWith('HS')))(
    'and sign share PEM texts for $alg',
    async ({ alg, signing, verifying }) => {
      const privateText = pem(signing() as KeyObject);
      const publicText = pem(verifying() as KeyObject);
      const ours = sign(claims, privateText, { algorithm: alg });
      const { payload } = await jose.jwtVerify(ours, await jose.importSPKI(publicText, alg));
      expect(payload).toStrictEqual(claims);

      const theirs = await new jose.SignJWT(claims)
        .setProtectedHeader({ alg })
        .sign(await jose.importPKCS8(privateText, alg));
      expect(verify(theirs, publicText)).toStrictEqual(claims);
    },
  );

  test('and verify share keys that jose generated', async () => {
    const { privateKey, publicKey } = await jose.generateKeyPair('ES256', { extractable: true });
    const token = await new jose.SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256' })
      .sign(privateKey);
    expect(verify(token, publicKey as never)).toStrictEqual(claims);
    const ours = sign(claims, (await jose.exportPKCS8(privateKey)) as string, {
      algorithm: 'ES256',
    });
    expect((await jose.jwtVerify(ours, publicKey)).payload).toStrictEqual(claims);
  });

  test('rejects the signature of another key, as verify does', async () => {
    for (const { alg, signing, verifying } of withJose) {
      const token = sign(claims, signing(), { algorithm: alg });
      const other = `${token.slice(0, token.lastIndexOf('.'))}.${sign({}, signing(), { algorithm: alg }).split('.')[2]}`;
      await expect(jose.jwtVerify(other, verifying())).rejects.toThrow('signature verification');
      expect(() => verify(other, verifying())).toThrow('invalid signature');
    }
  });
});

describe('fast-jwt', () => {
  test.each(withFastJwt)('verifies what sign signs with $alg', ({ alg, signing, verifying }) => {
    const token = sign(claims, signing(), { algorithm: alg });
    const verifier = fastVerifier({ key: textOf(verifying()), algorithms: [alg as never] });
    expect(verifier(token)).toStrictEqual(claims);
  });

  test.each(withFastJwt)('signs with $alg what verify verifies', ({ alg, signing, verifying }) => {
    const signer = fastSigner({ key: textOf(signing()), algorithm: alg as never });
    const token = signer(claims) as unknown as string;
    expect(verify(token, verifying(), { algorithms: [alg] })).toStrictEqual(claims);
    expect(createVerifier(verifying(), { algorithms: [alg] })(token)).toStrictEqual(claims);
  });
});
