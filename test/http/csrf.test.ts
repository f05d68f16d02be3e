import { describe, expect, test } from 'vitest';
import {
  AuthError,
  bearer,
  type CsrfOptions,
  checkCsrf,
  cookie,
  createAuthenticator,
} from '../../src/http/index.ts';
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
    expect(() => checkCsrf({ headers }, ['app.example'])).toThrow(TypeError);
    expect(() => checkCsrf({ headers }, app as never)).toThrow(TypeError);
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
    ['rejects a cookie from another origin', { ...withCookie, origin: own, host }, false],
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

  test('with a cookie needs a list', () => {
    const options = { key: secret, from: cookie('at'), csrf: { handshake: true } };
    expect(() => createAuthenticator(options)).toThrow('"origins" is required');
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
