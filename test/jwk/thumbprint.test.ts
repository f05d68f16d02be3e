import fc from 'fast-check';
import { calculateJwkThumbprint, calculateJwkThumbprintUri } from 'jose';
import { describe, expect, test } from 'vitest';
import { exportJwk, exportPem } from '../../src/jwk/convert.ts';
import { type ThumbprintHash, thumbprint, thumbprintUri } from '../../src/jwk/thumbprint.ts';
import { ec, ed448, ed25519, rsa, rsaPss, secret } from '../fixtures/keys.ts';

const hashes: ThumbprintHash[] = ['sha256', 'sha384', 'sha512'];
const pairs = [rsa(), ec(), ec('P-384'), ec('P-521'), ec('secp256k1'), ed25519(), ed448()] as const;

describe('a thumbprint', () => {
  test.each(hashes)('equals that of jose with %s, as a string and as a URI', async (hash) => {
    for (const { publicKey } of pairs) {
      const jwk = exportJwk(publicKey);
      expect(thumbprint(jwk, hash)).toBe(await calculateJwkThumbprint(jwk, hash));
      expect(thumbprintUri(jwk, hash)).toBe(await calculateJwkThumbprintUri(jwk, hash));
    }
  });

  test('is the same for every form of a key and for both halves', () => {
    for (const { publicKey, privateKey } of pairs) {
      const expected = thumbprint(exportJwk(publicKey));
      const forms = [
        publicKey,
        privateKey,
        exportPem(publicKey),
        exportPem(privateKey, { type: 'private' }),
        exportJwk(privateKey, { type: 'private' }),
        publicKey.export({ type: 'spki', format: 'der' }),
      ];
      expect(forms.map((form) => thumbprint(form))).toEqual(forms.map(() => expected));
    }
  });

  test('does not depend on other members or their order', () => {
    const jwk = exportJwk(ec().publicKey);
    const names = fc.string().filter((name) => !Object.hasOwn(jwk, name));
    const others = fc.dictionary(names, fc.jsonValue());
    fc.assert(
      fc.property(
        others,
        fc.shuffledSubarray(Object.keys(jwk), { minLength: 4 }),
        (more, order) => {
          const shuffled = Object.fromEntries(order.map((name) => [name, jwk[name]]));
          expect(thumbprint({ ...more, ...shuffled, kty: 'EC' })).toBe(thumbprint(jwk));
        },
      ),
    );
  });

  test('changes with each required member', () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' };
    const prints = [jwk, { ...jwk, crv: 'Ed448' }, { ...jwk, x: 'AAAB' }].map((key) =>
      thumbprint(key),
    );
    expect(new Set(prints).size).toBe(3);
  });

  test('exists for a secret', async () => {
    const jwk = { kty: 'oct', k: secret.toString('base64url') };
    expect(thumbprint(secret)).toBe(await calculateJwkThumbprint(jwk));
    expect(thumbprint(jwk)).toBe(thumbprint(secret));
  });

  test('rejects a JWK with a member that is missing or not in its canonical spelling', () => {
    const jwk = exportJwk(ed25519().publicKey);
    const x = String(jwk['x']);
    for (const wrong of [undefined, '', 7, `${x}=`, `${x} `, '+/', x.slice(0, -1).concat('B')]) {
      expect(() => thumbprint({ ...jwk, x: wrong })).toThrow(
        expect.objectContaining({ name: 'TypeError', code: 'ERR_KEY_INVALID' }),
      );
    }
    const inherited = Object.assign(Object.create({ x }), { kty: 'OKP', crv: 'Ed25519' });
    expect(() => thumbprint({ ...inherited })).toThrow('"x" of the JWK must be');
  });

  test('rejects keys that have no thumbprint', () => {
    expect(() => thumbprint({ kty: 'PBES' })).toThrow('has no thumbprint');
    expect(() => thumbprint({ kty: '__proto__' })).toThrow('has no thumbprint');
    expect(() => thumbprint(rsaPss().publicKey)).toThrow('has no JWK form');
    expect(() => thumbprint(undefined as never)).toThrow(TypeError);
  });

  test('rejects every hash except SHA-2', () => {
    for (const hash of ['sha1', 'SHA-256', 'md5', 'constructor', undefined, null]) {
      if (hash === undefined) expect(thumbprint(secret, hash)).toBe(thumbprint(secret, 'sha256'));
      else {
        expect(() => thumbprint(secret, hash as never)).toThrow('hash must be one of sha256');
      }
    }
  });
});
