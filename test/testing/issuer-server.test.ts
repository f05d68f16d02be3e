import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createVerifier } from '../../src/index.ts';
import { discover, type Jwks } from '../../src/jwk/index.ts';
import {
  createTestIssuer,
  type TestIssuer,
  type TestIssuerOptions,
} from '../../src/testing/index.ts';
import { rejectionOf } from '../fixtures/outcome.ts';

const create = (options: TestIssuerOptions = {}) =>
  createTestIssuer({ algorithm: 'ES256', ...options });

/** Sends a request with any Host header. Resolves to its status and text. */
async function send(url: string, headers: Record<string, string>): Promise<[number, string]> {
  const sent = request(url, { headers, agent: false });
  sent.end();
  const [response] = await once(sent, 'response');
  return [response.statusCode, (await response.toArray()).join('')];
}

/** Sends text, and resolves to what comes back until the connection closes. */
async function sendRaw({ issuer }: TestIssuer, text: string): Promise<string> {
  const socket = connect(Number(new URL(issuer).port), '127.0.0.1');
  socket.write(text);
  return (await socket.toArray()).join('');
}

/** Both ways to fetch from an issuer that listens. */
const ways: Array<[string, (issuer: TestIssuer) => typeof fetch]> = [
  ['by its fetch', (issuer) => issuer.fetch as typeof fetch],
  ['over loopback', () => fetch],
];

describe.each(ways)('an issuer %s', (_, fetchOf) => {
  it('serves the metadata of OpenID Connect and of RFC 8414, and its keys', async () => {
    await using issuer = await create({ listen: true });
    const get = fetchOf(issuer);
    const metadata = await (await get(`${issuer.issuer}/.well-known/openid-configuration`)).json();
    expect(metadata).toMatchObject({
      issuer: issuer.issuer,
      jwks_uri: issuer.jwksUri,
      id_token_signing_alg_values_supported: ['ES256'],
    });
    const path = '/.well-known/oauth-authorization-server';
    expect(await (await get(issuer.issuer + path)).json()).toEqual(metadata);
    const { keys } = (await (await get(issuer.jwksUri)).json()) as Jwks;
    expect(keys).toEqual([expect.objectContaining({ kty: 'EC', use: 'sig', alg: 'ES256' })]);
    expect(keys[0]).not.toHaveProperty('d');
  });

  it('sends cache headers, and 304 to a client that has the set', async () => {
    await using issuer = await create({ listen: true });
    const get = fetchOf(issuer);
    const first = await get(issuer.jwksUri);
    const etag = first.headers.get('etag') ?? '';
    expect(first.headers.get('cache-control')).toBe('public, max-age=1800');
    const again = () => get(issuer.jwksUri, { headers: { 'if-none-match': etag } });
    expect((await again()).status).toBe(304);
    await issuer.rotate();
    expect((await again()).status).toBe(200);
  });

  it('responds to HEAD without a body, and rejects other methods', async () => {
    await using issuer = await create({ listen: true });
    const get = fetchOf(issuer);
    const head = await get(issuer.jwksUri, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const post = await get(issuer.jwksUri, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    issuer.outage();
    expect(await (await get(issuer.jwksUri, { method: 'HEAD' })).text()).toBe('');
  });

  it('has no route that creates tokens', async () => {
    await using issuer = await create({ listen: true });
    const get = fetchOf(issuer);
    for (const path of ['/token', '/authorize', '/', '//x', '/.well-known/jwks.json/x']) {
      const response = await get(issuer.issuer + path);
      const text = await response.text();
      expect([path, response.status]).toEqual([path, 404]);
      expect(text).toMatch(/^a test issuer serves only \//);
    }
  });

  it('lists what was fetched', async () => {
    await using issuer = await create({ listen: true });
    const get = fetchOf(issuer);
    await get(`${issuer.jwksUri}?key=1`);
    issuer.advance('1h');
    issuer.outage();
    await get(`${issuer.issuer}/x`, { method: 'POST' });
    expect(issuer.requests).toMatchObject([
      { method: 'GET', path: '/.well-known/jwks.json' },
      { method: 'POST', path: '/x' },
    ]);
    const [first = { time: 0 }, second = { time: 0 }] = issuer.requests;
    expect(second.time - first.time).toBeGreaterThanOrEqual(3_600_000);
  });
});

describe('an issuer that listens', () => {
  it('is found by its address', async () => {
    await using issuer = await create({ listen: true, audience: 'api' });
    expect(issuer.issuer).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const { jwks } = await discover(issuer.issuer);
    const verify = createVerifier(jwks, { issuer: issuer.issuer, audience: 'api' });
    expect(await verify(await issuer.token({ sub: 'ada' }))).toMatchObject({ sub: 'ada' });
  });

  it.each(['evil.example', '127.0.0.1', '127.0.0.1:1', 'localhost', '127.0.0.1.evil.example'])(
    'rejects the Host %j, to which another site can rebind its name',
    async (host) => {
      await using issuer = await create({ listen: true });
      const [status, text] = await send(issuer.jwksUri, { host });
      expect([status, text]).toEqual([
        421,
        `the Host header must be ${new URL(issuer.issuer).host}`,
      ]);
      expect(issuer.requests).toEqual([]);
    },
  );

  it('accepts localhost with its port', async () => {
    await using issuer = await create({ listen: true });
    const host = new URL(issuer.issuer).host.replace('127.0.0.1', 'localhost');
    expect((await send(issuer.jwksUri, { host }))[0]).toBe(200);
  });

  it('rejects a request without Host', async () => {
    await using issuer = await create({ listen: true });
    expect(await sendRaw(issuer, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 421 /);
  });

  it.each(['http://evil.example/', '*'])(
    'closes the connection for the request target %s',
    async (target) => {
      await using issuer = await create({ listen: true });
      const { host } = new URL(issuer.issuer);
      expect(await sendRaw(issuer, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).toBe('');
      expect(issuer.requests).toEqual([]);
      expect((await fetch(issuer.jwksUri)).status).toBe(200);
    },
  );

  it('listens on the port of the option, and reports one in use', async () => {
    const first = await create({ listen: true });
    const port = Number(new URL(first.issuer).port);
    const error = await rejectionOf(create({ listen: port }));
    expect(error).toMatchObject({ code: 'EADDRINUSE' });
    await first.close();
    await using second = await create({ listen: port });
    expect(second.issuer).toBe(first.issuer);
  });

  it('ends idle and pending connections when it is closed', async () => {
    const issuer = await create({ listen: true });
    await fetch(issuer.jwksUri);
    issuer.outage('timeout');
    const pending = rejectionOf(fetch(issuer.jwksUri));
    const idle = connect(Number(new URL(issuer.issuer).port), '127.0.0.1');
    await once(idle, 'connect');
    const ended = new Promise((resolve) => idle.on('error', () => {}).once('close', resolve));
    await Promise.all([issuer.close(), issuer.close(), ended]);
    expect(await pending).toMatchObject({ name: 'TypeError' });
    expect(await rejectionOf(fetch(issuer.jwksUri))).toMatchObject({ message: 'fetch failed' });
  });
});
