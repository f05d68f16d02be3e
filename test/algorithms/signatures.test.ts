import * as crypto from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  type Algorithm,
  createVerifier,
  type KeyInput,
  verify,
  verifyAsync,
} from '../../src/index.ts';
import { ec, ed25519, rsa, rsaPss, secret } from '../fixtures/keys.ts';
import { headerOf } from '../fixtures/tokens.ts';
import { encode, forge, rawSignature } from './pairs.ts';

/** Every way to verify; each answers with a promise, so that all are asked alike. */
const ways: Array<[string, (token: string, key: KeyInput) => Promise<unknown>]> = [
  ['verify', async (token, key) => verify(token, key)],
  ['verifyAsync', (token, key) => verifyAsync(token, key)],
  [
    'createVerifier',
    async (token, key) => createVerifier(key, { algorithms: [algOf(token)] })(token),
  ],
  [
    'createVerifier, async',
    async (token, key) => createVerifier(key, { algorithms: [algOf(token)], async: true })(token),
  ],
  [
    'createVerifier of a source',
    async (token, key) => createVerifier(() => key, { algorithms: [algOf(token)] })(token),
  ],
];

const algOf = (token: string) => headerOf(token).alg as Algorithm;

const inputOf = (alg: Algorithm) => `${encode({ alg, typ: 'JWT' })}.${encode({ sub: 'ada' })}`;

function tokenWith(alg: Algorithm, signature: Uint8Array): string {
  return `${inputOf(alg)}.${Buffer.from(signature).toString('base64url')}`;
}

/** Returns the first signing input whose signature starts with a zero: one in 256. */
function withLeadingZero(alg: Algorithm, privateKey: crypto.KeyObject) {
  for (let n = 0; ; n++) {
    const token = `${encode({ alg })}.${encode({ sub: 'ada', n })}`;
    const signature = rawSignature(alg, privateKey, token);
    if (signature?.[0] === 0) return { signature, token };
  }
}

const curves = [
  ['ES256', 'P-256', 32, 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'],
  [
    'ES384',
    'P-384',
    48,
    'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
  ],
  [
    'ES512',
    'P-521',
    66,
    '01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
  ],
  ['ES256K', 'secp256k1', 32, 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'],
] as const;

describe.each(ways)('%s', (_, verifyWith) => {
  const refused = (token: string, key: KeyInput) =>
    expect(verifyWith(token, key)).rejects.toMatchObject({
      message: 'invalid signature',
      code: 'ERR_SIGNATURE_INVALID',
    });

  describe.each(curves)('with %s', (alg, curve, half, order) => {
    const { privateKey, publicKey } = ec(curve);
    const good = rawSignature(alg, privateKey, inputOf(alg)) ?? Buffer.alloc(0);
    const r = good.subarray(0, half);
    const s = good.subarray(half);
    const n = Buffer.from(order, 'hex');
    const zero = Buffer.alloc(half);

    test('takes r and s in one length (RFC 7518 §3.4)', async () => {
      expect(good).toHaveLength(2 * half);
      expect(n).toHaveLength(half);
      expect(await verifyWith(tokenWith(alg, good), publicKey)).toEqual({ sub: 'ada' });
    });

    test('rejects r or s of zero, and of the order of the curve (CVE-2022-21449)', async () => {
      const values: Buffer[][] = [
        [zero, zero],
        [zero, s],
        [r, zero],
        [n, s],
        [r, n],
        [n, n],
        [zero, n],
      ];
      for (const value of values) await refused(tokenWith(alg, Buffer.concat(value)), publicKey);
    });

    test('rejects DER', async () => {
      const input = Buffer.from(inputOf(alg));
      const der = crypto.sign(`sha${alg.slice(2, 5)}`, input, { key: privateKey });
      await refused(tokenWith(alg, der), publicKey);
    });

    test('rejects a longer or shorter signature', async () => {
      const one = Buffer.alloc(1);
      const values: Buffer[][] = [
        [r],
        [good, one],
        [one, good],
        [one, r, one, s],
        [good.subarray(1)],
        [good.subarray(0, -1)],
        [good, good],
      ];
      for (const value of values) await refused(tokenWith(alg, Buffer.concat(value)), publicKey);
    });
  });

  test.each([256, 384, 512] as const)(
    'takes PS%i with the salt of its digest only',
    async (bits) => {
      const { privateKey: key, publicKey } = rsa();
      const alg = `PS${bits}` as const;
      const padding = crypto.constants.RSA_PKCS1_PSS_PADDING;
      const input = Buffer.from(inputOf(alg));
      const signed = (saltLength: number) =>
        tokenWith(alg, crypto.sign(`sha${bits}`, input, { key, padding, saltLength }));

      expect(await verifyWith(signed(bits / 8), publicKey)).toEqual({ sub: 'ada' });
      for (const salt of [0, 20, bits / 8 - 1, bits / 8 + 1])
        await refused(signed(salt), publicKey);
    },
  );

  test('tells the two paddings of RSA apart', async () => {
    const { privateKey, publicKey } = rsa();
    const pkcs1 = rawSignature('RS256', privateKey, inputOf('PS256'));
    const pss = rawSignature('PS256', privateKey, inputOf('RS256'));
    await refused(tokenWith('PS256', pkcs1 ?? Buffer.alloc(1)), publicKey);
    await refused(tokenWith('RS256', pss ?? Buffer.alloc(1)), publicKey);
  });

  test('tells the digests apart', async () => {
    const { privateKey, publicKey } = rsa();
    for (const [alg, other] of [
      ['RS256', 'RS512'],
      ['PS384', 'PS256'],
    ] as const) {
      const signature = rawSignature(other, privateKey, inputOf(alg));
      await refused(tokenWith(alg, signature ?? Buffer.alloc(1)), publicKey);
    }
    const mac = rawSignature('HS512', crypto.createSecretKey(secret), inputOf('HS256'));
    await refused(tokenWith('HS256', mac ?? Buffer.alloc(1)), secret);
    await refused(tokenWith('HS256', mac?.subarray(0, 32) ?? Buffer.alloc(1)), secret);
  });

  test.each(['HS256', 'HS384', 'HS512'] as const)('takes the whole MAC of %s', async (alg) => {
    const mac = rawSignature(alg, crypto.createSecretKey(secret), inputOf(alg)) ?? Buffer.alloc(0);
    expect(await verifyWith(tokenWith(alg, mac), secret)).toEqual({ sub: 'ada' });
    for (const length of [1, 8, 16, mac.length - 1]) {
      await refused(tokenWith(alg, mac.subarray(0, length)), secret);
    }
    await refused(tokenWith(alg, Buffer.concat([mac, Buffer.alloc(1)])), secret);
    await refused(tokenWith(alg, Buffer.alloc(mac.length)), secret);
  });

  test.each([
    ['RS256', rsa()],
    ['PS256', rsaPss()],
    ['EdDSA', ed25519()],
  ] as const)('rejects a signature of another length with %s', async (alg, pair) => {
    const good = rawSignature(alg, pair.privateKey, inputOf(alg)) ?? Buffer.alloc(0);
    expect(await verifyWith(tokenWith(alg, good), pair.publicKey)).toEqual({ sub: 'ada' });
    for (const bytes of [
      good.subarray(1),
      good.subarray(0, -1),
      Buffer.concat([Buffer.alloc(1), good]),
      Buffer.concat([good, Buffer.alloc(1)]),
      Buffer.alloc(good.length),
      Buffer.alloc(1),
    ]) {
      await refused(tokenWith(alg, bytes), pair.publicKey);
    }
  });

  // OpenSSL accepts an RSASSA-PSS signature without its leading zeros: RFC 8017 §8.1.2 does not.
  test.each([
    ['RS256', rsa()],
    ['PS256', rsa()],
    ['PS256', rsaPss()],
  ] as const)('rejects a signature without its leading zero with %s', async (alg, pair) => {
    const { signature, token } = withLeadingZero(alg, pair.privateKey);
    const signedWith = (bytes: Buffer) => `${token}.${bytes.toString('base64url')}`;
    expect(await verifyWith(signedWith(signature), pair.publicKey)).toMatchObject({ sub: 'ada' });
    await refused(signedWith(signature.subarray(1)), pair.publicKey);
  });

  test('rejects the signature of another key of the same type', async () => {
    const other = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await refused(forge('ES256', other.privateKey, {}), ec('P-256').publicKey);
    await refused(forge('HS256', crypto.createSecretKey(Buffer.alloc(64, 1)), {}), secret);
  });
});
