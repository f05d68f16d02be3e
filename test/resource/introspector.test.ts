import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSigner, KeySourceError } from '../../src/index.ts';
import { IntrospectionError } from '../../src/resource/introspection-error.ts';
import { createIntrospector, type Introspector } from '../../src/resource/introspector.ts';
import type { IntrospectorOptions } from '../../src/resource/introspector-options.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { type Answer, broken, Clock, hang, json, pairOf, status } from '../jwk/key-server.ts';
import { type AuthServer, type Describe, RESOURCE, startAuthServer } from './auth-server.ts';

const TOKEN = 'opaque-token';
/** The machine may be busy. */
const PATIENT = { timeout: 20_000 };
const client = { clientId: 'orders', clientSecret: 'secret' };
const active = (claims: object = {}) => ({ active: true, aud: RESOURCE, sub: 'ada', ...claims });

afterEach(() => vi.restoreAllMocks());

async function scene(describe: Describe, options: Partial<IntrospectorOptions> = {}) {
  const auth = await startAuthServer(describe);
  const clock = new Clock();
  const introspect = createIntrospector({
    issuer: auth.issuer,
    auth: client,
    audience: RESOURCE,
    endpoint: `${auth.issuer}/introspect`,
    clock: clock.read,
    ...options,
  });
  const now = () => Math.floor(clock.now / 1000);
  return { auth, clock, introspect, now };
}

const codeOf = async (promise: Promise<unknown>) => (await rejectionOf(promise)).code;

describe('an active token', () => {
  it('resolves to the frozen response, with "iss"', async () => {
    const { auth, introspect } = await scene(() => active({ scope: 'a b', cnf: { jkt: 'x' } }));
    const claims = await introspect(TOKEN);
    expect(claims).toEqual({
      ...active({ scope: 'a b', cnf: { jkt: 'x' } }),
      iss: auth.issuer,
    });
    expect(Object.isFrozen(claims)).toBe(true);
    expect(Object.isFrozen(claims['cnf'])).toBe(true);
    expect(await introspect.result(TOKEN)).toEqual({ ok: true, value: claims });
  });

  it('is sent in a form, with a hint', async () => {
    const { auth, introspect } = await scene(() => active());
    await introspect('a+b/c==');
    const [{ headers, form } = {}] = auth.exchanges;
    expect(headers?.['content-type']).toBe('application/x-www-form-urlencoded');
    expect(headers?.accept).toBe('application/json');
    expect(Object.fromEntries(form ?? [])).toEqual({
      token: 'a+b/c==',
      token_type_hint: 'access_token',
    });
  });

  it('is sent to the endpoint that the metadata name', async () => {
    const auth = await startAuthServer(() => active());
    const options = { issuer: auth.issuer, auth: client, audience: RESOURCE };
    const introspect = createIntrospector(options);
    await introspect(TOKEN);
    await introspect('another');
    expect([auth.exchanges.length, auth.fetches]).toEqual([2, 1]);
  });

  it('is cached for 30 seconds by default', async () => {
    const { auth, clock, introspect } = await scene(() => active());
    const claims = await introspect(TOKEN);
    clock.pass(29);
    expect(await introspect(TOKEN)).toBe(claims);
    clock.pass(1);
    expect(await introspect(TOKEN)).not.toBe(claims);
    expect(auth.exchanges).toHaveLength(2);
  });

  it('is cached no longer than to "exp"', async () => {
    const { auth, clock, introspect, now } = await scene(() => active({ exp }));
    const exp = now() + 10;
    await introspect(TOKEN);
    clock.pass(9);
    await introspect(TOKEN);
    expect(auth.exchanges).toHaveLength(1);
    clock.pass(1);
    expect(await codeOf(introspect(TOKEN))).toBe('ERR_CLAIM_EXPIRED');
    expect(auth.exchanges).toHaveLength(2);
  });

  it('is not cached with cacheFor: 0', async () => {
    const { auth, introspect } = await scene(() => active(), { cacheFor: 0 });
    await introspect(TOKEN);
    await introspect(TOKEN);
    expect(auth.exchanges).toHaveLength(2);
  });

  it('is introspected again after forget and clear', async () => {
    const { auth, introspect } = await scene(() => active());
    await introspect(TOKEN);
    introspect.forget(TOKEN);
    await introspect(TOKEN);
    introspect.clear();
    await introspect(TOKEN);
    expect(auth.exchanges).toHaveLength(3);
  });

  it.each<[string, (introspect: Introspector) => void]>([
    ['forget', (introspect) => introspect.forget(TOKEN)],
    ['clear', (introspect) => introspect.clear()],
  ])('is introspected again after %s during an exchange', async (_name, end) => {
    let send = () => {};
    const late: Answer = (request, response) => {
      send = () => json(active())(request, response);
    };
    const { auth, introspect } = await scene(() => late);
    const before = introspect(TOKEN);
    await vi.waitFor(() => expect(auth.exchanges).toHaveLength(1), PATIENT);
    end(introspect);
    auth.describe = () => ({ active: false });
    expect(await codeOf(introspect(TOKEN))).toBe('ERR_TOKEN_INACTIVE');
    send();
    expect(await before).toMatchObject({ sub: 'ada' });
    expect(await codeOf(introspect(TOKEN))).toBe('ERR_TOKEN_INACTIVE');
  });

  it('with null members counts as one without them', async () => {
    const { introspect } = await scene(() => active({ exp: null, scope: null }));
    expect(await introspect(TOKEN)).not.toHaveProperty('exp');
  });
});

describe('an inactive token', () => {
  it('is rejected with ERR_TOKEN_INACTIVE, and rejected again for 5 seconds', async () => {
    const { auth, clock, introspect } = await scene(() => ({ active: false }));
    for (const seconds of [0, 4]) {
      clock.pass(seconds);
      const error = await rejectionOf(introspect(TOKEN));
      expect(error).toMatchObject({ name: 'JsonWebTokenError', code: 'ERR_TOKEN_INACTIVE' });
      expect(error).not.toBeInstanceOf(KeySourceError);
    }
    expect(auth.exchanges).toHaveLength(1);
    clock.pass(1);
    auth.describe = () => active();
    expect(await introspect(TOKEN)).toMatchObject({ sub: 'ada' });
  });

  it('ends the cached response of an active one', async () => {
    const { auth, clock, introspect } = await scene(() => active(), { staleFor: '1h' });
    await introspect(TOKEN);
    clock.pass(30);
    auth.describe = () => ({ active: false });
    expect(await codeOf(introspect(TOKEN))).toBe('ERR_TOKEN_INACTIVE');
    clock.pass(5);
    auth.describe = () => status(500);
    expect(await codeOf(introspect(TOKEN))).toBe('ERR_INTROSPECTION');
  });
});

describe('the claims of a response', () => {
  it.each<[string, object, string, string]>([
    ['without "aud"', { aud: undefined }, 'ERR_CLAIM_MISSING', 'aud'],
    ['for another audience', { aud: 'https://other.example' }, 'ERR_CLAIM_MISMATCH', 'aud'],
    ['with an audience that is a number', { aud: [RESOURCE, 7] }, 'ERR_CLAIM_MISMATCH', 'aud'],
    ['of another issuer', { iss: 'https://evil.example' }, 'ERR_CLAIM_MISMATCH', 'iss'],
    ['with an expired "exp"', { exp: 1 }, 'ERR_CLAIM_EXPIRED', 'exp'],
    ['with "exp" as a string', { exp: '9999999999' }, 'ERR_CLAIM_INVALID', 'exp'],
    ['with "nbf" in the future', { nbf: 9_999_999_999 }, 'ERR_CLAIM_NOT_ACTIVE', 'nbf'],
    ['with "cnf" as a string', { cnf: 'x' }, 'ERR_CLAIM_INVALID', 'cnf'],
    ['with "cnf.jkt" as a number', { cnf: { jkt: 7 } }, 'ERR_CLAIM_INVALID', 'cnf'],
    ['with "scope" as an object', { scope: {} }, 'ERR_CLAIM_INVALID', 'scope'],
    ['with "sub" as a number', { sub: 7 }, 'ERR_CLAIM_INVALID', 'sub'],
    ['of a refresh token', { token_type: 'refresh_token' }, 'ERR_TOKEN_KIND', 'token_type'],
    ['of a refresh token of jotkit', { token_use: 'refresh' }, 'ERR_TOKEN_KIND', 'token_use'],
    ['with "token_type" as a list', { token_type: ['Bearer'] }, 'ERR_TOKEN_KIND', 'token_type'],
  ])('are rejected %s, and cached for 5 seconds', async (_what, claims, code, claim) => {
    const { auth, introspect } = await scene(() => active(claims));
    for (let i = 0; i < 2; i++) {
      expect(await rejectionOf(introspect(TOKEN))).toMatchObject({ code, claim });
    }
    expect(auth.exchanges).toHaveLength(1);
  });

  it.each([{ token_type: 'Bearer' }, { token_type: 'DPoP' }, { token_type: 'bearer' }])(
    'are accepted with %j',
    async (claims) => {
      const { introspect } = await scene(() => active(claims));
      expect(await introspect(TOKEN)).toMatchObject(claims);
    },
  );

  it('need no "aud" with audience: false', async () => {
    const { introspect } = await scene(() => ({ active: true }), { audience: false });
    expect(await introspect(TOKEN)).toMatchObject({ active: true });
  });

  it('can be late by "clockTolerance"', async () => {
    const { introspect, now } = await scene(() => active({ exp: now() - 5 }), {
      clockTolerance: '10s',
    });
    expect(await introspect(TOKEN)).toMatchObject({ sub: 'ada' });
  });
});

describe('a failing server', () => {
  const huge = (size: number) => JSON.stringify({ active: true, text: 'x'.repeat(size) });

  it.each<[string, Answer | string | object]>([
    ['status 500', status(500)],
    ['status 429', status(429)],
    ['status 204', status(204)],
    ['status 400: the server rejected this resource server', status(400)],
    ['status 401: the server rejected this resource server', status(401)],
    ['status 403: the server rejected this resource server', status(403)],
    ['a redirect, which is not followed', status(307, { location: 'https://evil.example' })],
    ['the connection failed', broken],
    ['no complete response within 0.05 s', hang],
    ['a response of more than 65536 bytes', huge(65_536)],
    ['not a JSON object, or has a duplicate member', '<html>'],
    ['not a JSON object, or has a duplicate member', '[]'],
    ['not a JSON object, or has a duplicate member', '{"active":true,"active":false}'],
    ['"active" is no boolean', {}],
    ['"active" is no boolean', { active: 'true' }],
    ['"active" is no boolean', { active: 1 }],
  ])('rejects with IntrospectionError: %s', async (reason, described) => {
    const { introspect } = await scene(
      () => described,
      described === hang ? { timeout: 0.05 } : {},
    );
    const error = await rejectionOf(introspect(TOKEN));
    expect(error).toBeInstanceOf(IntrospectionError);
    expect(error).toBeInstanceOf(KeySourceError);
    expect(error).toMatchObject({ name: 'IntrospectionError', code: 'ERR_INTROSPECTION' });
    expect(error.message).toContain(reason);
    expect(error.message).not.toContain(TOKEN);
    expect((await rejectionOf(introspect.result(TOKEN))).code).toBe('ERR_INTROSPECTION');
  });

  it.each(['text/html', 'application/jwt', 'application/token-introspection+jwt', ''])(
    'rejects a response of the type "%s"',
    async (contentType) => {
      const { auth, introspect } = await scene(() => active());
      auth.contentType = contentType;
      expect((await rejectionOf(introspect(TOKEN))).message).toContain('Content-Type');
    },
  );

  it.each(['application/json; charset=utf-8', 'Application/JSON', 'application/x.y+json'])(
    'is not one that responds with the type "%s"',
    async (contentType) => {
      const { auth, introspect } = await scene(() => active());
      auth.contentType = contentType;
      expect(await introspect(TOKEN)).toMatchObject({ sub: 'ada' });
    },
  );

  it('gets one exchange for 20 requests, also with different tokens', async () => {
    const { auth, introspect } = await scene(() => status(500));
    for (let i = 0; i < 20; i++) {
      expect(await codeOf(introspect(`token-${i % 5}`))).toBe('ERR_INTROSPECTION');
    }
    expect(auth.exchanges).toHaveLength(1);
  });

  it('gets one exchange for 50 requests at once', async () => {
    const { auth, introspect } = await scene(() => status(500));
    const errors = Array.from({ length: 50 }, () => codeOf(introspect(TOKEN)));
    expect(new Set(await Promise.all(errors))).toEqual(new Set(['ERR_INTROSPECTION']));
    expect(auth.exchanges).toHaveLength(1);
  });

  it('is tried again after 1 second, and with growing delays up to 60', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { auth, clock, introspect } = await scene(() => status(500));
    await rejectionOf(introspect(TOKEN));
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
      const before = auth.exchanges.length;
      clock.pass(seconds - 0.5);
      await rejectionOf(introspect(TOKEN));
      expect(auth.exchanges).toHaveLength(before);
      clock.pass(0.5);
      await rejectionOf(introspect(TOKEN));
      expect(auth.exchanges).toHaveLength(before + 1);
    }
    auth.describe = () => active();
    clock.pass(60);
    expect(await introspect(TOKEN)).toMatchObject({ sub: 'ada' });
    expect(await introspect('another')).toMatchObject({ sub: 'ada' });
  });

  it('counts exchanges that fail at the same time as one failure', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { auth, clock, introspect } = await scene(() => status(500));
    const tokens = Array.from({ length: 8 }, (_, i) => `token-${i}`);
    await Promise.all(tokens.map((token) => rejectionOf(introspect(token))));
    auth.describe = () => active();
    clock.pass(1);
    expect(await introspect(TOKEN)).toMatchObject({ sub: 'ada' });
  });

  it('is tried with one exchange at a time', async () => {
    const { auth, clock, introspect } = await scene(() => status(500));
    await rejectionOf(introspect(TOKEN));
    clock.pass(1);
    auth.describe = () => hang;
    const probe = rejectionOf(introspect('probe'));
    await vi.waitFor(() => expect(auth.exchanges).toHaveLength(2), PATIENT);
    expect(await codeOf(introspect('another'))).toBe('ERR_INTROSPECTION');
    expect(auth.exchanges).toHaveLength(2);
    introspect.close();
    await probe;
  });

  it('leaves cached tokens accepted', async () => {
    const { auth, clock, introspect } = await scene(() => active());
    const claims = await introspect(TOKEN);
    auth.describe = () => status(500);
    await rejectionOf(introspect('another'));
    clock.pass(29);
    expect(await introspect(TOKEN)).toBe(claims);
    clock.pass(1);
    expect(await codeOf(introspect(TOKEN))).toBe('ERR_INTROSPECTION');
  });

  it('leaves them accepted for "staleFor" longer, never past "exp"', async () => {
    const exp = Math.floor(new Clock().now / 1000) + 50;
    const { auth, clock, introspect } = await scene(() => active({ exp }), { staleFor: '10m' });
    const claims = await introspect(TOKEN);
    auth.describe = () => status(500);
    clock.pass(49);
    expect(await introspect(TOKEN)).toBe(claims);
    expect(await introspect(TOKEN)).toBe(claims);
    expect(auth.exchanges).toHaveLength(2);
    clock.pass(1);
    expect(await codeOf(introspect(TOKEN))).toBe('ERR_INTROSPECTION');
  });

  it('is reported on a diagnostics channel, and so is an older response', async () => {
    const events: unknown[] = [];
    const listener = (event: unknown) => void events.push(event);
    const channels = ['jotkit:introspection-failed', 'jotkit:introspection-stale'];
    for (const name of channels) subscribe(name, listener);
    try {
      const { auth, clock, introspect } = await scene(() => active(), { staleFor: 60 });
      const url = `${auth.issuer}/introspect`;
      await introspect(TOKEN);
      auth.describe = () => status(401);
      clock.pass(31);
      await introspect(TOKEN);
      await rejectionOf(introspect('another'));
      const reason = 'status 401: the server rejected this resource server, check "auth"';
      const failed = { url, reason, status: 401, failures: 1 };
      expect(events).toEqual([failed, { url, age: 31 }, failed]);
    } finally {
      for (const name of channels) unsubscribe(name, listener);
    }
  });

  it.each([429, 400, 401, 403])('stops only unknown tokens after status %i', async (code) => {
    const { auth, clock, introspect } = await scene(() => active());
    await introspect('known');
    auth.describe = ({ form }) => (form.get('token') === 'known' ? active() : status(code));
    for (let i = 0; i < 20; i++) await rejectionOf(introspect(`token-${i}`));
    expect(auth.exchanges).toHaveLength(2);
    clock.pass(30);
    await rejectionOf(introspect('token-0'));
    expect(await introspect('known')).toMatchObject({ sub: 'ada' });
    expect(auth.exchanges).toHaveLength(4);
  });

  it('gets a known token once in each back-off after status 429', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { auth, clock, introspect } = await scene(() => active());
    await introspect(TOKEN);
    clock.pass(30);
    auth.describe = () => status(429);
    for (let i = 0; i < 20; i++) await rejectionOf(introspect(TOKEN));
    expect(auth.exchanges).toHaveLength(2);
    clock.pass(1);
    auth.describe = () => active();
    expect(await introspect(TOKEN)).toMatchObject({ sub: 'ada' });
  });
});

describe('the limits', () => {
  /** Responds to an exchange when the test says so. */
  async function held() {
    const open: Array<() => void> = [];
    const answer: Answer = (_request, response) => {
      open.push(() => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(active()));
      });
    };
    const found = await scene(() => answer, { timeout: '60s' });
    const ask = (count: number, address?: (i: number) => string) =>
      Array.from({ length: count }, (_, i) => {
        const request = address && { socket: { remoteAddress: address(i) } };
        return found.introspect(`${address?.(i) ?? 'none'}-${i}`, request);
      });
    const release = async (results: Promise<unknown>[]) => {
      const timer = setInterval(() => {
        for (const one of open.splice(0)) one();
      }, 1);
      const settled = await Promise.allSettled(results);
      clearInterval(timer);
      return settled.filter(({ status }) => status === 'fulfilled').length;
    };
    return { ...found, ask, release, open };
  }

  it('share one exchange between requests with the same token', async () => {
    const { auth, introspect, release, open } = await held();
    const results = Array.from({ length: 50 }, () => introspect(TOKEN));
    await vi.waitFor(() => expect(open).toHaveLength(1), PATIENT);
    expect(await release(results)).toBe(50);
    expect(auth.exchanges).toHaveLength(1);
  });

  it('let 32 exchanges run and 256 wait, and reject more with IntrospectionError', async () => {
    const { auth, ask, release, introspect } = await held();
    const results = ask(32 + 256);
    const beyond = await rejectionOf(introspect('beyond'));
    expect(beyond).toMatchObject({ code: 'ERR_INTROSPECTION' });
    expect(beyond.message).toContain('too many tokens wait');
    await vi.waitFor(() => expect(auth.exchanges).toHaveLength(32), PATIENT);
    expect(await release(results)).toBe(288);
    expect(auth.exchanges).toHaveLength(288);
  });

  it('let one address have 16 exchanges, and count no failure', async () => {
    const { ask, release, introspect } = await held();
    const results = ask(17, () => '192.0.2.1');
    expect(await codeOf(results.pop() as Promise<unknown>)).toBe('ERR_INTROSPECTION');
    const other = introspect('other', { socket: { remoteAddress: '192.0.2.2' } });
    expect(await release([...results, other])).toBe(17);
    const again = ask(1, () => '192.0.2.1');
    expect(await release(again)).toBe(1);
  });

  it('count the address in "ip", which frameworks read behind a proxy', async () => {
    const { introspect, release } = await held();
    const socket = { remoteAddress: '10.0.0.1' };
    const results = Array.from({ length: 20 }, (_, i) => {
      return introspect(`token-${i}`, { ip: `192.0.2.${i}`, socket });
    });
    expect(await release(results)).toBe(20);
  });

  it('count nothing for a request without an address', async () => {
    const { introspect, release } = await held();
    const requests = [undefined, null, {}, { socket: null }, { socket: {} }, { ip: 7 }, 'text'];
    const results = Array.from({ length: 21 }, (_, i) => {
      return introspect(`token-${i}`, requests[i % requests.length]);
    });
    expect(await release(results)).toBe(21);
  });

  it('let what waits fail without an exchange once the server fails', async () => {
    const { auth, introspect } = await scene(() => status(500));
    const results = Array.from({ length: 200 }, (_, i) => codeOf(introspect(`token-${i}`)));
    expect(new Set(await Promise.all(results))).toEqual(new Set(['ERR_INTROSPECTION']));
    expect(auth.exchanges.length).toBeLessThanOrEqual(32);
  });
});

describe('a token that is not opaque', () => {
  it.each([
    ['with a space', 'two words'],
    ['with a letter outside ASCII', 'tokén'],
    ['with padding inside', 'a=b'],
    ['of more than 4,096 characters', 'x'.repeat(4097)],
    ['that is empty', ''],
    ['that is a JWT', createSigner('x'.repeat(32))({})],
    ['that is a JWT without its end', `${createSigner('x'.repeat(32))({}).split('.')[0]}.x`],
    ['that is no string', 7],
  ])('is rejected without an exchange: %s', async (_what, token) => {
    const { auth, introspect } = await scene(() => active());
    expect(await codeOf(introspect(token as string))).toBe('ERR_TOKEN_MALFORMED');
    expect(auth.exchanges).toHaveLength(0);
  });

  it.each(['x'.repeat(4096), 'v4.public.abc', 'a.b.c', '~-._+/==', '.x'])(
    'is not %#: b64token of RFC 6750',
    async (token) => {
      const { introspect } = await scene(() => active());
      expect(await introspect(token)).toMatchObject({ sub: 'ada' });
    },
  );
});

describe('signed responses (RFC 9701)', () => {
  const TYPE = 'application/token-introspection+jwt';

  async function signedScene(
    claims: (auth: AuthServer, now: number) => object,
    header: object = {},
    contentType = TYPE,
  ) {
    const found = await scene(
      () => {
        const { auth, now } = found;
        const sign = createSigner(pairOf('a').privateKey, {
          keyid: 'a',
          header: { typ: 'token-introspection+jwt', ...header },
        });
        const base = { iss: auth.issuer, aud: 'orders', iat: now(), token_introspection: active() };
        return sign({ ...base, ...claims(auth, now()) });
      },
      { signed: true },
    );
    found.auth.contentType = contentType;
    return found;
  }

  it('are requested and verified', async () => {
    const { auth, introspect } = await signedScene(() => ({}));
    expect(await introspect(TOKEN)).toMatchObject({ sub: 'ada', active: true });
    expect(auth.exchanges[0]?.headers.accept).toBe(TYPE);
  });

  it.each<[string, string, (auth: AuthServer, now: number) => object, object, string]>([
    ['for another server', 'jwt audience invalid', () => ({ aud: 'other' }), {}, TYPE],
    ['of another issuer', 'no key was found', () => ({ iss: 'https://evil.example' }), {}, TYPE],
    ['of another type', 'typ', () => ({}), { typ: 'JWT' }, TYPE],
    ['of another media type', 'not signed', () => ({}), {}, 'application/json'],
    ['that are old', 'maxAge exceeded', (_, now) => ({ iat: now - 3600 }), {}, TYPE],
    ['without it', 'without "token_i', () => ({ token_introspection: null }), {}, TYPE],
    ['with a list', 'without "token_i', () => ({ token_introspection: [] }), {}, TYPE],
    ['with "active" outside', 'no boolean', () => ({ token_introspection: {} }), {}, TYPE],
  ])('are rejected %s', async (_what, reason, claims, header, type) => {
    const { introspect } = await signedScene(claims, header, type);
    const { code, message } = await rejectionOf(introspect(TOKEN));
    expect(code).toBe('ERR_INTROSPECTION');
    expect(message).toContain(reason);
  });

  it('are required: an unsigned response is rejected', async () => {
    const { introspect } = await scene(() => active(), { signed: true });
    const { message } = await rejectionOf(introspect(TOKEN));
    expect(message).toContain('a response that is not signed');
  });

  it('need an audience', () => {
    const options = { issuer: 'https://id.example', auth: { bearer: 'x' }, signed: true };
    expect(() => createIntrospector({ ...options, audience: false })).toThrow('"signed" needs');
    createIntrospector({ ...options, audience: 'api' });
  });
});

describe('the endpoint of the metadata', () => {
  it.each<[string, unknown]>([
    ['must be a URL', undefined],
    ['must start with https:', 'http://id.example/introspect'],
    ['must be an absolute URL', '/introspect'],
  ])('is rejected: %s', async (reason, endpoint) => {
    const auth = await startAuthServer();
    auth.server.answer = (_request, response) => {
      const issuer = auth.issuer;
      const metadata = { issuer, jwks_uri: `${issuer}/jwks`, introspection_endpoint: endpoint };
      response.end(JSON.stringify(metadata));
    };
    const introspect = createIntrospector({
      issuer: auth.issuer,
      auth: client,
      audience: RESOURCE,
    });
    const { code, message } = await rejectionOf(introspect(TOKEN));
    expect(code).toBe('ERR_INTROSPECTION');
    expect(message).toContain(reason);
  });

  it('is unknown while the issuer is down', async () => {
    const auth = await startAuthServer();
    auth.server.answer = status(500);
    const options = { issuer: auth.issuer, auth: client, audience: RESOURCE };
    const introspect = createIntrospector(options);
    expect(await codeOf(introspect(TOKEN))).toBe('ERR_INTROSPECTION');
  });

  it('must not name this machine for another issuer', async () => {
    const { endpointFrom } = await import('../../src/resource/introspection-exchange.ts');
    const metadata = { introspection_endpoint: 'https://127.0.0.1/introspect' };
    expect(() => endpointFrom('https://id.example', metadata)).toThrow('this machine');
  });
});

describe('close', () => {
  it('aborts pending exchanges, and rejects every later token', async () => {
    const { auth, introspect } = await scene(() => hang);
    const pending = codeOf(introspect(TOKEN));
    await vi.waitFor(() => expect(auth.exchanges).toHaveLength(1), PATIENT);
    introspect.close();
    expect(await pending).toBe('ERR_INTROSPECTION');
    expect((await rejectionOf(introspect(TOKEN))).message).toContain('closed');
  });

  it('uses no cached token', async () => {
    const { introspect } = await scene(() => active(), { staleFor: '1h' });
    await introspect(TOKEN);
    introspect.close();
    expect(await codeOf(introspect(TOKEN))).toBe('ERR_INTROSPECTION');
  });
});

describe('createIntrospector', () => {
  const options = { issuer: 'https://id.example', auth: client, audience: RESOURCE };

  it.each<[string, object]>([
    ['"issuer" is missing', { auth: client, audience: RESOURCE }],
    ['"auth" is missing', { issuer: options.issuer, audience: RESOURCE }],
    ['"audience" is missing', { issuer: options.issuer, auth: client }],
    ['"cacheFor" must be', { ...options, cacheFor: '6m' }],
    ['"cacheFor" must be', { ...options, cacheFor: -1 }],
    ['"staleFor" must be', { ...options, staleFor: '10' }],
    ['"timeout" must be', { ...options, timeout: 0 }],
    ['"prefix" must be', { ...options, prefix: 'a b' }],
    ['"prefix" must be', { ...options, prefix: '' }],
    ['"signed" must be', { ...options, signed: 'yes' }],
    ['"jwts" must be', { ...options, jwts: 1 }],
    ['"endpoint" must start with https:', { ...options, endpoint: 'http://id.example/i' }],
    ['the issuer must start with https:', { ...options, issuer: 'http://id.example' }],
    ['"endpiont" is not an option: did you mean "endpoint"?', { ...options, endpiont: 'x' }],
    ['"fetch" must be a function', { ...options, fetch: 7 }],
  ])('throws TypeError: %s', (message, wrong) => {
    const create = () => createIntrospector(wrong as IntrospectorOptions);
    expect(create).toThrow(TypeError);
    expect(create).toThrow(message);
  });
});
