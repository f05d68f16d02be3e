/** The certificate of a client: from the TLS connection in every framework, or from a proxy (RFC 8705 §3). */

import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import { connect, createSecureServer } from 'node:http2';
import { createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { afterAll, describe, expect, it } from 'vitest';
import { clientCertificate } from '../../src/dpop/index.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { known, unknown } from './tls-certificates.ts';

const thumbprintOf = (pem: string) => {
  return createHash('sha256').update(new X509Certificate(pem).raw).digest('base64url');
};

const fromSocket = clientCertificate('socket');
const fromHeader = clientCertificate('header');

/** Each responds with the thumbprint that it finds. */
const frameworks: Record<string, () => RequestListener | Promise<RequestListener>> = {
  'node:http': () => (request, response) => {
    response.end(fromSocket(request, request) ?? 'none');
  },
  Express() {
    const app = express();
    app.use((request, response) => {
      response.end(fromSocket(request, request) ?? 'none');
    });
    return app as RequestListener;
  },
  async Fastify() {
    let handler: RequestListener = () => {};
    const app = fastify({
      serverFactory(handle) {
        handler = handle as RequestListener;
        return createServer(handler);
      },
    });
    app.get('/', async (request) => fromSocket(request, request) ?? 'none');
    await app.ready();
    return handler;
  },
  'Fastify, by its raw request': async () => {
    let handler: RequestListener = () => {};
    const app = fastify({
      serverFactory(handle) {
        handler = handle as RequestListener;
        return createServer(handler);
      },
    });
    app.get('/', async ({ raw, headers }) => fromSocket({ headers }, { raw }) ?? 'none');
    await app.ready();
    return handler;
  },
  Koa() {
    const app = new Koa();
    app.use((ctx) => {
      ctx.body = fromSocket(ctx, ctx) ?? 'none';
    });
    return app.callback() as RequestListener;
  },
  Hono() {
    const app = new Hono();
    app.get('/', (c) => c.text(fromSocket(c.req.raw, c) ?? 'none'));
    return getRequestListener(app.fetch) as RequestListener;
  },
};

const servers: Array<ReturnType<typeof createServer>> = [];
afterAll(() => {
  for (const server of servers) server.closeAllConnections();
  return Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
});

/** Starts a server that asks for certificates, accepts all and knows one. */
async function start(listener: RequestListener): Promise<number> {
  const options = { ...known, ca: known.cert, requestCert: true, rejectUnauthorized: false };
  const server = createServer(options, listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function ask(port: number, client: { cert?: string; key?: string }): Promise<string> {
  const options = {
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    ca: known.cert,
    agent: false,
  };
  const request = httpsRequest({ ...options, ...client });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
}

describe.each(Object.entries(frameworks))('clientCertificate("socket") with %s', (_, create) => {
  it('returns the thumbprint of a certificate that TLS has authorized, and no other', async () => {
    const port = await start(await create());
    expect(await ask(port, known)).toBe(thumbprintOf(known.cert));
    expect(await ask(port, unknown)).toBe('none');
    expect(await ask(port, {})).toBe('none');
  });
});

it('clientCertificate("socket") finds the certificate of a connection with HTTP/2', async () => {
  const options = { ...known, ca: known.cert, requestCert: true, rejectUnauthorized: false };
  const server = createSecureServer(options, (request, response) => {
    response.end(fromSocket(request as never, request) ?? 'none');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const results: string[] = [];
  for (const client of [known, unknown, {}]) {
    const trusted = { servername: 'localhost', ca: known.cert };
    const session = connect(`https://127.0.0.1:${port}`, { ...trusted, ...client });
    const stream = session.request({ ':path': '/' });
    let text = '';
    for await (const chunk of stream.setEncoding('utf8')) text += chunk;
    results.push(text);
    session.close();
  }
  server.close();
  expect(results).toEqual([thumbprintOf(known.cert), 'none', 'none']);
});

describe('clientCertificate("socket")', () => {
  it('returns undefined for a client that has disconnected', async () => {
    let found: Promise<string | undefined> | undefined;
    const port = await start((request) => {
      const closed = once(request.socket, 'close');
      found = closed.then(() => fromSocket(request, request));
      request.socket.destroy();
    });
    await expect(ask(port, known)).rejects.toThrow('socket hang up');
    expect(await found).toBeUndefined();
  });

  it('returns undefined without TLS, without a socket and for a header', () => {
    const der = new X509Certificate(known.cert).raw.toString('base64');
    for (const request of [{}, { socket: {} }, { headers: { 'client-cert': `:${der}:` } }]) {
      expect(fromSocket(request as object, request)).toBeUndefined();
      expect(fromSocket(request as object, undefined)).toBeUndefined();
    }
    expect(fromSocket(new Request('https://api.example'), 'context')).toBeUndefined();
  });
});

describe('clientCertificate("header")', () => {
  const der = new X509Certificate(known.cert).raw.toString('base64');

  it('returns the thumbprint of the certificate in Client-Cert', () => {
    const request = { headers: { 'client-cert': `:${der}:` } };
    expect(fromHeader(request, request)).toBe(thumbprintOf(known.cert));
    const headers = new Headers({ 'Client-Cert': `:${der}:` });
    expect(fromHeader({ headers }, undefined)).toBe(thumbprintOf(known.cert));
  });

  it.each([
    undefined,
    '',
    '::',
    der,
    `:${der}`,
    `:${der}:, :${der}:`,
    `:${der.replace(/^./, '-')}:`,
    `: ${der}:`,
    `:${'A'.repeat(16_385)}:`,
    encodeURIComponent(known.cert),
  ])('returns undefined for anything but one byte sequence: %#', (value) => {
    expect(fromHeader({ headers: { 'client-cert': value } }, undefined)).toBeUndefined();
  });
});

it('clientCertificate needs a source by name', () => {
  for (const source of [undefined, 'x-forwarded-client-cert', true, 'Socket']) {
    const error = errorOf(() => clientCertificate(source as never));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
    expect(error.message).toMatch(/^source must be "socket" or "header", got /);
  }
});
