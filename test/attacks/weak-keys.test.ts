/** K7: keys below the smallest size of their algorithm are refused. */

import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { createSigner, createVerifier, sign, verify } from '../../src/index.ts';
import { rsa, secret } from '../fixtures/keys.ts';
import { base64url, forge, segment } from '../fixtures/tokens.ts';
import {
  acceptedBy,
  classicVerifyApis,
  preparedVerifyApis,
  rejectionBy,
  verifyApis,
} from '../fixtures/verify-apis.ts';

const claims = { sub: 'admin' };

describe('RSA below 2048 bits', () => {
  for (const bits of [512, 1024, 2040]) {
    test(`${bits} bits are refused on sign and verify, in every form of the key`, async () => {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
      const message = /minimum key size of 2048 bits/;
      // 512 bits have no room for the salt of PS256.
      for (const alg of bits === 512 ? (['RS256'] as const) : (['RS256', 'PS256'] as const)) {
        expect(() => sign(claims, privateKey, { algorithm: alg })).toThrow(message);
        expect(() => createSigner(privateKey, { algorithm: alg })).toThrow(message);
        expect(() => createSigner(privateKey)).toThrow(message);

        const token = sign(claims, privateKey, { algorithm: alg, allowInsecureKeySizes: true });
        const forms = [
          publicKey,
          publicKey.export({ format: 'pem', type: 'spki' }),
          publicKey.export({ format: 'pem', type: 'pkcs1' }),
          publicKey.export({ format: 'der', type: 'spki' }),
          publicKey.export({ format: 'jwk' }),
          privateKey,
        ];
        for (const key of forms) {
          for (const options of [{}, { algorithms: [alg] }]) {
            for (const door of verifyApis) {
              expect((await rejectionBy(door, token, key, options)).error.message).toMatch(message);
            }
          }
          for (const door of verifyApis) {
            const opened = door.verify(token, key, { allowInsecureKeySizes: true });
            expect(await opened).toMatchObject(claims);
          }
        }
      }
    });
  }

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

  test('exponent 1 is refused, also where insecure keys are allowed', async () => {
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

  test('signatures of 0, 1, n-1 and n are refused for an honest key', async () => {
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

  test('a valid RSA signature with zeros before or behind it is refused', async () => {
    const token = createSigner(rsa().privateKey, { algorithm: 'RS256' })(claims);
    const [header, payload, signature = ''] = token.split('.');
    const bytes = Buffer.from(signature, 'base64url');
    for (const longer of [
      Buffer.concat([Buffer.alloc(1), bytes]),
      Buffer.concat([bytes, Buffer.alloc(1)]),
      bytes.subarray(1),
      bytes.subarray(0, 255),
    ]) {
      expect(
        await acceptedBy(verifyApis, `${header}.${payload}.${base64url(longer)}`, rsa().publicKey),
      ).toEqual([]);
    }
  });
});

describe('HMAC secrets shorter than their hash', () => {
  for (const bits of [256, 384, 512] as const) {
    const alg = `HS${bits}` as const;
    const short = randomBytes(bits / 8 - 1);
    const token = forge({ alg }, claims, short, bits);

    test(`${alg} with ${bits - 8} bits is refused by the prepared door`, async () => {
      for (const key of [short, new Uint8Array(short), { kty: 'oct', k: base64url(short) }]) {
        for (const door of preparedVerifyApis) {
          // With default algorithms those for which the secret is long enough are left.
          const { code } = await rejectionBy(door, token, key, { algorithms: [alg] });
          expect(code).toMatch(/^ERR_KEY_(WEAK|SOURCE)$/);
        }
        expect(await acceptedBy(preparedVerifyApis, token, key)).toEqual([]);
        expect(() => createSigner(key, { algorithm: alg })).toThrow(/minimum key size/);
      }
      for (const door of preparedVerifyApis) {
        const options = { algorithms: [alg], allowInsecureKeySizes: true };
        expect(await door.verify(token, short, options)).toEqual(claims);
      }
    });

    test(`${alg} with ${bits - 8} bits is taken by the classic door`, async () => {
      for (const door of classicVerifyApis) expect(await door.verify(token, short)).toEqual(claims);
    });

    test(`${alg} with exactly ${bits} bits is taken by the prepared door`, () => {
      const exact = secret.subarray(0, bits / 8);
      expect(
        createVerifier(exact, { algorithms: [alg] })(forge({ alg }, claims, exact, bits)),
      ).toEqual(claims);
    });
  }

  test('the classic door warns once, with a code and without the secret', async () => {
    vi.resetModules();
    const fresh = await import('../../src/index.ts');
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    try {
      const weak = 'hunter2-hunter2';
      const token = fresh.sign(claims, weak);
      fresh.verify(token, weak);
      fresh.verify(token, weak);
      expect(warn).toHaveBeenCalledTimes(1);
      const [text, options] = warn.mock.calls[0] as unknown as [string, { code: string }];
      expect(options.code).toBe('JOTKIT_WEAK_SECRET');
      expect(text).not.toContain(weak);
      expect(text).not.toContain(token);
    } finally {
      warn.mockRestore();
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
