import { describe, expect, test } from 'vitest';
import { createSigner, createVerifier } from '../../src/index.ts';
import { exportJwk } from '../../src/jwk/convert.ts';
import { discover } from '../../src/jwk/remote/discovery.ts';
import { rsa } from '../fixtures/keys.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { forge } from '../fixtures/tokens.ts';
import { json, jwkOf, pairOf, scene, serve, setOf, tokenBy } from '../jwk/key-server.ts';

/** A token with the attacker's key in every header parameter that can have one. */
function tokenWithKey(url: string, kid: string): string {
  const { privateKey } = pairOf('evil');
  const header = { jwk: jwkOf('evil'), jku: `${url}/jwks`, x5u: `${url}/cert`, iss: url };
  return createSigner(privateKey, { keyid: kid, header })({ sub: 'root', iss: url });
}

describe('a remote set', () => {
  test('rejects a token with its own key, and fetches nothing from it (CVE-2018-0114)', async () => {
    const trap = await serve(json(setOf('evil')));
    const { server, verify, by } = await scene(json(setOf('a')));
    await by('a');
    for (const [kid, code] of [
      ['evil', 'ERR_KEY_NOT_FOUND'],
      ['a', 'ERR_SIGNATURE_INVALID'],
    ] as const) {
      expect((await rejectionOf(verify(tokenWithKey(trap.url, kid)))).code).toBe(code);
    }
    expect(trap.count).toBe(0);
    expect(server.requests.map(({ url }) => url)).toEqual(['/jwks', '/jwks']);
  });

  test('of a discovered issuer fetches nothing from a token', async () => {
    const trap = await serve(json(setOf('evil')));
    const home = await serve((request, response) => {
      const metadata = { issuer: home.url, jwks_uri: `${home.url}/keys` };
      json(request.url === '/keys' ? setOf('a') : metadata)(request, response);
    });
    const { jwks } = await discover(home.url);
    const error = await rejectionOf(createVerifier(jwks)(tokenWithKey(trap.url, 'evil')));
    expect(error.code).toBe('ERR_KEY_NOT_FOUND');
    expect(trap.count).toBe(0);
  });

  test('never uses a public key as an HMAC secret (CVE-2015-9235)', async () => {
    const jwk = { ...exportJwk(rsa().publicKey), kid: 'r' };
    const { verify, server } = await scene(json({ keys: [jwk] }));
    const secrets = [
      rsa().publicKey.export({ type: 'spki', format: 'pem' }),
      rsa().publicKey.export({ type: 'spki', format: 'der' }),
      JSON.stringify(jwk),
    ];
    for (const secret of secrets) {
      const forged = forge({ alg: 'HS256', kid: 'r' }, { sub: 'root' }, Buffer.from(secret));
      expect((await rejectionOf(verify(forged))).code).toBe('ERR_KEY_NOT_FOUND');
    }
    expect(server.count).toBe(0);
  });

  test('verifies nothing with a published secret', async () => {
    const k = Buffer.alloc(64, 7);
    const oct = { kty: 'oct', kid: 'slip', k: k.toString('base64url'), alg: 'HS256' };
    const { verify } = await scene(json({ keys: [oct, jwkOf('a')] }));
    const forged = createSigner(k, { algorithm: 'HS256', keyid: 'slip' })({ sub: 'root' });
    expect((await rejectionOf(verify(forged))).code).toBe('ERR_KEY_NOT_FOUND');
    expect(await verify(tokenBy('a'))).toEqual({ by: 'a' });
  });

  test('finds no key for a "kid" that names a member of Object.prototype', async () => {
    const { verify, by } = await scene(json(setOf('a')));
    await by('a');
    for (const kid of ['__proto__', 'constructor']) {
      const token = createSigner(pairOf('evil').privateKey, { keyid: kid })({});
      expect((await rejectionOf(verify(token))).code).toBe('ERR_KEY_NOT_FOUND');
    }
  });
});
