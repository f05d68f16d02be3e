/** K14: the cost of a key is bounded before Node.js looks at it. */

import { createPublicKey, createSecretKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { rsaFault } from '../../src/core/keys/key-soundness.ts';
import { createSigner, createVerifier } from '../../src/index.ts';
import { importKey } from '../../src/jwk/index.ts';
import { ed25519, oddNumber, rsa } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { segment } from '../fixtures/tokens.ts';

const { n = '', e = 'AQAB' } = rsa().publicKey.export({ format: 'jwk' });

/** The key as a JWK, and as every text and object that Node.js makes of it. */
function formsOf(jwk: { kty: string; n: string; e: string }): unknown[] {
  const object = createPublicKey({ key: jwk, format: 'jwk' });
  return [
    jwk,
    { key: jwk, format: 'jwk' },
    object,
    ...(['spki', 'pkcs1'] as const).flatMap((type) => [
      object.export({ type, format: 'pem' }),
      object.export({ type, format: 'der' }),
      { key: object.export({ type, format: 'der' }), format: 'der', type },
    ]),
  ];
}

function millisecondsOf(call: () => unknown): number {
  const start = performance.now();
  call();
  return performance.now() - start;
}

const longExponent = { kty: 'RSA', n, e: oddNumber(30_000) };

describe('an RSA key', () => {
  it('is rejected for a public exponent longer than 256 bits, at once and in every form', () => {
    for (const key of formsOf(longExponent).filter((form) => String(form).length < 65_536)) {
      const took = millisecondsOf(() => {
        for (const call of [
          () => createVerifier(key as never),
          () => importKey(key as never),
          () => createVerifier(() => key as never)(`${segment({ alg: 'RS256' })}.e30.AAAA`),
        ]) {
          expect(errorOf(call).message).toMatch(/longer than (256 bits|65,536)/);
        }
      });
      expect(took).toBeLessThan(1000);
    }
  });

  it('is rejected for a modulus longer than 16,384 bits', () => {
    for (const key of formsOf({ kty: 'RSA', n: oddNumber(2049), e })) {
      expect(errorOf(() => createVerifier(key as never)).message).toMatch(
        /longer than 16,?384 bits/,
      );
    }
  });

  it('is accepted with 16,384 bits, and with an exponent of 256 bits', () => {
    for (const key of [
      ...formsOf({ kty: 'RSA', n: oddNumber(2048), e }),
      { kty: 'RSA', n, e: oddNumber(32) },
    ]) {
      expect(() => createVerifier(key as never)).not.toThrow();
    }
  });

  it.each([
    ['1', 'AQ'],
    ['0', 'AA'],
    ['2', 'Ag'],
    ['65,536', 'AQAA'],
  ])('is rejected with the exponent %s', (_, e) => {
    for (const key of [
      { kty: 'RSA', n, e },
      ...(e === 'AA' ? [] : formsOf({ kty: 'RSA', n, e })),
    ]) {
      expect(() => createVerifier(key as never, { allowInsecureKeySizes: true })).toThrow(
        'its public exponent must be odd and at least 3',
      );
    }
  });

  it('in an RSA-PSS structure is held to the same bounds', () => {
    const { publicKey } = generateKeyPairSync('rsa-pss', {
      modulusLength: 2048,
      publicExponent: 0x10001,
    });
    const der = publicKey.export({ type: 'spki', format: 'der' });
    // The exponent 65,537 becomes 65,536.
    der[der.length - 1] = 0;
    for (const key of [der, createPublicKey({ key: der, format: 'der', type: 'spki' })]) {
      expect(() => createVerifier(key)).toThrow('its public exponent must be odd');
    }
  });
});

describe('a text that is passed as a key', () => {
  it('is rejected if it is longer than 65,536 characters', () => {
    for (const key of [
      'k'.repeat(65_537),
      Buffer.alloc(65_537, 107),
      { key: 'k'.repeat(65_537) },
    ]) {
      expect(() => createVerifier(key)).toThrow('it is longer than 65,536 characters');
    }
    expect(() => createVerifier('k'.repeat(65_536))).not.toThrow();
  });
});

it('rejects a JWK or a KeyObject with a secret of more than 65,536 characters', () => {
  const long = 'A'.repeat(65_540);
  for (const key of [{ kty: 'oct', k: long }, createSecretKey(Buffer.alloc(65_537, 1))]) {
    expect(() => createVerifier(key)).toThrow('it is longer than 65,536 characters');
  }
});

describe('an RSA JWK', () => {
  const jwk = { ...rsa().privateKey.export({ format: 'jwk' }), kty: 'RSA' };

  it.each([
    ['e', 43, '256'],
    ...['n', 'd', 'p', 'q', 'dp', 'dq', 'qi'].map((name) => [name, 2731, '16384'] as const),
  ] as const)('is rejected at once for "%s" longer than %i characters', (name, length, bits) => {
    const reason = `its "${name}" is longer than ${bits} bits`;
    const sign = (characters: number) => () =>
      createSigner({ ...jwk, [name]: 'A'.repeat(characters) });
    expect(sign(length)).not.toThrow(reason);
    expect(sign(length + 1)).toThrow(reason);
  });
});

it('ignores long members of RSA in a JWK of another type', () => {
  const publicJwk = ed25519().publicKey.export({ format: 'jwk' });
  const key = { ...publicJwk, kty: 'OKP', n: 'A'.repeat(3000), e: 'A'.repeat(3000) };
  expect(() => createVerifier(key)).not.toThrow();
});

describe('rsaFault', () => {
  /** An odd number of this many bits, after a byte of zeros. */
  const numberOf = (bits: number) => {
    const number = new Uint8Array(Math.ceil(bits / 8) + 1);
    number[number.length - 1] = 1;
    if (bits > 0) number[1] = (number[1] ?? 0) | (1 << ((bits - 1) % 8));
    return number;
  };
  const MODULUS = 'its modulus is longer than 16,384 bits';
  const EXPONENT = 'its public exponent is longer than 256 bits';
  const WORK = 'its public exponent is too long for its modulus: use 65,537';
  const SMALL = 'its public exponent must be odd and at least 3';

  it.each([
    [16_384, 17, undefined],
    [16_385, 17, MODULUS],
    [16_385, 257, MODULUS],
    [2048, 256, undefined],
    [2048, 257, EXPONENT],
    [16_384, 20, undefined],
    [16_384, 21, WORK],
    [8192, 80, undefined],
    [8192, 81, WORK],
    [2048, 2, undefined],
    [2048, 1, SMALL],
  ])('checks a modulus of %i bits with an exponent of %i', (modulus, exponent, fault) => {
    const numbers = { modulus: numberOf(modulus), exponent: numberOf(exponent) };
    expect(rsaFault(numbers)).toBe(fault);
  });

  it.each([[[]], [[0]], [[0, 0]], [[2]], [[1, 0]], [[1, 0, 2]]])('rejects the exponent %j', (e) => {
    expect(rsaFault({ modulus: numberOf(2048), exponent: Uint8Array.from(e) })).toBe(SMALL);
  });

  it('counts no zeros before a number', () => {
    const zeros = new Uint8Array(3000);
    expect(rsaFault({ modulus: numberOf(2048), exponent: zeros })).toBe(SMALL);
    expect(rsaFault({ modulus: numberOf(2048), exponent: Uint8Array.of(...zeros, 3) })).toBe(
      undefined,
    );
  });
});
