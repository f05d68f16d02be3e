/** Senders of tokens and hostile authorization servers attack a resource. */

import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { looksLikeJwt } from '../../src/core/token/looks-like-jwt.ts';
import { AuthError } from '../../src/http/auth-error.ts';
import { planOf } from '../../src/http/protected-resource.ts';
import { sign } from '../../src/index.ts';
import { createResource } from '../../src/resource/resource.ts';
import type { ResourceOptions } from '../../src/resource/resource-options.ts';
import { expectLinear } from '../fixtures/growth.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { type Answer, broken, drip, flood, serve, status } from '../jwk/key-server.ts';
import { type Describe, RESOURCE, startAuthServer } from '../resource/auth-server.ts';

const active = (claims: object = {}) => ({ active: true, aud: RESOURCE, ...claims });

async function scene(describe?: Describe, options: Partial<ResourceOptions> = {}, timeout = 20) {
  const auth = await startAuthServer(describe);
  const introspection = {
    issuer: auth.issuer,
    auth: { clientId: 'orders', clientSecret: 'the secret' },
    timeout,
  };
  const issuers = auth.issuer;
  return { auth, api: createResource({ resource: RESOURCE, issuers, introspection, ...options }) };
}

async function reasonOf(promise: Promise<unknown>): Promise<string> {
  const error = await rejectionOf(promise);
  if (!(error instanceof AuthError)) throw error;
  return `${error.status} ${error.reason}`;
}

const secret = 'x'.repeat(32);
const tokenOf = (iss: unknown) =>
  sign({ iss, aud: RESOURCE }, secret, { header: { alg: 'HS256', typ: 'at+jwt' } });

describe('a stranger', () => {
  it('causes no fetch with 10,000 random issuers', async () => {
    const { auth, api } = await scene();
    const victim = await serve(status(200));
    for (let i = 0; i < 10_000; i++) {
      const iss = i % 2 === 0 ? `${victim.url}/${i}` : `${auth.issuer}/${i}`;
      const result = await planOf(api)?.verify(tokenOf(iss), undefined);
      if (!result || result.ok || result.claim !== 'iss') expect(result).toBe(iss);
    }
    expect(auth.server.count + victim.count).toBe(0);
  });

  it('causes no fetch with 10,000 random issuers that a function does not confirm', async () => {
    const victim = await serve(status(200));
    const find = vi.fn(() => null);
    const authorizationServers = ['https://id.example'];
    const options = { resource: RESOURCE, issuers: find, authorizationServers };
    const api = createResource(options);
    for (let i = 0; i < 10_000; i++) {
      await planOf(api)?.verify(tokenOf(`${victim.url}/${i}`), undefined);
    }
    expect(victim.count).toBe(0);
    expect(find).toHaveBeenCalledTimes(10_000);
  });

  it.each<[string, unknown]>([
    ['with a trailing slash', (issuer: string) => `${issuer}/`],
    ['in capitals', (issuer: string) => issuer.toUpperCase()],
    ['in a list', (issuer: string) => [issuer]],
    ['with a fragment', (issuer: string) => `${issuer}#`],
    ['with a null byte', (issuer: string) => `${issuer}\0`],
    ['with a user', (issuer: string) => issuer.replace('//', '//evil@')],
    ['named __proto__', () => '__proto__'],
    ['named constructor', () => 'constructor'],
    ['that is null', () => null],
    ['that is an object', () => ({ toString: 'x' })],
  ])('is not an issuer %s', async (_what, change) => {
    const { auth, api } = await scene();
    const iss = (change as (issuer: string) => unknown)(auth.issuer);
    expect(await reasonOf(api.verify(tokenOf(iss)))).toBe('401 unknown_issuer');
    expect(auth.server.count).toBe(0);
  });

  it.each([
    ['jku', { jku: 'http://127.0.0.1:1/jwks' }],
    ['x5u', { x5u: 'http://127.0.0.1:1/cert' }],
    ['jwk', { jwk: { kty: 'oct', k: 'eHh4' } }],
  ])('has no key in the header: %s (CVE-2018-0114)', async (_name, header) => {
    const { auth, api } = await scene();
    const signer = { alg: 'HS256', typ: 'at+jwt', ...header };
    const token = sign({ iss: auth.issuer, aud: RESOURCE }, secret, { header: signer });
    expect((await reasonOf(api.verify(token))).slice(0, 3)).toBe('401');
  });

  it('sends no header of an HTTP request in a token', async () => {
    const { auth, api } = await scene(() => active());
    for (const token of ['a\r\nx: y', 'a&active=true', 'a=b', 'a b', 'ä', 'a\0', '%00']) {
      expect(await reasonOf(api.verify(token))).toBe('401 token_malformed');
    }
    expect(auth.exchanges).toHaveLength(0);
  });

  it('adds no parameter to the form with a token', async () => {
    const { auth, api } = await scene(() => active());
    await api.verify('a+b/c==');
    expect(auth.exchanges[0]?.form.getAll('token')).toEqual(['a+b/c==']);
  });

  it('receives no claims of the token of another', async () => {
    const { api } = await scene(({ form }) => active({ sub: form.get('token') }));
    const tokens = Array.from({ length: 500 }, (_, i) => `token-${i % 100}`);
    const all = await Promise.all(tokens.map((token) => api.verify(token)));
    expect(all.map(({ payload }) => payload.sub)).toEqual(tokens);
  });

  it('fills no memory with pending exchanges', async () => {
    const { auth, api } = await scene(() => status(500));
    const request = { socket: { remoteAddress: '192.0.2.1' }, headers: {} };
    const results = Array.from({ length: 2000 }, (_, i) => reasonOf(api.verify(`t${i}`, request)));
    expect(new Set(await Promise.all(results))).toEqual(new Set(['503 introspection_unavailable']));
    expect(auth.exchanges.length).toBeLessThanOrEqual(16);
  });

  it('pays for the form of a token in proportion to its length', () => {
    const wide = (n: number) => `${Buffer.from('{"a":1}').toString('base64url')}${'.'.repeat(n)}`;
    expectLinear(wide, looksLikeJwt, 50_000);
    expectLinear((n) => `${'e'.repeat(n)}.`, looksLikeJwt, 50_000);
  });

  it('learns nothing about the authorization server', async () => {
    const { auth, api } = await scene(() => status(401));
    const error = (await rejectionOf(api.verify('opaque-token'))) as AuthError;
    const sent = JSON.stringify(error) + JSON.stringify(error.headers) + error.message;
    for (const word of [auth.issuer, 'the secret', 'opaque-token', 'introspect"']) {
      expect(sent).not.toContain(word);
    }
  });
});

describe('a hostile authorization server', () => {
  const json = (text: string, headers: Record<string, string> = {}): Answer => {
    return (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(text);
    };
  };
  const gzip = (bytes: Buffer): Answer => {
    return (_request, response) => {
      const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
      response.writeHead(200, headers).end(bytes);
    };
  };
  const slow = drip('{', 50);
  const isSlow = (described: unknown) => described === slow;
  const body = (claims: object) => JSON.stringify(active(claims));

  it.each<[string, string, Answer | string]>([
    ['65,537 bytes', '503', json(`${body({})}${' '.repeat(65_537)}`)],
    ['an endless body', '503', flood({ bytes: 0 })],
    ['a slow body', '503', slow],
    ['a closed connection', '503', broken],
    ['megabytes in a small gzip', '503', gzip(gzipSync(`${body({})}${' '.repeat(5_000_000)}`))],
    ['a broken gzip', '503', gzip(Buffer.from('not gzip'))],
    ['a redirect', '503', status(302, { location: 'http://127.0.0.1:1/' })],
    ['a redirect that keeps the method', '503', status(308, { location: '/introspect' })],
    ['HTML', '503', json(body({}), { 'content-type': 'text/html' })],
    ['a JWT that is not verified', '503', json(sign(active(), secret))],
    ['JSON with a duplicate member', '503', '{"active":false,"aud":"x","active":true}'],
    ['JSON with an escaped duplicate', '503', '{"active":false,"\\u0061ctive":true}'],
    ['JSON that is nested deep', '503', `{"active":true,"a":${'['.repeat(100)}${']'.repeat(100)}}`],
    ['JSON with a byte order mark', '503', json(`\ufeff${body({})}x`)],
    ['a list', '503', `[${body({})}]`],
    ['active: "true"', '503', '{"active":"true"}'],
    ['active: 1', '503', '{"active":1}'],
    ['no active', '503', JSON.stringify({ aud: RESOURCE })],
    ['exp as a string', '401', body({ exp: '9999999999' })],
    ['exp beyond all numbers', '401', body({}).replace('}', ',"exp":1e999}')],
    ['another iss', '401', body({ iss: 'https://evil.example' })],
    ['a list as iss', '401', body({ iss: ['https://evil.example'] })],
    ['another aud', '401', body({ aud: 'https://evil.example' })],
    ['an object as aud', '401', body({ aud: { 0: RESOURCE } })],
    ['cnf as a list', '401', body({ cnf: ['x'] })],
    ['members in __proto__', '503', `{"__proto__":${body({})}}`],
    ['aud in __proto__', '401', `{"active":true,"__proto__":{"aud":"${RESOURCE}"}}`],
  ])('is not believed with %s', async (_what, code, described) => {
    const { api } = await scene(() => described, {}, isSlow(described) ? 0.3 : 20);
    expect((await reasonOf(api.verify('opaque-token'))).slice(0, 3)).toBe(code);
  });

  it('reads a gzip within the limits', async () => {
    const { api } = await scene(() => gzip(gzipSync(body({ sub: 'ada' }))));
    expect((await api.verify('opaque-token')).payload).toMatchObject({ sub: 'ada' });
  });

  it('gives the credentials to no other host', async () => {
    const other = await serve(status(200));
    const { api } = await scene(() => status(307, { location: `${other.url}/introspect` }));
    expect(await reasonOf(api.verify('opaque-token'))).toBe('503 introspection_unavailable');
    expect(other.count).toBe(0);
  });

  it('changes no prototype with __proto__', async () => {
    const text = body({ sub: 'ada' }).replace('{', '{"__proto__":{"isAdmin":true},');
    const { api } = await scene(() => text);
    const { payload } = await api.verify('opaque-token');
    expect(payload).toMatchObject({ sub: 'ada' });
    expect(payload['isAdmin']).toBeUndefined();
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
  });
});

describe('a polluted Object.prototype', () => {
  const polluted: Record<string, unknown> = {
    active: true,
    aud: RESOURCE,
    iss: 'https://evil.example',
    sub: 'eve',
    prefix: 'opaque',
    jwts: true,
    audience: false,
    staleFor: 1e9,
    key: secret,
    scope: 'admin',
    cacheFor: 1e9,
  };

  afterEach(() => {
    for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name);
  });

  it('makes no token active, and adds no claim', async () => {
    const { auth, api } = await scene(() => ({}));
    Object.assign(Object.prototype, polluted);
    expect(await reasonOf(api.verify('opaque-token'))).toBe('503 introspection_unavailable');
    auth.describe = () => ({ active: true });
    Reflect.deleteProperty(Object.prototype, 'active');
    const other = await scene(() => ({ active: true }));
    expect(await reasonOf(other.api.verify('opaque-token'))).toBe('401 claim_mismatch');
  });

  it('adds no option', async () => {
    const auth = await startAuthServer(() => active());
    Object.assign(Object.prototype, polluted);
    const introspection = { issuer: auth.issuer, auth: { bearer: 'x' } };
    const api = createResource({ resource: RESOURCE, issuers: auth.issuer, introspection });
    expect((await api.verify('a-token')).scopes).toEqual([]);
    expect(await reasonOf(api.verify(tokenOf(auth.issuer)))).not.toMatch(/^200/);
    expect(api.metadata).not.toHaveProperty('scopes_supported');
  });
});
