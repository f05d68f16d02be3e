/** Opaque tokens of oidc-provider are described by its introspection endpoint (RFC 7662). */

import { createResource } from 'jotkit/resource';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rejectionOf } from '../fixtures/outcome.ts';
import { Application, webKey } from './application.ts';
import { clientKey, clients, type Provider, startProvider, user } from './provider.ts';

const resource = 'https://api.example/mcp';
const other = 'https://other.example/mcp';
const ENDPOINT = '/token/introspection';

let provider: Provider;
let app: Application;
beforeAll(async () => {
  provider = await startProvider();
  provider.protect(resource, 'opaque');
  provider.protect(other, 'opaque');
  app = await Application.discover(provider);
});
afterAll(() => provider.close());

type ResourceOptions = Parameters<typeof createResource>[0];
type Introspection = Exclude<ResourceOptions['introspection'], undefined | readonly unknown[]>;

const { api, postApi, signedApi, keyApi } = clients;
const credentials = (client: { client_id: string; client_secret: string }) => ({
  clientId: client.client_id,
  clientSecret: client.client_secret,
});

function resourceWith(options: Partial<Introspection> = {}) {
  const { issuer } = provider;
  const introspection = { issuer, auth: credentials(api), ...options };
  return createResource({ resource, issuers: issuer, introspection });
}

const opaqueToken = async (target = resource) => (await app.logIn(target)).tokens.access_token;
const exchanges = () => provider.paths.filter((path) => path === ENDPOINT).length;

describe('a resource with opaque tokens', () => {
  it.each<[string, Partial<Introspection>]>([
    ['client_secret_basic', { auth: credentials(api) }],
    ['client_secret_post', { auth: { ...credentials(postApi), method: 'post' } }],
    ['private_key_jwt', { auth: { clientId: keyApi.client_id, key: clientKey() } }],
    ['signed responses', { auth: credentials(signedApi), signed: true }],
  ])('learns the user with %s', async (_, options) => {
    const { verify, close } = resourceWith(options);
    const auth = await verify(await opaqueToken());
    expect(auth.payload).toMatchObject({ sub: user, scope: 'tools:read', aud: resource });
    expect(auth).toMatchObject({ kind: 'opaque', header: {}, scopes: ['tools:read'] });
    close();
  });

  it('rejects tokens for other resources with each of them', async () => {
    const token = await opaqueToken(other);
    for (const options of [{}, { auth: credentials(signedApi), signed: true }]) {
      const { verify, close } = resourceWith(options);
      expect(await rejectionOf(verify(token))).toMatchObject({ reason: 'claim_mismatch' });
      close();
    }
  });

  it('rejects an unsigned response if only signed ones are accepted', async () => {
    const { verify, close } = resourceWith({
      auth: credentials(signedApi),
      signed: true,
      // The provider signs only for those who accept it.
      fetch: (url, init) => {
        const headers = new Headers(init?.headers);
        headers.set('accept', 'application/json');
        return fetch(url, { ...init, headers });
      },
    });
    expect(await rejectionOf(verify(await opaqueToken()))).toMatchObject({
      status: 503,
      reason: 'introspection_unavailable',
    });
    close();
  });

  it('rejects a signed response to another resource server, and one as a token', async () => {
    let response = '';
    const first = resourceWith({
      auth: credentials(signedApi),
      signed: true,
      fetch: async (url, init) => {
        const received = await fetch(url, init);
        if (String(url).endsWith(ENDPOINT)) response = await received.clone().text();
        return received;
      },
    });
    const token = await opaqueToken();
    await first.verify(token);
    const second = resourceWith({
      auth: { clientId: keyApi.client_id, key: clientKey() },
      signed: true,
      fetch: async (url, init) => {
        if (!String(url).endsWith(ENDPOINT)) return fetch(url, init);
        const headers = { 'content-type': 'application/token-introspection+jwt' };
        return new Response(response, { headers });
      },
    });
    expect(await rejectionOf(second.verify(token))).toMatchObject({ status: 503 });
    expect(await rejectionOf(second.verify(response))).toMatchObject({
      status: 401,
      reason: 'typ_not_allowed',
    });
    for (const { close } of [first, second]) close();
  });

  it('blames itself, not the client, for wrong credentials', async () => {
    const { verify, close } = resourceWith({ auth: { clientId: 'api', clientSecret: 'wrong' } });
    expect(await rejectionOf(verify(await opaqueToken()))).toMatchObject({ status: 503 });
    close();
  });

  it('sends one request for 50 calls at once, and none for the next ones', async () => {
    const { verify, close } = resourceWith();
    const token = await opaqueToken();
    const before = exchanges();
    await Promise.all(Array.from({ length: 50 }, () => verify(token)));
    await verify(token);
    expect(exchanges() - before).toBe(1);
    close();
  });

  it('sends one request for 20 calls while the provider fails', async () => {
    let sent = 0;
    const token = await opaqueToken();
    const { verify, close } = resourceWith({
      fetch: (url, init) => {
        if (!String(url).endsWith(ENDPOINT)) return fetch(url, init);
        sent++;
        return Promise.resolve(new Response('overloaded', { status: 500 }));
      },
    });
    for (let call = 0; call < 20; call++) {
      expect(await rejectionOf(verify(token))).toMatchObject({
        status: 503,
        headers: expect.not.objectContaining({ 'WWW-Authenticate': expect.anything() }),
      });
    }
    expect(sent).toBe(1);
    close();
  });
});

it('verifies a JWT of client credentials whose server cannot describe it', async () => {
  provider.protect('https://api.example/jwt', 'jwt');
  const { issuer } = provider;
  const { verify, close } = createResource({
    resource: 'https://api.example/jwt',
    issuers: issuer,
    introspection: { issuer, auth: credentials(api) },
  });
  const { client_id } = clients.service;
  const auth = openid.PrivateKeyJwt(await webKey());
  const parameters = { resource: 'https://api.example/jwt', scope: 'tools:read' };
  const tokens = await openid.clientCredentialsGrant(app.as(client_id, auth), parameters);
  const { payload, kind } = await verify(tokens.access_token);
  expect([payload.sub, kind]).toEqual([client_id, 'jwt']);
  close();
});
