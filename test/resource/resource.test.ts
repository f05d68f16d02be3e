import { describe, expect, it, vi } from 'vitest';
import { AuthError } from '../../src/http/auth-error.ts';
import { createAuthenticator } from '../../src/http/authenticator.ts';
import { planOf } from '../../src/http/protected-resource.ts';
import type { RequestLike } from '../../src/http/request.ts';
import { createSigner, type KeySource } from '../../src/index.ts';
import { createResource } from '../../src/resource/resource.ts';
import type { ResourceOptions } from '../../src/resource/resource-options.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { Clock, pairOf, status } from '../jwk/key-server.ts';
import { type AuthServer, type Describe, RESOURCE, startAuthServer } from './auth-server.ts';

const active = (claims: object = {}) => ({ active: true, aud: RESOURCE, sub: 'ada', ...claims });
const client = { clientId: 'orders', clientSecret: 'secret' };

async function scene(options: Partial<ResourceOptions> = {}, describe?: Describe) {
  const auth = await startAuthServer(describe);
  const api = createResource({ resource: RESOURCE, issuers: auth.issuer, ...options });
  return { auth, api };
}

/** A resource with introspection at its only issuer. */
async function opaqueScene(describe: Describe, more: object = {}) {
  const auth = await startAuthServer(describe);
  const introspection = { issuer: auth.issuer, auth: client, ...more };
  const api = createResource({ resource: RESOURCE, issuers: auth.issuer, introspection });
  return { auth, api };
}

async function reasonOf(promise: Promise<unknown>): Promise<string> {
  const error = await rejectionOf(promise);
  if (!(error instanceof AuthError)) throw error;
  return `${error.status} ${error.reason}`;
}

describe('a resource with one issuer', () => {
  it('verifies an access token, and discovers the issuer with the first', async () => {
    const { auth, api } = await scene();
    expect(auth.fetches).toBe(0);
    const verified = await api.verify(auth.token({ scope: 'orders:read' }));
    expect(verified).toMatchObject({ kind: 'jwt', scopes: ['orders:read'] });
    expect(verified.payload).toMatchObject({ sub: 'ada', iss: auth.issuer });
    await api.verify(auth.token());
    expect(auth.fetches).toBe(2);
  });

  it.each<[string, string, object, object]>([
    ['for another audience', '401 claim_mismatch', { aud: 'https://other.example' }, {}],
    ['without an audience', '401 claim_mismatch', { aud: undefined }, {}],
    ['that has expired', '401 token_expired', { exp: 1 }, {}],
    ['without "exp"', '401 claim_mismatch', { exp: undefined }, {}],
    ['without "client_id"', '401 claim_mismatch', { client_id: undefined }, {}],
    ['without "jti"', '401 claim_mismatch', { jti: undefined }, {}],
    ['that is an ID token', '401 typ_not_allowed', { nonce: 'n' }, { typ: 'JWT' }],
    ['that is a logout token', '401 typ_not_allowed', {}, { typ: 'logout+jwt' }],
    ['that is a refresh token', '401 typ_not_allowed', {}, { typ: 'rt+jwt' }],
    ['that is bound to a key', '401 sender_mismatch', { cnf: { jkt: 'x' } }, {}],
    ['of another issuer', '401 unknown_issuer', { iss: 'https://evil.example' }, {}],
  ])('rejects a token %s with %s', async (_what, reason, claims, header) => {
    const { auth, api } = await scene();
    const base = { iss: auth.issuer, sub: 'ada', aud: RESOURCE, client_id: 'web', jti: '1' };
    const now = Math.floor(Date.now() / 1000);
    const all = { ...base, iat: now, exp: now + 600, ...claims };
    const defined = Object.entries(all).filter(([, value]) => value !== undefined);
    const headers = { typ: 'at+jwt', ...header };
    const sign = createSigner(pairOf('a').privateKey, { keyid: 'a', header: headers });
    const token = sign(Object.fromEntries(defined));
    expect(await reasonOf(api.verify(token))).toBe(reason);
  });

  it('responds with 503 while the issuer is down, and starts all the same', async () => {
    const { auth, api } = await scene();
    auth.server.answer = status(500);
    expect(await reasonOf(api.verify(auth.token()))).toBe('503 key_unavailable');
    expect(await reasonOf(api.verify(auth.token()))).toBe('503 key_unavailable');
    expect(auth.fetches).toBe(1);
  });

  it.each(['opaque', 'a.b.c', 'two words', '', 'x'.repeat(5000)])(
    'rejects an opaque token without introspection, and fetches nothing: %#',
    async (token) => {
      const { auth, api } = await scene();
      expect(await reasonOf(api.verify(token))).toBe('401 token_malformed');
      expect(auth.server.count).toBe(0);
    },
  );

  it('accepts both forms of a root resource as the audience', async () => {
    for (const resource of ['https://api.example', 'https://api.example/']) {
      const { auth, api } = await scene({ resource });
      for (const aud of ['https://api.example', 'https://api.example/']) {
        expect((await api.verify(auth.token({ aud }))).payload).toMatchObject({ aud });
      }
    }
  });

  it('accepts "audience" instead of the resource', async () => {
    const { auth, api } = await scene({ audience: ['orders', 'orders-v2'] });
    await api.verify(auth.token({ aud: 'orders-v2' }));
    expect(await reasonOf(api.verify(auth.token()))).toBe('401 claim_mismatch');
  });

  it('applies "clockTolerance" and "clock"', async () => {
    const clock = new Clock();
    const exp = Math.floor(clock.now / 1000);
    const options = { clock: clock.read, clockTolerance: '10s' } as const;
    const { auth, api } = await scene(options);
    const token = auth.token({ iat: exp - 60, exp });
    clock.pass(9);
    await api.verify(token);
    clock.pass(1);
    expect(await reasonOf(api.verify(token))).toBe('401 token_expired');
  });

  it('widens the scopes with "implies"', async () => {
    const { auth, api } = await scene({ implies: { admin: ['write'], write: 'read' } });
    const { scopes } = await api.verify(auth.token({ scope: 'admin' }));
    expect(scopes).toEqual(['admin', 'write', 'read']);
  });
});

describe('a record of issuers', () => {
  it('verifies each with its own key, audience and profile', async () => {
    const { publicKey, privateKey } = pairOf('b');
    const issuer = 'https://kc.example/realms/shop';
    const { api } = await scene({
      issuers: { [issuer]: { key: publicKey, profile: 'keycloak', audience: 'shop' } },
    });
    const options = { issuer, expiresIn: '5m', audience: 'shop', subject: 'ada' } as const;
    const sign = createSigner(privateKey, options);
    expect((await api.verify(sign({ typ: 'Bearer', azp: 'web' }))).payload).toMatchObject({
      azp: 'web',
    });
    expect(await reasonOf(api.verify(sign({ typ: 'ID' })))).toBe('401 typ_not_allowed');
  });

  it('applies "algorithms", "requiredClaims" and "implies" of each', async () => {
    const auth = await startAuthServer();
    const create = (entry: object) =>
      createResource({
        resource: RESOURCE,
        issuers: { [auth.issuer]: entry },
        implies: { a: 'b' },
      });
    const strict = create({ algorithms: ['ES256'] });
    expect(await reasonOf(strict.verify(auth.token()))).toBe('401 alg_not_allowed');
    const required = create({ requiredClaims: ['org'] });
    expect(await reasonOf(required.verify(auth.token()))).toBe('401 claim_mismatch');
    await required.verify(auth.token({ org: 'acme' }));
    const widened = create({ implies: { a: 'c' } });
    expect((await widened.verify(auth.token({ scope: 'a' }))).scopes).toEqual(['a', 'c']);
  });

  it('verifies no token with the key of another issuer', async () => {
    const [one, two] = [await startAuthServer(), await startAuthServer()];
    const key: KeySource = () => pairOf('b').publicKey;
    const api = createResource({
      resource: RESOURCE,
      issuers: { [one.issuer]: {}, [two.issuer]: { key } },
    });
    await api.verify(one.token());
    expect(await reasonOf(api.verify(two.token()))).toBe('401 signature_invalid');
  });

  it.each<[string, object]>([
    ['"jwks" cannot be combined with "key"', { key: 'x'.repeat(32), jwks: {} }],
    ['"profile" must be', { profile: 'okta' }],
    ['"algorithms" must be', { algorithms: ['XX256'] }],
    ['"audience" must be', { audience: '' }],
    ['"key" must be', { key: undefined }],
    ['"timeout" must be', { jwks: { timeout: 0 } }],
    ['"implies" must be', { implies: 7 }],
    ['did you mean "algorithms"', { algorithm: 'ES256' }],
    ['options must be an object', []],
  ])('throws TypeError for a wrong entry, and names the issuer: %s', (message, entry) => {
    const issuers = { 'https://id.example': entry } as ResourceOptions['issuers'];
    const create = () => createResource({ resource: RESOURCE, issuers });
    expect(create).toThrow(TypeError);
    expect(create).toThrow(message);
    expect(create).toThrow('for the issuer "https://id.example"');
  });

  it('throws TypeError for an issuer that cannot be discovered', () => {
    const create = (issuers: string) => () => createResource({ resource: RESOURCE, issuers });
    for (const wrong of ['tenant', 'http://id.example', 'https://id.example/?a']) {
      expect(create(wrong)).toThrow(TypeError);
    }
  });
});

describe('a function of issuers', () => {
  const servers = { authorizationServers: ['https://id.example'] };

  it('verifies the tokens of those that it returns', async () => {
    const auth = await startAuthServer();
    const find = vi.fn(async (iss: string) => (iss === auth.issuer ? {} : null));
    const api = createResource({ resource: RESOURCE, issuers: find, ...servers });
    await api.verify(auth.token());
    await api.verify(auth.token());
    expect(find.mock.calls).toEqual([[auth.issuer]]);
    const foreign = auth.token({ iss: 'https://evil.example' });
    expect(await reasonOf(api.verify(foreign))).toBe('401 unknown_issuer');
    expect(auth.fetches).toBe(2);
  });

  it('responds with 503 for what it throws', async () => {
    const auth = await startAuthServer();
    const issuers = () => Promise.reject(new Error('down'));
    const api = createResource({ resource: RESOURCE, issuers, ...servers });
    expect(await reasonOf(api.verify(auth.token()))).toBe('503 key_unavailable');
  });

  it('keeps the keys of an issuer when it is called again after 10 minutes', async () => {
    const auth = await startAuthServer();
    const clock = new Clock();
    const find = vi.fn(() => ({ requiredClaims: ['jti'] }));
    const options = { issuers: find, clock: clock.read, ...servers };
    const api = createResource({ resource: RESOURCE, ...options });
    const iat = Math.floor(clock.now / 1000);
    const token = auth.token({ iat, exp: iat + 3600 });
    await api.verify(token);
    clock.pass(601);
    await api.verify(token);
    expect(find).toHaveBeenCalledTimes(2);
    const urls = auth.server.requests.map(({ url }) => url);
    expect(urls.filter((url) => url?.includes('well-known'))).toHaveLength(1);
  });

  it('finds an evicted issuer again, but none after close', async () => {
    const { publicKey } = pairOf('a');
    const issuers = (iss: string) => (iss.endsWith('key') ? { key: publicKey } : {});
    const api = createResource({ resource: RESOURCE, issuers, ...servers });
    const auth = await startAuthServer();
    await api.verify(auth.token());
    for (let i = 0; i < 120; i++) {
      // An unknown algorithm: nothing is fetched.
      const claims = { iss: `https://id.example/${i}`, aud: RESOURCE };
      const token = createSigner('x'.repeat(32), { header: { typ: 'at+jwt' } })(claims);
      expect((await reasonOf(api.verify(token))).slice(0, 3)).toBe('401');
    }
    const withKey = auth.token({ iss: 'https://id.example/key' });
    expect((await api.verify(withKey)).payload.iss).toBe('https://id.example/key');
    await api.verify(auth.token());
    api.close();
    for (const token of [auth.token(), withKey]) {
      expect(await reasonOf(api.verify(token))).toBe('503 key_unavailable');
    }
  });

  it('rejects with TypeError for a wrong entry', async () => {
    const auth = await startAuthServer();
    const issuers = () => ({ profile: 'okta' }) as never;
    const api = createResource({ resource: RESOURCE, issuers, ...servers });
    expect(await rejectionOf(api.verify(auth.token()))).toBeInstanceOf(TypeError);
  });
});

describe('introspection', () => {
  it('describes an opaque token, and verifies a JWT without an exchange', async () => {
    const { auth, api } = await opaqueScene(() => active({ scope: 'a b' }));
    const opaque = await api.verify('opaque-token');
    expect(opaque).toMatchObject({ kind: 'opaque', scopes: ['a', 'b'], header: {} });
    expect(opaque.payload).toMatchObject({ sub: 'ada', iss: auth.issuer });
    expect(await api.verify(auth.token())).toMatchObject({ kind: 'jwt' });
    expect(auth.exchanges).toHaveLength(1);
  });

  it('uses the metadata that the keys come from', async () => {
    const { auth, api } = await opaqueScene(() => active());
    await api.verify('opaque-token');
    await api.verify(auth.token());
    expect(auth.fetches).toBe(2);
  });

  it.each<[string, ReturnType<Describe>]>([
    ['401 token_inactive', { active: false }],
    ['401 claim_mismatch', { active: true }],
    ['401 claim_mismatch', active({ aud: 'https://other.example' })],
    ['401 unknown_issuer', active({ iss: 'https://evil.example' })],
    ['401 token_expired', active({ exp: 1 })],
    ['401 sender_mismatch', active({ cnf: { jkt: 'x' } })],
    ['401 typ_not_allowed', active({ token_type: 'refresh_token' })],
    ['503 introspection_unavailable', status(500)],
    ['503 introspection_unavailable', status(401)],
  ])('rejects with %s: %#', async (reason, described) => {
    const { api } = await opaqueScene(() => described);
    expect(await reasonOf(api.verify('opaque-token'))).toBe(reason);
  });

  it.each(['two words', 'tokén', 'x'.repeat(4097)])(
    'gets no token that cannot be opaque: %#',
    async (token) => {
      const { auth, api } = await opaqueScene(() => active());
      expect(await reasonOf(api.verify(token))).toBe('401 token_malformed');
      expect(auth.server.count).toBe(0);
    },
  );

  it('gets no JWT, also none that is invalid', async () => {
    const { auth, api } = await opaqueScene(() => active());
    const token = auth.token();
    for (const invalid of [token.slice(0, -9), `${token}.x`, token.replace(/\..*/, '.x')]) {
      await rejectionOf(api.verify(invalid));
    }
    expect(auth.exchanges).toHaveLength(0);
  });

  it('checks the binding of a cached token at each request', async () => {
    const { auth, api } = await opaqueScene(() => active({ cnf: { jkt: 'x' } }));
    for (let i = 0; i < 3; i++) {
      expect(await reasonOf(api.verify('opaque-token'))).toBe('401 sender_mismatch');
    }
    expect(auth.exchanges).toHaveLength(1);
  });

  it('sends each token to the server of its prefix, and none to two', async () => {
    const names = ['one', 'two', 'rest'];
    const all = await Promise.all(names.map((sub) => startAuthServer(() => active({ sub }))));
    const [one, two, rest] = all as [AuthServer, AuthServer, AuthServer];
    const api = createResource({
      resource: RESOURCE,
      issuers: all.map(({ issuer }) => issuer),
      introspection: [
        { issuer: rest.issuer, auth: client },
        { issuer: one.issuer, auth: client, prefix: 'one_' },
        { issuer: two.issuer, auth: client, prefix: 'one_two_' },
      ],
    });
    const subjectOf = async (token: string) => (await api.verify(token)).payload.sub;
    expect(await subjectOf('one_x')).toBe('one');
    expect(await subjectOf('one_two_x')).toBe('two');
    expect(await subjectOf('other')).toBe('rest');
    expect(all.map(({ exchanges }) => exchanges.length)).toEqual([1, 1, 1]);
  });

  it('rejects an opaque token with the prefix of no server', async () => {
    const { auth, api } = await opaqueScene(() => active(), { prefix: 'one_' });
    expect(await reasonOf(api.verify('two_x'))).toBe('401 token_malformed');
    expect(auth.exchanges).toHaveLength(0);
  });

  it('asks about verified JWTs, too, with jwts: true', async () => {
    const { auth, api } = await opaqueScene(() => active(), { jwts: true });
    expect(await api.verify(auth.token({ org: 'acme' }))).toMatchObject({
      kind: 'jwt',
      payload: { org: 'acme' },
    });
    expect(auth.exchanges).toHaveLength(1);
    auth.describe = () => ({ active: false });
    expect(await reasonOf(api.verify(auth.token({ jti: '2' })))).toBe('401 token_inactive');
    expect(await reasonOf(api.verify(auth.token({ exp: 1 })))).toBe('401 token_expired');
    expect(auth.exchanges).toHaveLength(2);
  });

  it.each([{}, { cnf: {} }, { cnf: { kid: 'a' } }, { cnf: null }])(
    'binds a JWT to a key that only the response names: %j',
    async (claims) => {
      const { auth, api } = await opaqueScene(() => active({ cnf: { jkt: 'x' } }), { jwts: true });
      expect(await reasonOf(api.verify(auth.token(claims)))).toBe('401 sender_mismatch');
    },
  );

  it('widens scopes as the issuer implies', async () => {
    const auth = await startAuthServer(() => active({ scope: 'a' }));
    const introspection = { issuer: auth.issuer, auth: client };
    const options = { resource: RESOURCE, introspection, implies: { a: 'b' } };
    const record = { [auth.issuer]: { implies: { a: 'c' } } };
    const scopesWith = async (issuers: ResourceOptions['issuers']) => {
      const authorizationServers = [auth.issuer];
      const api = createResource({ ...options, issuers, authorizationServers });
      return (await api.verify('opaque-token')).scopes;
    };
    expect(await scopesWith(auth.issuer)).toEqual(['a', 'b']);
    expect(await scopesWith(record)).toEqual(['a', 'c']);
    expect(await scopesWith(() => null)).toEqual(['a', 'b']);
  });

  it('expects the audience of the issuer, unless it has one of its own', async () => {
    const audiences = { tenant: 'tenant', own: 'own', api: RESOURCE };
    const auth = await startAuthServer(({ form }) => {
      return active({ aud: audiences[form.get('token') as 'tenant'] });
    });
    const issuers = { [auth.issuer]: { audience: 'tenant' } };
    const introspection = { issuer: auth.issuer, auth: client };
    const api = createResource({ resource: RESOURCE, issuers, introspection });
    expect((await api.verify('tenant')).payload.aud).toBe('tenant');
    expect(await reasonOf(api.verify('api'))).toBe('401 claim_mismatch');
    const own = { ...introspection, audience: 'own' };
    const other = createResource({ resource: RESOURCE, issuers, introspection: own });
    expect((await other.verify('own')).payload.aud).toBe('own');
    expect(await reasonOf(other.verify('tenant'))).toBe('401 claim_mismatch');
  });

  it('can describe the tokens of an issuer whose key you passed', async () => {
    const auth = await startAuthServer(() => active());
    const issuers = { [auth.issuer]: { key: pairOf('b').publicKey } };
    const introspection = { issuer: auth.issuer, auth: client };
    const api = createResource({ resource: RESOURCE, issuers, introspection });
    expect(await api.verify('opaque-token')).toMatchObject({ kind: 'opaque' });
  });

  it.each<[string, unknown]>([
    ['"introspection" must be', 'https://id.example'],
    ['"introspection" must be', []],
    ['"issuer" is missing', { auth: client }],
    ['"auth" is missing', { issuer: 'https://id.example' }],
    ['must be one of "issuers"', { issuer: 'https://other.example', auth: client }],
    ['"clock" is not an option', { issuer: 'https://id.example', auth: client, clock: Date.now }],
    [
      'all but one need a "prefix"',
      [1, 2].map(() => ({ issuer: 'https://id.example', auth: client })),
    ],
    [
      'all but one need a "prefix"',
      [1, 2].map(() => ({ issuer: 'https://id.example', auth: client, prefix: 'a_' })),
    ],
  ])('throws TypeError: %s', (message, introspection) => {
    const issuers = 'https://id.example';
    const options = { resource: RESOURCE, issuers, introspection } as ResourceOptions;
    expect(() => createResource(options)).toThrow(TypeError);
    expect(() => createResource(options)).toThrow(message);
  });
});

describe('a resource in an authenticator', () => {
  const request = (token: string, more: object = {}): RequestLike => ({
    method: 'GET',
    url: '/orders',
    headers: { authorization: `Bearer ${token}` },
    ...more,
  });

  it('verifies the token of a request, and challenges with its metadata', async () => {
    const { auth, api } = await scene({ realm: 'orders' });
    const authenticate = createAuthenticator({ resource: api, scopes: 'orders:read' });
    const accepted = await authenticate(request(auth.token({ scope: 'orders:read' })));
    expect(accepted.status).toBe('authenticated');
    const rejected = await authenticate({ method: 'GET', url: '/orders', headers: {} });
    const challenge =
      rejected.status === 'rejected' ? rejected.error.headers['WWW-Authenticate'] : '';
    expect(challenge).toContain(`resource_metadata="${api.metadataUrl}"`);
    expect(challenge).toContain('realm="orders"');
    expect(challenge).toContain('scope="orders:read"');
  });

  it('limits the exchanges of one address, which it reads from the request', async () => {
    const { auth, api } = await opaqueScene(() => active());
    const socket = { remoteAddress: '192.0.2.1' };
    const authenticate = createAuthenticator({ resource: api });
    const outcomes = await Promise.all(
      Array.from({ length: 17 }, (_, i) => authenticate(request(`token-${i}`, { socket }))),
    );
    const rejected = outcomes.filter(({ status }) => status === 'rejected');
    expect(rejected).toMatchObject([{ error: { reason: 'introspection_unavailable' } }]);
    expect(auth.exchanges).toHaveLength(16);
  });

  it('has a plan, which is hidden, and is frozen', async () => {
    const { api } = await scene();
    expect(planOf(api)?.origin).toBe('https://api.example');
    expect(Object.keys(api)).toEqual(['metadata', 'metadataUrl', 'verify', 'serve', 'close']);
    expect(Object.isFrozen(api)).toBe(true);
  });
});

describe('close', () => {
  it('lets every later token fail with 503', async () => {
    const { auth, api } = await opaqueScene(() => active());
    await api.verify(auth.token());
    await api.verify('opaque-token');
    api.close();
    expect(await reasonOf(api.verify(auth.token()))).toBe('503 key_unavailable');
    expect(await reasonOf(api.verify('opaque-token'))).toBe('503 introspection_unavailable');
  });

  it('closes the keys of issuers that a function found', async () => {
    const auth = await startAuthServer();
    const authorizationServers = ['https://id.example'];
    const options = { resource: RESOURCE, issuers: () => ({}), authorizationServers };
    const api = createResource(options);
    await api.verify(auth.token());
    api.close();
    expect(await reasonOf(api.verify(auth.token()))).toBe('503 key_unavailable');
  });

  it('lets nothing be fetched for an issuer that a function finds later', async () => {
    const auth = await startAuthServer();
    const authorizationServers = ['https://id.example'];
    let found = () => {};
    const issuers = vi.fn(() => new Promise<object>((resolve) => (found = () => resolve({}))));
    const api = createResource({ resource: RESOURCE, issuers, authorizationServers });
    const pending = reasonOf(api.verify(auth.token()));
    await vi.waitFor(() => expect(issuers).toHaveBeenCalled());
    api.close();
    found();
    expect(await pending).toBe('503 key_unavailable');
    expect(await reasonOf(api.verify(auth.token()))).toBe('503 key_unavailable');
    expect(auth.fetches).toBe(0);
  });
});
