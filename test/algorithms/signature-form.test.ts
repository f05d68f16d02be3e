/** Tests of ECDSA signatures between r‖s, which tokens have, and DER, which OpenSSL has. */

import * as crypto from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  derForm,
  ecdsaFromDer,
  ecdsaToDer,
  fixedLength,
} from '../../src/core/keys/signature-form.ts';
import { sign, verify } from '../../src/index.ts';
import { ec } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';

const curves = [
  ['P-256', 'sha256', 32],
  ['P-384', 'sha384', 48],
  ['P-521', 'sha512', 66],
  ['secp256k1', 'sha256', 32],
] as const;

/** The DER of r and s, written from their values as X.690 §8.3 says. */
function slowDer(signature: Buffer): Buffer {
  const integer = (bytes: Buffer) => {
    const digits = BigInt(`0x${bytes.toString('hex')}`).toString(16);
    const even = digits.padStart(digits.length + (digits.length % 2), '0');
    const content = Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex');
    return Buffer.concat([Buffer.from([2, content.length]), content]);
  };
  const half = signature.length / 2;
  const both = Buffer.concat([
    integer(signature.subarray(0, half)),
    integer(signature.subarray(half)),
  ]);
  const length = both.length < 128 ? [both.length] : [0x81, both.length];
  return Buffer.concat([Buffer.from([0x30, ...length]), both]);
}

/** Numbers of one length with many leading zeros or high bits. */
const numberOf = (size: number) => {
  return fc
    .tuple(
      fc.nat(size),
      fc.constantFrom(0, 1, 0x7f, 0x80, 0xff),
      fc.uint8Array({ minLength: size, maxLength: size }),
    )
    .map(([zeros, first, bytes]) => {
      const number = Buffer.from(bytes).fill(0, 0, zeros);
      if (zeros < size) number[zeros] = first;
      return number;
    });
};

describe('r‖s and DER', () => {
  it('are the same values, with leading zeros and with high bits', () => {
    const signatures = fc
      .constantFrom(32, 48, 66)
      .chain((size) => fc.tuple(fc.constant(size), numberOf(size), numberOf(size)));
    fc.assert(
      fc.property(signatures, ([size, r, s]) => {
        const signature = Buffer.concat([r, s]);
        const der = ecdsaToDer(signature);
        expect(der).toEqual(slowDer(signature));
        expect(ecdsaFromDer(der, size)).toEqual(signature);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(curves)('are what OpenSSL reads and writes for %s', (curve, hash, size) => {
    const { privateKey, publicKey } = ec(curve);
    const fixed = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
    const form = derForm(size, false);
    for (let i = 0; i < 40; i++) {
      const data = Buffer.from(`data ${i}`);
      const der = crypto.sign(hash, data, privateKey);
      const signature = form.write(der);
      expect(signature).toHaveLength(2 * size);
      expect(crypto.verify(hash, data, fixed, signature)).toBe(true);
      expect(form.read(signature)).toEqual(der);
    }
  });

  it.each([32, 48, 66])('have one length: r and s have %i bytes each', (size) => {
    const { read } = derForm(size, false);
    for (const length of [0, 1, size, 2 * size - 1, 2 * size + 1, 3 * size]) {
      expect(read(Buffer.alloc(length, 1))).toBeUndefined();
      expect(fixedLength(2 * size).read(Buffer.alloc(length, 1))).toBeUndefined();
    }
  });

  it('have a low s for secp256k1, and OpenSSL accepts it', () => {
    const { privateKey, publicKey } = ec('secp256k1');
    const order = BigInt('0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141');
    const data = Buffer.from('data');
    const low: boolean[] = [];
    for (let i = 0; i < 20; i++) {
      const signature = ecdsaFromDer(crypto.sign('sha256', data, privateKey), 32);
      low.push(BigInt(`0x${signature.toString('hex', 32)}`) <= order / 2n);
      const der = derForm(32, true).read(signature) ?? Buffer.alloc(0);
      expect(BigInt(`0x${ecdsaFromDer(der, 32).toString('hex', 32)}`) <= order / 2n).toBe(true);
      expect(crypto.verify('sha256', data, publicKey, der)).toBe(true);
    }
    expect(new Set(low).size).toBe(2);
  });
});

describe('a key of another curve, which allowInvalidAsymmetricKeyTypes allows,', () => {
  const options = { allowInvalidAsymmetricKeyTypes: true, algorithm: 'ES256' } as const;
  const allowed = { allowInvalidAsymmetricKeyTypes: true, algorithms: ['ES256'] } as const;

  it.each(['secp256k1', 'brainpoolP256r1'])(
    'signs and verifies if it is as long: %s',
    (namedCurve) => {
      const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve });
      const token = sign({ sub: 'ada' }, privateKey, options);
      expect(Buffer.from(token.split('.')[2] ?? '', 'base64url')).toHaveLength(64);
      expect(verify(token, publicKey, { ...allowed, algorithms: ['ES256'] })).toMatchObject({
        sub: 'ada',
      });
      const zero = `${token.slice(0, token.lastIndexOf('.') + 1)}${'A'.repeat(86)}`;
      expect(
        errorOf(() => verify(zero, publicKey, { ...allowed, algorithms: ['ES256'] })).message,
      ).toBe('invalid signature');
    },
  );

  it.each(['P-384', 'P-521'] as const)(
    'does not sign if its signatures are longer: %s',
    (curve) => {
      const { privateKey, publicKey } = ec(curve);
      expect(errorOf(() => sign({}, privateKey, options))).toMatchObject({
        message: 'the key cannot make a signature of 64 bytes',
        code: 'ERR_KEY_TYPE',
      });
      const input = 'eyJhbGciOiJFUzI1NiJ9.e30';
      const signature = crypto.sign('sha256', Buffer.from(input), {
        key: privateKey,
        dsaEncoding: 'ieee-p1363',
      });
      const token = `${input}.${signature.toString('base64url')}`;
      expect(
        errorOf(() => verify(token, publicKey, { ...allowed, algorithms: ['ES256'] })).message,
      ).toBe('invalid signature');
    },
  );
});
