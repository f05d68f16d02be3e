import { describe, expect, it } from 'vitest';
import { createAuthenticator } from '../../src/http/authenticator.ts';
import { sign } from '../../src/index.ts';
import { toAuthInfo } from '../../src/resource/auth-info.ts';
import { createResource } from '../../src/resource/resource.ts';
import { RESOURCE, startAuthServer } from './auth-server.ts';

const secret = 'x'.repeat(32);

async function authOf(claims: object) {
  const authenticate = createAuthenticator({ key: secret });
  const outcome = await authenticate.verify(sign(claims, secret));
  if (outcome.status !== 'authenticated') throw new Error(outcome.status);
  return outcome.auth;
}

describe('toAuthInfo', () => {
  it('returns token, client, scopes, expiry, resource and claims', async () => {
    const server = await startAuthServer();
    const api = createResource({
      resource: RESOURCE,
      issuers: server.issuer,
      implies: { 'orders:write': 'orders:read' },
    });
    const exp = Math.floor(Date.now() / 1000) + 60;
    const auth = await api.verify(server.token({ scope: 'orders:write', exp }));
    expect(toAuthInfo(auth)).toEqual({
      token: auth.token,
      clientId: 'web',
      scopes: ['orders:write', 'orders:read'],
      expiresAt: exp,
      resource: new URL(RESOURCE),
      resourceMetadataUrl: api.metadataUrl,
      extra: auth.payload,
    });
  });

  it('knows the resource of an opaque token, also of a cached one', async () => {
    const server = await startAuthServer(() => ({ active: true, aud: RESOURCE }));
    const introspection = { issuer: server.issuer, auth: { bearer: 'x' } };
    const api = createResource({ resource: RESOURCE, issuers: server.issuer, introspection });
    for (let i = 0; i < 2; i++) {
      const info = toAuthInfo(await api.verify('opaque'));
      expect(info.resource?.href).toBe(RESOURCE);
      expect(info).not.toHaveProperty('expiresAt');
    }
    expect(server.exchanges).toHaveLength(1);
  });

  it.each([
    ['web', { client_id: 'web', azp: 'other', cid: 'another' }],
    ['web', { azp: 'web', cid: 'other' }],
    ['web', { cid: 'web' }],
    ['web', { client_id: ['list'], azp: 'web' }],
    ['', {}],
  ])('reads the client "%s" from %j', async (clientId, claims) => {
    expect(toAuthInfo(await authOf(claims)).clientId).toBe(clientId);
  });

  it('names no resource for a token that no resource verified', async () => {
    const info = toAuthInfo(await authOf({ aud: 'api' }));
    expect(info).not.toHaveProperty('resource');
    expect(info).not.toHaveProperty('resourceMetadataUrl');
  });

  it('returns copies, which the SDK can change', async () => {
    const auth = await authOf({ scope: 'a' });
    const info = toAuthInfo(auth);
    info.scopes.push('admin');
    info.extra['sub'] = 'eve';
    expect(auth.scopes).toEqual(['a']);
    expect(auth.payload).not.toHaveProperty('sub');
  });
});
