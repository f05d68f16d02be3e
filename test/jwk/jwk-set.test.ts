import { describe, expect, test } from 'vitest';
import type { Jwk } from '../../src/index.ts';
import { exportJwk } from '../../src/jwk/convert.ts';
import { readJwks } from '../../src/jwk/jwks/jwk-set.ts';
import { ec, ed448, ed25519, type KeyPair, rsa } from '../fixtures/keys.ts';

const publicJwk = ({ publicKey }: KeyPair, more: object = {}): Jwk => {
  return { ...exportJwk(publicKey), ...more };
};
const privateJwk = ({ privateKey }: KeyPair) => exportJwk(privateKey, { type: 'private' });
const good = publicJwk(ed25519(), { kid: 'good' });

describe('a JWK Set', () => {
  test('gives each key the algorithms that it fits', () => {
    const keys = [rsa(), ec(), ec('P-521'), ec('secp256k1'), ed25519(), ed448()];
    const set = readJwks({ keys: keys.map((pair) => publicJwk(pair)) });
    expect(set.keys.map(({ algorithms }) => algorithms)).toEqual([
      ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
      ['ES256'],
      ['ES512'],
      ['ES256K'],
      ['EdDSA', 'Ed25519'],
      ['EdDSA', 'Ed448'],
    ]);
    expect(set.skipped).toEqual([]);
  });

  test('limits a key to its "alg"', () => {
    const set = readJwks({ keys: [publicJwk(rsa(), { alg: 'PS384' })] });
    expect(set.keys.map(({ algorithms }) => algorithms)).toEqual([['PS384']]);
  });

  test.each<[string, unknown, RegExp]>([
    ['a number', 7, /must be an object, got 7/],
    ['null', null, /must be an object, got null/],
    ['a list', [good], /must be an object, got an array/],
    ['no kty', { kid: 'good' }, /"kty" must be a string, got undefined/],
    ['a kty that is a number', { ...good, kty: 1 }, /"kty" must be a string, got 1/],
    ['an unknown kty', { ...good, kty: 'LATTICE' }, /not valid key material/],
    ['an unknown curve', { ...good, crv: 'Ed999' }, /not valid key material/],
    ['a curve that signs nothing', { ...good, crv: 'X25519' }, /fits no algorithm/],
    ['a kid that is a number', { ...good, kid: 1 }, /"kid" must be a string, got 1/],
    ['a point that is not on the curve', { ...publicJwk(ec()), x: 'AAAA' }, /not valid key/],
    ['a member that is missing', { ...publicJwk(rsa()), n: undefined }, /not valid key/],
    ['the exponent 1', { ...publicJwk(rsa()), e: 'AQ' }, /not valid key/],
    ['an alg that is not known', { ...good, alg: 'XS256' }, /fits no algorithm/],
    ['an alg of another family', { ...good, alg: 'RS256' }, /fits no algorithm/],
    ['an alg for secrets', { ...good, alg: 'HS256' }, /fits no algorithm/],
    ['an alg for encryption', { ...publicJwk(rsa()), alg: 'RSA-OAEP' }, /fits no algorithm/],
    ['use for encryption', { ...good, use: 'enc' }, /"use" does not allow it/],
    ['operations without verify', { ...good, key_ops: ['encrypt'] }, /"key_ops" does not/],
    ['a secret', { kty: 'oct', k: 'c2VjcmV0' }, /a secret does not belong/],
    ['a private key', privateJwk(ed25519()), /a private key does not belong .*: d$/],
    ['a private RSA key', privateJwk(rsa()), /a private key does not belong .*: d, p, q, dp/],
    ['a private member alone', { ...good, qi: 'AQAB' }, /private key does not belong .*: qi$/],
  ])('skips %s with a reason, and imports the key after it', (_, member, reason) => {
    const set = readJwks({ keys: [member, good] });
    expect(set.keys.map(({ kid }) => kid)).toEqual(['good']);
    expect(set.skipped).toEqual([
      { index: 0, kid: set.skipped[0]?.kid, reason: expect.stringMatching(reason) },
    ]);
  });

  test('lists the "kid" of a skipped key', () => {
    const { skipped } = readJwks({ keys: [good, { kty: 'oct', kid: 'leaked', k: 'AAAA' }] });
    expect(skipped).toMatchObject([{ index: 1, kid: 'leaked' }]);
  });

  test('gives reasons that contain nothing of the key', () => {
    const jwk = privateJwk(rsa());
    const shown = JSON.stringify(readJwks({ keys: [jwk, { ...jwk, kty: 'X', d: undefined }] }));
    for (const member of ['n', 'd', 'p', 'q', 'dp', 'dq', 'qi']) {
      expect(shown).not.toContain(String(jwk[member]).slice(0, 20));
    }
  });

  test('may be empty, or have no usable key', () => {
    expect(readJwks({ keys: [] }).keys).toEqual([]);
    expect(readJwks({ keys: [{}] }).keys).toEqual([]);
  });

  test.each<[unknown, RegExp]>([
    [undefined, /got undefined/],
    [null, /got null/],
    ['{"keys":[]}', /got a string/],
    [[good], /got an array/],
    [good, /"keys" is undefined/],
    [{ keys: { 0: good } }, /"keys" is an object/],
    [{ keys: null }, /"keys" is null/],
  ])('rejects a document that is not a JWK Set (%#)', (document, message) => {
    expect(() => readJwks(document)).toThrow(message);
    expect(() => readJwks(document)).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'ERR_KEY_INVALID' }),
    );
  });

  test('rejects more keys than "maxKeys"', () => {
    expect(() => readJwks({ keys: [good, good, good] }, 2)).toThrow(/at most 2 keys, got 3/);
    expect(readJwks({ keys: [good, good] }, 2).keys).toHaveLength(2);
  });

  test('skips a hole in the array', () => {
    const keys = [good];
    keys[2] = good;
    expect(readJwks({ keys })).toMatchObject({ keys: [{}, {}], skipped: [{ index: 1 }] });
  });
});
