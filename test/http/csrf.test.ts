import { describe, expect, test } from 'vitest';
import {
  AuthError,
  bearer,
  type CsrfOptions,
  checkCsrf,
  cookie,
  createAuthenticator,
} from '../../src/http/index.ts';
import { clock, mint, secret } from './requests.ts';

const host = 'api.example';
const own = `https://${host}`;

const isRefused = (headers: Record<string, string>, method = 'POST', origins?: string[]) => {
  try {
    checkCsrf({ method, headers }, origins);
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(AuthError);
    return true;
  }
};

describe('a request that changes something', () => {
  test.each([
    ['says that it is from the same origin', { 'sec-fetch-site': 'same-origin' }, false],
    ['was made by the user', { 'sec-fetch-site': 'none' }, false],
    ['is from a sibling domain', { 'sec-fetch-site': 'same-site' }, true],
    ['is from another site', { 'sec-fetch-site': 'cross-site' }, true],
    ['has a word that is not known', { 'sec-fetch-site': 'SAME-ORIGIN' }, true],
    [
      'is from another site, whatever its Origin',
      { 'sec-fetch-site': 'cross-site', origin: own },
      true,
    ],
    ['has the own Origin', { origin: own }, false],
    ['has the own Origin on another port', { origin: `${own}:8443` }, true],
    ['has a foreign Origin', { origin: 'https://evil.example' }, true],
    ['has an Origin that ends like the own', { origin: `https://x${host}` }, true],
    ['has an opaque Origin', { origin: 'null' }, true],
    ['has neither', {}, true],
  ])('%s: refused is the last word of %j: %s', (_, headers, refused) => {
    expect(isRefused({ host, ...headers } as Record<string, string>)).toBe(refused);
  });

  test('without a host to compare with is refused', () => {
    expect(isRefused({ origin: own })).toBe(true);
  });

  test('may come from an origin of the list', () => {
    const app = 'https://app.example';
    const headers = { host, origin: app, 'sec-fetch-site': 'cross-site' };
    expect(isRefused(headers, 'POST', [app])).toBe(false);
    expect(isRefused({ ...headers, origin: `${app}.evil` }, 'POST', [app])).toBe(true);
    for (const page of ['capacitor://localhost', 'chrome-extension://abcdefgh']) {
      expect(isRefused({ host, origin: page }, 'POST', [page])).toBe(false);
      expect(isRefused({ host, origin: page })).toBe(true);
    }
    expect(() => checkCsrf({ headers }, ['app.example'])).toThrow(TypeError);
    expect(() => checkCsrf({ headers }, 'https://app.example' as never)).toThrow(TypeError);
  });

  test.each(['PUT', 'PATCH', 'DELETE', 'get', 'QUERY', ''])('%j is one', (method) => {
    expect(isRefused({ host }, method)).toBe(true);
  });
});

test.each(['GET', 'HEAD', 'OPTIONS'])('%s changes nothing', (method) => {
  expect(isRefused({ host, 'sec-fetch-site': 'cross-site' }, method)).toBe(false);
});

test('the host of HTTP/2 and of a Request of fetch are known', () => {
  expect(isRefused({ ':authority': host, origin: own })).toBe(false);
  const request = new Request(`${own}/me`, { method: 'POST', headers: { origin: own } });
  expect(() => checkCsrf(request)).not.toThrow();
  const relative = { method: 'POST', url: '/me', headers: new Headers({ origin: own }) };
  expect(() => checkCsrf(relative)).toThrow(AuthError);
});

describe('a handshake', () => {
  const origins = ['https://app.example'];
  const handshake = async (csrf: CsrfOptions, headers: Record<string, string>) => {
    const authenticate = createAuthenticator({
      key: secret,
      clock,
      from: csrf.origins ? [bearer(), cookie('at')] : bearer(),
      csrf: { handshake: true, ...csrf },
    });
    return (await authenticate({ method: 'GET', headers })).status;
  };
  const withCookie = { cookie: `at=${mint()}` };
  const withToken = { authorization: `Bearer ${mint()}` };

  test.each([
    [{ ...withCookie, origin: 'https://app.example' }, 'authenticated'],
    [{ ...withCookie, origin: 'https://evil.example' }, 'rejected'],
    [{ ...withCookie, origin: 'null' }, 'rejected'],
    [{ ...withCookie, host: 'evil.example', origin: 'https://evil.example' }, 'rejected'],
    [withCookie, 'rejected'],
    [{ ...withCookie, 'sec-fetch-site': 'same-origin' }, 'authenticated'],
    [{ ...withCookie, 'sec-fetch-site': 'same-site' }, 'rejected'],
    [withToken, 'authenticated'],
    [{ ...withToken, origin: 'https://evil.example' }, 'rejected'],
  ])('with a list of origins: %#', async (headers, status) => {
    expect(await handshake({ origins }, headers)).toBe(status);
  });

  test('of a guest has to come from the list, too', async () => {
    const authenticate = createAuthenticator({
      key: secret,
      credentialsRequired: false,
      csrf: { handshake: true, origins },
    });
    const from = async (headers: Record<string, string>) =>
      (await authenticate({ method: 'GET', headers })).status;
    expect(await from({ origin: 'https://evil.example' })).toBe('rejected');
    expect(await from({ origin: 'https://app.example' })).toBe('anonymous');
    expect(await from({})).toBe('anonymous');
  });

  test('is none because a polluted prototype says so', async () => {
    Object.defineProperty(Object.prototype, 'handshake', { value: true, configurable: true });
    try {
      const authenticate = createAuthenticator({ key: secret, csrf: { origins } });
      const headers = { origin: 'https://a.example', 'access-control-request-method': 'GET' };
      expect((await authenticate({ method: 'OPTIONS', headers })).status).toBe('anonymous');
    } finally {
      Reflect.deleteProperty(Object.prototype, 'handshake');
    }
  });

  test('is no preflight, whatever it says', async () => {
    const authenticate = createAuthenticator({ key: secret, csrf: { handshake: true } });
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'GET' };
    expect((await authenticate({ method: 'OPTIONS', headers })).status).toBe('rejected');
  });

  test('without a list takes tokens that are sent on purpose', async () => {
    expect(await handshake({}, { ...withToken, origin: 'https://any.example' })).toBe(
      'authenticated',
    );
  });
});

test('csrf: false switches the check off', async () => {
  const authenticate = createAuthenticator({ key: secret, clock, from: cookie('at'), csrf: false });
  const request = { method: 'POST', headers: { cookie: `at=${mint()}` } };
  expect((await authenticate(request)).status).toBe('authenticated');
});
