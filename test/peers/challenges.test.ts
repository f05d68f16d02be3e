/** Clients read the metadata and the challenges of a resource, and act on them. */

import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { createDpop } from 'jotkit/dpop';
import { protectedResource, withAuth } from 'jotkit/node';
import { createMemoryReplayStore } from 'jotkit/replay';
import { createResource } from 'jotkit/resource';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listening, type Running } from '../adapters/listening.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { Application } from './application.ts';
import { type Provider, startProvider, user } from './provider.ts';

const insecure = { [oauth.allowInsecureRequests]: true };
let provider: Provider;
let app: Application;
beforeAll(async () => {
  provider = await startProvider();
  app = await Application.discover(provider);
});
afterAll(() => provider.close());

describe.each(['/mcp', '/', ''])('a resource whose URL ends with "%s"', (path) => {
  let server: Running;
  let url: URL;

  beforeAll(async () => {
    let handle: RequestListener | undefined;
    server = await listening(createServer((request, response) => void handle?.(request, response)));
    const resource = server.origin + path;
    url = new URL(resource);
    provider.protect(resource, 'jwt');
    const api = createResource({
      resource,
      issuers: provider.issuer,
      scopes: ['tools:read', 'tools:write'],
      implies: { 'tools:write': ['tools:read'] },
      dpop: createDpop({ replay: createMemoryReplayStore(), nonce: { key: randomBytes(32) } }),
    });
    const handler = withAuth({ resource: api, scopes: 'tools:read' }, (_, response, auth) => {
      response.end(JSON.stringify({ sub: auth.payload.sub, scopes: auth.scopes }));
    });
    handle = protectedResource(api, handler);
  });
  afterAll(() => server.close());

  const fetchWith = (token: string, dpop?: openid.DPoPHandle) =>
    openid.fetchProtectedResource(app.config, token, url, 'GET', undefined, undefined, {
      ...(dpop && { DPoP: dpop }),
    });

  it('is discovered by oauth4webapi', async () => {
    const response = await oauth.resourceDiscoveryRequest(url, insecure);
    expect(await oauth.processResourceDiscoveryResponse(url, response)).toEqual({
      resource: server.origin + path,
      authorization_servers: [provider.issuer],
      scopes_supported: ['tools:read', 'tools:write'],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: expect.arrayContaining(['ES256', 'Ed25519']),
    });
  });

  it('sends two challenges that oauth4webapi can parse', async () => {
    const request = oauth.protectedResourceRequest(
      'unknown',
      'GET',
      url,
      undefined,
      undefined,
      insecure,
    );
    const error = (await rejectionOf(request)) as oauth.WWWAuthenticateChallengeError;
    const well = `${server.origin}/.well-known/oauth-protected-resource${path === '/mcp' ? path : ''}`;
    const common = { realm: 'api', scope: 'tools:read', resource_metadata: well };
    expect(error.cause).toMatchObject([
      { scheme: 'bearer', parameters: { ...common, error: 'invalid_token' } },
      { scheme: 'dpop', parameters: { ...common, algs: expect.stringContaining('ES256') } },
    ]);
    expect(error.cause[1]?.parameters.error).toBeUndefined();
  });

  it('is called by openid-client with DPoP, which repeats with the nonce', async () => {
    const dpop = openid.getDPoPHandle(app.config, await openid.randomDPoPKeyPair('Ed25519'));
    const { tokens } = await app.logIn(server.origin + path, { dpop });
    for (let call = 0; call < 2; call++) {
      const response = await fetchWith(tokens.access_token, dpop);
      expect(await response.json()).toEqual({ sub: user, scopes: ['tools:read'] });
    }
  });

  it('accepts a scope that implies the one of the route', async () => {
    const { tokens } = await app.logIn(server.origin + path, { scope: 'openid tools:write' });
    expect(await (await fetchWith(tokens.access_token)).json()).toEqual({
      sub: user,
      scopes: ['tools:write', 'tools:read'],
    });
  });

  it('names the scope that a token does not have', async () => {
    const { tokens } = await app.logIn(server.origin + path, { scope: 'openid' });
    const error = (await rejectionOf(
      fetchWith(tokens.access_token),
    )) as openid.WWWAuthenticateChallengeError;
    expect(error.status).toBe(403);
    expect(error.cause[0]?.parameters).toMatchObject({
      error: 'insufficient_scope',
      scope: 'tools:read',
      resource_metadata: expect.stringContaining('/.well-known/oauth-protected-resource'),
    });
  });
});
