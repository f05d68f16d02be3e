import { createPublicKey, createSecretKey, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { claims, keyApis } from '../fixtures/key-apis.ts';
import { algorithmKeys, ec, rsa, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { certificates } from './certificates.ts';

const asymmetric = algorithmKeys.filter(({ alg }) => !alg.startsWith('HS'));

describe.each(keyApis)('a KeyObject at the $name entrance', (door) => {
  test.each(algorithmKeys)('signs and verifies $alg', ({ alg, signing, verifying }) => {
    const keyOf = (key: ReturnType<typeof signing>) =>
      Buffer.isBuffer(key) ? createSecretKey(key) : key;
    for (const wrap of [(key: unknown) => key, (key: unknown) => ({ key })]) {
      const token = door.sign(wrap(keyOf(signing())), alg);
      expect(door.verify(token, wrap(keyOf(verifying())), alg)).toMatchObject(claims);
    }
  });

  test.each(asymmetric)(
    'that is private verifies $alg with its public half',
    ({ alg, signing }) => {
      const token = door.sign(signing(), alg);
      expect(door.verify(token, signing(), alg)).toMatchObject(claims);
      expect(door.verify(token, { key: signing() }, alg)).toMatchObject(claims);
    },
  );

  test.each(asymmetric)('that is public does not sign $alg', ({ alg, verifying }) => {
    expect(errorOf(() => door.sign(verifying(), alg))).toMatchObject({
      message: expect.stringContaining(
        `${door.signingName} must be an asymmetric key when using ${alg}`,
      ),
      code: 'ERR_KEY_TYPE',
    });
  });

  test('that is a secret is rejected for a signature', () => {
    const token = door.sign(rsa().privateKey, 'RS256');
    const key = createSecretKey(secret);
    expect(errorOf(() => door.sign(key, 'RS256')).message).toContain(
      `${door.signingName} must be an asymmetric key when using RS256`,
    );
    expect(errorOf(() => door.verify(token, key, 'RS256')).message).toContain(
      `${door.verifyingName} must be an asymmetric key when using RS256`,
    );
  });

  test('that is asymmetric is rejected for an HMAC', () => {
    const token = door.sign(secret, 'HS256');
    for (const key of [rsa().privateKey, ec().publicKey]) {
      expect(errorOf(() => door.sign(key, 'HS256')).message).toContain(
        `${door.signingName} must be a symmetric key when using HS256`,
      );
      expect(errorOf(() => door.verify(token, key, 'HS256')).message).toContain(
        `${door.verifyingName} must be a symmetric key when using HS256`,
      );
    }
  });

  test.each(certificates)('comes from a certificate by way of its publicKey: $alg', (row) => {
    const { publicKey } = new X509Certificate(row.certificate);
    expect(publicKey.equals(createPublicKey(row.publicKey))).toBe(true);
    expect(door.verify(row.token, publicKey, row.alg)).toEqual(claims);
  });
});
