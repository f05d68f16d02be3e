/** The proofs of a client (RFC 9449 §4.2), and that the server accepts exactly those. */

import { createHash, type KeyObject, webcrypto } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAvailable } from '../../src/core/keys/algorithms.ts';
import { createDpop, createDpopProof } from '../../src/dpop/index.ts';
import { createVerifier, decode, type KeyInput } from '../../src/index.ts';
import { exportPem, generateKey, thumbprint } from '../../src/jwk/index.ts';
import { ec, ed448, ed25519, rsa, rsaPss, secret } from '../fixtures/keys.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { headerOf, payloadOf } from '../fixtures/tokens.ts';
import { fakeStore } from './setup.ts';

const url = 'https://api.example/me';
const request = { method: 'GET', url };

describe('createDpopProof', () => {
  it('writes typ, alg and the public key into the header', () => {
    const header = headerOf(createDpopProof(ec().privateKey, request));
    const { x, y } = ec().publicKey.export({ format: 'jwk' });
    expect(header).toEqual({
      typ: 'dpop+jwt',
      alg: 'ES256',
      jwk: { crv: 'P-256', kty: 'EC', x, y },
    });
  });

  it('writes the request into the claims, without query and fragment', () => {
    const options = {
      method: 'POST',
      url: 'https://API.example:443/a/../b?c#d',
      clock: () => 1.8e12,
    };
    const claims = payloadOf(createDpopProof(ec().privateKey, options));
    expect(claims).toEqual({
      jti: expect.stringMatching(/^[\da-f-]{36}$/),
      htm: 'POST',
      htu: 'https://api.example/b',
      iat: 1.8e9,
    });
  });

  it('adds the hash of the access token, and the nonce', () => {
    const options = { ...request, accessToken: 'token', nonce: 'nonce-1' };
    const ath = createHash('sha256').update('token').digest('base64url');
    const claims = payloadOf(createDpopProof(ec().privateKey, options));
    expect(claims).toMatchObject({ ath, nonce: 'nonce-1' });
  });

  it('writes another "jti" into each proof', () => {
    const ids = Array.from(
      { length: 50 },
      () => payloadOf(createDpopProof(ec().privateKey, request)).jti,
    );
    expect(new Set(ids).size).toBe(50);
  });

  it.each<[string, () => KeyInput | Promise<KeyInput>, string]>([
    ['a PEM', () => exportPem(ec().privateKey, { type: 'private' }), 'ES256'],
    ['a JWK', () => generateKey('ES384'), 'ES384'],
    [
      'a JWK with "alg"',
      async () => ({ ...rsa().privateKey.export({ format: 'jwk' }), alg: 'PS256' }),
      'PS256',
    ],
    ['an RSA key', () => rsa().privateKey, 'RS256'],
    ['an Ed25519 key', () => ed25519().privateKey, 'EdDSA'],
    ['an Ed448 key', () => ed448().privateKey, 'EdDSA'],
    ['a CryptoKey that is not extractable', () => cryptoKey(), 'ES256'],
  ])('takes %s', async (_, create, alg) => {
    const proof = createDpopProof(await create(), request);
    const { jwk, ...header } = headerOf(proof);
    expect(header).toEqual({ typ: 'dpop+jwt', alg });
    const verifyProof = createVerifier({ ...jwk, alg }, { typ: 'dpop+jwt' });
    expect(verifyProof(proof)).toMatchObject({ htm: 'GET', htu: url });
    expect(Object.keys(jwk)).not.toContain('d');
  });

  it.each<[string, () => KeyInput]>([
    ['a public key', () => ec().publicKey],
    ['a secret', () => secret],
    ['an RSA-PSS key, which has no JWK', () => rsaPss().privateKey],
    ['undefined', () => undefined as never],
    ['an X25519 key', () => ({ kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43), d: 'A'.repeat(43) })],
  ])('rejects %s', (_, key) => {
    expect(errorOf(() => createDpopProof(key(), request))).toMatchObject({ name: 'TypeError' });
  });

  it.each<[object, string]>([
    [{ method: undefined }, '"method" must be a method in capitals'],
    [{ method: 'get' }, '"method" must be a method in capitals'],
    [{ method: 'GET ' }, '"method" must be a method in capitals'],
    [{ method: '' }, '"method" must be a method in capitals'],
    [{ url: undefined }, '"url" must be a URL'],
    [{ url: '/me' }, '"url" must be a URL'],
    [{ url: 'ftp://api.example' }, '"url" must be a URL'],
    [{ url: 'https://user@api.example' }, '"url" must be a URL'],
    [{ url: {} }, '"url" must be a URL'],
    [{ accessToken: '' }, '"accessToken" must be a non-empty string'],
    [{ accessToken: undefined }, '"accessToken" must be a non-empty string'],
    [{ nonce: '' }, '"nonce" must be'],
    [{ nonce: 'a b' }, '"nonce" must be'],
    [{ nonce: 'a"b' }, '"nonce" must be'],
    [{ nonce: 'ü' }, '"nonce" must be'],
    [{ clock: 1 }, '"clock" must be a function'],
    [{ token: 'a' }, '"token" is not an option'],
  ])('rejects wrong options: %#', (change, message) => {
    const error = errorOf(() => createDpopProof(ec().privateKey, { ...request, ...change }));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
    expect(error.message).toContain(message);
  });

  it('needs a method and a URL', () => {
    for (const options of [{ method: 'GET' }, { url }, {}]) {
      const error = errorOf(() => createDpopProof(ec().privateKey, options as never));
      expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
    }
  });

  it('takes an instance of URL', () => {
    const claims = payloadOf(createDpopProof(ec().privateKey, { ...request, url: new URL(url) }));
    expect(claims.htu).toBe(url);
  });
});

async function cryptoKey(): Promise<webcrypto.CryptoKey> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const pair = await webcrypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  return pair.privateKey;
}

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'QUERY', 'M-SEARCH'];
const keys = () => [ec(), ec('P-384'), ed25519()];
const call = fc.record({
  method: fc.constantFrom(...methods),
  url: fc.webUrl({ withQueryParameters: true, withFragments: true }),
  accessToken: fc.stringMatching(/^[\w.~+/-]{1,40}$/),
  pair: fc.constantFrom(0, 1, 2),
});

/** What the server says of a proof. */
async function outcome(
  proof: string,
  call: { method: string; url: string; accessToken: string; key: KeyObject },
) {
  const dpop = createDpop({ replay: fakeStore(), origin: new URL(call.url).origin });
  const { pathname, search } = new URL(call.url);
  const request = { method: call.method, url: pathname + search, headers: { dpop: proof } };
  return dpop.verify(request, { token: call.accessToken, jkt: thumbprint(call.key) }).then(
    () => 'accepted',
    ({ code }) => code,
  );
}

describe('createDpopProof and createDpop', () => {
  it('agree on every request, and on no other', async () => {
    const property = fc.asyncProperty(call, call, async (one, other) => {
      const { privateKey: key } = keys()[one.pair] ?? ec();
      const { method, url, accessToken } = one;
      const create = () => createDpopProof(key, { method, url, accessToken });
      const genuine = { method, url, accessToken, key };
      expect(await outcome(create(), genuine)).toBe('accepted');

      const otherKey = keys()[(one.pair + 1) % 3]?.privateKey ?? key;
      expect(await outcome(create(), { ...genuine, key: otherKey })).toBe('ERR_PROOF_MISMATCH');
      expect(await outcome(create(), { ...genuine, method: 'PATCH' })).toBe('ERR_PROOF_INVALID');
      const longer = { ...genuine, accessToken: `${accessToken}x` };
      expect(await outcome(create(), longer)).toBe('ERR_PROOF_INVALID');
      if (new URL(other.url).pathname !== new URL(url).pathname) {
        const moved = new URL(url).origin + new URL(other.url).pathname;
        expect(await outcome(create(), { ...genuine, url: moved })).toBe('ERR_PROOF_INVALID');
      }
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it.skipIf(!isAvailable('ML-DSA-44'))('agree on ML-DSA-44, where the runtime has it', async () => {
    const jwk = await generateKey('ML-DSA-44');
    const dpop = createDpop({ replay: fakeStore(), origin: 'https://api.example' });
    const proof = createDpopProof(jwk, { method: 'GET', url, accessToken: 'token' });
    expect(proof.length).toBeLessThan(8192);
    const request = { method: 'GET', url: '/me', headers: { dpop: proof } };
    const verified = dpop.verify(request, { token: 'token', jkt: thumbprint(jwk) });
    await expect(verified).resolves.toBeUndefined();
  });

  it('agree on no proof with another character', async () => {
    const { privateKey: key } = ec();
    const options = { method: 'GET', url, accessToken: 'token', key };
    const proof = createDpopProof(key, { method: 'GET', url, accessToken: 'token' });
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
    const change = fc.record({ at: fc.nat(proof.length - 1), to: fc.constantFrom(...letters) });
    const property = fc.asyncProperty(change, async ({ at, to }) => {
      fc.pre(proof[at] !== to);
      const changed = proof.slice(0, at) + to + proof.slice(at + 1);
      expect(await outcome(changed, options)).toMatch(/^ERR_PROOF_(INVALID|MISMATCH)$/);
    });
    await fc.assert(property, { numRuns: 300 });
    expect(decode(proof)).toMatchObject({ htm: 'GET' });
  });
});
