/** K7: keys below the smallest size of their algorithm are rejected. */

import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { sign, verify } from '../../src/index.ts';
import { rsa } from '../fixtures/keys.ts';
import { base64url, segment } from '../fixtures/tokens.ts';
import { acceptedBy, rejectionBy, verifyApis } from '../fixtures/verify-apis.ts';

const claims = { sub: 'admin' };

describe('RSA below 2048 bits', () => {
  test('allowInsecureKeySizes has to be true, not only truthy', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const token = sign(claims, privateKey, { algorithm: 'RS256', allowInsecureKeySizes: true });
    for (const allowInsecureKeySizes of ['true', 1, {}, [], 'false', undefined, null, 0]) {
      expect(await acceptedBy(verifyApis, token, publicKey, { allowInsecureKeySizes })).toEqual([]);
    }
  });
});

describe('an RSA exponent that signs nothing', () => {
  const n = String(rsa().publicKey.export({ format: 'jwk' }).n);
  const exponent = (value: bigint) => {
    const hex = value.toString(16);
    return base64url(Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex'));
  };

  /** What the exponent 1 makes of a signature: the padded hash itself. */
  function padded(header: object): string {
    const input = `${segment(header)}.${segment(claims)}`;
    const info = Buffer.from('3031300d060960864801650304020105000420', 'hex');
    const hash = createHash('sha256').update(input).digest();
    const tail = Buffer.concat([Buffer.from([0]), info, hash]);
    const filling = Buffer.alloc(256 - 2 - tail.length, 0xff);
    return `${input}.${base64url(Buffer.concat([Buffer.from([0, 1]), filling, tail]))}`;
  }

  test('exponent 1 is rejected, also where insecure keys are allowed', async () => {
    const jwk = { kty: 'RSA', n, e: exponent(1n) };
    const keys: unknown[] = [jwk];
    try {
      const object = createPublicKey({ key: jwk, format: 'jwk' });
      keys.push(
        object,
        object.export({ format: 'pem', type: 'spki' }),
        object.export({ format: 'der', type: 'pkcs1' }),
      );
    } catch {
      // Some builds of OpenSSL refuse the key already.
    }
    const token = padded({ alg: 'RS256' });
    for (const key of keys) {
      for (const options of [{}, { algorithms: ['RS256'] }, { allowInsecureKeySizes: true }]) {
        for (const door of verifyApis) {
          expect((await rejectionBy(door, token, key, options)).error.message).toMatch(
            /not valid key material/,
          );
        }
      }
    }
  });

  test.each([0n, 2n, 4n, 6n, 65_536n, 2n ** 64n])('exponent %d lets no forgery pass', async (e) => {
    const jwk = { kty: 'RSA', n, e: exponent(e) };
    for (const options of [{}, { allowInsecureKeySizes: true }]) {
      expect(await acceptedBy(verifyApis, padded({ alg: 'RS256' }), jwk, options)).toEqual([]);
    }
  });

  test('signatures of 0, 1, n-1 and n are rejected for an honest key', async () => {
    const modulus = Buffer.from(n, 'base64url');
    const one = Buffer.alloc(256);
    one[255] = 1;
    const less = Buffer.from(modulus);
    less[255] = (less[255] ?? 0) - 1;
    const signatures = [
      Buffer.alloc(256),
      one,
      less,
      modulus,
      Buffer.alloc(255),
      Buffer.alloc(257),
      Buffer.alloc(1),
      Buffer.alloc(256, 0xff),
    ];
    for (const alg of ['RS256', 'PS256']) {
      for (const signature of signatures) {
        const token = `${segment({ alg })}.${segment(claims)}.${base64url(signature)}`;
        expect(await acceptedBy(verifyApis, token, rsa().publicKey)).toEqual([]);
      }
    }
  });
});

test('a certificate or JWK does not carry a weak modulus past the bound with leading zeros', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const { n, e } = publicKey.export({ format: 'jwk' }) as { n: string; e: string };
  const long = base64url(Buffer.concat([Buffer.alloc(128), Buffer.from(n, 'base64url')]));
  const token = sign(claims, privateKey as KeyObject, {
    algorithm: 'RS256',
    allowInsecureKeySizes: true,
  });
  expect(() => verify(token, { kty: 'RSA', n: long, e })).toThrow(
    /minimum key size|not valid key material/,
  );
  expect(await acceptedBy(verifyApis, token, { kty: 'RSA', n: long, e })).toEqual([]);
});
