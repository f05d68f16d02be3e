import { describe, expect, test } from 'vitest';
import { type Algorithm, createSigner, createVerifier } from '../../src/index.ts';
import { exportJwk, importKey } from '../../src/jwk/convert.ts';
import { generateKey } from '../../src/jwk/generate.ts';
import { thumbprint } from '../../src/jwk/thumbprint.ts';

type Alg = Exclude<Algorithm, 'none'>;
const asymmetric: Alg[] = ['ES256', 'ES384', 'ES512', 'ES256K', 'EdDSA', 'Ed25519', 'Ed448'];
const secrets: Array<[Alg, number]> = [
  ['HS256', 32],
  ['HS384', 48],
  ['HS512', 64],
];

describe('a generated key', () => {
  test.each<Alg>([...asymmetric, 'RS256', 'PS512'])(
    'for %s signs what its public half verifies',
    async (alg) => {
      const jwk = await generateKey(alg, { modulusLength: 2048 });
      expect(jwk).toMatchObject({ alg, use: 'sig', kid: thumbprint(jwk) });
      const token = createSigner(jwk, { keyid: jwk.kid })({ sub: 'ada' });
      expect(createVerifier(exportJwk(jwk))(token).sub).toBe('ada');
      expect(exportJwk(jwk)).toMatchObject({ alg, use: 'sig', kid: jwk.kid });
    },
  );

  test('for RSA is as strong as the others unless another length is asked for', async () => {
    const length = async (options?: { modulusLength: number }) => {
      const key = importKey(await generateKey('RS256', options));
      return key.asymmetricKeyDetails?.modulusLength;
    };
    expect(await length()).toBe(3072);
    expect(await length({ modulusLength: 2048 })).toBe(2048);
  });

  test.each(secrets)('for %s is a secret of %i bytes', async (alg, bytes) => {
    const jwk = await generateKey(alg);
    expect(importKey(jwk, { type: 'secret' }).symmetricKeySize).toBe(bytes);
    expect(jwk).toMatchObject({ kty: 'oct', alg, use: 'sig' });
  });

  test('that is a secret has a name that tells nothing of it', async () => {
    const jwk = await generateKey('HS256');
    expect(jwk.kid).not.toBe(thumbprint(jwk));
    expect(jwk.kid).not.toBe((await generateKey('HS256')).kid);
  });

  test('is another one each time', async () => {
    expect((await generateKey('ES256')).kid).not.toBe((await generateKey('ES256')).kid);
  });
});

describe('no key is generated', () => {
  test.each(['none', 'es256', 'ES999', 'constructor', '', undefined, null, 7])(
    'for the algorithm %j',
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
    {
      bits: 2048,
    },
  ])('with the options %j', async (options) => {
    await expect(generateKey('RS256', options as never)).rejects.toThrow(TypeError);
  });
});
