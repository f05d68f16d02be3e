import { describe, expect, test } from 'vitest';
import { createVerifier, sign, signAsync, verify, verifyAsync } from '../../src/index.ts';
import { errorOf } from '../fixtures/outcome.ts';

/** RFC 8037 A.1 and A.2: keys that were published to be tried out. */
const privateKey = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
};
const publicKey = { kty: 'OKP', crv: 'Ed25519', x: privateKey.x };

const text = 'Example of Ed25519 signing';
const token =
  'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg';

describe('RFC 8037', () => {
  test('A.4: the text is signed to exactly this JWS', async () => {
    expect(sign(text, privateKey, { algorithm: 'EdDSA' })).toBe(token);
    expect(await signAsync(text, privateKey, { algorithm: 'EdDSA' })).toBe(token);
  });

  test('A.5: the JWS is verified with the public key', async () => {
    expect(verify(token, publicKey)).toBe(text);
    expect(verify(token, publicKey, { algorithms: ['EdDSA'] })).toBe(text);
    expect(await verifyAsync(token, publicKey)).toBe(text);
    expect(verify(token, privateKey)).toBe(text);
  });

  test('A.5: to a prepared verifier it is signed well, but no JWT', () => {
    expect(errorOf(() => createVerifier(publicKey)(token)).code).toBe('ERR_PAYLOAD_INVALID');
  });

  test('"EdDSA" and "Ed25519" are two names, and each is held to itself (RFC 9864)', () => {
    expect(() => verify(token, publicKey, { algorithms: ['Ed25519'] })).toThrow(
      'invalid algorithm',
    );
    expect(verify(sign(text, privateKey, { algorithm: 'Ed25519' }), publicKey)).toBe(text);
  });

  test('A.6: a key on X25519 is no key for signatures', () => {
    const x25519 = {
      kty: 'OKP',
      crv: 'X25519',
      x: '3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08',
    };
    expect(() => verify(token, x25519, { algorithms: ['EdDSA'] })).toThrow(
      'Unknown key type "x25519".',
    );
    expect(() => createVerifier(x25519)).toThrow('key fits no algorithm that can verify');
  });
});
