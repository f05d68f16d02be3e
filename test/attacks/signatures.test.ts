/** K10, K11: a signature has one form and one length, and MACs are compared in constant time. */

import { describe, expect, test, vi } from 'vitest';
import { createSigner } from '../../src/index.ts';
import { ec, ed448, ed25519, secret } from '../fixtures/keys.ts';
import { base64url, withSignature } from '../fixtures/tokens.ts';
import { acceptedBy, rejectionBy, verifyApis } from '../fixtures/verify-apis.ts';

const claims = { sub: 'admin' };

const curves = [
  {
    alg: 'ES256',
    curve: 'P-256',
    size: 32,
    order: 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
  },
  {
    alg: 'ES384',
    curve: 'P-384',
    size: 48,
    order:
      'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
  },
  {
    alg: 'ES512',
    curve: 'P-521',
    size: 66,
    order:
      '01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
  },
  {
    alg: 'ES256K',
    curve: 'secp256k1',
    size: 32,
    order: 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141',
  },
] as const;

describe('ECDSA', () => {
  for (const { alg, curve, size, order } of curves) {
    const { privateKey, publicKey } = ec(curve);
    const number = (value: bigint) =>
      Buffer.from(value.toString(16).padStart(size * 2, '0'), 'hex');
    const n = BigInt(`0x${order}`);
    const edges: Record<string, bigint> = {
      '0': 0n,
      '1': 1n,
      'n-1': n - 1n,
      n,
      'n+1': n + 1n,
      'the largest': (1n << BigInt(size * 8)) - 1n,
    };

    test(`${alg}: r and s of 0, n and their like are rejected (CVE-2022-21449)`, async () => {
      for (const r of Object.values(edges)) {
        for (const s of Object.values(edges)) {
          const token = withSignature({ alg }, claims, Buffer.concat([number(r), number(s)]));
          for (const door of verifyApis) {
            expect((await rejectionBy(door, token, publicKey)).code).toBe('ERR_SIGNATURE_INVALID');
          }
        }
      }
    });

    const token = createSigner(privateKey, { algorithm: alg })(claims);
    const [header = '', payload = '', signature = ''] = token.split('.');
    const bytes = Buffer.from(signature, 'base64url');
    const r = BigInt(`0x${bytes.subarray(0, size).toString('hex')}`);
    const s = BigInt(`0x${bytes.subarray(size).toString('hex')}`);

    test(`${alg}: r and s beyond the order, or exchanged, are rejected`, async () => {
      const limit = 1n << BigInt(size * 8);
      const forged = [
        [s, r],
        [r, 0n],
        [0n, s],
        [r, n],
        [n, s],
      ];
      if (r + n < limit) forged.push([r + n, s]);
      if (s + n < limit) forged.push([r, s + n]);
      for (const [first = 0n, second = 0n] of forged) {
        const other = Buffer.concat([number(first), number(second)]);
        expect(
          await acceptedBy(verifyApis, `${header}.${payload}.${base64url(other)}`, publicKey),
        ).toEqual([]);
      }
    });
  }

  test('with allowInvalidAsymmetricKeyTypes a key of another curve opens nothing by its own signature length', async () => {
    const { publicKey } = ec('P-384');
    for (const signature of [Buffer.alloc(64), Buffer.alloc(96), Buffer.alloc(132)]) {
      const token = withSignature({ alg: 'ES256' }, claims, signature);
      expect(
        await acceptedBy(verifyApis, token, publicKey, { allowInvalidAsymmetricKeyTypes: true }),
      ).toEqual([]);
    }
  });
});

describe('Edwards curves', () => {
  test('all-zero, small-order and wrong-length signatures are rejected', async () => {
    const small = Buffer.alloc(64);
    small[0] = 1;
    for (const [alg, key, size] of [
      ['EdDSA', ed25519(), 64],
      ['Ed25519', ed25519(), 64],
      ['Ed448', ed448(), 114],
      ['EdDSA', ed448(), 114],
    ] as const) {
      for (const bytes of [
        Buffer.alloc(size),
        small,
        Buffer.alloc(size, 0xff),
        Buffer.alloc(size - 1),
        Buffer.alloc(size + 1),
        Buffer.alloc(1),
      ]) {
        expect(
          await acceptedBy(verifyApis, withSignature({ alg }, claims, bytes), key.publicKey),
        ).toEqual([]);
      }
    }
  });

  test('s + order is rejected: a signature has one spelling', async () => {
    const token = createSigner(ed25519().privateKey)(claims);
    const [header, payload, signature = ''] = token.split('.');
    const bytes = Buffer.from(signature, 'base64url');
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    let s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString('hex')}`) + order;
    const forged = Buffer.from(bytes);
    for (let i = 32; i < 64; i++, s >>= 8n) forged[i] = Number(s & 0xffn);
    expect(
      await acceptedBy(
        verifyApis,
        `${header}.${payload}.${base64url(forged)}`,
        ed25519().publicKey,
      ),
    ).toEqual([]);
  });
});

describe('HMAC', () => {
  test('is compared by timingSafeEqual, over equal lengths only', async () => {
    const compared: number[][] = [];
    vi.resetModules();
    vi.doMock('node:crypto', async (load) => {
      const real = await load<typeof import('node:crypto')>();
      const timingSafeEqual = (a: Buffer, b: Buffer) => {
        compared.push([a.length, b.length]);
        return real.timingSafeEqual(a, b);
      };
      return { ...real, timingSafeEqual };
    });
    try {
      const { createVerifier, verify, verifyAsync } = await import('../../src/index.ts');
      const key = secret.toString('hex');
      const good = (await import('../../src/index.ts')).sign(claims, key);
      const [header, payload, signature = ''] = good.split('.');
      const bad = `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
      const short = `${header}.${payload}.${base64url(Buffer.alloc(5))}`;
      for (const token of [good, bad, short]) {
        for (const call of [
          () => verify(token, key),
          () => createVerifier(key)(token),
          () => verifyAsync(token, key),
        ]) {
          await (async () => call())().catch((error: Error) =>
            expect(error.message).toBe('invalid signature'),
          );
        }
      }
      // As base64url text, which is canonical: 43 characters for 32 bytes.
      expect(compared).toEqual(Array.from({ length: 6 }, () => [43, 43]));
    } finally {
      vi.doUnmock('node:crypto');
      vi.resetModules();
    }
  });
});
