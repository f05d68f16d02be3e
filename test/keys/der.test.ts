import { type KeyObject, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Algorithm } from '../../src/index.ts';
import { claims, keyApis } from '../fixtures/key-apis.ts';
import { ec, ed448, ed25519, rsa, rsaPss } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { certificates } from './certificates.ts';

type Structure = 'pkcs8' | 'pkcs1' | 'sec1' | 'spki';

function der(key: KeyObject, type: Structure): Buffer {
  return key.export({ type, format: 'der' } as never) as Buffer;
}

/** DER bytes as callers hold them: with and without a word about what they are. */
function carriersOf(bytes: Buffer, type: Structure): unknown[] {
  const copy = new Uint8Array(bytes);
  return [
    bytes,
    copy,
    copy.buffer,
    new DataView(copy.buffer),
    { key: bytes },
    { key: copy },
    { key: bytes, format: 'der' },
    { key: bytes, format: 'der', type },
    { key: copy, format: 'der', type },
  ];
}

const privateForms = [
  ['pkcs8', 'RS256', rsa()],
  ['pkcs8', 'PS256', rsaPss()],
  ['pkcs8', 'ES256', ec('P-256')],
  ['pkcs8', 'EdDSA', ed25519()],
  ['pkcs8', 'EdDSA', ed448()],
  ['pkcs1', 'RS384', rsa()],
  ['sec1', 'ES384', ec('P-384')],
  ['sec1', 'ES512', ec('P-521')],
  ['sec1', 'ES256K', ec('secp256k1')],
] as const satisfies ReadonlyArray<[Structure, Algorithm, unknown]>;

const publicForms = [
  ['spki', 'RS256', rsa()],
  ['spki', 'PS256', rsaPss()],
  ['spki', 'ES256', ec('P-256')],
  ['spki', 'ES512', ec('P-521')],
  ['spki', 'Ed25519', ed25519()],
  ['spki', 'Ed448', ed448()],
  ['pkcs1', 'PS512', rsa()],
] as const satisfies ReadonlyArray<[Structure, Algorithm, unknown]>;

describe.each(keyApis)('DER at the $name entrance', (door) => {
  test.each(privateForms)('a private key as %s signs %s', (type, alg, pair) => {
    for (const key of carriersOf(der(pair.privateKey, type), type)) {
      const token = door.sign(key, alg);
      expect(door.verify(token, pair.publicKey, alg)).toMatchObject(claims);
    }
  });

  test.each(privateForms)(
    'a private key as %s verifies %s with its public half',
    (type, alg, { privateKey }) => {
      const token = door.sign(privateKey, alg);
      for (const key of carriersOf(der(privateKey, type), type)) {
        expect(door.verify(token, key, alg)).toMatchObject(claims);
      }
    },
  );

  test.each(publicForms)('a public key as %s verifies %s', (type, alg, pair) => {
    const token = door.sign(pair.privateKey, alg);
    for (const key of carriersOf(der(pair.publicKey, type), type)) {
      expect(door.verify(token, key, alg)).toMatchObject(claims);
    }
  });

  test.each(certificates)('a certificate verifies $alg', ({ alg, certificate, token }) => {
    const { raw } = new X509Certificate(certificate);
    for (const key of [raw, new Uint8Array(raw), { key: raw }, { key: raw, format: 'der' }]) {
      expect(door.verify(token, key, alg)).toEqual(claims);
    }
  });

  test('an encrypted private key is read under its passphrase only', () => {
    const { privateKey, publicKey } = ec('P-256');
    const cipher = 'aes-256-cbc';
    const passphrase = 'correct horse';
    const key = privateKey.export({ type: 'pkcs8', format: 'der', cipher, passphrase });
    for (const input of [
      { key, passphrase },
      { key, passphrase, format: 'der' },
      { key, passphrase, format: 'der', type: 'pkcs8' },
    ]) {
      const token = door.sign(input, 'ES256');
      expect(door.verify(token, publicKey, 'ES256')).toMatchObject(claims);
      expect(door.verify(token, input, 'ES256')).toMatchObject(claims);
    }
    for (const input of [key, { key }, { key, passphrase: 'wrong horse', format: 'der' }]) {
      expect(errorOf(() => door.sign(input, 'ES256')).message).toContain(
        `${door.signingName} is not valid key material`,
      );
    }
  });

  test('bytes that are said to be another structure are rejected', () => {
    const { privateKey, publicKey } = rsa();
    const token = door.sign(privateKey, 'RS256');
    const key = der(publicKey, 'spki');
    for (const type of ['pkcs8', 'pkcs1', 'sec1']) {
      expect(
        errorOf(() => door.verify(token, { key, format: 'der', type }, 'RS256')).message,
      ).toContain(`${door.verifyingName} is not valid key material`);
    }
  });

  test('bytes that were cut or have more behind them are not read as a key', () => {
    for (const key of [der(rsa().publicKey, 'spki'), der(ec().publicKey, 'spki')]) {
      const token = door.sign('any secret of 32 bytes or of more');
      for (const bytes of [Buffer.concat([key, Buffer.from([0])]), key.subarray(0, -1)]) {
        expect(() => door.verify(token, bytes, 'RS256')).toThrow();
        expect(() => door.verify(token, bytes, 'ES256')).toThrow();
      }
    }
  });
});
