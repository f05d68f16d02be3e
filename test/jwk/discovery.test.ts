import { describe, expect, test } from 'vitest';
import { createSigner, createVerifier, KeySourceError, sign } from '../../src/index.ts';
import type { RemoteJwksOptions } from '../../src/jwk/remote/create-remote-jwks.ts';
import { discover } from '../../src/jwk/remote/discovery.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import {
  type Answer,
  Clock,
  hang,
  json,
  type KeyServer,
  pairOf,
  serve,
  setOf,
  status,
} from './key-server.ts';

type Pages = Record<string, Answer>;

/** Starts a server with these pages. */
async function site(pages: (url: string) => Pages): Promise<KeyServer> {
  const server = await serve(status(404));
  const served = pages(server.url);
  server.answer = (request, response) => {
    const page = served[request.url ?? ''] ?? status(404);
    page(request, response);
  };
  return server;
}

const OIDC = '/.well-known/openid-configuration';
const OAUTH = '/.well-known/oauth-authorization-server';

const provider = (path = '', kid = 'a') =>
  site((url) => ({
    [`${path.replace(/\/$/, '')}${OIDC}`]: json({
      issuer: url + path,
      jwks_uri: `${url}/keys`,
      scopes_supported: ['openid'],
    }),
    '/keys': json(setOf(kid)),
  }));

const tokenOf = (kid: string, issuer: string) =>
  createSigner(pairOf(kid).privateKey, { keyid: kid, issuer })({ sub: 'ada' });

/** The message of the KeySourceError. */
async function errorMessageOf(issuer: string, options: RemoteJwksOptions = {}): Promise<string> {
  const error = await rejectionOf(discover(issuer, options));
  expect(error).toBeInstanceOf(KeySourceError);
  return error.message.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST');
}

describe('discover', () => {
  test.each(['', '/', '/realms/shop', '/realms/shop/'])(
    'returns issuer, keys and metadata of an OpenID provider at "%s"',
    async (path) => {
      const server = await provider(path);
      const { issuer, jwks, metadata } = await discover(server.url + path);
      expect(issuer).toBe(server.url + path);
      expect(metadata).toEqual({
        issuer,
        jwks_uri: `${server.url}/keys`,
        scopes_supported: ['openid'],
      });
      expect(server.count).toBe(1);
      const verify = createVerifier(jwks, { issuer });
      expect(await verify(tokenOf('a', issuer))).toMatchObject({ sub: 'ada' });
      expect(server.requests.map(({ url }) => url)).toEqual([
        `${path.replace(/\/$/, '')}${OIDC}`,
        '/keys',
      ]);
    },
  );

  test.each([
    ['', OAUTH],
    ['/', OAUTH],
    ['/tenant/7', `${OAUTH}/tenant/7`],
  ])('falls back to the metadata of RFC 8414: "%s"', async (path, metadataPath) => {
    const server = await site((url) => ({
      [metadataPath]: json({ issuer: url + path, jwks_uri: `${url}/keys` }),
      '/keys': json(setOf('a')),
    }));
    const { issuer, jwks } = await discover(server.url + path);
    const claims = await createVerifier(jwks, { issuer })(tokenOf('a', issuer));
    expect(claims.iss).toBe(issuer);
  });

  test('freezes the metadata', async () => {
    const server = await provider();
    const { metadata } = await discover(server.url);
    expect(Object.isFrozen(metadata)).toBe(true);
    expect(Object.isFrozen(metadata['scopes_supported'])).toBe(true);
  });

  test('returns keys with reload and close', async () => {
    const server = await provider();
    const { issuer, jwks } = await discover(server.url);
    await jwks.reload();
    expect(server.count).toBe(2);
    jwks.close();
    const error = await rejectionOf(createVerifier(jwks)(tokenOf('a', issuer)));
    expect(error.code).toBe('ERR_KEY_SOURCE');
  });

  test('applies its options to the keys, too', async () => {
    const server = await provider();
    const clock = new Clock();
    const { issuer, jwks } = await discover(server.url, {
      clock: clock.read,
      freshFor: { max: 5 },
    });
    const verify = createVerifier(jwks);
    await verify(tokenOf('a', issuer));
    clock.pass(5);
    await verify(tokenOf('a', issuer));
    expect(server.count).toBe(3);
  });
});

describe('the keys of a discovered issuer', () => {
  test('verify no token of another issuer, also without the option "issuer"', async () => {
    const server = await provider();
    const { jwks } = await discover(server.url);
    const verify = createVerifier(jwks);
    const foreign = [`${server.url}/`, 'https://id.example', server.url.toUpperCase(), ''];
    for (const iss of [...foreign, [server.url], null, 1, undefined]) {
      // Not createSigner, which rejects an issuer that is not a string.
      const token = sign(iss === undefined ? {} : { iss }, pairOf('a').privateKey, {
        algorithm: 'EdDSA',
        keyid: 'a',
      });
      expect((await rejectionOf(verify(token))).code).toBe('ERR_KEY_NOT_FOUND');
    }
    // Such a token causes no fetch.
    expect(server.count).toBe(1);
  });

  test('are not mixed with those of another issuer with the same kid', async () => {
    const [one, two] = [await provider('', 'a'), await provider('', 'b')];
    const [first, second] = [await discover(one.url), await discover(two.url)];
    const forged = createSigner(pairOf('b').privateKey, { keyid: 'a', issuer: first.issuer })({});
    expect((await rejectionOf(createVerifier(first.jwks)(forged))).code).toBe(
      'ERR_SIGNATURE_INVALID',
    );
    expect((await rejectionOf(createVerifier(second.jwks)(forged))).code).toBe('ERR_KEY_NOT_FOUND');
  });
});

describe('discover rejects', () => {
  test.each<[title: string, named: (url: string) => unknown]>([
    ['another issuer', () => 'https://evil.example'],
    ['the issuer with a trailing slash', (url) => `${url}/`],
    ['the issuer in capitals', (url) => url.toUpperCase()],
    ['a list', (url) => [url]],
    ['no issuer', () => undefined],
  ])('metadata that name %s', async (_, named) => {
    const server = await site((url) => ({
      [OIDC]: json({ issuer: named(url), jwks_uri: `${url}/keys` }),
    }));
    expect(await errorMessageOf(server.url)).toContain(`expected the issuer "http://HOST", got `);
  });

  test.each([
    [undefined, 'its "jwks_uri" must be a URL'],
    ['/keys', 'its "jwks_uri" must be an absolute URL'],
    [
      'http://id.example/keys',
      'its "jwks_uri" must start with https: unless its host is this machine',
    ],
    ['https://a:b@id.example/', 'its "jwks_uri" must not have credentials: pass them as "headers"'],
  ])('the jwks_uri %j', async (jwks_uri, reason) => {
    const server = await site((url) => ({ [OIDC]: json({ issuer: url, jwks_uri }) }));
    expect(await errorMessageOf(server.url)).toBe(`no metadata from http://HOST/: ${reason}`);
  });

  test.each([
    ['https://localhost/keys', 'its "jwks_uri" must not name this machine'],
    ['https://127.0.0.1/keys', 'its "jwks_uri" must not name this machine'],
    ['https://[::ffff:127.0.0.1]/keys', 'its "jwks_uri" must not name this machine'],
    ['http://0.0.0.0/keys', 'its "jwks_uri" must not name this machine'],
    [
      'http://keys.example/',
      'its "jwks_uri" must start with https: unless its host is this machine',
    ],
  ])('the jwks_uri %s of an https issuer', async (jwks_uri, reason) => {
    const issuer = 'https://id.example';
    const fetch = async () => Response.json({ issuer, jwks_uri });
    expect(await errorMessageOf(issuer, { fetch })).toBe(
      `no metadata from https://id.example/: ${reason}`,
    );
  });

  test.each<[title: string, answer: Answer, reason: string]>([
    ['no metadata at all', status(404), 'no metadata is published'],
    ['status 500', status(500), 'status 500'],
    ['a redirect', status(301, { location: '/x' }), 'a redirect, which is not followed'],
    ['no response', hang, 'no complete response within 0.3 s'],
    ['HTML', json('<html>'), 'the metadata is not a JSON object'],
    [
      'a duplicate member',
      json('{"issuer":"a","issuer":"b"}'),
      'the metadata is not a JSON object',
    ],
    ['too much', json(`{"x":"${'x'.repeat(2000)}"}`), 'a response of more than 1000 bytes'],
  ])('%s', async (_, answer, reason) => {
    const server = await site(() => ({ [OIDC]: answer }));
    const options = { timeout: '300ms', maxBytes: 1000 } as const;
    const message = await errorMessageOf(server.url, options);
    expect(message.replace(OIDC, '/')).toBe(`no metadata from http://HOST/: ${reason}`);
  });

  test.each([
    ['http://id.example', 'the issuer must start with https: unless its host is this machine'],
    ['https://a:b@id.example', 'the issuer must not have credentials: pass them as "headers"'],
    ['https://id.example?x=1', 'the issuer must have no query and no fragment'],
    ['id.example', 'the issuer must be an absolute URL'],
    [
      'https://id.example/.well-known/openid-configuration',
      'the issuer must be without "/.well-known/…", which is the URL of its metadata',
    ],
    [undefined, 'the issuer must be a string'],
    [new URL('https://id.example'), 'the issuer must be a string'],
  ])('the issuer %s with TypeError', async (issuer, message) => {
    const error = await rejectionOf(discover(issuer as string));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.code).toBe('ERR_OPTION_INVALID');
    expect(error.message).toBe(message);
  });

  test('an unknown option', async () => {
    const error = await rejectionOf(discover('https://id.example', { clocK: 1 } as never));
    expect(error.message).toMatch(/^"clocK" is not an option/);
  });
});

test('ignores a polluted Object.prototype', async () => {
  const server = await site((url) => ({
    [OIDC]: json({ issuer: url, jwks_uri: 'http://keys.example/' }),
  }));
  Object.assign(Object.prototype, { allowInsecureHttp: true, headers: { evil: '1' } });
  try {
    expect(await errorMessageOf(server.url)).toContain('its "jwks_uri" must start with https:');
    expect(server.requests[0]?.headers['evil']).toBeUndefined();
  } finally {
    Reflect.deleteProperty(Object.prototype, 'allowInsecureHttp');
    Reflect.deleteProperty(Object.prototype, 'headers');
  }
});

test('sends "headers" only to the origin of the issuer', async () => {
  const keys = await serve(json(setOf('a')));
  const server = await site((url) => ({
    [OIDC]: json({ issuer: url, jwks_uri: `${keys.url}/keys` }),
  }));
  const headers = { authorization: 'Basic aHVzaA' };
  await (await discover(server.url, { headers })).jwks.reload();
  expect(server.requests[0]?.headers.authorization).toBe('Basic aHVzaA');
  expect(keys.requests[0]?.headers.authorization).toBeUndefined();

  const home = await provider();
  await (await discover(home.url, { headers })).jwks.reload();
  expect(home.requests.map(({ headers: { authorization } }) => authorization)).toEqual([
    'Basic aHVzaA',
    'Basic aHVzaA',
  ]);
});
