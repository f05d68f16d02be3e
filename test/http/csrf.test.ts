import { describe, expect, test, vi } from 'vitest';
import {
  AuthError,
  bearer,
  type CsrfOptions,
  checkCsrf,
  cookie,
  createAuthenticator,
  type RequestLike,
} from '../../src/http/index.ts';
import { outcomeOf } from '../fixtures/outcome.ts';
import { clock, mint, polluted, secret } from './requests.ts';

const host = 'api.example';
const own = `https://${host}`;

const isRejected = (headers: Record<string, string>, method = 'POST', origins?: string[]) => {
  try {
    checkCsrf({ method, headers }, origins);
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(AuthError);
    return true;
  }
};

describe('checkCsrf', () => {
  test.each([
    ['accepts Sec-Fetch-Site: same-origin', { 'sec-fetch-site': 'same-origin' }, false],
    ['accepts Sec-Fetch-Site: none', { 'sec-fetch-site': 'none' }, false],
    ['rejects Sec-Fetch-Site: same-site', { 'sec-fetch-site': 'same-site' }, true],
    ['rejects Sec-Fetch-Site: cross-site', { 'sec-fetch-site': 'cross-site', origin: own }, true],
    ['rejects an unknown Sec-Fetch-Site', { 'sec-fetch-site': 'SAME-ORIGIN' }, true],
    ['accepts the own Origin', { origin: own }, false],
    ['rejects the own Origin with another port', { origin: `${own}:8443` }, true],
    ['rejects another Origin', { origin: 'https://evil.example' }, true],
    ['rejects an Origin that ends like the own', { origin: `https://x${host}` }, true],
    ['rejects an opaque Origin', { origin: 'null' }, true],
    ['rejects a request without both headers', {}, true],
  ])('%s', (_, headers, rejected) => {
    expect(isRejected({ host, ...headers } as Record<string, string>)).toBe(rejected);
  });

  test('rejects an Origin without a Host to compare with', () => {
    expect(isRejected({ origin: own })).toBe(true);
  });

  test('accepts an origin of the list', () => {
    const app = 'https://app.example';
    const headers = { host, origin: app, 'sec-fetch-site': 'cross-site' };
    expect(isRejected(headers, 'POST', [app])).toBe(false);
    expect(isRejected({ ...headers, origin: `${app}.evil` }, 'POST', [app])).toBe(true);
    for (const page of ['capacitor://localhost', 'chrome-extension://abcdefgh']) {
      expect(isRejected({ host, origin: page }, 'POST', [page])).toBe(false);
      expect(isRejected({ host, origin: page })).toBe(true);
    }
  });

  test.each([
    ['a host', ['app.example']],
    ['a path', ['https://app.example/']],
    ['a wildcard', ['https://*.example']],
    ['a lone wildcard', ['*']],
    ['the opaque origin', ['null']],
    ['no list', 'https://app.example'],
  ])('throws TypeError for origins with %s', (_, origins) => {
    const message = /"origins" must be|csrf/;
    expect(() => checkCsrf({ headers: {} }, origins as never)).toThrow(TypeError);
    const csrf = { origins: origins as string[] };
    expect(() => createAuthenticator({ key: secret, csrf })).toThrow(message);
  });

  test('asks a function about a valid origin of another host', () => {
    const origins = vi.fn((origin: string, request: RequestLike) => {
      return origin === `https://app.${(request as { tenant?: string }).tenant}.example`;
    });
    const post = (origin: string) => {
      const request = { method: 'POST', headers: { host, origin }, tenant: 'a' };
      return () => checkCsrf(request, origins);
    };
    expect(post('https://app.a.example')).not.toThrow();
    expect(post('https://app.b.example')).toThrow(AuthError);
    expect(post(own)).not.toThrow();
    origins.mockClear();
    for (const origin of ['null', 'x', `https://${'a'.repeat(300)}`, 'https://*.example']) {
      expect(post(origin), origin).toThrow(AuthError);
    }
    expect(origins).not.toHaveBeenCalled();
  });

  test.each([
    ['no result', undefined],
    ['a promise', Promise.resolve(true)],
    ['a string', 'true'],
  ])('throws TypeError if a function returns %s', (_, result) => {
    const request = { method: 'POST', headers: { host, origin: 'https://evil.example' } };
    const origins = (() => result) as never;
    expect(() => checkCsrf(request, origins)).toThrow('"origins" must return a boolean');
  });

  test('checks every method but GET, HEAD and OPTIONS', () => {
    const headers = { host, 'sec-fetch-site': 'cross-site' };
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'get', 'QUERY', '']) {
      expect(isRejected(headers, method), method).toBe(true);
    }
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      expect(isRejected(headers, method), method).toBe(false);
    }
  });

  test('reads the host of HTTP/2 and of a fetch Request', () => {
    expect(isRejected({ ':authority': host, origin: own })).toBe(false);
    const request = new Request(`${own}/me`, { method: 'POST', headers: { origin: own } });
    expect(() => checkCsrf(request)).not.toThrow();
    const relative = { method: 'POST', url: '/me', headers: new Headers({ origin: own }) };
    expect(() => checkCsrf(relative)).toThrow(AuthError);
  });
});

describe('a request that opens a WebSocket', () => {
  const upgrade = { host, upgrade: 'websocket' };

  test.each([
    ['GET', 'websocket'],
    ['GET', 'WebSocket'],
    ['GET', 'h2c, WEBSOCKET/13'],
    ['HEAD', 'websocket'],
    ['OPTIONS', 'websocket'],
    ['POST', 'websocket'],
    ['CONNECT', undefined],
  ])('is checked by its Origin: %s with %s', (method, upgrade) => {
    const headers = { host, ...(upgrade && { upgrade }) };
    const isOpen = (more: object, list?: string[]) => {
      return !isRejected({ ...headers, ...more }, method, list);
    };
    expect(isOpen({ origin: own })).toBe(true);
    expect(isOpen({ origin: 'https://app.example' }, ['https://app.example'])).toBe(true);
    expect(isOpen({})).toBe(false);
    expect(isOpen({ origin: 'https://evil.example' })).toBe(false);
    expect(isOpen({ 'sec-fetch-site': 'same-origin' })).toBe(false);
    expect(isOpen({ 'sec-fetch-site': 'none', origin: 'null' })).toBe(false);
  });

  test('is known over HTTP/2 and in a fetch Request', () => {
    const headers = { ':authority': host, ':protocol': 'websocket', origin: own };
    expect(isRejected(headers, 'CONNECT')).toBe(false);
    expect(isRejected({ ...headers, origin: 'https://evil.example' }, 'CONNECT')).toBe(true);
    const evil = new Headers({ upgrade: 'websocket', origin: 'https://evil.example' });
    expect(() => checkCsrf(new Request(own, { headers: evil }))).toThrow(AuthError);
    const ours = new Headers({ upgrade: 'websocket', origin: own });
    expect(() => checkCsrf(new Request(own, { headers: ours }))).not.toThrow();
  });

  test('is not one with another Upgrade', () => {
    expect(isRejected({ ...upgrade, upgrade: 'h2c' }, 'GET')).toBe(false);
  });

  test('can send a token in a header from any origin', async () => {
    const authenticate = createAuthenticator({
      key: secret,
      clock,
      from: [bearer(), cookie('at')],
    });
    const headers = { ...upgrade, origin: 'https://evil.example', cookie: `at=${mint()}` };
    const statusOf = async (more: object) =>
      (await authenticate({ method: 'GET', headers: { ...headers, ...more } })).status;
    expect(await statusOf({})).toBe('rejected');
    expect(await statusOf({ authorization: `Bearer ${mint()}` })).toBe('authenticated');
    expect(await statusOf({ cookie: '', authorization: `Bearer ${mint()}` })).toBe('authenticated');
  });

  test('costs requests without a cookie no look-up', async () => {
    const get = vi.fn((name: string) => (name === 'authorization' ? `Bearer ${mint()}` : null));
    const authenticate = createAuthenticator({ key: secret, clock });
    const outcome = await authenticate({ method: 'GET', headers: { get } });
    expect(outcome.status).toBe('authenticated');
    expect(get.mock.calls.map(([name]) => name)).toEqual(['authorization']);
  });
});

describe('a handshake', () => {
  const app = 'https://app.example';
  const preflight = { origin: 'https://a.example', 'access-control-request-method': 'GET' };
  const withCookie = { cookie: `at=${mint()}` };
  const withToken = { authorization: `Bearer ${mint()}` };
  const handshake = async (
    csrf: CsrfOptions,
    headers: Record<string, string>,
    { method = 'GET', ...options }: { method?: string; credentialsRequired?: boolean } = {},
  ) => {
    const from = csrf.origins ? [bearer(), cookie('at')] : bearer();
    const own = { key: secret, clock, from, csrf: { handshake: true, ...csrf }, ...options };
    return (await createAuthenticator(own)({ method, headers })).status;
  };

  test.each([
    ['accepts a cookie from an origin of the list', { ...withCookie, origin: app }, true],
    ['accepts a cookie from the own origin', { ...withCookie, origin: own, host }, true],
    ['rejects a cookie from another origin', { ...withCookie, origin: own, host: 'x' }, false],
    [
      'rejects an upgrade without Origin',
      { ...withCookie, 'sec-fetch-site': 'same-origin', upgrade: 'websocket' },
      false,
    ],
    ['rejects a cookie from an opaque origin', { ...withCookie, origin: 'null' }, false],
    ['rejects a cookie without Origin', withCookie, false],
    ['accepts a cookie with same-origin', { ...withCookie, 'sec-fetch-site': 'same-origin' }, true],
    ['rejects a cookie with same-site', { ...withCookie, 'sec-fetch-site': 'same-site' }, false],
    ['accepts a header without Origin', withToken, true],
    ['rejects a header from another origin', { ...withToken, origin: own }, false],
  ])('%s', async (_, headers, accepted) => {
    const status = await handshake({ origins: [app] }, headers as Record<string, string>);
    expect(status).toBe(accepted ? 'authenticated' : 'rejected');
  });

  test('without a token is accepted only from the list and without Origin', async () => {
    const guests = { credentialsRequired: false };
    expect(await handshake({ origins: [app] }, { origin: own }, guests)).toBe('rejected');
    expect(await handshake({ origins: [app] }, { origin: app }, guests)).toBe('anonymous');
    expect(await handshake({ origins: [app] }, {}, guests)).toBe('anonymous');
  });

  test('without a list accepts a token in a header from any origin', async () => {
    expect(await handshake({}, { ...withToken, origin: own })).toBe('authenticated');
  });

  test('with a cookie and without a list is accepted from the own origin only', async () => {
    const csrf = { handshake: true };
    const authenticate = createAuthenticator({ key: secret, clock, from: cookie('at'), csrf });
    const statusOf = async (headers: object) =>
      (await authenticate({ method: 'GET', headers: { host, ...withCookie, ...headers } })).status;
    expect(await statusOf({ origin: own })).toBe('authenticated');
    expect(await statusOf({ origin: app })).toBe('rejected');
    expect(await statusOf({})).toBe('rejected');
  });

  test('is never a preflight', async () => {
    expect(await handshake({}, preflight, { method: 'OPTIONS' })).toBe('rejected');
  });

  test('is not enabled by a polluted prototype', async () => {
    const request = { method: 'OPTIONS', headers: preflight };
    const { status } = await polluted({ handshake: true }, () =>
      createAuthenticator({ key: secret, csrf: { origins: [app] } })(request),
    );
    expect(status).toBe('anonymous');
  });
});

test('csrf: false disables the check', async () => {
  const authenticate = createAuthenticator({ key: secret, clock, from: cookie('at'), csrf: false });
  const request = { method: 'POST', headers: { cookie: `at=${mint()}` } };
  expect((await authenticate(request)).status).toBe('authenticated');
});

test('a request that opens a WebSocket passes if a proxy adds the default port to Host', () => {
  const handshake = (host: string, origin: string) =>
    outcomeOf(() => checkCsrf({ method: 'GET', headers: { upgrade: 'websocket', host, origin } }));
  expect(handshake('app.example:443', 'https://app.example')).toEqual({ value: undefined });
  expect(handshake('app.example:80', 'http://app.example')).toEqual({ value: undefined });
  for (const [host, origin] of [
    ['app.example:80', 'https://app.example'],
    ['app.example:443', 'https://evil.example'],
    ['', 'file://'],
    ['a b', 'https://app.example'],
  ] as const) {
    expect(handshake(host, origin)).toHaveProperty('error');
  }
});
