import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it, vi } from 'vitest';
import { listKeys } from '../../src/core/verify/listed-keys.ts';
import { createSigner, createVerifier, sign } from '../../src/index.ts';
import type { RemoteJwksOptions } from '../../src/jwk/remote/create-remote-jwks.ts';
import { createDiscoveredJwks } from '../../src/jwk/remote/discovered.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { Clock, hang, json, type KeyServer, pairOf, serve, setOf, status } from './key-server.ts';

const tokenOf = (issuer: string, kid = 'a') =>
  createSigner(pairOf(kid).privateKey, { keyid: kid, issuer })({ sub: 'ada' });

function start(server: KeyServer, keysPath = '/keys', kid = 'a'): void {
  server.answer = (request, response) => {
    const isMetadata = request.url?.includes('/.well-known/') === true;
    const document = isMetadata
      ? { issuer: server.url, jwks_uri: `${server.url}${keysPath}` }
      : setOf(kid);
    json(document)(request, response);
  };
}

async function scene(options: RemoteJwksOptions = {}) {
  const server = await serve(status(404));
  start(server);
  const clock = new Clock();
  const jwks = createDiscoveredJwks(server.url, { clock: clock.read, ...options });
  const verify = createVerifier(jwks);
  return { server, clock, jwks, verify, issuer: server.url, token: tokenOf(server.url) };
}

describe('createDiscoveredJwks', () => {
  it('fetches nothing before the first token, then metadata and keys once', async () => {
    const { server, verify, token } = await scene();
    expect(server.count).toBe(0);
    expect(await verify(token)).toMatchObject({ sub: 'ada' });
    await verify(token);
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/.well-known/openid-configuration',
      '/keys',
    ]);
  });

  it('discovers once for tokens that arrive at the same time', async () => {
    const { server, verify, token } = await scene();
    await Promise.all(Array.from({ length: 50 }, () => verify(token)));
    expect(server.count).toBe(2);
  });

  it('fetches nothing for a token of another issuer', async () => {
    const { server, verify } = await scene();
    for (const iss of ['https://evil.example', `${server.url}/`, '', undefined]) {
      const claims = iss === undefined ? {} : { iss };
      const token = sign(claims, pairOf('a').privateKey, { algorithm: 'EdDSA' });
      expect((await rejectionOf(verify(token))).code).toBe('ERR_KEY_NOT_FOUND');
    }
    expect(server.count).toBe(0);
  });

  it('fetches nothing for an algorithm of secrets', async () => {
    const { server, jwks } = await scene();
    const verify = createVerifier(jwks, { algorithms: ['HS256'] });
    const token = sign({ iss: server.url }, 'x'.repeat(32));
    expect((await rejectionOf(verify(token))).code).toBe('ERR_KEY_NOT_FOUND');
    expect(server.count).toBe(0);
  });

  it('throws KeySourceError while the issuer is down, and recovers after the back-off', async () => {
    const { server, clock, verify, token } = await scene();
    server.answer = status(500);
    for (let i = 0; i < 20; i++) {
      const error = await rejectionOf(verify(token));
      expect(error.name).toBe('KeySourceError');
      expect(error.message).toContain('status 500');
    }
    expect(server.count).toBe(1);
    start(server);
    clock.pass(1);
    expect(await verify(token)).toMatchObject({ sub: 'ada' });
  });

  it('waits longer after each failure, at most 60 seconds', async () => {
    const { server, clock, verify, token } = await scene();
    server.answer = status(503);
    const random = vi.spyOn(Math, 'random').mockReturnValue(0);
    try {
      await rejectionOf(verify(token));
      for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
        clock.pass(seconds - 0.5);
        await rejectionOf(verify(token));
        const before = server.count;
        clock.pass(0.5);
        await rejectionOf(verify(token));
        expect(server.count - before).toBe(1);
      }
    } finally {
      random.mockRestore();
    }
  });

  it('publishes each failure', async () => {
    const { server, verify, token } = await scene();
    server.answer = status(500);
    const events: unknown[] = [];
    const listener = (event: unknown) => void events.push(event);
    subscribe('jotkit:refresh-failed', listener);
    try {
      await rejectionOf(verify(token));
    } finally {
      unsubscribe('jotkit:refresh-failed', listener);
    }
    const reason = expect.stringContaining('status 500');
    expect(events).toEqual([{ url: `${server.url}/`, reason, failures: 1 }]);
  });

  it('resolves to the metadata', async () => {
    const { jwks, issuer } = await scene();
    expect(await jwks.metadata()).toEqual({ issuer, jwks_uri: `${issuer}/keys` });
  });

  it('fetches metadata and keys again with reload, also during the back-off', async () => {
    const { server, jwks, verify, token } = await scene();
    server.answer = status(500);
    expect((await rejectionOf(jwks.reload())).name).toBe('KeySourceError');
    start(server);
    await jwks.reload();
    expect(await verify(token)).toMatchObject({ sub: 'ada' });
    start(server, '/new-keys', 'b');
    await jwks.reload();
    expect(await verify(tokenOf(server.url, 'b'))).toMatchObject({ sub: 'ada' });
    expect(server.requests.at(-1)?.url).toBe('/new-keys');
  });

  it('keeps the keys with reload if their URL is the same', async () => {
    const { server, jwks, verify, token } = await scene();
    await verify(token);
    const before = listKeys(jwks);
    await jwks.reload();
    expect(listKeys(jwks)?.[0]?.key).toBe(before?.[0]?.key);
    expect(server.count).toBe(4);
  });

  it('lists no keys before the first token', async () => {
    const { jwks } = await scene();
    expect(listKeys(jwks)).toEqual([]);
  });

  it('aborts the discovery when it is closed, and then throws KeySourceError', async () => {
    const { server, jwks, verify, token } = await scene();
    server.answer = hang;
    const pending = rejectionOf(verify(token));
    await vi.waitFor(() => expect(server.count).toBe(1), { timeout: 20_000 });
    jwks.close();
    expect(await pending).toMatchObject({ name: 'KeySourceError' });
    for (const call of [verify(token), jwks.metadata(), jwks.reload()]) {
      expect((await rejectionOf(call)).message).toBe('the key set was closed');
    }
    expect(server.count).toBe(1);
  });

  it('closes the keys, too', async () => {
    const { jwks, verify, token } = await scene();
    await verify(token);
    jwks.close();
    expect((await rejectionOf(verify(token))).message).toBe('the key set was closed');
  });

  it.each<[string, unknown, object]>([
    ['must start with https:', 'http://id.example', {}],
    ['must be a string', 7, {}],
    ['no query', 'https://id.example/?a', {}],
    ['"timeout" must be', 'https://id.example', { timeout: 0 }],
    ['"audience" is not an option', 'https://id.example', { audience: 'api' }],
  ])('throws TypeError at once: %s', (message, issuer, options) => {
    expect(() => createDiscoveredJwks(issuer as string, options)).toThrow(message);
  });
});
