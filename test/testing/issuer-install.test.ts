import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createVerifier } from '../../src/index.ts';
import { createRemoteJwks, type Jwks } from '../../src/jwk/index.ts';
import { createTestIssuer, type TestIssuerOptions } from '../../src/testing/index.ts';
import { rejectionOf } from '../fixtures/outcome.ts';

const original = globalThis.fetch;
let other: Server;
let otherUrl = '';

beforeAll(async () => {
  other = createServer((_, response) => void response.end('other'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  otherUrl = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
});
afterAll(() => {
  other.closeAllConnections();
  other.close();
});
afterEach(() => {
  globalThis.fetch = original;
});

const create = (options: TestIssuerOptions = {}) =>
  createTestIssuer({ algorithm: 'ES256', ...options });

describe('fetch of an issuer', () => {
  it.each([(url: string) => url, (url: string) => new URL(url), (url: string) => new Request(url)])(
    'accepts a string, a URL and a Request',
    async (inputOf) => {
      const { fetch, jwksUri } = await create();
      const response = await fetch(inputOf(jwksUri));
      const { keys } = (await response.json()) as Jwks;
      expect([response.status, keys.length]).toEqual([200, 1]);
    },
  );

  it.each([
    ['https://issuer.test.evil.example/?code=secret', 'https://issuer.test.evil.example'],
    ['http://issuer.test/', 'http://issuer.test'],
    ['https://issuer.test:8443/', 'https://issuer.test:8443'],
    ['/jwks.json', 'a relative URL'],
  ])('rejects %s', async (url, shown) => {
    const { fetch, requests } = await create();
    const error = await rejectionOf(fetch(url));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
    expect(error.message).toBe(`the test issuer serves only https://issuer.test, got ${shown}`);
    expect(requests).toEqual([]);
  });

  it('fails after close, as without a server', async () => {
    const { fetch, jwksUri, close } = await create();
    await close();
    await close();
    expect(await rejectionOf(fetch(jwksUri))).toMatchObject({ message: 'fetch failed' });
  });
});

describe('install', () => {
  it('serves the issuer through the global fetch, and passes other origins on', async () => {
    const { install, jwksUri, token, now: clock } = await create();
    const undo = install();
    const verify = createVerifier(createRemoteJwks(jwksUri, { clock }), { clock });
    expect(await verify(await token({ sub: 'ada' }))).toMatchObject({ sub: 'ada' });
    expect(await (await fetch(otherUrl)).text()).toBe('other');
    expect(await (await fetch(new Request(otherUrl))).text()).toBe('other');
    undo();
    expect(globalThis.fetch).toBe(original);
  });

  it('passes what is not an absolute URL on', async () => {
    const { install } = await create();
    const undo = install();
    expect(await rejectionOf(fetch('/relative'))).toMatchObject({ name: 'TypeError' });
    undo();
  });

  it('serves several issuers at a time', async () => {
    const [first, second] = [await create({ issuer: 'https://a.test' }), await create()];
    first.install();
    second.install();
    expect((await fetch(first.jwksUri)).status).toBe(200);
    expect((await fetch(second.jwksUri)).status).toBe(200);
    expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
  });

  it.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 2, 0]], [[0, 2, 1, 0, 2]], [[1, 1, 0, 2]]])(
    'is undone in the order %j',
    async (order) => {
      const issuers = [
        await create({ issuer: 'https://a.test' }),
        await create({ issuer: 'https://b.test' }),
        await create({ issuer: 'https://c.test' }),
      ];
      const undos = issuers.map(({ install }) => install());
      const undone = new Set<number>();
      for (const index of order) {
        undos[index]?.();
        undone.add(index);
        for (const [i, { jwksUri, requests }] of issuers.entries()) {
          if (undone.has(i)) continue;
          const before = requests.length;
          await fetch(jwksUri);
          expect(requests.length).toBe(before + 1);
        }
      }
      expect(globalThis.fetch).toBe(original);
    },
  );

  it('does not remove what others put in its place', async () => {
    const { install, requests, jwksUri } = await create({ issuer: 'http://127.0.0.1:9' });
    const undo = install();
    const installed = globalThis.fetch;
    const spy: typeof fetch = (...args) => installed(...args);
    globalThis.fetch = spy;
    undo();
    expect(globalThis.fetch).toBe(spy);
    // Port 9 is not served, so only the issuer could respond.
    expect(await rejectionOf(fetch(jwksUri))).toMatchObject({ name: 'TypeError' });
    expect(requests).toEqual([]);
  });

  it('is undone by close', async () => {
    const { install, close } = await create();
    install();
    install();
    await close();
    expect(globalThis.fetch).toBe(original);
  });

  it('is undone at the end of the block by `using`', async () => {
    const { install } = await create();
    {
      using _ = install();
      expect(globalThis.fetch).not.toBe(original);
    }
    expect(globalThis.fetch).toBe(original);
  });
});
