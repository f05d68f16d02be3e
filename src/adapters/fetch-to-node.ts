/** Mounts a fetch handler on servers of node:http, Express, Koa and Fastify. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';

/** A request with the members that Express adds. */
type Incoming = IncomingMessage & { originalUrl?: string; body?: unknown };

/**
 * Creates a Node.js listener from a fetch handler. An error of the handler is printed and becomes an empty
 * 500. A request that cannot be a `Request` becomes an empty 400 (RFC 9110 §15.5.1). A body that a middleware
 * has parsed is reused. Responses are buffered, not streamed. The handler also receives the request of the
 * framework, which session handlers pass to your hooks as `context`.
 *
 * Express: `app.post('/auth/refresh', toListener(handler))`. Koa: `ctx.respond = false`, then
 * `toListener(handler)(ctx.req, ctx.res)`. Fastify: `reply.hijack()`, then
 * `toListener(handler)(request.raw, reply.raw)`, without a body parser for the route.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { toListener } from 'jotkit/node';
 *
 * const server = createServer(toListener(async (request) => Response.json({ url: request.url })));
 * server.listen(0, '127.0.0.1', () => server.close());
 * ```
 */
export function toListener(
  handler: (request: Request, incoming: IncomingMessage) => Response | Promise<Response>,
): (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void> {
  return async (incoming, outgoing) => {
    const url = urlOf(incoming);
    if (!url || incoming.method === 'TRACE') return void outgoing.writeHead(400).end();
    try {
      await writeResponse(await handler(requestOf(incoming, url), incoming), outgoing);
    } catch (error) {
      console.error(error);
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(500).end();
    }
  };
}

/** Returns `undefined` for an invalid Host. */
function urlOf(incoming: Incoming): string | undefined {
  const encrypted = (incoming.socket as { encrypted?: boolean }).encrypted === true;
  const host = incoming.headers[':authority'] ?? incoming.headers.host ?? 'localhost';
  const path = incoming.originalUrl ?? incoming.url ?? '/';
  const base = `${encrypted ? 'https' : 'http'}://${host}`;
  // The URL of a Request must not contain credentials.
  if (!/^[\w.:[\]-]+$/.test(String(host)) || !URL.canParse(base)) return undefined;
  return base + (path.startsWith('/') ? path : '/');
}

function requestOf(incoming: Incoming, url: string): Request {
  const { method = 'GET', rawHeaders } = incoming;
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = rawHeaders.slice(i, i + 2);
    if (!name.startsWith(':')) headers.append(name, value);
  }
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers });
  return new Request(url, { method, headers, body: bodyOf(incoming, headers), duplex: 'half' });
}

function bodyOf(incoming: Incoming, headers: Headers): ReadableStream | Uint8Array | string {
  const { body } = incoming;
  if (!incoming.readableEnded || body === undefined) return Readable.toWeb(incoming) as never;
  if (typeof body === 'string' || Buffer.isBuffer(body)) return body;
  headers.set('content-type', 'application/json');
  return JSON.stringify(body);
}

async function writeResponse(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.statusCode = response.status;
  // Set-Cookie is the only header that must not be joined.
  for (const [name, value] of response.headers) {
    if (name !== 'set-cookie') outgoing.setHeader(name, value);
  }
  for (const cookie of response.headers.getSetCookie()) outgoing.appendHeader('Set-Cookie', cookie);
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}
