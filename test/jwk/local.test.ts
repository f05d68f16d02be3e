import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { createSigner, createVerifier } from '../../src/index.ts';
import { createLocalJwks } from '../../src/jwk/local.ts';

test('a token is verified with the key that its "kid" names', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const other = generateKeyPairSync('ed25519').publicKey;
  const jwks = {
    keys: [
      { ...other.export({ format: 'jwk' }), kty: 'OKP', kid: 'other' },
      { ...publicKey.export({ format: 'jwk' }), kty: 'OKP', kid: 'mine' },
    ],
  };
  const verify = createVerifier(createLocalJwks(jwks));
  const token = createSigner(privateKey, { keyid: 'mine' })({ sub: 'ada' });
  expect(verify(token).sub).toBe('ada');
});
