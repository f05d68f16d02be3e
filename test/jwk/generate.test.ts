import { describe, expect, test } from 'vitest';
import { createSigner, createVerifier } from '../../src/index.ts';
import { exportJwk, importKey } from '../../src/jwk/convert.ts';
import { generateKey, type KeyAlgorithm } from '../../src/jwk/generate.ts';
import { thumbprint } from '../../src/jwk/thumbprint.ts';

const asymmetric: KeyAlgorithm[] = [
  ...(['ES256', 'ES384', 'ES512', 'ES256K', 'EdDSA', 'Ed25519', 'Ed448'] as const),
  ...(['RS256', 'PS512'] as const),
];
const secrets = [
  ['HS256', 32],
  ['HS384', 48],
  ['HS512', 64],
] as const;

describe('generateKey', () => {
  test.each(asymmetric)('makes a key for %s whose public half verifies', async (alg) => {
    const jwk = await generateKey(alg, { modulusLength: 2048 });
    expect(jwk).toMatchObject({ alg, use: 'sig', kid: thumbprint(jwk) });
    const token = createSigner(jwk, { keyid: jwk.kid })({ sub: 'ada' });
    expect(createVerifier(exportJwk(jwk))(token).sub).toBe('ada');
    expect(exportJwk(jwk)).toMatchObject({ alg, use: 'sig', kid: jwk.kid });
  });

  test('makes RSA keys of 3072 bits unless "modulusLength" is set', async () => {
    const length = async (options?: { modulusLength: number }) => {
      const key = importKey(await generateKey('RS256', options));
      return key.asymmetricKeyDetails?.modulusLength;
    };
    expect(await length()).toBe(3072);
    expect(await length({ modulusLength: 2048 })).toBe(2048);
  });

  test.each(secrets)(
    'makes a secret for %s of %i bytes with a random "kid"',
    async (alg, bytes) => {
      const jwk = await generateKey(alg);
      expect(importKey(jwk, { type: 'secret' }).symmetricKeySize).toBe(bytes);
      expect(jwk).toMatchObject({ kty: 'oct', alg, use: 'sig' });
      expect(jwk.kid).not.toBe(thumbprint(jwk));
      expect(jwk.kid).not.toBe((await generateKey(alg)).kid);
    },
  );

  test('ignores a polluted Object.prototype, which aborted the process', async () => {
    // A KeyObject that Node.js generates is unusable if Object.prototype has a "kty".
    const names = ['kty', 'type', 'format', 'cipher', 'passphrase', 'privateKeyEncoding'];
    for (const name of names) {
      Object.defineProperty(Object.prototype, name, {
        value: 'x',
        configurable: true,
        writable: true,
      });
      try {
        const jwk = await generateKey('ES256');
        expect(Object.keys(jwk)).toContain('d');
      } finally {
        Reflect.deleteProperty(Object.prototype, name);
      }
    }
  });

  test.each(['none', 'es256', 'ES999', 'constructor', '', undefined, null, 7])(
    'rejects the algorithm %j',
    async (alg) => {
      await expect(generateKey(alg as never)).rejects.toThrow(
        expect.objectContaining({ name: 'TypeError', code: 'ERR_OPTION_INVALID' }),
      );
    },
  );

  test.each([
    { modulusLength: 1024 },
    { modulusLength: 1e9 },
    { modulusLength: undefined },
    { bits: 2048 },
  ])('rejects the options %j', async (options) => {
    await expect(generateKey('RS256', options as never)).rejects.toThrow(TypeError);
  });
});
