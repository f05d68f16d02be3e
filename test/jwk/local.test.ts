import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSigner, createVerifier, type Jwk } from '../../src/index.ts';
import { createLocalJwks } from '../../src/jwk/jwks/local.ts';
import { ec, ed25519, type KeyPair, rsa, secret } from '../fixtures/keys.ts';

const publicJwk = ({ publicKey }: KeyPair, more: object = {}): Jwk => {
  return { kty: '', ...publicKey.export({ format: 'jwk' }), ...more };
};
const claims = { sub: 'ada' };
const other = generateKeyPairSync('ed25519');

function outcome(token: string, ...keys: object[]): unknown {
  try {
    return createVerifier(createLocalJwks({ keys: keys as Jwk[] }))(token).sub;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

describe('a token is verified through a local set', () => {
  const token = createSigner(ed25519().privateKey, { keyid: 'mine' })(claims);
  const unnamed = createSigner(ed25519().privateKey)(claims);

  test('with the key that its "kid" names', () => {
    const keys = [publicJwk(other, { kid: 'other' }), publicJwk(ed25519(), { kid: 'mine' })];
    expect(outcome(token, ...keys)).toBe('ada');
  });

  test('never with a key of another name, though it signed it', () => {
    expect(outcome(token, publicJwk(ed25519(), { kid: 'other' }))).toBe('ERR_KEY_NOT_FOUND');
    expect(outcome(token, publicJwk(ed25519()))).toBe('ERR_KEY_NOT_FOUND');
  });

  test('without a "kid" with the keys that fit its "alg", one after the other', () => {
    const keys = [publicJwk(rsa()), publicJwk(other), publicJwk(ec()), publicJwk(ed25519())];
    expect(outcome(unnamed, ...keys)).toBe('ada');
    expect(outcome(unnamed, publicJwk(rsa()), publicJwk(ec()))).toBe('ERR_KEY_NOT_FOUND');
    expect(outcome(unnamed, publicJwk(other))).toBe('ERR_SIGNATURE_INVALID');
  });

  test('without a "kid" with sixteen keys at most', () => {
    const others = Array.from({ length: 15 }, () => publicJwk(other));
    expect(outcome(unnamed, ...others, publicJwk(ed25519()))).toBe('ada');
    expect(outcome(unnamed, ...others, publicJwk(other), publicJwk(ed25519()))).toBe(
      'ERR_SIGNATURE_INVALID',
    );
  });

  test('with the right one of two keys that share a "kid"', () => {
    const twins = [publicJwk(rsa()), publicJwk(other), publicJwk(ed25519())];
    expect(outcome(token, ...twins.map((jwk) => ({ ...jwk, kid: 'mine' })))).toBe('ada');
  });

  test('only with the "alg", "use" and "key_ops" of the key', () => {
    const ps256 = createSigner(rsa().privateKey, { algorithm: 'PS256', keyid: 'r' })(claims);
    const jwk = publicJwk(rsa(), { kid: 'r' });
    expect(outcome(ps256, jwk)).toBe('ada');
    expect(outcome(ps256, { ...jwk, alg: 'PS256', use: 'sig', key_ops: ['verify'] })).toBe('ada');
    expect(outcome(ps256, { ...jwk, alg: 'RS256' })).toBe('ERR_KEY_NOT_FOUND');
  });

  test('never with a secret: an HMAC by a public or private member finds no key', () => {
    const hmac = createSigner(secret, { algorithm: 'HS256', keyid: 'mine' })(claims);
    const oct = { kty: 'oct', k: secret.toString('base64url'), kid: 'mine' };
    expect(outcome(hmac, oct, publicJwk(ed25519(), { kid: 'mine' }))).toBe('ERR_KEY_NOT_FOUND');
  });

  test('and a small RSA key is refused by the verifier, as ever', () => {
    const small = createSigner(rsa(1024).privateKey, {
      algorithm: 'RS256',
      allowInsecureKeySizes: true,
    })(claims);
    const keys = createLocalJwks({ keys: [publicJwk(rsa(1024))] });
    expect(() => createVerifier(keys)(small)).toThrow(
      expect.objectContaining({ name: 'KeySourceError', code: 'ERR_KEY_SOURCE' }),
    );
    expect(createVerifier(keys, { allowInsecureKeySizes: true })(small)).toMatchObject(claims);
  });

  test('by one key object, whoever asks: what is prepared for it is found again', () => {
    const source = createLocalJwks({ keys: [publicJwk(ed25519())] });
    const ask = () => source({ header: { alg: 'EdDSA' } } as never)[0];
    expect(ask()).toBe(ask());
    expect(ask()?.equals(createPublicKey(ed25519().privateKey))).toBe(true);
  });

  test('of any kind that jose makes', async () => {
    const { exportJWK, SignJWT } = await import('jose');
    const jwk = { ...(await exportJWK(ec().publicKey)), kid: 'j' };
    const header = { alg: 'ES256', kid: 'j' };
    const theirs = await new SignJWT(claims).setProtectedHeader(header).sign(ec().privateKey);
    expect(outcome(theirs, jwk)).toBe('ada');
  });
});

describe('a local set', () => {
  test('lists what it skipped', () => {
    const { skipped } = createLocalJwks({ keys: [{ kty: 'oct' }, publicJwk(ed25519())] });
    expect(skipped).toMatchObject([{ index: 0, reason: expect.stringContaining('secret') }]);
  });

  test('is read once: who changes the object changes nothing', () => {
    const keys = [publicJwk(ed25519(), { kid: 'mine' })];
    const verify = createVerifier(createLocalJwks({ keys }));
    Object.assign(keys[0] as object, publicJwk(other));
    keys.length = 0;
    const token = createSigner(ed25519().privateKey, { keyid: 'mine' })(claims);
    expect(verify(token)).toMatchObject(claims);
  });

  test('without one key that verifies is a mistake, and says why', () => {
    expect(() => createLocalJwks({ keys: [] })).toThrow('has no key that can verify a token.');
    const skipped = [{ kty: 'oct', k: 'AAAA' }, { kty: 'X' }] as Jwk[];
    expect(() => createLocalJwks({ keys: skipped })).toThrow(
      /0: a secret does not belong .*; 1: it is not valid key material$/,
    );
  });
});
