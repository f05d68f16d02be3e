import { afterEach, describe, expect, test, vi } from 'vitest';
import { createVerifier } from '../../src/index.ts';
import {
  createRemoteJwks,
  type RemoteJwksOptions,
} from '../../src/jwk/remote/create-remote-jwks.ts';
import { errorOf, rejectionOf } from '../fixtures/outcome.ts';
import { json, jwkOf, scene, serve, setOf, tokenBy } from './key-server.ts';

const JWKS_URL = 'https://id.example/jwks';
const keys = () => Promise.resolve(Response.json(setOf('a')));

describe('the URL of a remote set', () => {
  test.each([
    'https://id.example/jwks',
    'https://id.example:8443/jwks?tenant=7',
    'http://localhost:8080/jwks',
    'http://id.localhost/jwks',
    'http://127.0.0.1/jwks',
    'http://127.8.9.10/jwks',
    'http://[::1]/jwks',
    new URL('https://id.example/jwks'),
  ])('may be %s', async (url) => {
    const fetch = vi.fn(keys);
    await createRemoteJwks(url, { fetch }).reload();
    expect(fetch).toHaveBeenCalledWith(String(url), expect.anything());
  });

  test.each([
    ['http://id.example/jwks', 'must start with https: unless its host is this machine'],
    ['http://127.0.0.1.example/jwks', 'must start with https: unless its host is this machine'],
    ['http://notlocalhost/jwks', 'must start with https: unless its host is this machine'],
    ['http://[::2]/jwks', 'must start with https: unless its host is this machine'],
    ['file:///etc/passwd', 'must start with https: unless its host is this machine'],
    ['https://ada:hush@id.example/', 'must not have credentials: pass them as "headers"'],
    ['id.example/jwks', 'must be an absolute URL'],
    ['', 'must be an absolute URL'],
    [undefined, 'must be a URL'],
    [{ href: JWKS_URL }, 'must be a URL'],
  ])('may not be %s', (url, reason) => {
    const error = errorOf(() => createRemoteJwks(url as string));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.code).toBe('ERR_OPTION_INVALID');
    expect(error.message).toBe(`the URL of a JWK Set ${reason}`);
  });

  test('may be http: with "allowInsecureHttp"', async () => {
    const jwks = createRemoteJwks('http://keys.internal/', {
      allowInsecureHttp: true,
      fetch: keys,
    });
    await expect(jwks.reload()).resolves.toBeUndefined();
  });

  test('is copied: later changes of the object have no effect', async () => {
    const fetch = vi.fn(keys);
    const url = new URL(JWKS_URL);
    const jwks = createRemoteJwks(url, { fetch });
    url.hostname = 'evil.example';
    await jwks.reload();
    expect(fetch).toHaveBeenCalledWith(JWKS_URL, expect.anything());
  });
});

describe('options', () => {
  const duration = 'a number of seconds or a timespan with its unit such as "15m"';
  test.each<[options: unknown, message: string]>([
    [null, 'options must be an object, got null'],
    ['5s', 'options must be an object, got a string'],
    [{ timeOut: 5 }, '"timeOut" is not an option; expected one of timeout, '],
    [{ timeout: 0 }, `"timeout" must be ${duration}, above 0, got 0`],
    [{ timeout: '5000' }, '"timeout" must be'],
    [{ timeout: undefined }, '"timeout" must be'],
    [{ maxStale: -1 }, `"maxStale" must be ${duration}, not negative, got -1`],
    [{ freshFor: '10m' }, '"freshFor" must be an object of min and max'],
    [{ freshFor: { max: '1h', mim: 1 } }, '"freshFor" must be an object of min and max'],
    [{ freshFor: { min: '2h', max: '1h' } }, 'min not above max, got an object'],
    [{ freshFor: { min: undefined } }, '"freshFor" must be an object of min and max'],
    [{ maxBytes: 0 }, '"maxBytes" must be a positive integer, got 0'],
    [{ maxKeys: 1.5 }, '"maxKeys" must be'],
    [{ headers: [['a', 'b']] }, '"headers" must be an object of header names and values'],
    [{ headers: { a: 1 } }, '"headers" must be'],
    [{ headers: { 'a b': 'c' } }, '"headers" must be'],
    [{ headers: { a: 'b\r\nhost: evil' } }, '"headers" must be'],
    [{ fetch: 'fetch' }, '"fetch" must be a function'],
    [{ clock: 1 }, '"clock" must be a function'],
    [{ allowInsecureHttp: 'yes' }, '"allowInsecureHttp" must be a boolean'],
  ])('reject %j', (options, message) => {
    const error = errorOf(() => createRemoteJwks(JWKS_URL, options as RemoteJwksOptions));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.code).toBe('ERR_OPTION_INVALID');
    expect(error.message).toContain(message);
  });

  test('are copied', async () => {
    const fetch = vi.fn(keys);
    const headers = { 'x-api-key': 'one' };
    const options = { fetch, headers, timeout: 5 };
    const jwks = createRemoteJwks(JWKS_URL, options);
    headers['x-api-key'] = 'two';
    options.fetch = vi.fn();
    await jwks.reload();
    expect(fetch.mock.calls).toHaveLength(1);
    const [[, init]] = fetch.mock.calls as unknown as [[string, { headers: object }]];
    expect(init.headers).toMatchObject({ 'x-api-key': 'one' });
  });

  test('are never read from a polluted Object.prototype', async () => {
    const fetch = vi.fn(keys);
    Object.assign(Object.prototype, { allowInsecureHttp: true, min: 'x', headers: { evil: '1' } });
    try {
      expect(() => createRemoteJwks('http://id.example/')).toThrow('must start with https:');
      await createRemoteJwks(JWKS_URL, { fetch, freshFor: { max: '5m' } }).reload();
    } finally {
      for (const name of ['allowInsecureHttp', 'min', 'headers']) {
        Reflect.deleteProperty(Object.prototype, name);
      }
    }
    expect(Object.keys(fetch.mock.calls.at(0)?.at(1) ?? {})).not.toContain('evil');
  });
});

describe('a request', () => {
  test('has the headers of the caller, and a default for Accept', async () => {
    const { server, by } = await scene(json(setOf('a')), {
      headers: { 'X-Api-Key': 'k', 'User-Agent': 'shop/1' },
    });
    await by('a');
    const [request] = server.requests;
    expect(request?.method).toBe('GET');
    expect(request?.headers).toMatchObject({
      accept: 'application/jwk-set+json, application/json',
      'x-api-key': 'k',
      'user-agent': 'shop/1',
    });
  });

  test('keeps the query of the URL, and an Accept header of the caller', async () => {
    const server = await serve(json(setOf('a')));
    const headers = { Accept: 'text/plain' };
    await createRemoteJwks(`${server.url}/jwks?tenant=7#part`, { headers }).reload();
    expect(server.requests[0]?.url).toBe('/jwks?tenant=7');
    expect(server.requests[0]?.headers.accept).toBe('text/plain');
  });
});

describe('the option "fetch"', () => {
  afterEach(() => vi.unstubAllGlobals());

  test('is by default the global one, looked up at each call', async () => {
    const jwks = createRemoteJwks(JWKS_URL);
    const fetch = vi.fn(keys);
    vi.stubGlobal('fetch', fetch);
    await jwks.reload();
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  test('receives method, headers, redirect mode and signal', async () => {
    const fetch = vi.fn(keys);
    await createRemoteJwks(JWKS_URL, { fetch }).reload();
    expect(fetch).toHaveBeenCalledWith(JWKS_URL, {
      method: 'GET',
      headers: { accept: 'application/jwk-set+json, application/json' },
      redirect: 'manual',
      signal: expect.any(AbortSignal),
    });
  });

  const throwing = () => {
    throw new Error('no');
  };
  const wordy = new ReadableStream({
    pull: (controller) => controller.enqueue('a string, which has no byteLength'),
  });
  test.each<[title: string, fetch: unknown, reason: string | RegExp]>([
    ['throws', throwing, 'the connection failed'],
    ['rejects', async () => throwing(), 'the connection failed'],
    ['resolves to undefined', async () => undefined, /undefined/],
    ['returns undefined', () => undefined, /undefined/],
    ['streams strings without end', async () => new Response(wordy), /./],
    ['never settles', () => new Promise(() => {}), 'no complete response within 0.05 s'],
    [
      'never ends its body',
      async () => new Response(new ReadableStream()),
      'no complete response within 0.05 s',
    ],
  ])('causes KeySourceError if it %s', async (_, fetch, reason) => {
    const options = { fetch, timeout: '50ms' } as RemoteJwksOptions;
    const verify = createVerifier(createRemoteJwks(JWKS_URL, options));
    const error = await rejectionOf(verify(tokenBy('a')));
    expect(error.code).toBe('ERR_KEY_SOURCE');
    if (typeof reason === 'string') expect((error.cause as Error).message).toBe(reason);
    else expect((error.cause as Error).message).toMatch(reason);
  });
});

describe('in workerd, where promises belong to a request', () => {
  afterEach(() => vi.unstubAllGlobals());

  test('a token does not wait for the fetch of another', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' });
    let calls = 0;
    const jwks = createRemoteJwks(JWKS_URL, {
      // The first request was cancelled: its fetch never settles.
      fetch: () => (++calls === 1 ? new Promise(() => {}) : keys()),
      timeout: '1h',
    });
    const verify = createVerifier(jwks);
    void verify(tokenBy('a')).catch(() => {});
    expect(await verify(tokenBy('a'))).toEqual({ by: 'a' });
    expect(await verify(tokenBy('a'))).toEqual({ by: 'a' });
    expect(calls).toBe(2);
    jwks.close();
  });

  test('a response that was overtaken has no effect', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' });
    let release = (_: Response) => {};
    let calls = 0;
    const jwks = createRemoteJwks(JWKS_URL, {
      fetch: () =>
        ++calls === 1
          ? new Promise((resolve) => {
              release = resolve;
            })
          : Promise.resolve(Response.json({ keys: [jwkOf('new')] })),
    });
    const verify = createVerifier(jwks);
    const first = verify(tokenBy('new'));
    expect(await verify(tokenBy('new'))).toEqual({ by: 'new' });
    release(Response.json(setOf('old')));
    expect(await first).toEqual({ by: 'new' });
    expect(await verify(tokenBy('new'))).toEqual({ by: 'new' });
    expect(calls).toBe(2);
  });
});

test('makes its verifier return a promise also for malformed tokens', async () => {
  const verify = createVerifier(createRemoteJwks(JWKS_URL, { fetch: keys }));
  const rejected = verify('no token');
  expect(rejected).toBeInstanceOf(Promise);
  expect((await rejectionOf(rejected)).code).toBe('ERR_TOKEN_MALFORMED');
});
