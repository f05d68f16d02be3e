/** The contract of every HTTP adapter, tested over real connections. */

import { generateKeyPairSync } from 'node:crypto';
import { type IncomingHttpHeaders, request } from 'node:http';
import { CookieJar } from 'tough-cookie';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createDpop, createDpopProof } from '../../src/dpop/index.ts';
import { tokenError } from '../../src/errors.ts';
import {
  type Auth,
  AuthError,
  type AuthErrorOptions,
  type AuthenticatorOptions,
  type AuthReason,
  bearer,
  cookie,
  query,
  type RequestLike,
  tokenCookies,
} from '../../src/http/index.ts';
import { createSigner, type KeySource } from '../../src/index.ts';
import { thumbprint } from '../../src/jwk/index.ts';
import { createMemoryReplayStore } from '../../src/replay/index.ts';
import { attack } from '../../src/testing/index.ts';
import { secret, type WithoutKey } from '../http/requests.ts';
import { fakeDpop } from '../http/senders.ts';
import { audience, genuine, issuer } from '../testing/fixtures.ts';

export const cookies = tokenCookies();

/** The JSON of the protected route. */
export interface Report {
  sub?: string | undefined;
  source?: string | undefined;
  user?: unknown;
  /** Why there is no user. */
  reason?: string | undefined;
}

/** A server of a framework: `/me` and `/scoped` are protected, `/login` and `/logout` are public. */
export interface Harness {
  /** Whether jotkit or the framework writes the body of error responses. */
  readonly body: 'ours' | 'theirs';
  /** Starts a server with the adapter, once for each of the options, and returns its origin. */
  start(...options: AuthenticatorOptions[]): Promise<{ origin: string; close(): unknown }>;
}

/** The tokens that `/login` sets. */
export function freshPair() {
  return {
    access: createSigner(secret, { subject: 'ada', audience: 'api', expiresIn: '10m' })({}),
    refresh: createSigner(secret, { expiresIn: '7d', header: { typ: 'rt+jwt' } })({}),
  };
}

const CLAIM = 'a-claim-that-no-response-contains';
const mint = (options = {}, key = secret, claims = {}) =>
  createSigner(key, { subject: 'ada', audience: 'api', expiresIn: '10m', ...options })({
    note: CLAIM,
    scope: 'read write',
    ...claims,
  });

const valid = mint();
const bound = mint({}, secret, { cnf: { jkt: 'thumbprint' } });
const invalid: ReadonlyArray<readonly [AuthReason, string]> = [
  ['token_malformed', 'not.a token'],
  ['token_expired', mint({ expiresIn: -1 })],
  ['token_not_active', mint({ notBefore: '5m' })],
  ['signature_invalid', mint({}, secret.replace('t', 'x'))],
  ['claim_mismatch', mint({ audience: 'shop' })],
  ['typ_not_allowed', mint({ header: { typ: 'rt+jwt' } })],
  ['alg_not_allowed', mint({ algorithm: 'HS384' })],
];

interface Result {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Sends a request exactly as given, which fetch would not. */
function call(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body?: string,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const withBearer = (token: string) => ({ authorization: `Bearer ${token}` });
const withCookie = (token: string) => ({ cookie: `theme=dark; __Host-at=${token}` });
const cookieFirst = { from: [cookie('__Host-at'), bearer()] };
const isHealth = (headers: unknown) =>
  headers instanceof Headers && headers.get('x-health') === 'yes';
const isAccess = ({ key }: { key: string }) => key === '__Host-at';

export function adapterContract(name: string, harness: Harness): void {
  describe(name, () => {
    const open: Array<{ close(): unknown }> = [];
    const start = async (...options: WithoutKey[]) => {
      const all = options.length === 0 ? [{}] : options;
      const server = await harness.start(
        ...all.map((each) => ({
          key: secret,
          algorithms: ['HS256'] as const,
          audience: 'api',
          ...each,
        })),
      );
      open.push(server);
      return server.origin;
    };

    beforeEach(() => {
      // Frameworks print server errors, such as a 503.
      vi.spyOn(console, 'error').mockImplementation(() => {});
    });
    afterEach(async () => {
      vi.unstubAllEnvs();
      vi.restoreAllMocks();
      await Promise.all(open.splice(0).map((server) => server.close()));
    });

    /** The response is that of the reason, and contains no claim, token or stack. */
    function expectError(result: Result, reason: AuthReason, options: AuthErrorOptions = {}): void {
      const { status, headers, message } = new AuthError(reason, options);
      expect(result.status).toBe(status);
      expect(result.headers['www-authenticate']).toBe(headers['WWW-Authenticate']);
      expect(result.headers['retry-after']).toBe(headers['Retry-After']);
      expect(result.headers['cache-control']).toBe('no-store');
      if (harness.body === 'ours') {
        expect(result.headers['content-type']).toMatch(/^application\/json/);
        expect(JSON.parse(result.text)).toEqual(new AuthError(reason, options).toJSON());
      } else if (status < 500) expect(result.text).toContain(message);
      const all = JSON.stringify(result);
      expect(all).not.toContain(CLAIM);
      expect(all).not.toContain('eyJ');
      expect(all).not.toMatch(/\bat .*\.(ts|js):\d/);
    }

    const report = ({ status, text }: Result): Report => {
      expect(status).toBe(200);
      return JSON.parse(text);
    };

    test('accepts a valid token and hands on its claims and its user', async () => {
      const origin = await start({ user: async ({ payload }) => ({ name: payload.sub }) });
      const result = await call(`${origin}/me`, withBearer(valid));
      expect(report(result)).toEqual({ sub: 'ada', source: 'header', user: { name: 'ada' } });
    });

    test('rejects a request without a token, with a challenge that names no error', async () => {
      const origin = await start({ realm: 'orders' });
      const { status, headers } = await call(`${origin}/me?access_token=${valid}`);
      expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer realm="orders"']);
    });

    test.each(['production', 'development'])(
      'rejects invalid tokens with the reason and nothing else in %s',
      async (mode) => {
        vi.stubEnv('NODE_ENV', mode);
        const origin = await start();
        for (const [reason, token] of invalid) {
          const options: AuthErrorOptions = reason === 'claim_mismatch' ? { claim: 'aud' } : {};
          expectError(await call(`${origin}/me`, withBearer(token)), reason, options);
        }
      },
    );

    test('accepts requests without a token with credentialsRequired: false', async () => {
      const origin = await start({ credentialsRequired: false, onInvalid: 'anonymous' });
      expect(report(await call(`${origin}/me`))).toEqual({ reason: 'token_missing' });
      for (const [reason, token] of invalid) {
        expect(report(await call(`${origin}/me`, withBearer(token)))).toEqual({ reason });
      }
      const strict = await start({ credentialsRequired: false });
      expectError(await call(`${strict}/me`, withBearer('x')), 'token_malformed');
    });

    test('rejects a missing scope with 403 and the scope, from options and from a guard', async () => {
      const origin = await start({ scopes: ['read', 'erase'] });
      const result = await call(`${origin}/me`, withBearer(valid));
      expectError(result, 'insufficient_scope', { scope: 'read erase' });

      const guarded = `${await start()}/scoped`;
      expectError(await call(guarded, withBearer(valid)), 'insufficient_scope', { scope: 'admin' });
      const admin = createSigner(secret, { audience: 'api' })({ scope: 'admin' });
      expect((await call(guarded, withBearer(admin))).status).toBe(200);
    });

    test('reads scopes and roles where scopesFrom and rolesFrom name them', async () => {
      const origin = await start({
        scopesFrom: 'access.scopes',
        rolesFrom: ['https://app.example/roles'],
        roles: 'clerk',
      });
      const sign = createSigner(secret, { audience: 'api' });
      const clerk = { 'https://app.example/roles': ['clerk'] };
      const read = sign({ ...clerk, scope: 'admin' });
      expectError(await call(`${origin}/scoped`, withBearer(read)), 'insufficient_scope', {
        scope: 'admin',
      });
      const admin = sign({ ...clerk, access: { scopes: ['admin'] } });
      expect((await call(`${origin}/scoped`, withBearer(admin))).status).toBe(200);
      expectError(await call(`${origin}/me`, withBearer(sign({ roles: ['clerk'] }))), 'forbidden');
    });

    test('rejects a token whose user is not found, and hands the user to authorize', async () => {
      const authorize = ({ user }: Auth<object, unknown>) =>
        (user as { plan: string }).plan === 'pro';
      const withUser = async (user: unknown) => {
        const origin = await start({ user: async () => user as never, authorize });
        return call(`${origin}/me`, withBearer(valid));
      };
      expectError(await withUser(null), 'user_not_found');
      expectError(await withUser({ plan: 'free' }), 'forbidden');
      expect(report(await withUser({ plan: 'pro' })).user).toEqual({ plan: 'pro' });
    });

    test('accepts requests for which skip resolves to true', async () => {
      const origin = await start({
        skip: async ({ headers }) => Object(headers)['x-health'] === 'yes' || isHealth(headers),
      });
      expect(report(await call(`${origin}/me`, { 'x-health': 'yes' }))).toEqual({});
      expectError(await call(`${origin}/me`), 'token_missing');
    });

    test('responds with 503 if the key source fails', async () => {
      const key: KeySource = async () => {
        throw new Error(`connection to vault failed, ${CLAIM}`);
      };
      const origin = await start({ key });
      expectError(await call(`${origin}/me`, withBearer(valid)), 'key_unavailable');
    });

    test('responds with 500 if a hook throws, and continues to serve', async () => {
      vi.stubEnv('NODE_ENV', 'production');
      const authorize = () => {
        throw new Error('a bug of the hook');
      };
      const origin = await start({ authorize });
      expect((await call(`${origin}/me`, withBearer(valid))).status).toBe(500);
      expect((await call(`${origin}/me`)).status).toBe(401);
    });

    test('accepts a preflight, and no other OPTIONS request', async () => {
      const url = `${await start()}/me`;
      const origin = { origin: 'https://app.example' };
      const preflight = { ...origin, 'access-control-request-method': 'GET' };
      expect((await call(url, preflight, 'OPTIONS')).status).toBe(204);
      expectError(await call(url, origin, 'OPTIONS'), 'token_missing');
      for (const empty of ['origin', 'access-control-request-method']) {
        const headers = { ...preflight, [empty]: '' };
        expectError(await call(url, headers, 'OPTIONS'), 'token_missing');
      }
    });

    test('adds up two optional adapters, also if the later one finds no user', async () => {
      const optional = { credentialsRequired: false, onInvalid: 'anonymous' } as const;
      const another = 'another secret of the contract, of 32 bytes or more';
      const url = `${await start(optional, { ...optional, key: another })}/me`;
      for (const key of [secret, another]) {
        const result = report(await call(url, withBearer(mint({}, key))));
        expect(result).toMatchObject({ sub: 'ada', source: 'header', user: { sub: 'ada' } });
        expect(result).not.toHaveProperty('reason');
      }
      const neither = await call(url, withBearer(mint({}, `${another}, but not this one`)));
      expect(report(neither)).toEqual({ reason: 'signature_invalid' });
      expect(report(await call(url))).toEqual({ reason: 'token_missing' });
    });

    test('keeps the reason of an earlier adapter that rejected a token', async () => {
      const optional = { credentialsRequired: false, onInvalid: 'anonymous' } as const;
      const fromCookie = { ...optional, from: cookie('__Host-at') };
      const url = `${await start(optional, fromCookie)}/me`;
      const expired = withBearer(mint({ expiresIn: -1 }));
      expect(report(await call(url, expired))).toEqual({ reason: 'token_expired' });
    });

    test('keeps the user of an earlier adapter with skip', async () => {
      const url = `${await start({}, { skip: () => true })}/me`;
      expect(report(await call(url, withBearer(valid)))).toMatchObject({
        sub: 'ada',
        user: { sub: 'ada' },
      });
    });

    test('can be used twice, with a stricter one inside', async () => {
      const url = `${await start({}, { scopes: 'erase', user: () => ({ id: 7 }) as never })}/me`;
      expectError(await call(url, withBearer(valid)), 'insufficient_scope', { scope: 'erase' });
      const eraser = createSigner(secret, { audience: 'api' })({ sub: 'eve', scope: 'erase' });
      const result = report(await call(url, withBearer(eraser)));
      expect(result).toMatchObject({ sub: 'eve', user: { id: 7 } });
    });

    test('can be used twice for one proof', async () => {
      const dpopKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
      const dpop = createDpop({ replay: createMemoryReplayStore(), origin: 'https://api.example' });
      const accessToken = mint({}, secret, { cnf: { jkt: thumbprint(dpopKey) } });
      const options = { method: 'GET', url: 'https://api.example/me', accessToken };
      const proof = createDpopProof(dpopKey, options);
      const headers = { authorization: `DPoP ${accessToken}`, dpop: proof };
      const url = `${await start({ dpop }, { dpop })}/me`;
      expect(report(await call(url, headers))).toMatchObject({ sub: 'ada' });
      const challenge = { dpop: { algorithms: dpop.algorithms, isUsed: true } };
      expectError(await call(url, headers), 'proof_replayed', challenge);
    });

    test('rejects a handshake with a cookie from another origin, and without Origin', async () => {
      const origin = await start(cookieFirst);
      const open = (headers: object) => {
        const upgrade = { connection: 'Upgrade', upgrade: 'WebSocket' };
        return call(`${origin}/me`, { ...upgrade, ...withCookie(valid), ...headers });
      };
      expectError(await open({ origin: 'https://evil.example' }), 'csrf_failed');
      expectError(await open({ 'sec-fetch-site': 'same-origin' }), 'csrf_failed');
      expect(report(await open({ origin })).source).toBe('cookie');
      const evil = { ...withBearer(valid), origin: 'https://evil.example' };
      expect(report(await open(evil)).source).toBe('header');
    });

    test('asks a function about origins, with the request', async () => {
      const origins = (origin: string, request: RequestLike) =>
        origin === 'https://app.example' && request.method === 'POST';
      const url = `${await start({ ...cookieFirst, csrf: { origins } })}/me`;
      const post = (origin: string) => call(url, { ...withCookie(valid), origin }, 'POST');
      expect(report(await post('https://app.example')).source).toBe('cookie');
      expectError(await post('https://evil.example'), 'csrf_failed');
    });

    test('checks HEAD like GET and responds without a body', async () => {
      const origin = await start();
      const { status, headers, text } = await call(`${origin}/me`, {}, 'HEAD');
      expect([status, headers['www-authenticate'], text]).toEqual([401, 'Bearer realm="api"', '']);
      expect((await call(`${origin}/me`, withBearer(valid), 'HEAD')).status).toBe(200);
    });

    test('rejects an invalid token before the body has arrived', async () => {
      const origin = await start();
      const status = await new Promise((resolve, reject) => {
        const headers = { ...withBearer('x'), 'content-length': 1e9 };
        const sent = request(`${origin}/me`, { method: 'POST', headers, agent: false });
        sent.on('response', (response) => {
          resolve(response.statusCode);
          sent.destroy();
        });
        sent.on('error', reject);
        sent.write('the first of a billion bytes');
      });
      expect(status).toBe(401);
    });

    test('rejects a POST with a cookie from another site', async () => {
      const origin = await start(cookieFirst);
      const post = (headers: Record<string, string>) => {
        const all = { 'content-type': 'application/json', ...withCookie(valid), ...headers };
        return call(`${origin}/me`, all, 'POST', '{}');
      };
      expectError(await post({ 'sec-fetch-site': 'cross-site' }), 'csrf_failed');
      expectError(await post({ origin: 'https://evil.example' }), 'csrf_failed');
      expect(report(await post({ 'sec-fetch-site': 'same-origin' })).source).toBe('cookie');
      expect(report(await post({ origin })).source).toBe('cookie');
      const explicit = { ...withBearer(valid), 'sec-fetch-site': 'cross-site' };
      expect(report(await post(explicit)).source).toBe('header');
    });

    test('accepts none of about 300 forged tokens', async () => {
      const { fixtures, verifying } = genuine.EdDSA;
      const rules = { algorithms: ['EdDSA'] as const, issuer, audience };
      const from = [bearer(), cookie('token'), query('access_token')];
      const origin = await start({ key: verifying, ...rules, from });
      const report = await attack(`${origin}/me`, fixtures, { failOn: 'fault' });
      expect(report).toMatchObject({ ok: true, holes: [], faults: [], inconclusive: undefined });
      expect(report.cases).toBeGreaterThan(200);
      // 401, and no 5xx.
      const accepted = /responded with 20\d/;
      expect(report.notes.filter(({ outcome }) => !accepted.test(outcome))).toEqual([]);
      const notes = report.notes.map(({ id }) => id);
      expect(notes).toContain('transport/query');
      expect(notes.filter((id) => id.startsWith('transport/cookie'))).toEqual([]);
    });

    test('rejects a token that is bound to a key, which can be stolen', async () => {
      const origin = await start();
      expectError(await call(`${origin}/me`, withBearer(bound)), 'sender_mismatch');
    });

    test('accepts a bound token with its proof, and responds with the nonce', async () => {
      const { dpop, calls } = fakeDpop({
        nonce: () => 'next',
        error: tokenError('ERR_PROOF_NONCE', 'no'),
      });
      const origin = await start({ dpop });
      const send = (proof: string) => {
        return call(`${origin}/me?page=2`, { authorization: `DPoP ${bound}`, dpop: proof });
      };
      const { algorithms } = dpop;
      expectError(await send('old'), 'nonce_required', { dpop: { algorithms, isUsed: true } });
      const accepted = await send('valid');
      expect(report(accepted)).toMatchObject({ sub: 'ada', source: 'header' });
      expect(accepted.headers['dpop-nonce']).toBe('next');
      // The proof is for a method and a URL, which every framework must hand on.
      const { method, url, originalUrl = url } = Object(Object(calls[1]).request) as RequestLike;
      expect([method, originalUrl]).toEqual(['GET', expect.stringMatching(/\/me\?page=2$/)]);
    });

    test('makes the response private for a token from the URL', async () => {
      const origin = await start({ from: query('access_token') });
      const result = await call(`${origin}/me?access_token=${valid}`);
      expect(report(result).source).toBe('query');
      expect(result.headers['cache-control']).toBe('private');
    });

    test('sets cookies that expire with their refresh token, and clears them', async () => {
      const origin = await start(cookieFirst);
      const site = 'https://api.example';
      const jar = new CookieJar(undefined, { prefixSecurity: 'strict' });
      const store = async ({ headers }: Result) => {
        for (const text of headers['set-cookie'] ?? []) await jar.setCookie(text, `${site}/`);
      };

      const login = await call(`${origin}/login`, {}, 'POST');
      await store(login);
      // Two of jotkit, one of the route.
      expect(login.headers['set-cookie']).toHaveLength(3);
      const access = (await jar.getCookies(`${site}/me`)).find(isAccess);
      expect(access).toMatchObject({ httpOnly: true, secure: true, sameSite: 'lax', path: '/' });
      // As long as the refresh cookie, so that an expired token still arrives.
      expect(access?.maxAge).toBeGreaterThan(7 * 86_400 - 5);
      expect(access?.maxAge).toBeLessThanOrEqual(7 * 86_400);
      expect(await jar.getCookieString(`${site}/me`)).not.toContain('__Secure-rt=');
      expect(await jar.getCookieString(`${site}/auth/refresh`)).toContain('__Secure-rt=');

      const me = await call(`${origin}/me`, { cookie: await jar.getCookieString(`${site}/me`) });
      expect(report(me)).toMatchObject({ sub: 'ada', source: 'cookie' });

      await store(await call(`${origin}/logout`, {}, 'POST'));
      expect(await jar.getCookieString(`${site}/auth/refresh`)).toBe('theme=dark');
    });
  });
}
