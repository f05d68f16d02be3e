/** The provider of these tests issues what they need, as clients of others see it. */

import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Application, webKey } from './application.ts';
import { clients, type Provider, startProvider, user } from './provider.ts';

const resource = 'https://api.example/mcp';
const opaqueResource = 'https://api.example/opaque';
let provider: Provider;
let app: Application;

beforeAll(async () => {
  provider = await startProvider({ nonces: true });
  provider.protect(resource, 'jwt');
  provider.protect(opaqueResource, 'opaque');
  app = await Application.discover(provider);
});
afterAll(() => provider.close());

const verified = async (token: string) => {
  const keys = createRemoteJWKSet(new URL('/jwks', provider.issuer));
  return (await jwtVerify(token, keys)).payload;
};

describe('oidc-provider', () => {
  it('issues a JWT access token, an ID token and a refresh token', async () => {
    const { tokens } = await app.logIn(resource);
    expect(decodeProtectedHeader(tokens.access_token).typ).toBe('at+jwt');
    const expected = { aud: resource, sub: user, scope: 'tools:read', client_id: 'app' };
    expect(await verified(tokens.access_token)).toMatchObject(expected);
    expect(tokens.claims()).toMatchObject({ aud: 'app', sub: user });
    expect(tokens.refresh_token).toBeTypeOf('string');
  });

  it('binds tokens to the key of a proof, with a nonce', async () => {
    const dpop = openid.getDPoPHandle(app.config, await openid.randomDPoPKeyPair('ES256'));
    const { tokens } = await app.logIn(resource, { dpop });
    expect(tokens.token_type).toBe('dpop');
    const jkt = await dpop.calculateThumbprint();
    expect((await verified(tokens.access_token)).cnf).toEqual({ jkt });
  });

  it('describes an opaque token to a resource server', async () => {
    const { tokens } = await app.logIn(opaqueResource);
    expect(tokens.access_token).not.toContain('.');
    const { client_id, client_secret } = clients.api;
    const api = app.as(client_id, openid.ClientSecretBasic(client_secret));
    expect(await openid.tokenIntrospection(api, tokens.access_token)).toMatchObject({
      active: true,
      aud: opaqueResource,
      sub: user,
      token_type: 'Bearer',
      iss: provider.issuer,
    });
  });

  it('issues a token for client credentials with private_key_jwt', async () => {
    const service = app.as(clients.service.client_id, openid.PrivateKeyJwt(await webKey()));
    const tokens = await openid.clientCredentialsGrant(service, { resource, scope: 'tools:read' });
    expect(await verified(tokens.access_token)).toMatchObject({ sub: 'service', aud: resource });
  });

  it('sends a logout token to the application when the user logs out', async () => {
    const bodies: string[] = [];
    provider.onLogout(async (request) => {
      bodies.push(await request.text());
      return new Response();
    });
    const { browser } = await app.logIn(resource);
    expect(await (await browser.logOut(provider.issuer)).text()).toBe('logged out');
    const token = new URLSearchParams(bodies[0]).get('logout_token') ?? '';
    expect(decodeProtectedHeader(token).typ).toBe('logout+jwt');
    expect(await verified(token)).toMatchObject({ aud: 'app', sub: user, sid: expect.any(String) });
  });
});
