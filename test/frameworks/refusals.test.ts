/** An AuthError that is thrown inside a framework becomes the right response: alone, or with one line. */

import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { initTRPC, TRPCError } from '@trpc/server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { Elysia } from 'elysia';
import { createSchema, createYoga } from 'graphql-yoga';
import * as h3v1 from 'h3';
import { H3 } from 'h3-2';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuthError, type AuthReason } from '../../src/http/index.ts';

// Vite resolves "graphql" to its ES modules, and Yoga to the others.
const { GraphQLError } = createRequire(import.meta.url)('graphql') as typeof import('graphql');

const url = 'https://api.example/';
const reasons: AuthReason[] = [
  'token_missing',
  'token_expired',
  'insufficient_scope',
  'key_unavailable',
];

beforeEach(() => {
  // Frameworks print errors that are not their own.
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** The status, the headers of the error and the body. */
async function shapeOf(response: Response) {
  const { headers } = response;
  const names = ['www-authenticate', 'cache-control', 'retry-after'];
  const sent = Object.fromEntries(names.map((name) => [name, headers.get(name)]));
  const text = await response.text();
  expect(text).not.toContain('.ts:');
  return { status: response.status, sent, body: JSON.parse(text) };
}

const expectedOf = (error: AuthError) => ({
  status: error.status,
  sent: {
    'www-authenticate': error.headers['WWW-Authenticate'] ?? null,
    'cache-control': 'no-store',
    'retry-after': error.headers['Retry-After'] ?? null,
  },
});

const whole = (error: AuthError) => ({ ...expectedOf(error), body: error.toJSON() });

describe.each(reasons)('an AuthError %s', (reason) => {
  const error = new AuthError(reason);
  const fail = (): never => {
    throw error;
  };

  describe('in Elysia', () => {
    it('is the whole response, thrown by a handler or a derived value', async () => {
      const app = new Elysia()
        .get('/', () => fail())
        .group('/derived', (group) => group.derive(() => fail()).get('/', () => 'granted'));
      expect(await shapeOf(await app.handle(new Request(url)))).toEqual(whole(error));
      expect(await shapeOf(await app.handle(new Request(`${url}derived`)))).toEqual(whole(error));
    });

    it('keeps its status if an onError of the application writes the body', async () => {
      const app = new Elysia().onError(({ code }) => `the error ${code}`).get('/', () => fail());
      const response = await app.handle(new Request(url));
      expect([response.status, await response.text()]).toEqual([
        error.status,
        `the error ${error.code}`,
      ]);
    });

    it('is the whole response with a line in onError', async () => {
      const app = new Elysia()
        .onError(({ error }) => (error instanceof AuthError ? error.toResponse() : 'an error'))
        .get('/', () => fail());
      expect(await shapeOf(await app.handle(new Request(url)))).toEqual(whole(error));
    });
  });

  describe('in h3 v2', () => {
    it('has its status and its headers', async () => {
      const app = new H3().get('/', () => fail());
      const shape = await shapeOf(await app.fetch(new Request(url)));
      expect(shape).toMatchObject({
        status: error.status,
        sent: { 'www-authenticate': expectedOf(error).sent['www-authenticate'] },
      });
    });

    it('is the whole response with a line in onError', async () => {
      const app = new H3({
        onError: ({ cause }) => (cause instanceof AuthError ? cause.toResponse() : undefined),
      }).get('/', () => fail());
      expect(await shapeOf(await app.fetch(new Request(url)))).toEqual(whole(error));
    });
  });

  describe('in h3 v1', () => {
    const call = async (options: h3v1.AppOptions) => {
      const app = h3v1.createApp(options).use(h3v1.defineEventHandler(() => fail()));
      const server = createServer(h3v1.toNodeListener(app)).listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address() as AddressInfo;
      try {
        return await shapeOf(await fetch(`http://127.0.0.1:${port}`));
      } finally {
        server.close();
        server.closeAllConnections();
      }
    };

    it('has its status, and its body as "data"', async () => {
      const { status, body } = await call({});
      expect([status, body.data]).toEqual([error.status, error.toJSON()]);
    });

    it('is the whole response with a line in onError', async () => {
      const shape = await call({
        onError: ({ cause }, event) =>
          cause instanceof AuthError ? h3v1.sendWebResponse(event, cause.toResponse()) : undefined,
      });
      expect(shape).toEqual(whole(error));
    });
  });

  describe('in GraphQL Yoga', () => {
    const call = async (resolve: () => never) => {
      const yoga = createYoga({
        logging: false,
        schema: createSchema({
          typeDefs: 'type Query { me: String! }',
          resolvers: { Query: { me: resolve } },
        }),
      });
      const headers = { accept: 'application/json' };
      return shapeOf(await yoga.fetch(`${url}graphql?query={me}`, { headers }));
    };

    it('has its status and its headers', async () => {
      const { status, sent, body } = await call(fail);
      expect({ status, sent }).toEqual(expectedOf(error));
      expect(body.data).toBeNull();
    });

    it('has its code and its reason with a GraphQLError of its extensions', async () => {
      const { status, sent, body } = await call(() => {
        throw new GraphQLError(error.message, { extensions: error.extensions });
      });
      expect({ status, sent }).toEqual(expectedOf(error));
      const { code } = error.extensions;
      expect(body.errors[0]).toMatchObject({
        message: error.message,
        extensions: { code, reason },
      });
      expect(body.errors[0].extensions).not.toHaveProperty('http');
    });
  });

  describe('in tRPC', () => {
    const codes = {
      400: 'BAD_REQUEST',
      401: 'UNAUTHORIZED',
      403: 'FORBIDDEN',
      503: 'SERVICE_UNAVAILABLE',
    } as const;

    it('has its status and its reason as the cause of a TRPCError, its headers with responseMeta', async () => {
      const t = initTRPC.create({ isDev: false });
      const router = t.router({
        me: t.procedure.query(() => {
          throw new TRPCError({ code: codes[error.status], message: error.reason, cause: error });
        }),
      });
      const response = await fetchRequestHandler({
        endpoint: '/',
        req: new Request(`${url}me`),
        router,
        responseMeta: ({ errors: [first] }) => {
          return first?.cause instanceof AuthError ? { headers: { ...first.cause.headers } } : {};
        },
      });
      const { status, sent, body } = await shapeOf(response);
      expect({ status, sent }).toEqual(expectedOf(error));
      expect(body.error.message).toBe(reason);
    });
  });
});
