import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSigner, createVerifier } from '../../src/index.ts';
import { discover } from '../../src/jwk/remote/discovery.ts';
import { rsa } from '../fixtures/keys.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { base64url } from '../fixtures/tokens.ts';
import { json, jwkOf, pairOf, scene, serve, setOf, tokenBy } from '../jwk/key-server.ts';

/** A token that brings the key of its sender in every way a header has. */
function bringing(url: string, kid: string): string {
  const { privateKey } = pairOf('evil');
  const jwk = jwkOf('evil');
  const header = { jwk, jku: `${url}/jwks`, x5u: `${url}/cert`, iss: url };
  return createSigner(privateKey, { keyid: kid, header })({ sub: 'root', iss: url });
}

describe('a token that brings its own key', () => {
  test('in jwk, jku or x5u is refused, and nothing is fetched from it (CVE-2018-0114)', async () => {
    const trap = await serve(json(setOf('evil')));
    const { server, verify, by } = await scene(json(setOf('a')));
    await by('a');
    for (const [kid, code] of [
      ['evil', 'ERR_KEY_NOT_FOUND'],
      ['a', 'ERR_SIGNATURE_INVALID'],
    ] as const) {
      expect((await rejectionOf(verify(bringing(trap.url, kid)))).code).toBe(code);
    }
    expect(trap.count).toBe(0);
    expect(server.requests.map(({ url }) => url)).toEqual(['/jwks', '/jwks']);
  });

  test('has no part in where the keys of a discovered issuer are', async () => {
    const trap = await serve(json(setOf('evil')));
    const home = await serve((request, response) => {
      const metadata = { issuer: home.url, jwks_uri: `${home.url}/keys` };
      json(request.url === '/keys' ? setOf('a') : metadata)(request, response);
    });
    const { jwks } = await discover(home.url);
    const error = await rejectionOf(createVerifier(jwks)(bringing(trap.url, 'evil')));
    expect(error.code).toBe('ERR_KEY_NOT_FOUND');
    expect(trap.count).toBe(0);
  });
});

test('a public key of the set is no secret for HS256 (CVE-2015-9235)', async () => {
  const jwk = { ...rsa().publicKey.export({ format: 'jwk' }), kid: 'r' };
  const { verify, server } = await scene(json({ keys: [jwk] }));
  const input = `${base64url('{"alg":"HS256","kid":"r"}')}.${base64url('{"sub":"root"}')}`;
  const secrets = [
    rsa().publicKey.export({ type: 'spki', format: 'pem' }),
    rsa().publicKey.export({ type: 'spki', format: 'der' }),
    JSON.stringify(jwk),
  ];
  for (const secret of secrets) {
    const mac = createHmac('sha256', secret).update(input).digest('base64url');
    expect((await rejectionOf(verify(`${input}.${mac}`))).code).toBe('ERR_KEY_NOT_FOUND');
  }
  expect(server.count).toBe(0);
});

test('a secret that slipped into the set verifies nothing', async () => {
  const k = Buffer.alloc(64, 7);
  const oct = { kty: 'oct', kid: 'slip', k: k.toString('base64url'), alg: 'HS256' };
  const { verify } = await scene(json({ keys: [oct, jwkOf('a')] }));
  const forged = createSigner(k, { algorithm: 'HS256', keyid: 'slip' })({ sub: 'root' });
  expect((await rejectionOf(verify(forged))).code).toBe('ERR_KEY_NOT_FOUND');
  expect(await verify(tokenBy('a'))).toEqual({ by: 'a' });
});

test('a kid that names a member of Object.prototype finds no key', async () => {
  const { verify, by } = await scene(json(setOf('a')));
  await by('a');
  for (const kid of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const token = createSigner(pairOf('evil').privateKey, { keyid: kid })({});
    expect((await rejectionOf(verify(token))).code).toBe('ERR_KEY_NOT_FOUND');
  }
});
