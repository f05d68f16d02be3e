/** The provider of these tests issues what they need, as clients of others see it. */

import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Browser,
  clientKey,
  clients,
  type Provider,
  redirectUri,
  startProvider,
  user,
} from './provider.ts';

const resource = 'https://api.example/mcp';
const opaqueResource = 'https://api.example/opaque';
let provider: Provider;
let app: openid.Configuration;

beforeAll(async () => {
  provider = await startProvider({ nonces: true });
  provider.protect(resource, 'jwt');
  provider.protect(opaqueResource, 'opaque');
  const { client_id, client_secret } = clients.app;
  app = await openid.discovery(new URL(provider.issuer), client_id, client_secret, undefined, {
    execute: [openid.allowInsecureRequests],
  });
});
afterAll(() => provider.close());

async function tokensFor(target: string, dpop?: openid.DPoPHandle) {
  const browser = new Browser();
  const verifier = openid.randomPKCECodeVerifier();
  const url = openid.buildAuthorizationUrl(app, {
    redirect_uri: redirectUri,
    scope: 'openid tools:read',
    resource: target,
    nonce: 'n',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const callback = await browser.logIn(url);
  const checks = { pkceCodeVerifier: verifier, expectedNonce: 'n' };
  const tokens = await openid.authorizationCodeGrant(
    app,
    callback,
    checks,
    { resource: target },
    { ...(dpop && { DPoP: dpop }) },
  );
  return { tokens, browser };
}

const verified = async (token: string) => {
  const keys = createRemoteJWKSet(new URL('/jwks', provider.issuer));
  return (await jwtVerify(token, keys)).payload;
};

describe('oidc-provider', () => {
  it('issues a JWT access token, an ID token and a refresh token', async () => {
    const { tokens } = await tokensFor(resource);
    expect(decodeProtectedHeader(tokens.access_token).typ).toBe('at+jwt');
    expect(await verified(tokens.access_token)).toMatchObject({
      aud: resource,
      sub: user,
      scope: 'tools:read',
      client_id: 'app',
    });
    expect(tokens.claims()).toMatchObject({ aud: 'app', sub: user });
    expect(tokens.refresh_token).toBeTypeOf('string');
  });

  it('binds tokens to the key of a proof, with a nonce', async () => {
    const handle = openid.getDPoPHandle(app, await openid.randomDPoPKeyPair('ES256'));
    const { tokens } = await tokensFor(resource, handle);
    expect(tokens.token_type).toBe('dpop');
    const jkt = await handle.calculateThumbprint();
    expect((await verified(tokens.access_token)).cnf).toEqual({ jkt });
  });

  it('describes an opaque token to a resource server', async () => {
    const { tokens } = await tokensFor(opaqueResource);
    expect(tokens.access_token).not.toContain('.');
    const api = new openid.Configuration(
      app.serverMetadata(),
      clients.api.client_id,
      clients.api.client_secret,
      openid.ClientSecretBasic(clients.api.client_secret),
    );
    openid.allowInsecureRequests(api);
    expect(await openid.tokenIntrospection(api, tokens.access_token)).toMatchObject({
      active: true,
      aud: opaqueResource,
      sub: user,
      token_type: 'Bearer',
      iss: provider.issuer,
    });
  });

  it('issues a token for client credentials with private_key_jwt', async () => {
    const key = await crypto.subtle.importKey(
      'pkcs8',
      clientKey().export({ format: 'der', type: 'pkcs8' }),
      { name: 'ECDSA', namedCurve: 'P-256' },
      false,
      ['sign'],
    );
    const service = new openid.Configuration(
      app.serverMetadata(),
      clients.service.client_id,
      undefined,
      openid.PrivateKeyJwt({ key, kid: 'client' }),
    );
    openid.allowInsecureRequests(service);
    const tokens = await openid.clientCredentialsGrant(service, { resource, scope: 'tools:read' });
    expect(await verified(tokens.access_token)).toMatchObject({ sub: 'service', aud: resource });
  });

  it('sends a logout token to the application when the user logs out', async () => {
    const bodies: string[] = [];
    provider.onLogout(async (request) => {
      bodies.push(await request.text());
      return new Response();
    });
    const { browser, tokens } = await tokensFor(resource);
    expect(await (await browser.logOut(provider.issuer)).text()).toBe('logged out');
    const token = new URLSearchParams(bodies[0]).get('logout_token') ?? '';
    expect(decodeProtectedHeader(token).typ).toBe('logout+jwt');
    expect(await verified(token)).toMatchObject({ aud: 'app', sub: user, sid: expect.any(String) });
    expect(tokens.claims()?.sub).toBe(user);
  });
});
