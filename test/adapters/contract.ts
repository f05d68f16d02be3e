/** What every adapter has to do, asked over real connections. */

import { type IncomingHttpHeaders, request } from 'node:http';
import { CookieJar } from 'tough-cookie';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  AuthError,
  type AuthenticatorOptions,
  type AuthReason,
  bearer,
  cookie,
  query,
  tokenCookies,
} from '../../src/http/index.ts';
import { createSigner, type KeySource } from '../../src/index.ts';
import { forge } from '../fixtures/tokens.ts';

export const secret = 'the secret of the adapter tests, of 32 bytes or more';
export const cookies = tokenCookies();

/** What a protected route of a harness answers with, as JSON. */
export interface Report {
  sub?: string | undefined;
  source?: string | undefined;
  user?: unknown;
}

/** A server of a framework: `/me` is protected, `/scoped` too, `/login` and `/logout` are open. */
export interface Harness {
  /** Whether refusals have our JSON body, or the one of the framework. */
  readonly body: 'ours' | 'theirs';
  /** Starts a server with the adapter on it; answers with its origin. */
  start(options: AuthenticatorOptions): Promise<{ origin: string; close(): unknown }>;
}

/** The tokens that `/login` hands out. */
export function freshPair() {
  return {
    access: createSigner(secret, { subject: 'ada', audience: 'api', expiresIn: '10m' })({}),
    refresh: createSigner(secret, { expiresIn: '7d', header: { typ: 'rt+jwt' } })({}),
  };
}

const CLAIM = 'a-claim-that-nobody-is-shown';
const mint = (options = {}, key = secret) =>
  createSigner(key, { subject: 'ada', audience: 'api', expiresIn: '10m', ...options })({
    note: CLAIM,
    scope: 'read write',
  });

const good = mint();
const withCrit = forge({ alg: 'HS256', crit: ['x'] }, { sub: 'ada' }, secret);

const bad: ReadonlyArray<readonly [name: string, reason: AuthReason, token: string]> = [
  ['a malformed token', 'token_malformed', 'not.a token'],
  ['a token with a critical extension', 'token_malformed', withCrit],
  ['the word undefined', 'token_malformed', 'undefined'],
  ['an expired token', 'token_expired', mint({ expiresIn: -1 })],
  ['a token that is not active yet', 'token_not_active', mint({ notBefore: '5m' })],
  ['a token of another key', 'signature_invalid', mint({}, secret.replace('t', 'x'))],
  ['a token for another audience', 'claim_mismatch', mint({ audience: 'shop' })],
  ['a refresh token', 'typ_not_allowed', mint({ header: { typ: 'rt+jwt' } })],
  ['a token of another algorithm', 'alg_not_allowed', mint({ algorithm: 'HS384' })],
];

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** A request of a client that sends what it is told to. */
function call(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body?: string,
): Promise<Answer> {
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

export function adapterContract(name: string, harness: Harness): void {
  describe(name, () => {
    const open: Array<{ close(): unknown }> = [];
    const start = async (options: AuthenticatorOptions = {}) => {
      const server = await harness.start({
        key: secret,
        algorithms: ['HS256'],
        audience: 'api',
        ...options,
      });
      open.push(server);
      return server.origin;
    };

    beforeEach(() => {
      // Frameworks print errors that are not for clients; a 503 is one.
      vi.spyOn(console, 'error').mockImplementation(() => {});
    });
    afterEach(async () => {
      vi.unstubAllEnvs();
      vi.restoreAllMocks();
      await Promise.all(open.splice(0).map((server) => server.close()));
    });

    /** The answer is the one of the table, and tells nothing else. */
    function expectRefusal(answer: Answer, reason: AuthReason, scope?: string): void {
      const { status, headers, ...error } = new AuthError(reason, scope ? { scope } : {});
      expect(answer.status).toBe(status);
      expect(answer.headers['www-authenticate']).toBe(headers['WWW-Authenticate']);
      expect(answer.headers['retry-after']).toBe(headers['Retry-After']);
      expect(answer.headers['cache-control']).toBe('no-store');
      if (harness.body === 'ours') {
        expect(answer.headers['content-type']).toMatch(/^application\/json/);
        expect(JSON.parse(answer.text)).toEqual(new AuthError(reason).toJSON());
      }
      const told = JSON.stringify(answer);
      expect(told).not.toContain(CLAIM);
      expect(told).not.toContain('eyJ');
      expect(told).not.toMatch(/\bat .*\.(ts|js):\d/);
      expect(error.reason).toBe(reason);
    }

    const report = ({ status, text }: Answer): Report => {
      expect(status).toBe(200);
      return JSON.parse(text);
    };

    test('a good token is let in, with its claims and its user', async () => {
      const origin = await start({ user: async ({ payload }) => ({ name: payload.sub }) });
      const answer = await call(`${origin}/me`, withBearer(good));
      expect(report(answer)).toEqual({ sub: 'ada', source: 'header', user: { name: 'ada' } });
    });

    test('the scheme is read in any case, by fetch, too', async () => {
      const origin = await start();
      const answer = await fetch(`${origin}/me`, { headers: { authorization: `bEARER  ${good}` } });
      expect(await answer.json()).toMatchObject({ sub: 'ada' });
    });

    test('without a token the challenge names no error', async () => {
      const origin = await start({ realm: 'orders' });
      const answer = await call(`${origin}/me?access_token=${good}`);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="orders"');
      expect(JSON.stringify(answer)).not.toContain('eyJ');
    });

    describe.each(['production', 'development'])('in %s', (mode) => {
      test.each(bad)('%s is a 401 with reason %s', async (_, reason, token) => {
        vi.stubEnv('NODE_ENV', mode);
        const origin = await start();
        expectRefusal(await call(`${origin}/me`, withBearer(token)), reason);
      });
    });

    test('a revoked token is refused', async () => {
      const origin = await start({ isRevoked: async ({ payload }) => payload.sub === 'ada' });
      expectRefusal(await call(`${origin}/me`, withBearer(good)), 'token_revoked');
    });

    test('two tokens are a 400 where that was asked for', async () => {
      const both = { ...withBearer(good), ...withCookie(good) };
      expectRefusal(
        await call(`${await start({ ...cookieFirst, multiple: 'reject' })}/me`, both),
        'credentials_conflict',
      );
      const lenient = await call(`${await start(cookieFirst)}/me`, both);
      expect(report(lenient).source).toBe('header');
    });

    test('another scheme does not hide a good cookie', async () => {
      const origin = await start(cookieFirst);
      const headers = { authorization: 'Basic YWRhOmFkYQ==', ...withCookie(good) };
      expect(report(await call(`${origin}/me`, headers)).source).toBe('cookie');
      expectRefusal(
        await call(`${origin}/me`, { authorization: 'Basic YWRhOmFkYQ==' }),
        'token_missing',
      );
    });

    test('a signed cookie of another library is a 401', async () => {
      const origin = await start(cookieFirst);
      expectRefusal(await call(`${origin}/me`, withCookie('s%3Ax.y')), 'token_malformed');
    });

    test('guests are let in where they are welcome, bad tokens are not', async () => {
      const origin = await start({ credentialsRequired: false });
      expect(report(await call(`${origin}/me`))).toEqual({});
      expectRefusal(await call(`${origin}/me`, withBearer('x')), 'token_malformed');
    });

    test('a bad token makes a guest where that was asked for', async () => {
      const origin = await start({ credentialsRequired: false, onInvalid: 'anonymous' });
      const expired = mint({ expiresIn: -1 });
      expect(report(await call(`${origin}/me`, withBearer(expired)))).toEqual({});
    });

    test('a missing scope is a 403 that names it', async () => {
      const origin = await start({ scopes: ['read', 'erase'] });
      const answer = await call(`${origin}/me`, withBearer(good));
      expectRefusal(answer, 'insufficient_scope', 'read erase');
    });

    test('a guard behind the adapter asks for more', async () => {
      const origin = await start();
      const answer = await call(`${origin}/scoped`, withBearer(good));
      expect(answer.status).toBe(403);
      expect(answer.headers['www-authenticate']).toContain('scope="admin"');
      const admin = createSigner(secret, { audience: 'api' })({ scope: 'admin' });
      expect((await call(`${origin}/scoped`, withBearer(admin))).status).toBe(200);
    });

    test('a key source that is down is a 503', async () => {
      const key: KeySource = async () => {
        throw new Error(`connection to vault refused, ${CLAIM}`);
      };
      const origin = await start({ key });
      expectRefusal(await call(`${origin}/me`, withBearer(good)), 'key_unavailable');
    });

    test('a revocation source that is down is a 503, unless it was said otherwise', async () => {
      const isRevoked = () => Promise.reject(new Error(`no route to host, ${CLAIM}`));
      const strict = await start({ isRevoked });
      expectRefusal(await call(`${strict}/me`, withBearer(good)), 'revocation_unavailable');
      const lenient = await start({ isRevoked, onUnavailable: 'allow' });
      expect(report(await call(`${lenient}/me`, withBearer(good))).sub).toBe('ada');
    });

    test('a hook that throws is a 500, and the server goes on', async () => {
      vi.stubEnv('NODE_ENV', 'production');
      const origin = await start({
        authorize: ({ payload }) => {
          if (payload.aud === 'api') throw new Error('a fault of the hook');
          return true;
        },
      });
      const answer = await call(`${origin}/me`, withBearer(good));
      expect(answer.status).toBe(500);
      expect((await call(`${origin}/me`)).status).toBe(401);
    });

    test('a preflight passes, an OPTIONS request with less does not', async () => {
      const origin = await start();
      const preflight = {
        origin: 'https://app.example',
        'access-control-request-method': 'GET',
      };
      const passed = await call(`${origin}/me`, preflight, 'OPTIONS');
      expect(passed.status).toBe(204);
      for (const [header, value] of Object.entries(preflight)) {
        expectRefusal(await call(`${origin}/me`, { [header]: value }, 'OPTIONS'), 'token_missing');
      }
    });

    test('HEAD is refused as GET is, without a body', async () => {
      const origin = await start();
      const { status, headers, text } = await call(`${origin}/me`, {}, 'HEAD');
      expect([status, headers['www-authenticate'], text]).toEqual([401, 'Bearer realm="api"', '']);
      expect((await call(`${origin}/me`, withBearer(good), 'HEAD')).status).toBe(200);
    });

    test('a bad token is answered before the body has come', async () => {
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

    test('a cookie on a request that changes something has to come from the own site', async () => {
      const origin = await start(cookieFirst);
      const post = (headers: Record<string, string>) =>
        call(`${origin}/me`, { ...withCookie(good), ...headers }, 'POST', '{}');
      const json = { 'content-type': 'application/json' };
      expectRefusal(await post({ ...json, 'sec-fetch-site': 'cross-site' }), 'csrf_failed');
      expectRefusal(await post({ ...json, 'sec-fetch-site': 'same-site' }), 'csrf_failed');
      expectRefusal(await post({ ...json, origin: 'https://evil.example' }), 'csrf_failed');
      expectRefusal(await post(json), 'csrf_failed');
      expect(report(await post({ ...json, 'sec-fetch-site': 'same-origin' })).sub).toBe('ada');
      expect(report(await post({ ...json, origin })).sub).toBe('ada');
      expect(report(await call(`${origin}/me`, withCookie(good))).source).toBe('cookie');
      const bearerPost = { ...json, ...withBearer(good), 'sec-fetch-site': 'cross-site' };
      expect(report(await call(`${origin}/me`, bearerPost, 'POST', '{}')).sub).toBe('ada');
    });

    test('a token from the URL makes the answer private', async () => {
      const origin = await start({ from: query('access_token') });
      const answer = await call(`${origin}/me?access_token=${good}`);
      expect(report(answer).source).toBe('query');
      expect(answer.headers['cache-control']).toBe('private');
    });

    test('a log-in sets cookies that live as long as the tokens, a log-out takes them away', async () => {
      const origin = await start(cookieFirst);
      const site = 'https://api.example';
      const jar = new CookieJar(undefined, { prefixSecurity: 'strict' });
      const keep = async (answer: Answer) => {
        for (const text of answer.headers['set-cookie'] ?? [])
          await jar.setCookie(text, `${site}/`);
      };

      const login = await call(`${origin}/login`, {}, 'POST');
      await keep(login);
      // The cookie that the route set itself is still there.
      expect(login.headers['set-cookie']).toHaveLength(3);
      const [kept] = await jar.getCookies(`${site}/me`).then((all) => all.filter(isAccess));
      expect(kept).toMatchObject({ httpOnly: true, secure: true, sameSite: 'lax', path: '/' });
      expect(kept?.maxAge).toBeGreaterThan(595);
      expect(kept?.maxAge).toBeLessThanOrEqual(600);
      expect(await jar.getCookieString(`${site}/me`)).not.toContain('__Secure-rt=');
      expect(await jar.getCookieString(`${site}/auth/refresh`)).toContain('__Secure-rt=');

      const me = await call(`${origin}/me`, { cookie: await jar.getCookieString(`${site}/me`) });
      expect(report(me)).toMatchObject({ sub: 'ada', source: 'cookie' });

      await keep(await call(`${origin}/logout`, {}, 'POST'));
      expect(await jar.getCookieString(`${site}/auth/refresh`)).toBe('theme=dark');
    });
  });
}

const isAccess = ({ key }: { key: string }) => key === '__Host-at';
