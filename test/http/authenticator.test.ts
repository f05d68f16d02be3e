import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it, test, vi } from 'vitest';
import { z } from 'zod';
import {
  AuthError,
  type AuthReason,
  bearer,
  cookie,
  createAuthenticator,
  type Outcome,
  query,
  type RequestLike,
} from '../../src/http/index.ts';
import { createSigner, createVerifier, type KeyInput, verify } from '../../src/index.ts';
import { allFields, countErrors, errorOf } from '../fixtures/outcome.ts';
import { clock, mint, now, polluted, secret, type WithoutKey, withBearer } from './requests.ts';

const check = (options: WithoutKey, request: RequestLike) =>
  createAuthenticator({ key: secret, clock, ...options })(request);

const reasonOf = (outcome: Outcome) => {
  return outcome.status === 'rejected' ? outcome.error.reason : outcome.status;
};

async function authOf(options: WithoutKey, token = mint()) {
  const outcome = await check(options, withBearer(token));
  if (outcome.status !== 'authenticated') throw new Error(reasonOf(outcome));
  return outcome.auth;
}

const throwing = (error: unknown) => () => {
  throw error;
};

describe('a valid token', () => {
  test('becomes payload, header, token, source and user', async () => {
    const token = mint({ role: 'editor' }, { keyid: 'main' });
    const auth = await authOf({}, token);
    expect(auth.payload).toMatchObject({ sub: 'ada', role: 'editor' });
    expect(auth.header).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'main' });
    expect([auth.token, auth.source, auth.user]).toEqual([token, 'header', auth.payload]);
  });

  test('is not in logs and stores', async () => {
    const auth = await authOf({});
    expect(JSON.parse(JSON.stringify(auth))).toEqual({ payload: auth.payload, source: 'header' });
    expect(Object.keys({ ...auth })).toEqual(['payload', 'source']);
  });

  test('goes through a schema, whose output is the payload', async () => {
    const schema = z.object({ sub: z.string().transform((sub) => sub.toUpperCase()) });
    const outcome = await createAuthenticator({ key: secret, clock, schema })(withBearer(mint()));
    expect(outcome).toMatchObject({ auth: { payload: { sub: 'ADA' } } });
    const strict = z.object({ tenant: z.string() });
    const other = createAuthenticator({ key: secret, clock, schema: strict });
    expect(reasonOf((await other(withBearer(mint()))) as Outcome)).toBe('claim_mismatch');
  });

  test('has no typ, an access token typ, or the typ of the option', async () => {
    for (const typ of ['JWT', 'at+jwt', 'application/at+jwt']) {
      expect((await authOf({}, mint({}, { header: { typ } }))).payload.sub).toBe('ada');
    }
    const refresh = mint({}, { header: { typ: 'rt+jwt' } });
    expect((await authOf({ typ: 'rt+jwt' }, refresh)).payload.sub).toBe('ada');
    expect((await authOf({ typ: false }, refresh)).payload.sub).toBe('ada');
  });
});

describe('an invalid token', () => {
  const cases: ReadonlyArray<readonly [string, AuthReason, WithoutKey, string]> = [
    ['one part', 'token_malformed', {}, 'x'],
    ['five parts', 'token_malformed', {}, 'a.b.c.d.e'],
    ['too many characters', 'token_malformed', { maxTokenLength: 10 }, mint()],
    ['no signature', 'signature_invalid', {}, mint().replace(/\.[^.]*$/, '.')],
    ['another key', 'signature_invalid', {}, mint({}, {}, secret.replace('t', 'x'))],
    ['an unknown key', 'signature_invalid', { key: () => undefined }, mint()],
    [
      'another algorithm',
      'alg_not_allowed',
      { algorithms: ['HS512'], allowInsecureKeySizes: true },
      mint(),
    ],
    ['a refresh token typ', 'typ_not_allowed', {}, mint({}, { header: { typ: 'rt+jwt' } })],
    ['a past exp', 'token_expired', {}, mint({}, { expiresIn: 0 })],
    ['a future nbf', 'token_not_active', {}, mint({}, { notBefore: 1 })],
    [
      'an old iat',
      'too_old',
      { maxAge: '1h' },
      mint({ iat: now / 1000 - 3600 }, { expiresIn: '2h' }),
    ],
    ['a missing claim', 'claim_mismatch', { requiredClaims: ['tenant'] }, mint()],
    ['another audience', 'claim_mismatch', { audience: 'api' }, mint({ aud: 'shop' })],
    [
      'another issuer',
      'unknown_issuer',
      { issuer: 'https://id.example' },
      mint({ iss: 'https://evil.example' }),
    ],
    ['no issuer', 'claim_mismatch', { issuer: 'https://id.example' }, mint()],
  ];

  test.each(cases)('with %s is rejected with %s', async (_, reason, options, token) => {
    const outcome = await check(options, withBearer(token));
    expect(reasonOf(outcome)).toBe(reason);
    expect(outcome).toHaveProperty('error.inner.code', expect.stringMatching(/^ERR_/));
  });
});

describe('the option key', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ed = generateKeyPairSync('ed25519');

  test('takes a list of keys for several algorithms', async () => {
    const options: WithoutKey = {
      key: [ed.publicKey, other.publicKey, rsa.publicKey],
      algorithms: ['EdDSA', 'RS256'],
    };
    for (const { privateKey } of [rsa, ed]) {
      const token = createSigner(privateKey, { clock })({ sub: 'ada' });
      expect((await authOf(options, token)).payload.sub).toBe('ada');
    }
    expect(reasonOf(await check(options, withBearer(mint())))).toBe('alg_not_allowed');
  });

  test('passes the context, by default the request, to a source', async () => {
    const key = vi.fn(async () => secret);
    const request = withBearer(mint());
    await createAuthenticator({ key, clock })(request, 'the context');
    await createAuthenticator({ key, clock })(request);
    expect(key.mock.calls.map((args: unknown[]) => args[1])).toEqual(['the context', request]);
  });

  const wrong: ReadonlyArray<readonly [string, WithoutKey]> = [
    ['undefined', { key: undefined as unknown as KeyInput }],
    ['an empty secret', { key: '' }],
    ['an empty list', { key: [] }],
    ['more than 16 keys', { key: Array(17).fill(secret) }],
    ['a list with an empty secret', { key: [secret, ''] }],
    ['a short secret', { key: 'hunter2' }],
    ['a public key for HS256', { key: rsa.publicKey, algorithms: ['HS256'] }],
    ['a list with a public key for HS256', { key: [rsa.publicKey], algorithms: ['HS256'] }],
    ['an empty list of algorithms', { algorithms: [] }],
    ['a verifier beside the key', { verifier: createVerifier(secret) } as object],
  ];
  test.each(wrong)('throws TypeError at the start for %s', (_, options) => {
    expect(() => createAuthenticator({ key: secret, ...options })).toThrow(TypeError);
  });

  test('is required without a verifier', () => {
    expect(() => createAuthenticator({} as never)).toThrow(/key must have a value/);
  });
});

describe('the option verifier', () => {
  const prepared = createVerifier(secret, { clock });
  const token = mint({ signature: 'x', payload: { sub: 'eve' } });

  test.each([
    ['claims', prepared],
    ['a complete result', createVerifier(secret, { clock, complete: true })],
    ['a promise of claims', createVerifier(secret, { clock, async: true })],
    ['a promise of everything', createVerifier(async () => secret, { clock, complete: true })],
  ])('accepts a verifier that returns %s', async (_, verifier) => {
    const outcome = await createAuthenticator({ verifier })(withBearer(token));
    expect(outcome).toMatchObject({
      auth: { payload: { sub: 'ada', payload: { sub: 'eve' } }, header: { alg: 'HS256' } },
    });
  });

  test('checks typ after the verifier, unless typ is false', async () => {
    const refresh = withBearer(mint({}, { header: { typ: 'rt+jwt' } }));
    const strict = createAuthenticator({ verifier: prepared });
    expect(reasonOf(await strict(refresh))).toBe('typ_not_allowed');
    const any = createAuthenticator({ verifier: prepared, typ: false });
    expect(reasonOf(await any(refresh))).toBe('authenticated');
  });

  test('throws TypeError for a verifier that returns no claims', async () => {
    for (const result of [undefined, null, 'ada', true]) {
      const authenticate = createAuthenticator({ verifier: () => result });
      await expect(authenticate(withBearer(token))).rejects.toThrow(TypeError);
    }
  });

  test('maps the errors of a verifier to reasons, and throws any other error', async () => {
    const expired = (token: string) => verify(token, secret, { clockTimestamp: now / 1000 + 9999 });
    const run = (verifier: (token: string) => unknown) =>
      createAuthenticator({ verifier })(withBearer(token));
    expect(reasonOf(await run(expired))).toBe('token_expired');
    expect(reasonOf(await run(throwing(new AuthError('token_revoked'))))).toBe('token_revoked');
    await expect(run(throwing(new Error('a bug')))).rejects.toThrow('a bug');
    await expect(run(throwing(undefined))).rejects.toBeUndefined();
  });

  describe('made by createVerifier', () => {
    const bad = mint({ exp: 1 });

    it('is not called through a result of the caller', async () => {
      const verifier = Object.assign((token: string) => prepared(token), {
        result: () => ({ ok: true, value: { sub: 'eve' } }),
      });
      const authenticate = createAuthenticator({ verifier });
      expect(reasonOf(await authenticate(withBearer(bad)))).toBe('token_expired');
      expect(await authenticate(withBearer(token))).toMatchObject({
        auth: { payload: { sub: 'ada' } },
      });
    });

    it('creates inner when it is read: the error that the verifier throws', async () => {
      const authenticate = createAuthenticator({ verifier: prepared });
      let outcome: Outcome | undefined;
      const unread = await countErrors(async () => {
        outcome = await authenticate(withBearer(bad));
        if (outcome.status === 'rejected') JSON.stringify(outcome.error);
      });
      const error = outcome?.status === 'rejected' ? outcome.error : new AuthError('forbidden');
      expect(unread).toBe(0);
      expect(allFields(error.inner)).toEqual(allFields(errorOf(() => prepared(bad))));
      expect(error.inner).toBe(error.inner);
      expect(Object.keys(error)).not.toContain('inner');
    });

    it('checks typ of an accepted token', async () => {
      const authenticate = createAuthenticator({ verifier: prepared });
      const refresh = mint({}, { header: { typ: 'rt+jwt' } });
      expect(reasonOf(await authenticate(withBearer(refresh)))).toBe('typ_not_allowed');
    });
  });
});

describe('the option from', () => {
  const from = [cookie('at'), bearer()];
  const both = { headers: { authorization: `Bearer ${mint()}`, cookie: 'at=x' } };

  test('reads cookies last, whatever their place in the list', async () => {
    expect(await check({ from }, both)).toMatchObject({ auth: { source: 'header' } });
  });

  test('rejects a second token with multiple: reject', async () => {
    expect(reasonOf(await check({ from, multiple: 'reject' }, both))).toBe('credentials_conflict');
  });

  test('reads the cookie if Authorization has another scheme', async () => {
    const headers = { authorization: 'Basic YWRhOmFkYQ==', cookie: `at=${mint()}` };
    const request = { method: 'GET', headers };
    expect(await check({ from }, request)).toMatchObject({ auth: { source: 'cookie' } });
    expect(reasonOf(await check({}, request))).toBe('token_missing');
  });

  test('takes an async extractor, and protects one that reads a cookie', async () => {
    const custom = async () => mint();
    const outcome = await check({ from: custom }, { headers: {} });
    expect(outcome).toMatchObject({ auth: { source: 'custom' } });
    const asCookie = Object.assign(() => mint(), { source: 'cookie' as const });
    const post = { method: 'POST', headers: {} };
    expect(reasonOf(await check({ from: asCookie }, post))).toBe('csrf_failed');
  });

  test('treats a token that is not a string as malformed', async () => {
    for (const value of [{}, [], 7, true]) {
      const outcome = await check({ from: () => value as unknown as string }, { headers: {} });
      expect(reasonOf(outcome)).toBe('token_malformed');
    }
  });

  test('makes the response private for a token from the URL', async () => {
    const outcome = await check({ from: query('t') }, { url: `/?t=${mint()}`, headers: {} });
    expect(outcome).toMatchObject({ headers: { 'Cache-Control': 'private' } });
  });
});

describe('a request without a valid token', () => {
  const guests = { credentialsRequired: false } as const;
  const lenient: WithoutKey = { ...guests, onInvalid: 'anonymous' };

  test('is anonymous with credentialsRequired: false, an invalid token with onInvalid', async () => {
    expect(reasonOf(await check(guests, { headers: {} }))).toBe('anonymous');
    expect(reasonOf(await check(guests, withBearer('x')))).toBe('token_malformed');
    const outcome = await check(lenient, withBearer('x'));
    expect(outcome).toMatchObject({ status: 'anonymous', auth: undefined });
    expect(outcome).toHaveProperty('error.reason', 'token_malformed');
  });

  test('is rejected in spite of onInvalid with 403 and 503', async () => {
    const down = { ...lenient, key: () => Promise.reject(new Error('down')) };
    expect(reasonOf(await check(down, withBearer(mint())))).toBe('key_unavailable');
    const scoped = { ...lenient, scopes: 'admin' };
    expect(reasonOf(await check(scoped, withBearer(mint())))).toBe('insufficient_scope');
  });

  test('is accepted unchecked if skip returns true', async () => {
    const skip = (request: RequestLike) => request.url === '/health';
    const request = { ...withBearer(mint()), url: '/health' };
    expect(await check({ skip }, request)).toMatchObject({ status: 'anonymous', auth: undefined });
    expect(reasonOf(await check({ skip }, { url: '/', headers: {} }))).toBe('token_missing');
  });

  test('is a preflight only with OPTIONS and both headers', async () => {
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'PUT' };
    expect(reasonOf(await check({}, { method: 'OPTIONS', headers }))).toBe('anonymous');
    expect(reasonOf(await check({}, { method: 'GET', headers }))).toBe('token_missing');
    for (const name of Object.keys(headers)) {
      const incomplete = { method: 'OPTIONS', headers: { [name]: 'x' } };
      expect(reasonOf(await check({}, incomplete))).toBe('token_missing');
    }
  });
});

describe('hooks', () => {
  const request = withBearer(mint({ jti: '7', scope: 'read', roles: ['editor'] }));

  test('run in order, each with the context', async () => {
    const calls: string[] = [];
    const hook =
      <Result>(name: string, result: Result) =>
      (_: unknown, context: string) => {
        calls.push(`${name} ${context}`);
        return result;
      };
    const authenticate = createAuthenticator({
      key: secret,
      clock,
      isRevoked: hook('isRevoked', false),
      user: hook('user', Promise.resolve({ name: 'Ada' })),
      authorize: hook('authorize', true),
    });
    const outcome = await authenticate(request, 'ctx');
    expect(calls).toEqual(['isRevoked ctx', 'user ctx', 'authorize ctx']);
    expect(outcome).toMatchObject({ auth: { user: { name: 'Ada' } } });
  });

  const down = () => Promise.reject(new Error('down'));
  const cases: ReadonlyArray<readonly [string, string, WithoutKey]> = [
    ['isRevoked: true', 'token_revoked', { isRevoked: () => true }],
    ['isRevoked: a promise of true', 'token_revoked', { isRevoked: async () => true }],
    ['isRevoked: an error', 'revocation_unavailable', { isRevoked: down }],
    [
      'isRevoked: an error with onUnavailable',
      'authenticated',
      { isRevoked: down, onUnavailable: 'allow' },
    ],
    ['one scope of two', 'insufficient_scope', { scopes: ['read', 'write'] }],
    ['none of the scopes', 'insufficient_scope', { anyScope: ['write', 'erase'] }],
    ['another role', 'forbidden', { roles: 'admin' }],
    ['none of the roles', 'forbidden', { anyRole: ['admin', 'owner'] }],
    ['authorize: false', 'forbidden', { authorize: () => false }],
    ['authorize: a promise of false', 'forbidden', { authorize: async () => false }],
    ['user: null', 'user_not_found', { user: () => null }],
    ['user: a promise of undefined', 'user_not_found', { user: async () => undefined }],
    [
      'all scopes and roles',
      'authenticated',
      { scopes: 'read', anyScope: ['read', 'x'], roles: 'editor', anyRole: ['editor', 'x'] },
    ],
    ['isRevoked: a promise of false', 'authenticated', { isRevoked: async () => false }],
  ];
  test.each(cases)('with %s give %s', async (_, reason, options) => {
    expect(reasonOf(await check(options, request))).toBe(reason);
  });

  test.each(['isRevoked', 'authorize', 'skip'])('throw if %s returns no boolean', async (name) => {
    for (const result of [undefined, null, 1, 'no', {}]) {
      const outcome = check({ [name]: () => result }, request);
      await expect(outcome).rejects.toThrow(`"${name}" must return a boolean`);
    }
  });

  test('reject with an AuthError that they throw, and pass on any other error', async () => {
    const forbidden = throwing(new AuthError('forbidden'));
    expect(reasonOf(await check({ authorize: forbidden }, request))).toBe('forbidden');
    const revoked: WithoutKey = { isRevoked: forbidden, onUnavailable: 'allow' };
    expect(reasonOf(await check(revoked, request))).toBe('forbidden');
    for (const name of ['authorize', 'user', 'skip', 'from']) {
      const outcome = check({ [name]: throwing(new Error('a bug')) }, request);
      await expect(outcome).rejects.toThrow('a bug');
    }
  });
});

test('verify checks a token from elsewhere', async () => {
  const authenticate = createAuthenticator({ key: secret, clock, scopes: 'read' });
  expect(await authenticate.verify(mint({ scope: 'read' }))).toMatchObject({
    status: 'authenticated',
    auth: { source: 'custom' },
  });
  expect(reasonOf(await authenticate.verify('x'))).toBe('token_malformed');
  expect(reasonOf(await authenticate.verify(mint()))).toBe('insufficient_scope');
});

describe('wrong options', () => {
  const wrong: Record<string, readonly unknown[]> = {
    fro: [bearer()],
    complete: [true],
    audience: [undefined],
    from: [[], 'header', [undefined]],
    multiple: ['refuse'],
    credentialsRequired: ['no'],
    onInvalid: ['anonymous', 'ignore'],
    onUnavailable: [true],
    skip: [['/health']],
    csrf: [
      'off',
      { origin: 'https://a.example' },
      { handshake: 1 },
      ...['https://a.example/', 'a.example', 'null', 'capacitor://localhost/', 'file://', 7].map(
        (origin) => ({ origins: [origin] }),
      ),
      { origins: ['javascript:alert(1)'] },
    ],
    isRevoked: [undefined],
    scopes: [[], 'read write', 'a"'],
    anyScope: [[7]],
    roles: [''],
    anyRole: [{}],
    authorize: [true],
    user: ['sub'],
    realm: ['', 'a\r\nSet-Cookie: x'],
    challengeParams: [{ Realm: 'x' }, { 'a b': 'x' }, { a: 'x\n' }, 'x'],
  };
  test.each(Object.keys(wrong))('throw a TypeError that names "%s"', (name) => {
    for (const value of wrong[name] ?? []) {
      expect(() => createAuthenticator({ key: secret, [name]: value })).toThrow(
        expect.objectContaining({
          name: 'TypeError',
          message: expect.stringContaining(`"${name}"`),
        }),
      );
    }
  });

  test('do not come from a polluted prototype', async () => {
    const members = {
      credentialsRequired: false,
      csrf: false,
      realm: 'polluted',
      scope: 'polluted',
      verifier: () => ({ sub: 'eve' }),
    };
    const [missing, malformed, forged, headers] = await polluted(members, () =>
      Promise.all([
        check({}, { headers: {} }),
        check({}, withBearer('x')),
        check({ from: cookie('at') }, { method: 'POST', headers: { cookie: `at=${mint()}` } }),
        JSON.stringify(new AuthError('token_missing').headers),
      ]),
    );
    expect(reasonOf(missing)).toBe('token_missing');
    expect(reasonOf(malformed)).toBe('token_malformed');
    expect(reasonOf(forged)).toBe('csrf_failed');
    expect(headers).not.toContain('polluted');
  });
});
