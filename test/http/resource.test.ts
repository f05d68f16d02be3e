import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/core/token/fault.ts';
import { rejectedResult } from '../../src/core/verify/verification-result.ts';
import {
  type AuthenticatorOptions,
  bearer,
  createAuthenticator,
  getAuth,
  onExpiry,
  query,
  type RequestLike,
  requireScopes,
  setAuth,
} from '../../src/http/index.ts';
import { KeySourceError } from '../../src/index.ts';
import { clock, mint, now, secret, withBearer } from './requests.ts';
import { accepted, fakeDpop, fakeResource, metadataUrl } from './senders.ts';

const claims = { sub: 'ada', scope: 'read', client_id: 'web' };

describe('the option resource', () => {
  it('verifies with the resource, which receives token and request', async () => {
    const calls: unknown[] = [];
    const resource = fakeResource((...args) => {
      calls.push(args);
      return accepted(claims);
    });
    const request = withBearer(mint());
    const outcome = await createAuthenticator({ resource })(request);
    if (outcome.status !== 'authenticated') return expect.unreachable();
    expect(outcome.auth.payload).toBe(claims);
    expect(outcome.auth.kind).toBe('jwt');
    expect(calls).toEqual([[mint(), request]]);
  });

  it('names the metadata in every challenge', async () => {
    const resource = fakeResource(() =>
      rejectedResult(new Fault('ERR_CLAIM_MISMATCH', 'no', 'aud')),
    );
    const authenticate = createAuthenticator({ resource, scopes: ['read', 'write'] });
    const challenges: Array<string | undefined> = [];
    for (const request of [{ headers: {} }, withBearer('opaque')]) {
      const outcome = await authenticate(request);
      challenges.push(
        outcome.status === 'rejected' ? outcome.error.headers['WWW-Authenticate'] : undefined,
      );
    }
    const end = `scope="read write", resource_metadata="${metadataUrl}"`;
    expect(challenges).toEqual([
      `Bearer realm="api", ${end}`,
      `Bearer realm="api", error="invalid_token", error_description="A claim of the token has an unexpected value", ${end}`,
    ]);
  });

  it('names the metadata in the 403 of a guard', async () => {
    const authenticate = createAuthenticator({ resource: fakeResource(() => accepted(claims)) });
    const request: RequestLike = withBearer(mint());
    setAuth(request, await authenticate(request));
    try {
      requireScopes('write')(request);
      expect.unreachable();
    } catch (error) {
      const { headers } = error as { headers: Record<string, string> };
      expect(headers['WWW-Authenticate']).toContain(`resource_metadata="${metadataUrl}"`);
    }
  });

  it.each([
    ['ERR_TOKEN_INACTIVE', 'token_inactive', 401],
    ['ERR_TOKEN_KIND', 'typ_not_allowed', 401],
  ] as const)('turns %s into %s', async (code, reason, status) => {
    const resource = fakeResource(() => rejectedResult(new Fault(code, 'no')));
    const outcome = await createAuthenticator({ resource })(withBearer('opaque'));
    expect(outcome).toMatchObject({ status: 'rejected', error: { reason, status } });
  });

  it('responds with 503 to an introspection endpoint that fails', async () => {
    class IntrospectionError extends KeySourceError {
      override readonly code = 'ERR_INTROSPECTION';
    }
    const resource = fakeResource(() => {
      throw new IntrospectionError('no response');
    });
    const outcome = await createAuthenticator({ resource })(withBearer('opaque'));
    const error = { reason: 'introspection_unavailable', status: 503 };
    expect(outcome).toMatchObject({ status: 'rejected', error });
  });

  it('checks the sender with what the resource names, and its origin', async () => {
    const { dpop, calls } = fakeDpop({ origins: [] });
    const bound = { ...claims, cnf: { jkt: 'thumbprint' } };
    const resource = fakeResource(() => accepted(bound, 'opaque'), { dpop, realm: 'tools' });
    const authenticate = createAuthenticator({ resource });
    const request = { headers: { authorization: 'DPoP opaque', dpop: 'valid' } };
    expect((await authenticate(request)).status).toBe('authenticated');
    const origin = 'https://api.example';
    expect(calls).toEqual([{ request, bound: { token: 'opaque', jkt: 'thumbprint', origin } }]);
    const missing = await authenticate({ headers: {} });
    expect(missing.status === 'rejected' && missing.error.headers['WWW-Authenticate']).toBe(
      `Bearer realm="tools", resource_metadata="${metadataUrl}", DPoP realm="tools", algs="ES256 EdDSA", resource_metadata="${metadataUrl}"`,
    );
  });

  it('reads the certificate with what the resource names', async () => {
    const bound = { ...claims, cnf: { 'x5t#S256': 'mine' } };
    const mtls = (request: RequestLike) => (request.url === '/mine' ? 'mine' : 'other');
    const authenticate = createAuthenticator({
      resource: fakeResource(() => accepted(bound), { mtls }),
    });
    const statuses = ['/mine', '/'].map(async (url) => {
      return (await authenticate({ ...withBearer(mint()), url })).status;
    });
    expect(await Promise.all(statuses)).toEqual(['authenticated', 'rejected']);
  });

  const beside: Array<[string, object]> = [
    ['key', { key: secret }],
    ['verifier', { verifier: () => ({}) }],
    ['algorithms', { algorithms: ['RS256'] }],
    ['audience', { audience: 'api' }],
    ['issuer', { issuer: 'https://id.example' }],
    ['typ', { typ: 'JWT' }],
    ['maxAge', { maxAge: 60 }],
    ['schema', { schema: false }],
    ['clockTolerance', { clockTolerance: 5 }],
    ['dpop', { dpop: fakeDpop().dpop }],
    ['mtls', { mtls: () => undefined }],
    ['allowUnconfirmed', { allowUnconfirmed: true }],
  ];

  it.each(beside)('throws TypeError for %s beside it', (name, options) => {
    const resource = fakeResource(() => accepted(claims));
    const create = () => createAuthenticator({ resource, ...options } as AuthenticatorOptions);
    expect(create).toThrow(TypeError);
    expect(create).toThrow(`"${name}" cannot be combined with "resource"`);
  });

  it.each([
    ['audience', '; set it in createResource()', { audience: 'api' }],
    ['algorithms', '; set it in "issuers" of createResource()', { algorithms: ['RS256'] }],
    ['issuer', '; set it in "issuers" of createResource()', { issuer: 'https://id.example' }],
    ['typ', ', which decides it', { typ: 'JWT' }],
    ['allowUnconfirmed', ', which decides it', { allowUnconfirmed: true }],
  ])('says where to set %s instead', (name, place, options) => {
    const resource = fakeResource(() => accepted(claims));
    const create = () => createAuthenticator({ resource, ...options } as AuthenticatorOptions);
    expect(create).toThrow(
      expect.objectContaining({
        message: `"${name}" cannot be combined with "resource"${place}`,
      }),
    );
  });

  it('throws TypeError for query()', () => {
    const resource = fakeResource(() => accepted(claims));
    const create = () => createAuthenticator({ resource, from: [bearer(), query('t')] });
    expect(create).toThrow(TypeError);
    expect(create).toThrow('"from" must not contain query()');
  });

  it.each([{}, 'https://api.example', null, () => ({}), { verify() {} }])(
    'throws TypeError for what createResource did not return: %s',
    (resource) => {
      const create = () => createAuthenticator({ resource } as never);
      expect(create).toThrow('"resource" must be what createResource() returned');
    },
  );
});

describe('an opaque token', () => {
  const authOf = async (value: object) => {
    const resource = fakeResource(() => accepted(value, 'opaque'));
    const outcome = await createAuthenticator({ resource })(withBearer('opaque'));
    return outcome.status === 'authenticated' ? outcome.auth : expect.unreachable();
  };

  it('has an empty frozen header, and the kind', async () => {
    const auth = await authOf(claims);
    expect([auth.kind, auth.token]).toEqual(['opaque', 'opaque']);
    expect(Object.keys(auth.header)).toEqual([]);
    expect(Object.isFrozen(auth.header)).toBe(true);
    expect(Object.getPrototypeOf(auth.header)).toBeNull();
  });

  it('expires at the exp of its claims', async () => {
    const auth = await authOf({ ...claims, exp: now / 1000 });
    const ended = await new Promise((resolve) => {
      // The timer of onExpiry keeps no process alive.
      const late = setTimeout(resolve, 5000, 'late');
      onExpiry(auth, () => resolve(clearTimeout(late)), { clock });
    });
    expect(ended).toBeUndefined();
  });
});

describe('auth.scopes', () => {
  it('has the scopes of the token, those of its issuer and those of the application', async () => {
    const widen = (scopes: readonly string[]) => [...scopes, 'by-issuer'];
    const resource = fakeResource(() => accepted(claims, 'jwt', widen));
    const implies = { read: 'list', 'by-issuer': ['by-app'] };
    const request = withBearer(mint());
    const authenticate = createAuthenticator({ resource, implies, scopes: 'by-app' });
    setAuth(request, await authenticate(request));
    const { scopes } = getAuth(request);
    expect(scopes).toEqual(['read', 'by-issuer', 'list', 'by-app']);
    expect(() => requireScopes('list', 'by-app')(request)).not.toThrow();
  });

  it('is not enumerable, as the token', async () => {
    const outcome = await createAuthenticator({ key: secret, clock })(withBearer(mint()));
    expect(Object.keys(Object(outcome.status === 'authenticated' && outcome.auth))).toEqual([
      'payload',
      'source',
    ]);
  });
});

it('an error of the resource that is not about the token is thrown', async () => {
  const resource = fakeResource(() => {
    throw new Error('a bug');
  });
  await expect(createAuthenticator({ resource })(withBearer('x'))).rejects.toThrow('a bug');
});
