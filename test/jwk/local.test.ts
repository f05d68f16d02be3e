import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSigner, createVerifier, type Jwk } from '../../src/index.ts';
import { exportJwk } from '../../src/jwk/convert.ts';
import { createLocalJwks } from '../../src/jwk/jwks/local.ts';
import { ec, ed25519, type KeyPair, rsa, secret } from '../fixtures/keys.ts';

const publicJwk = ({ publicKey }: KeyPair, more: object = {}): Jwk => {
  return { ...exportJwk(publicKey), ...more };
};
const claims = { sub: 'ada' };
const other = generateKeyPairSync('ed25519');
const token = createSigner(ed25519().privateKey, { keyid: 'mine' })(claims);
const unnamed = createSigner(ed25519().privateKey)(claims);

function outcome(token: string, ...keys: object[]): unknown {
  try {
    return createVerifier(createLocalJwks({ keys: keys as Jwk[] }))(token).sub;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

describe('a local set', () => {
  test('finds the key by "kid", and never a key with another one or without', () => {
    const mine = publicJwk(ed25519(), { kid: 'mine' });
    expect(outcome(token, publicJwk(other, { kid: 'other' }), mine)).toBe('ada');
    expect(outcome(token, publicJwk(ed25519(), { kid: 'other' }))).toBe('ERR_KEY_NOT_FOUND');
    expect(outcome(token, publicJwk(ed25519()))).toBe('ERR_KEY_NOT_FOUND');
  });

  test('verifies a token without "kid" with each key that fits its "alg", in order', () => {
    const keys = [publicJwk(rsa()), publicJwk(other), publicJwk(ec()), publicJwk(ed25519())];
    expect(outcome(unnamed, ...keys)).toBe('ada');
    expect(outcome(unnamed, publicJwk(rsa()), publicJwk(ec()))).toBe('ERR_KEY_NOT_FOUND');
    expect(outcome(unnamed, publicJwk(other))).toBe('ERR_SIGNATURE_INVALID');
  });

  test('tries at most sixteen keys', () => {
    const others = Array.from({ length: 15 }, () => publicJwk(other));
    expect(outcome(unnamed, ...others, publicJwk(ed25519()))).toBe('ada');
    expect(outcome(unnamed, ...others, publicJwk(other), publicJwk(ed25519()))).toBe(
      'ERR_SIGNATURE_INVALID',
    );
  });

  test('finds the right one of the keys that share a "kid"', () => {
    const twins = [publicJwk(rsa()), publicJwk(other), publicJwk(ed25519())];
    expect(outcome(token, ...twins.map((jwk) => ({ ...jwk, kid: 'mine' })))).toBe('ada');
  });

  test('uses a key only as its "alg", "use" and "key_ops" allow', () => {
    const ps256 = createSigner(rsa().privateKey, { algorithm: 'PS256', keyid: 'r' })(claims);
    const jwk = publicJwk(rsa(), { kid: 'r' });
    expect(outcome(ps256, { ...jwk, alg: 'PS256', use: 'sig', key_ops: ['verify'] })).toBe('ada');
    expect(outcome(ps256, { ...jwk, alg: 'RS256' })).toBe('ERR_KEY_NOT_FOUND');
  });

  test('makes a verifier reject the token of a small RSA key, not fail', () => {
    const insecure = { algorithm: 'RS256', allowInsecureKeySizes: true } as const;
    const small = createSigner(rsa(1024).privateKey, insecure)(claims);
    const keys = createLocalJwks({ keys: [publicJwk(rsa(1024))] });
    expect(() => createVerifier(keys)(small)).toThrow(
      expect.objectContaining({ name: 'JsonWebTokenError', code: 'ERR_KEY_NOT_FOUND' }),
    );
    expect(createVerifier(keys, { allowInsecureKeySizes: true })(small)).toMatchObject(claims);
  });

  test('returns the same key object each time, so that caches find it again', () => {
    const source = createLocalJwks({ keys: [publicJwk(ed25519())] });
    const find = () => source({ header: { alg: 'EdDSA' } } as never)[0];
    expect(find()).toBe(find());
    expect(find()?.equals(ed25519().publicKey)).toBe(true);
  });

  test('verifies a token of jose with a key of jose', async () => {
    const { exportJWK, SignJWT } = await import('jose');
    const jwk = { ...(await exportJWK(ec().publicKey)), kid: 'j' };
    const header = { alg: 'ES256', kid: 'j' };
    const theirs = await new SignJWT(claims).setProtectedHeader(header).sign(ec().privateKey);
    expect(outcome(theirs, jwk)).toBe('ada');
  });

  test('lists skipped keys', () => {
    const { skipped } = createLocalJwks({ keys: [{ kty: 'oct' }, publicJwk(ed25519())] });
    expect(skipped).toMatchObject([{ index: 0, reason: expect.stringContaining('secret') }]);
  });

  test('is a copy: later changes of the object have no effect', () => {
    const keys = [publicJwk(ed25519(), { kid: 'mine' })];
    const verify = createVerifier(createLocalJwks({ keys }));
    Object.assign(keys[0] as object, publicJwk(other));
    keys.length = 0;
    expect(verify(token)).toMatchObject(claims);
  });

  test('throws without a usable key, with the reasons', () => {
    expect(() => createLocalJwks({ keys: [] })).toThrow('has no key that can verify a token.');
    const skipped = [{ kty: 'oct', k: secret.toString('base64url') }, { kty: 'X' }] as Jwk[];
    expect(() => createLocalJwks({ keys: skipped })).toThrow(
      /0: a secret does not belong .*; 1: it is not valid key material: /,
    );
  });
});
