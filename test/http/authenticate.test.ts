import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import {
  AuthError,
  type AuthenticatorOptions,
  type AuthReason,
  bearer,
  cookie,
  createAuthenticator,
  type Outcome,
  query,
  type RequestLike,
} from '../../src/http/index.ts';
import { createSigner, createVerifier, type KeyInput, verify } from '../../src/index.ts';
import { clock, mint, now, secret, withBearer } from './requests.ts';

const judge = (options: AuthenticatorOptions, request: RequestLike) =>
  createAuthenticator({ key: secret, clock, ...options })(request);

const reasonOf = (outcome: Outcome) => {
  return outcome.status === 'rejected' ? outcome.error.reason : outcome.status;
};

async function authOf(options: AuthenticatorOptions, token = mint()) {
  const outcome = await judge(options, withBearer(token));
  if (outcome.status !== 'authenticated') throw new Error(reasonOf(outcome));
  return outcome.auth;
}

describe('a good token', () => {
  test('becomes payload, header, token, source and user', async () => {
    const token = mint({ role: 'editor' }, { keyid: 'main' });
    const auth = await authOf({}, token);
    expect(auth.payload).toMatchObject({ sub: 'ada', role: 'editor' });
    expect(auth.header).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'main' });
    expect([auth.token, auth.source, auth.user]).toEqual([token, 'header', auth.payload]);
  });

  test('is not in what is logged or stored', async () => {
    const auth = await authOf({});
    expect(JSON.parse(JSON.stringify(auth))).toEqual({ payload: auth.payload, source: 'header' });
    expect(Object.keys({ ...auth })).toEqual(['payload', 'source']);
  });

  test('goes through a schema, whose output is the payload', async () => {
    const schema = z.object({ sub: z.string().transform((sub) => sub.toUpperCase()) });
    const outcome = await createAuthenticator({ key: secret, clock, schema })(withBearer(mint()));
    expect(outcome).toMatchObject({ auth: { payload: { sub: 'ADA' } } });
    const refused = { schema: z.object({ tenant: z.string() }) };
    const { key, ...rest } = { key: secret, clock, ...refused };
    const other = await createAuthenticator({ key, ...rest })(withBearer(mint()));
    expect(other).toMatchObject({ status: 'rejected', error: { reason: 'claim_mismatch' } });
  });
});

describe('a token that is refused says why', () => {
  const hour = { maxAge: '1h' } as const;
  const cases: ReadonlyArray<readonly [AuthReason, AuthenticatorOptions, string]> = [
    ['token_malformed', {}, 'x'],
    ['token_malformed', {}, 'a.b.c.d.e'],
    ['token_malformed', { maxTokenLength: 10 }, mint()],
    ['signature_invalid', {}, mint().replace(/\.[^.]*$/, '.')],
    ['signature_invalid', {}, mint({}, {}, secret.replace('t', 'x'))],
    ['signature_invalid', { key: () => undefined }, mint()],
    ['alg_not_allowed', { algorithms: ['HS512'], allowInsecureKeySizes: true }, mint()],
    ['typ_not_allowed', {}, mint({}, { header: { typ: 'rt+jwt' } })],
    ['token_expired', {}, mint({}, { expiresIn: 0 })],
    ['token_not_active', {}, mint({}, { notBefore: 1 })],
    ['too_old', hour, mint({ iat: now / 1000 - 3600 }, { expiresIn: '2h' })],
    ['claim_mismatch', { requiredClaims: ['tenant'] }, mint()],
    ['claim_mismatch', { audience: 'api' }, mint({ aud: 'shop' })],
    ['unknown_issuer', { issuer: 'https://id.example' }, mint({ iss: 'https://evil.example' })],
    ['claim_mismatch', { issuer: 'https://id.example' }, mint()],
  ];

  test.each(cases)('%s with %o', async (reason, options, token) => {
    const outcome = await judge(options, withBearer(token));
    expect(reasonOf(outcome)).toBe(reason);
    expect(outcome).toHaveProperty('error.inner.code', expect.stringMatching(/^ERR_/));
  });

  test('access tokens by name pass, and any typ that is asked for', async () => {
    for (const typ of ['JWT', 'at+jwt', 'application/at+jwt']) {
      expect((await authOf({}, mint({}, { header: { typ } }))).payload.sub).toBe('ada');
    }
    const refresh = mint({}, { header: { typ: 'rt+jwt' } });
    expect((await authOf({ typ: 'rt+jwt' }, refresh)).payload.sub).toBe('ada');
    expect((await authOf({ typ: false }, refresh)).payload.sub).toBe('ada');
  });
});

describe('the key', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ed = generateKeyPairSync('ed25519');

  test('may be a list during a rotation, of several algorithms', async () => {
    const options: AuthenticatorOptions = {
      key: [ed.publicKey, other.publicKey, rsa.publicKey],
      algorithms: ['EdDSA', 'RS256'],
    };
    for (const { privateKey } of [rsa, ed]) {
      const token = createSigner(privateKey, { clock })({ sub: 'ada' });
      expect((await authOf(options, token)).payload.sub).toBe('ada');
    }
    expect(reasonOf(await judge(options, withBearer(mint())))).toBe('alg_not_allowed');
  });

  test('may be found by a source, which gets the context', async () => {
    const key = vi.fn(async () => secret);
    const request = withBearer(mint());
    await createAuthenticator({ key, clock })(request, 'the context');
    await createAuthenticator({ key, clock })(request);
    expect(key.mock.calls.map((args: unknown[]) => args[1])).toEqual(['the context', request]);
  });

  const wrong: ReadonlyArray<readonly [string, AuthenticatorOptions]> = [
    ['no key', { key: undefined as unknown as KeyInput }],
    ['an empty secret', { key: '' }],
    ['an empty list', { key: [] }],
    ['more keys than are tried', { key: Array(17).fill(secret) }],
    ['a list with a key that is none', { key: [secret, ''] }],
    ['a short secret', { key: 'hunter2' }],
    ['a public key for HS256', { key: rsa.publicKey, algorithms: ['HS256'] }],
    ['a public key for HS256 in a list', { key: [rsa.publicKey], algorithms: ['HS256'] }],
    ['no algorithms', { algorithms: [] }],
    ['a key and a verifier', { key: secret, verifier: createVerifier(secret) }],
  ];
  test.each(wrong)('%s is a mistake, told when the server starts', (_, options) => {
    expect(() => createAuthenticator({ key: secret, ...options })).toThrow(TypeError);
  });

  test('is needed', () => {
    expect(() => createAuthenticator({})).toThrow(/key must have a value/);
  });
});

describe('a verifier that is brought along', () => {
  const prepared = createVerifier(secret, { clock });
  const token = mint({ signature: 'x', payload: { sub: 'eve' } });

  test.each([
    ['answers with claims', prepared],
    ['answers with everything', createVerifier(secret, { clock, complete: true })],
    ['answers later', createVerifier(secret, { clock, async: true })],
    [
      'answers with everything later',
      createVerifier(async () => secret, { clock, complete: true }),
    ],
  ])('%s', async (_, verifier) => {
    const outcome = await createAuthenticator({ verifier })(withBearer(token));
    expect(outcome).toMatchObject({
      auth: { payload: { sub: 'ada', payload: { sub: 'eve' } }, header: { alg: 'HS256' } },
    });
  });

  test('lets no refresh token through, either', async () => {
    const authenticate = createAuthenticator({ verifier: prepared });
    const refresh = withBearer(mint({}, { header: { typ: 'rt+jwt' } }));
    expect(reasonOf(await authenticate(refresh))).toBe('typ_not_allowed');
    const any = createAuthenticator({ verifier: prepared, typ: false });
    expect(reasonOf(await any(refresh))).toBe('authenticated');
  });

  test('that answers nothing, or forgets to throw, lets nobody in', async () => {
    for (const answer of [undefined, null, 'ada', true]) {
      const authenticate = createAuthenticator({ verifier: () => answer });
      await expect(authenticate(withBearer(token))).rejects.toThrow(TypeError);
    }
  });

  test('refuses by its errors, and a fault of its own is not a refusal', async () => {
    const throwing = (error: unknown) => () => {
      throw error;
    };
    const expired = (token: string) => verify(token, secret, { clockTimestamp: now / 1000 + 9999 });
    const run = (verifier: (token: string) => unknown) =>
      createAuthenticator({ verifier })(withBearer(token));
    expect(reasonOf(await run(expired))).toBe('token_expired');
    expect(reasonOf(await run(throwing(new AuthError('token_revoked'))))).toBe('token_revoked');
    await expect(run(throwing(new Error('a fault')))).rejects.toThrow('a fault');
    await expect(run(throwing(undefined))).rejects.toBeUndefined();
  });

  test('decides for itself: options of a verifier beside it are a mistake', () => {
    const options = { verifier: prepared, audience: 'api' };
    expect(() => createAuthenticator(options)).toThrow(
      /"audience" may not stand beside "verifier"/,
    );
  });
});

describe('where the token stands', () => {
  const both = { headers: { authorization: `Bearer ${mint()}`, cookie: `at=${mint()}` } };

  test('a cookie is asked last, wherever it stands in the list', async () => {
    const outcome = await judge({ from: [cookie('at'), bearer()] }, both);
    expect(outcome).toMatchObject({ auth: { source: 'header' } });
  });

  test('the second of two tokens is not judged, but may be refused', async () => {
    const headers = { ...both.headers, cookie: 'at=x' };
    const from = [bearer(), cookie('at')];
    expect(reasonOf(await judge({ from }, { headers }))).toBe('authenticated');
    const conflict = await judge({ from, multiple: 'reject' }, { headers });
    expect(reasonOf(conflict)).toBe('credentials_conflict');
  });

  test('a function of the caller may wait, and may say that it reads a cookie', async () => {
    const from = async () => mint();
    expect(await judge({ from }, { headers: {} })).toMatchObject({ auth: { source: 'custom' } });
    const asCookie = Object.assign(() => mint(), { source: 'cookie' as const });
    const post = { method: 'POST', headers: {} };
    expect(reasonOf(await judge({ from: asCookie }, post))).toBe('csrf_failed');
  });

  test('what is found and is no text is malformed', async () => {
    for (const odd of [{}, [], 7, true]) {
      const outcome = await judge({ from: () => odd as unknown as string }, { headers: {} });
      expect(reasonOf(outcome)).toBe('token_malformed');
    }
  });

  test('a token from the URL asks for a private answer', async () => {
    const outcome = await judge({ from: query('t') }, { url: `/?t=${mint()}`, headers: {} });
    expect(outcome).toMatchObject({ headers: { 'Cache-Control': 'private' } });
  });
});

describe('guests', () => {
  const guests = { credentialsRequired: false } as const;

  test('are let in where they are welcome', async () => {
    expect(reasonOf(await judge(guests, { headers: {} }))).toBe('anonymous');
    expect(reasonOf(await judge(guests, withBearer('x')))).toBe('token_malformed');
    const lenient: AuthenticatorOptions = { ...guests, onInvalid: 'anonymous' };
    const outcome = await judge(lenient, withBearer('x'));
    expect(outcome).toMatchObject({ status: 'anonymous', auth: undefined });
    expect(outcome).toHaveProperty('error.reason', 'token_malformed');
  });

  test('are not made of what is no fault of the token', async () => {
    const lenient: AuthenticatorOptions = { ...guests, onInvalid: 'anonymous' };
    const down = { ...lenient, key: () => Promise.reject(new Error('down')) };
    expect(reasonOf(await judge(down, withBearer(mint())))).toBe('key_unavailable');
    const scoped = { ...lenient, scopes: 'admin' };
    expect(reasonOf(await judge(scoped, withBearer(mint())))).toBe('insufficient_scope');
  });

  test('skip lets everybody in unseen', async () => {
    const skip = (request: RequestLike) => request.url === '/health';
    const request = { ...withBearer(mint()), url: '/health' };
    expect(await judge({ skip }, request)).toMatchObject({ status: 'anonymous', auth: undefined });
    expect(reasonOf(await judge({ skip }, { url: '/', headers: {} }))).toBe('token_missing');
  });

  test('a preflight has a method and two headers', async () => {
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'PUT' };
    expect(reasonOf(await judge({}, { method: 'OPTIONS', headers }))).toBe('anonymous');
    expect(reasonOf(await judge({}, { method: 'GET', headers }))).toBe('token_missing');
    for (const name of Object.keys(headers)) {
      const one = { method: 'OPTIONS', headers: { [name]: 'x' } };
      expect(reasonOf(await judge({}, one))).toBe('token_missing');
    }
  });
});

describe('hooks', () => {
  const request = withBearer(mint({ jti: '7', scope: 'read', roles: ['editor'] }));

  test('are asked in order, each with the context', async () => {
    const calls: string[] = [];
    const hook = (name: string, answer: boolean) => (_: unknown, context: string) => {
      calls.push(`${name} ${context}`);
      return answer;
    };
    const user = async (_: unknown, context: string) => {
      calls.push(`user ${context}`);
      return { name: 'Ada' };
    };
    const authenticate = createAuthenticator({
      key: secret,
      clock,
      isRevoked: hook('isRevoked', false),
      authorize: hook('authorize', true),
      user,
    });
    const outcome = await authenticate(request, 'ctx');
    expect(calls).toEqual(['isRevoked ctx', 'authorize ctx', 'user ctx']);
    expect(outcome).toMatchObject({ auth: { user: { name: 'Ada' } } });
  });

  const cases: ReadonlyArray<readonly [string, AuthenticatorOptions]> = [
    ['token_revoked', { isRevoked: () => true }],
    ['token_revoked', { isRevoked: async () => true }],
    ['revocation_unavailable', { isRevoked: () => Promise.reject(new Error('down')) }],
    ['insufficient_scope', { scopes: ['read', 'write'] }],
    ['insufficient_scope', { anyScope: ['write', 'erase'] }],
    ['forbidden', { roles: 'admin' }],
    ['forbidden', { anyRole: ['admin', 'owner'] }],
    ['forbidden', { authorize: () => false }],
    ['forbidden', { authorize: async () => false }],
    ['token_revoked', { user: () => null }],
    ['token_revoked', { user: async () => undefined }],
    ['authenticated', { scopes: 'read', anyScope: ['read', 'x'], roles: 'editor' }],
    ['authenticated', { anyRole: ['editor', 'x'], isRevoked: async () => false }],
  ];
  test.each(cases)('%s with %o', async (reason, options) => {
    expect(reasonOf(await judge(options, request))).toBe(reason);
  });

  test('that forget to answer decide nothing', async () => {
    for (const name of ['isRevoked', 'authorize', 'skip']) {
      for (const answer of [undefined, null, 1, 'no', {}]) {
        const options = { [name]: () => answer };
        await expect(judge(options, request)).rejects.toThrow(
          `"${name}" must answer with a boolean`,
        );
      }
    }
  });

  test('that throw an AuthError refuse with it; any other error is a fault', async () => {
    const refuse = () => {
      throw new AuthError('forbidden');
    };
    expect(reasonOf(await judge({ authorize: refuse }, request))).toBe('forbidden');
    const revoke: AuthenticatorOptions = { isRevoked: refuse, onUnavailable: 'allow' };
    expect(reasonOf(await judge(revoke, request))).toBe('forbidden');
    const fault = () => {
      throw new Error('a fault');
    };
    for (const name of ['authorize', 'user', 'skip', 'from']) {
      await expect(judge({ [name]: fault }, request)).rejects.toThrow('a fault');
    }
  });
});

test('verify judges a token that came on another way', async () => {
  const authenticate = createAuthenticator({ key: secret, clock, scopes: 'read' });
  expect(await authenticate.verify(mint({ scope: 'read' }))).toMatchObject({
    status: 'authenticated',
    auth: { source: 'custom' },
  });
  expect(reasonOf(await authenticate.verify('x'))).toBe('token_malformed');
  expect(reasonOf(await authenticate.verify(mint()))).toBe('insufficient_scope');
});

describe('options fail closed', () => {
  const wrong: ReadonlyArray<readonly [string, object]> = [
    ['fro', { fro: bearer() }],
    ['complete', { complete: true }],
    ['audience', { audience: undefined }],
    ['from', { from: [] }],
    ['from', { from: 'header' }],
    ['from', { from: [undefined] }],
    ['multiple', { multiple: 'refuse' }],
    ['credentialsRequired', { credentialsRequired: 'no' }],
    ['onInvalid', { onInvalid: 'anonymous' }],
    ['onInvalid', { onInvalid: 'anonymous', credentialsRequired: true }],
    ['onInvalid', { onInvalid: 'ignore', credentialsRequired: false }],
    ['onUnavailable', { onUnavailable: true }],
    ['skip', { skip: ['/health'] }],
    ['csrf', { csrf: 'off' }],
    ['csrf', { csrf: { origins: ['https://a.example/'] } }],
    ['csrf', { csrf: { origins: ['a.example'] } }],
    ['csrf', { csrf: { origins: ['null'] } }],
    ['csrf', { csrf: { origins: ['capacitor://localhost/'] } }],
    ['csrf', { csrf: { origins: ['file://'] } }],
    ['csrf', { csrf: { origins: ['javascript:alert(1)'] } }],
    ['csrf', { csrf: { origins: ['https://a.example', 7] } }],
    ['csrf', { csrf: { origin: 'https://a.example' } }],
    ['csrf', { csrf: { handshake: 1 } }],
    ['origins', { csrf: { handshake: true }, from: cookie('at') }],
    ['isRevoked', { isRevoked: undefined }],
    ['scopes', { scopes: [] }],
    ['scopes', { scopes: 'read write' }],
    ['scopes', { scopes: 'a"' }],
    ['anyScope', { anyScope: [7] }],
    ['roles', { roles: '' }],
    ['anyRole', { anyRole: {} }],
    ['authorize', { authorize: true }],
    ['user', { user: 'sub' }],
    ['realm', { realm: '' }],
    ['realm', { realm: 'a\r\nSet-Cookie: x' }],
    ['challengeParams', { challengeParams: { Realm: 'x' } }],
    ['challengeParams', { challengeParams: { 'a b': 'x' } }],
    ['challengeParams', { challengeParams: { a: 'x\n' } }],
    ['challengeParams', { challengeParams: 'x' }],
  ];
  test.each(wrong)('%s of %o is a TypeError that names it', (name, options) => {
    expect(() => createAuthenticator({ key: secret, ...options })).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringContaining(`"${name}"`) }),
    );
  });

  test('a polluted prototype opens nothing', async () => {
    const polluted = {
      credentialsRequired: false,
      csrf: false,
      realm: 'polluted',
      scope: 'polluted',
      verifier: () => ({ sub: 'eve' }),
    };
    for (const [name, value] of Object.entries(polluted)) {
      Object.defineProperty(Object.prototype, name, { value, configurable: true });
    }
    try {
      expect(reasonOf(await judge({}, { headers: {} }))).toBe('token_missing');
      expect(reasonOf(await judge({}, withBearer('x')))).toBe('token_malformed');
      const post = { method: 'POST', headers: { cookie: `at=${mint()}` } };
      expect(reasonOf(await judge({ from: cookie('at') }, post))).toBe('csrf_failed');
      expect(JSON.stringify(new AuthError('token_missing').headers)).not.toContain('polluted');
    } finally {
      for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name);
    }
  });
});
