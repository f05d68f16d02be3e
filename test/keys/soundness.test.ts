/** K15: a key that contradicts itself, or under which one signature verifies every token, is rejected. */

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  X509Certificate,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSigner, createVerifier, type Jwk, sign, verify } from '../../src/index.ts';
import { createKeyRing, exportPem, importKey } from '../../src/jwk/index.ts';
import { ec, ed448, ed25519, rsa } from '../fixtures/keys.ts';
import { base64url, segment } from '../fixtures/tokens.ts';
import { certificates } from './certificates.ts';

const jwkOf = (pair: { privateKey: ReturnType<typeof createPrivateKey> }) =>
  pair.privateKey.export({ format: 'jwk' }) as Jwk;

const others = {
  RSA: [rsa(), generateKeyPairSync('rsa', { modulusLength: 2048 }), 'RS256'],
  'P-256': [ec('P-256'), generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ES256'],
  'P-521': [ec('P-521'), generateKeyPairSync('ec', { namedCurve: 'P-521' }), 'ES512'],
  Ed25519: [ed25519(), generateKeyPairSync('ed25519'), 'EdDSA'],
  Ed448: [ed448(), generateKeyPairSync('ed448'), 'EdDSA'],
} as const;

describe.each(Object.entries(others))('a JWK of %s', (_, [own, other, algorithm]) => {
  const mixed = { ...jwkOf(other), ...(own.publicKey.export({ format: 'jwk' }) as Jwk) };

  it('does not sign with the private part of another key', () => {
    const reason = 'its private part belongs to another public key';
    expect(() => createSigner(mixed, { algorithm })).toThrow(reason);
    expect(() => importKey(mixed, { type: 'private' })).toThrow(reason);
    expect(() => createKeyRing([{ key: { ...mixed, kid: 'm' } }], { expiresIn: '5m' })).toThrow(
      reason,
    );
    expect(() => sign({}, mixed, { algorithm })).toThrow('is not valid key material');
  });

  it('verifies by its public members alone', () => {
    const token = createSigner(own.privateKey, { algorithm })({ sub: 'ada' });
    expect(createVerifier(mixed)(token).sub).toBe('ada');
  });
});

it('rejects a KeyObject and a PEM of EC whose halves belong to two keys', () => {
  const mixed = { ...jwkOf(ec()), d: jwkOf(others['P-256'][1])['d'] };
  const object = createPrivateKey({ key: mixed as JsonWebKey, format: 'jwk' });
  for (const type of ['sec1', 'pkcs8'] as const) {
    for (const key of [object, object.export({ type, format: 'pem' })]) {
      expect(() => createSigner(key)).toThrow('its private part belongs to another public key');
    }
  }
});

it('leaves a private key of another type to the check of its type', () => {
  const { privateKey } = generateKeyPairSync('x25519');
  expect(() => createSigner(privateKey)).toThrow('key fits no algorithm that can sign');
});

it('rejects an "n" that holds a PEM or DER', () => {
  const pem = exportPem(rsa().publicKey);
  const der = rsa().publicKey.export({ type: 'spki', format: 'der' });
  for (const n of [base64url(pem), base64url(der), base64url(der.toString('base64'))]) {
    expect(() => createVerifier({ kty: 'RSA', e: 'AQAB', n })).toThrow('its "n" is no number');
  }
});

it('ignores an "n" in a JWK of another type', () => {
  const jwk = { ...ec().publicKey.export({ format: 'jwk' }), kty: 'EC' };
  const n = base64url(exportPem(rsa().publicKey));
  expect(() => createVerifier({ ...jwk, n })).not.toThrow();
});

/** Little-endian y coordinates, RFC 8032 §5.1 and §5.2, canonical and not, with both signs of x. */
const p25519 = 2n ** 255n - 19n;
const p448 = 2n ** 448n - 2n ** 224n - 1n;
const order8 = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;
const points = [
  ...[0n, 1n, p25519 - 1n, p25519, p25519 + 1n, order8, p25519 - order8].flatMap((y) =>
    ([0, 0x80] as const).map((sign) => ['Ed25519', 32, y, sign] as const),
  ),
  ...[0n, 1n, p448 - 1n, p448, p448 + 1n].flatMap((y) =>
    ([0, 0x80] as const).map((sign) => ['Ed448', 57, y, sign] as const),
  ),
];

it.each(points)(
  'rejects a point of small order on %s, in every form of the key',
  (crv, size, y, sign) => {
    const bytes = Buffer.from(y.toString(16).padStart(size * 2, '0'), 'hex').reverse();
    bytes[size - 1] = (bytes[size - 1] ?? 0) | sign;
    const jwk = { kty: 'OKP', crv, x: bytes.toString('base64url') };
    const forms: unknown[] = [jwk];
    try {
      const object = createPublicKey({ key: jwk, format: 'jwk' });
      forms.push(object, object.export({ type: 'spki', format: 'pem' }));
    } catch {
      // OpenSSL rejects some of them itself.
    }
    const forged = `${segment({ alg: 'EdDSA' })}.${segment({ sub: 'mallory' })}.${base64url(
      Buffer.concat([bytes, Buffer.alloc(size)]),
    )}`;
    for (const key of forms) {
      expect(() => createVerifier(key as never)).toThrow(/small order|make no key/);
      expect(() => verify(forged, key as never)).toThrow('is not valid key material');
    }
  },
);

it('accepts an X509Certificate as a public key, and does not sign with it', () => {
  for (const { alg, certificate, token } of certificates) {
    const key = new X509Certificate(certificate);
    for (const form of [key, { key }]) {
      expect(createVerifier(form as never)(token)).toMatchObject({ sub: 'ada' });
      expect(createVerifier(() => form as never)(token)).toMatchObject({ sub: 'ada' });
      expect(verify(token, form as never)).toMatchObject({ sub: 'ada' });
      expect(() => createSigner(form as never, { algorithm: alg })).toThrow('a public key');
    }
  }
  // A cache by content would give it to every object without members.
  expect(() => verify(certificates[0].token, {} as never)).toThrow('is not valid key material');
});

it('treats null members of a JWK as absent', () => {
  const absent = { d: null, p: null, q: null, dp: null, dq: null, qi: null, k: null };
  const jwk = { ...rsa().publicKey.export({ format: 'jwk' }), ...absent } as unknown as Jwk;
  const token = createSigner(rsa().privateKey)({ sub: 'ada' });
  const metadata = { alg: null, use: null, key_ops: null, kid: null } as never as Partial<Jwk>;
  for (const key of [jwk, { ...jwk, ...metadata }]) {
    expect(createVerifier(key)(token).sub).toBe('ada');
    expect(verify(token, key)).toMatchObject({ sub: 'ada' });
    expect(() => createSigner(key)).toThrow('it is a public key');
  }
});
