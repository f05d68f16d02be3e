/** Clients of the Model Context Protocol call a tool with the URL of its server, and nothing else. */

import { randomBytes } from 'node:crypto';
import { createDpop } from 'jotkit/dpop';
import { createMemoryReplayStore } from 'jotkit/replay';
import { createResource } from 'jotkit/resource';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { callWithV1, callWithV2 } from './mcp-clients.ts';
import { adapters, type McpEndpoint, startServer } from './mcp-servers.ts';
import { clients, type Format, type Provider, startProvider, user } from './provider.ts';

const WELL_KNOWN = '/.well-known/oauth-protected-resource';
const calls = { 'client 2.4.0': callWithV2, 'sdk 1.32.2': callWithV1 };
const places = [
  ['at /mcp', '/mcp', (origin: string) => `${origin}/mcp`],
  ['at the root', '/', (origin: string) => origin],
  ['at the root with a slash', '/', (origin: string) => `${origin}/`],
] as const;

let provider: Provider;
beforeAll(async () => {
  provider = await startProvider({ nonces: true });
});
afterAll(() => provider.close());

const { client_id: clientId, client_secret: clientSecret } = clients.api;
const resourceFor = (resource: string) =>
  createResource({
    resource,
    issuers: provider.issuer,
    scopes: ['tools:read', 'tools:write'],
    implies: { 'tools:write': ['tools:read'] },
    introspection: { issuer: provider.issuer, auth: { clientId, clientSecret } },
    dpop: createDpop({ replay: createMemoryReplayStore(), nonce: { key: randomBytes(32) } }),
  });

describe.each(Object.keys(adapters))('behind %s', (adapter) => {
  describe.each(places)('%s', (_, path, resourceAt) => {
    describe.each<Format>(['jwt', 'opaque'])('with %s tokens', (format) => {
      let server: McpEndpoint;
      beforeAll(async () => {
        server = await startServer(adapter, path, (origin) => resourceFor(resourceAt(origin)));
        provider.protect(resourceAt(server.origin), format);
      });
      afterAll(() => server.close());

      describe.each(['Bearer', 'DPoP'] as const)('by %s', (scheme) => {
        it.each(Object.entries(calls))('%s calls a tool', async (_name, call) => {
          const { origin, api } = server;
          const { text, exchange, token, logins } = await call(origin + path, scheme);
          expect(logins).toBe(1);
          expect(JSON.parse(text)).toMatchObject({
            token,
            clientId: expect.any(String),
            scopes: ['tools:read'],
            expiresAt: expect.any(Number),
            extra: { sub: user },
          });
          expect(token.split('.')).toHaveLength(format === 'jwt' ? 3 : 1);
          expect(exchange.scheme).toBe(scheme);
          expect(exchange.lines.slice(0, 2)).toEqual([
            `POST ${path} 401`,
            `GET ${WELL_KNOWN}${path === '/' ? '' : path} 200`,
          ]);
          const metadata = `resource_metadata="${api.metadataUrl}"`;
          expect(exchange.challenges[0]).toMatch(/^Bearer .*, DPoP /);
          expect(exchange.challenges[0]?.split(metadata)).toHaveLength(3);
        });
      });
    });
  });
});

/** A server at `/mcp` with JWTs, until the test ends. */
async function open(name: string): Promise<string> {
  const server = await startServer(name, '/mcp', (origin) => resourceFor(`${origin}/mcp`));
  onTestFinished(() => void server.close());
  const url = `${server.origin}/mcp`;
  provider.protect(url, 'jwt');
  return url;
}

describe('behind a route that needs a second scope', () => {
  it.each(Object.entries(calls))('%s logs in once more for it', async (_, call) => {
    const client = { ...clients.mcp, issuer: provider.issuer };
    const { text, logins, exchange } = await call(await open('a second scope'), 'Bearer', client);
    expect(logins).toBe(2);
    expect(JSON.parse(text).scopes).toEqual(expect.arrayContaining(['tools:read', 'tools:write']));
    expect(exchange.challenges.at(-1)).toMatch(/error="insufficient_scope".*scope="tools:write"/);
  });
});

describe.each(['@modelcontextprotocol/node', '@modelcontextprotocol/sdk'])(
  'a tool of %s',
  (name) => {
    it.each(Object.entries(calls))(
      'receives the token of %s by `request.auth`',
      async (_, call) => {
        const { text, token } = await call(await open(name), 'DPoP');
        const expected = { token, scopes: ['tools:read'], extra: { sub: user } };
        expect(JSON.parse(text)).toMatchObject(expected);
      },
    );
  },
);
