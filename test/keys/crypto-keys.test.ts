import { webcrypto } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  type Algorithm,
  createSigner,
  createVerifier,
  signAsync,
  verifyAsync,
} from '../../src/index.ts';
import { claims, keyApis } from '../fixtures/key-apis.ts';
import { errorOf } from '../fixtures/outcome.ts';

const { subtle } = webcrypto;
const usages: webcrypto.KeyUsage[] = ['sign', 'verify'];
const rsa = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };

async function hmac(bits: number, allowed = usages): Promise<webcrypto.CryptoKey> {
  const key = Buffer.alloc(64, bits & 0xff);
  return subtle.importKey('raw', key, { name: 'HMAC', hash: `SHA-${bits}` }, false, allowed);
}

/** Never extractable: the key must be used where it is. */
async function pair(algorithm: object): Promise<webcrypto.CryptoKeyPair> {
  return subtle.generateKey(algorithm as never, false, usages) as never;
}

const asymmetric: Array<[Algorithm, webcrypto.CryptoKeyPair]> = [];
for (const bits of [256, 384, 512] as const) {
  const hash = `SHA-${bits}`;
  asymmetric.push(
    [`RS${bits}`, await pair({ name: 'RSASSA-PKCS1-v1_5', hash, ...rsa })],
    [`PS${bits}`, await pair({ name: 'RSA-PSS', hash, ...rsa })],
  );
}
asymmetric.push(
  ['ES256', await pair({ name: 'ECDSA', namedCurve: 'P-256' })],
  ['ES384', await pair({ name: 'ECDSA', namedCurve: 'P-384' })],
  ['ES512', await pair({ name: 'ECDSA', namedCurve: 'P-521' })],
  ['EdDSA', await pair({ name: 'Ed25519' })],
  ['Ed25519', await pair({ name: 'Ed25519' })],
);

const algOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).alg;

describe.each(keyApis)('a CryptoKey at the $name entrance', (door) => {
  test.each(asymmetric)('signs and verifies %s', (alg, { privateKey, publicKey }) => {
    const token = door.sign(privateKey, alg);
    expect(door.verify(token, publicKey, alg)).toMatchObject(claims);
    expect(door.verify(token, publicKey)).toMatchObject(claims);
  });

  test.each([256, 384, 512] as const)('of HMAC with SHA-%i signs and verifies', async (bits) => {
    const key = await hmac(bits);
    const token = door.sign(key, `HS${bits}`);
    expect(door.verify(token, key, `HS${bits}`)).toMatchObject(claims);
    expect(door.verify(token, key)).toMatchObject(claims);
  });

  test('of HMAC with the bytes of a PEM is rejected', async () => {
    const pem = Buffer.from('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n');
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const key = await subtle.importKey('raw', pem, algorithm, true, usages);
    expect(() => door.sign(key, 'HS256')).toThrow('is not valid key material');
  });

  test('of HMAC is bound to its hash', async () => {
    const key = await hmac(512);
    const bytes = Buffer.alloc(64, 512 & 0xff);
    const token = door.sign(bytes, 'HS256');
    const problem = 'the key may only be used with "alg" HS512, not HS256';
    expect(errorOf(() => door.sign(key, 'HS256'))).toMatchObject({
      message: problem,
      code: 'ERR_KEY_TYPE',
    });
    expect(errorOf(() => door.verify(token, key, 'HS256'))).toMatchObject({
      message: problem,
      code: 'ERR_KEY_TYPE',
    });
    expect(errorOf(() => door.verify(token, key)).message).toBe('invalid algorithm');
  });

  test('of RSA is bound to its hash and padding', async () => {
    const keys = new Map(asymmetric);
    const rs256 = keys.get('RS256');
    for (const alg of ['RS384', 'RS512', 'PS256'] as const) {
      const problem = `the key may only be used with "alg" RS256, not ${alg}`;
      expect(errorOf(() => door.sign(rs256?.privateKey, alg)).message).toBe(problem);
      const token = door.sign(keys.get(alg)?.privateKey, alg);
      expect(errorOf(() => door.verify(token, rs256?.publicKey, alg)).message).toBe(problem);
    }
  });

  test('of a hash that no algorithm has is rejected', async () => {
    const key = await subtle.importKey(
      'raw',
      Buffer.alloc(64, 1),
      { name: 'HMAC', hash: 'SHA-1' },
      false,
      usages,
    );
    for (const alg of ['HS256', 'HS384', 'HS512'] as const) {
      expect(() => door.sign(key, alg)).toThrow('the key may only be used with "alg"');
    }
  });

  test('is held to its usages', async () => {
    const message = (name: string, role: string) =>
      `${name} may not be used to ${role}: its "usages" does not allow it`;
    const token = door.sign(await hmac(256));
    const verifyOnly = await hmac(256, ['verify']);
    expect(errorOf(() => door.sign(verifyOnly))).toMatchObject({
      message: message(door.signingName, 'sign'),
      code: 'ERR_KEY_TYPE',
    });
    expect(door.verify(token, verifyOnly)).toMatchObject(claims);
    const signOnly = await hmac(256, ['sign']);
    expect(errorOf(() => door.verify(token, signOnly))).toMatchObject({
      message: message(door.verifyingName, 'verify'),
      code: 'ERR_KEY_TYPE',
    });
    expect(door.verify(door.sign(signOnly), verifyOnly)).toMatchObject(claims);
  });

  test.each(asymmetric)(
    'that is private does not verify, one that is public does not sign: %s',
    (alg, { privateKey, publicKey }) => {
      const token = door.sign(privateKey, alg);
      expect(() => door.verify(token, privateKey, alg)).toThrow('its "usages" does not allow it');
      expect(() => door.sign(publicKey, alg)).toThrow('its "usages" does not allow it');
    },
  );

  test('for encryption or agreement is rejected', async () => {
    const oaep: webcrypto.CryptoKeyPair = (await subtle.generateKey(
      { name: 'RSA-OAEP', hash: 'SHA-256', ...rsa },
      false,
      ['encrypt', 'decrypt'],
    )) as never;
    const aes = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
    const ecdh: webcrypto.CryptoKeyPair = (await subtle.generateKey(
      { name: 'ECDH', namedCurve: 'P-256' },
      false,
      ['deriveBits'],
    )) as never;
    const token = door.sign(Buffer.alloc(32, 1));
    for (const key of [oaep.privateKey, aes as webcrypto.CryptoKey, ecdh.privateKey]) {
      expect(() => door.sign(key, 'HS256')).toThrow('its "usages" does not allow it');
    }
    for (const key of [oaep.publicKey, aes as webcrypto.CryptoKey, ecdh.publicKey]) {
      expect(() => door.verify(token, key)).toThrow('its "usages" does not allow it');
    }
  });
});

test('a CryptoKey gives the prepared signer its algorithm', async () => {
  for (const bits of [256, 384, 512]) {
    expect(algOf(createSigner(await hmac(bits))(claims))).toBe(`HS${bits}`);
  }
  for (const [alg, { privateKey }] of asymmetric) {
    const expected = alg === 'Ed25519' ? 'EdDSA' : alg;
    expect(algOf(createSigner(privateKey)(claims))).toBe(expected);
  }
});

test('accepts a CryptoKey in the asynchronous calls', async () => {
  for (const [alg, { privateKey, publicKey }] of asymmetric) {
    const token = await signAsync(claims, privateKey, { algorithm: alg });
    expect(await verifyAsync(token, publicKey, { algorithms: [alg] })).toMatchObject(claims);
    expect(await createVerifier(publicKey, { async: true })(token)).toMatchObject(claims);
  }
});
