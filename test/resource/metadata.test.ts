import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RequestLike } from '../../src/http/request.ts';
import { metadataUrlOf } from '../../src/resource/metadata.ts';
import { createResource } from '../../src/resource/resource.ts';
import type { ResourceOptions } from '../../src/resource/resource-options.ts';

const issuers = 'https://id.example';
const resource = 'https://api.example/orders';
const WELL_KNOWN = '/.well-known/oauth-protected-resource';

const create = (options: Partial<ResourceOptions> = {}) =>
  createResource({ resource, issuers, ...options });

describe('metadataUrl', () => {
  it.each([
    ['https://api.example', `https://api.example${WELL_KNOWN}`],
    ['https://api.example/', `https://api.example${WELL_KNOWN}`],
    ['https://api.example/orders', `https://api.example${WELL_KNOWN}/orders`],
    ['https://api.example/orders/', `https://api.example${WELL_KNOWN}/orders/`],
    ['https://api.example:8443/a/b', `https://api.example:8443${WELL_KNOWN}/a/b`],
    ['http://localhost:3000/mcp', `http://localhost:3000${WELL_KNOWN}/mcp`],
  ])('of %s has the well-known path before its own (RFC 9728 §3.1)', (resource, url) => {
    expect(create({ resource }).metadataUrl).toBe(url);
  });

  it('is the resource again without the well-known path', () => {
    const segment = fc.stringMatching(/^[a-z0-9_~-]{1,8}$/);
    fc.assert(
      fc.property(fc.array(segment), fc.boolean(), (segments, slash) => {
        const path = segments.map((one) => `/${one}`).join('') + (slash ? '/' : '');
        const url = new URL(`https://api.example${path}`);
        const given = metadataUrlOf(url).replace(WELL_KNOWN, '');
        expect(new URL(given).href).toBe(url.href);
      }),
    );
  });
});

describe('the option "resource"', () => {
  it.each([
    ['must start with https:', 'http://api.example'],
    ['must be an absolute URL', '/orders'],
    ['must not have credentials', 'https://user@api.example'],
    ['must have no query and no fragment', 'https://api.example/?a'],
    ['must have no query and no fragment', 'https://api.example/#a'],
    ['must have no query and no fragment', 'https://api.example?'],
    ['write https://api.example/', 'https://API.example'],
    ['write https://api.example/b', 'https://api.example/a/../b'],
    ['write https://api.example/', 'https://api.example:443/'],
    ['write https://api.example/', ' https://api.example/'],
    ['must be a non-empty string', ''],
    ['must be a non-empty string', 7],
  ])('throws TypeError: %s, for %j', (message, resource) => {
    const wrong = () => create({ resource: resource as string });
    expect(wrong).toThrow(TypeError);
    expect(wrong).toThrow(message);
  });

  it('is required, as "issuers" is', () => {
    expect(() => createResource({ issuers } as ResourceOptions)).toThrow('"resource" is missing');
    expect(() => createResource({ resource } as ResourceOptions)).toThrow('"issuers" is missing');
  });
});

describe('the document', () => {
  it('names the resource, the issuers and the scopes', () => {
    expect(create({ scopes: ['orders:read'] }).metadata).toEqual({
      resource,
      authorization_servers: ['https://id.example'],
      scopes_supported: ['orders:read'],
      bearer_methods_supported: ['header'],
    });
  });

  it.each([
    ['a list', ['https://a.example', 'https://b.example']],
    ['a record', { 'https://a.example': {}, 'https://b.example': {} }],
  ])('lists the issuers of %s', (_what, issuers) => {
    const { metadata } = create({ issuers });
    expect(metadata.authorization_servers).toEqual(['https://a.example', 'https://b.example']);
  });

  it('lists "authorizationServers" instead', () => {
    const { metadata } = create({ authorizationServers: ['https://proxy.example'] });
    expect(metadata.authorization_servers).toEqual(['https://proxy.example']);
  });

  it('has the members of "metadata"', () => {
    const own = { resource_name: 'Orders', resource_documentation: 'https://docs.example' };
    expect(create({ metadata: own }).metadata).toMatchObject(own);
  });

  it('says that tokens are bound, with "dpop" and "mtls"', () => {
    const dpop = {
      algorithms: ['ES256'],
      origins: [],
      required: true,
      verify: async () => {},
      nonce: () => undefined,
    };
    expect(create({ dpop, mtls: () => undefined }).metadata).toMatchObject({
      dpop_signing_alg_values_supported: ['ES256'],
      dpop_bound_access_tokens_required: true,
      tls_client_certificate_bound_access_tokens: true,
    });
    expect(create({ dpop: { ...dpop, required: false } }).metadata).not.toHaveProperty(
      'dpop_bound_access_tokens_required',
    );
  });

  it('is deeply frozen, and a copy', () => {
    const scopes = ['orders:read'];
    const { metadata } = create({ scopes });
    scopes.push('orders:write');
    expect(metadata.scopes_supported).toEqual(['orders:read']);
    expect(Object.isFrozen(metadata)).toBe(true);
    expect(Object.isFrozen(metadata.scopes_supported)).toBe(true);
  });

  it.each<[string, object]>([
    ['"metadata" must be an object of JSON values', { metadata: { resource: 'https://x' } }],
    ['"metadata" must be an object of JSON values', { metadata: { signed_metadata: 'eyJ' } }],
    ['"metadata" must be an object of JSON values', { metadata: { a: undefined } }],
    ['"metadata" must be an object of JSON values', { metadata: { a: [() => 7] } }],
    ['"scopes" must not contain "offline_access"', { scopes: ['a', 'offline_access'] }],
    ['"scopes" must be', { scopes: ['two scopes'] }],
    ['"scopes" must be', { scopes: [] }],
    ['must start with https:', { authorizationServers: ['http://id.example'] }],
    ['must have no query', { authorizationServers: ['https://id.example/?a'] }],
    ['"authorizationServers" is missing', { issuers: () => null }],
    ['must be an absolute URL', { issuers: { tenant: { key: 'x'.repeat(32) } } }],
    ['"dpop" must be what createDpop() returned', { dpop: {} }],
    ['"mtls" must be a function', { mtls: true }],
    ['"realm" must be', { realm: 'a\nb' }],
    ['"issuers" must be', { issuers: [] }],
    ['"profile" is an option of an issuer: set it in "issuers"', { profile: 'auth0' }],
    ['"algorithms" is an option of an issuer: set it in "issuers"', { algorithms: ['RS256'] }],
    ['"issuers" must be', { issuers: {} }],
    ['"audience" must be', { audience: undefined }],
    ['did you mean "issuers"', { issuer: issuers }],
  ])('throws TypeError: %s', (message, options) => {
    expect(() => create(options)).toThrow(TypeError);
    expect(() => create(options)).toThrow(message);
  });
});

describe('serve', () => {
  const api = create({ scopes: ['orders:read'] });
  const path = `${WELL_KNOWN}/orders`;
  const serve = (request: RequestLike) => api.serve(request);

  it.each<[string, RequestLike]>([
    ['of Node.js', { method: 'GET', url: path, headers: {} }],
    ['with a query', { method: 'GET', url: `${path}?a=/b` }],
    ['of fetch', new Request(`https://api.example${path}`) as RequestLike],
    ['of fetch, behind a proxy', new Request(`http://10.0.0.1:8080${path}`) as RequestLike],
    ['of a mounted router', { method: 'GET', originalUrl: path, url: '/' }],
    ['without a method', { url: path }],
  ])('responds with the document to a request %s', async (_what, request) => {
    const response = serve(request);
    expect(response?.status).toBe(200);
    expect(response?.headers.get('content-type')).toBe('application/json');
    expect(response?.headers.get('cache-control')).toBe('public, max-age=300');
    expect(response?.headers.get('access-control-allow-origin')).toBe('*');
    expect(await response?.json()).toEqual(api.metadata);
  });

  it('responds to HEAD without a body', async () => {
    const response = serve({ method: 'HEAD', url: path });
    expect(response?.status).toBe(200);
    expect(response?.headers.get('content-type')).toBe('application/json');
    expect(await response?.text()).toBe('');
  });

  it('allows a preflight of any page, with any header', () => {
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'GET' };
    const response = serve({ method: 'OPTIONS', url: path, headers });
    expect(response?.status).toBe(204);
    expect(Object.fromEntries(response?.headers ?? [])).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD, OPTIONS',
      'access-control-allow-headers': '*',
    });
  });

  it('responds with 405 to other methods', () => {
    const response = serve({ method: 'POST', url: path });
    expect(response?.status).toBe(405);
    expect(response?.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  });

  it.each([
    WELL_KNOWN,
    `${WELL_KNOWN}/`,
    `${path}/`,
    `${WELL_KNOWN}/Orders`,
    `${WELL_KNOWN}/%6frders`,
    `/orders${WELL_KNOWN}`,
    `//evil.example${path}`,
    `/x?${path}`,
    '/',
    '*',
    '',
  ])('returns undefined for %j', (url) => {
    expect(serve({ method: 'GET', url })).toBeUndefined();
  });

  it('returns undefined for a request without a URL', () => {
    expect(serve({})).toBeUndefined();
  });

  it.each([undefined, null, 'GET /', 7])('throws TypeError for %j as a request', (request) => {
    expect(() => serve(request as never)).toThrow('the request must be an object');
  });

  it('serves the document of a root resource at the root', () => {
    const root = create({ resource: 'https://api.example' });
    expect(root.serve({ url: WELL_KNOWN })?.status).toBe(200);
    expect(root.serve({ url: `${WELL_KNOWN}/` })).toBeUndefined();
  });
});
