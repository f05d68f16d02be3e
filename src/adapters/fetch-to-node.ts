/** Mounts a fetch handler on servers of node:http, Express, Koa and Fastify. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';

/** A request with the members that Express and Fastify add. */
type Incoming = IncomingMessage & { originalUrl?: string; body?: unknown };

/** The parts of a request and a reply of Fastify that are used. */
interface FastifyRequestLike {
  readonly raw: IncomingMessage;
  readonly body: unknown;
}
interface FastifyReplyLike {
  code(status: number): unknown;
  send(payload?: unknown): unknown;
}

/**
 * What {@link toListener} creates: a listener of Node.js and Express, and a handler of Fastify.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { toListener } from 'jotkit/node';
 *
 * const listener: FetchListener = toListener(() => new Response('hello'));
 * const server = createServer(listener);
 * ```
 */
export interface FetchListener {
  (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void>;
  (request: FastifyRequestLike, reply: FastifyReplyLike): Promise<unknown>;
}

/**
 * Creates a Node.js listener from a fetch handler. An error of the handler is printed and becomes an empty
 * 500. A request that cannot be a `Request` becomes an empty 400 (RFC 9110 §15.5.1). A body that a middleware
 * has parsed is reused. Responses are buffered, not streamed. The handler also receives the request of the
 * framework, which session handlers pass to your hooks as `context`.
 *
 * Express: `app.post('/auth/refresh', toListener(handler))`. Fastify: the same with `fastify.post`; calls
 * `reply.send` with the response, so that hooks and CORS headers apply, and passes errors to Fastify. Koa:
 * `ctx.respond = false`, then `toListener(handler)(ctx.req, ctx.res)`.
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
export function toListener<Context = IncomingMessage>(
  handler: (request: Request, context: Context) => Response | Promise<Response>,
): FetchListener {
  async function listen(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = toRequest(incoming);
    if (!request) return void outgoing.writeHead(400).end();
    try {
      await writeResponse(await handler(request, incoming as unknown as Context), outgoing);
    } catch (error) {
      console.error(error);
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(500).end();
    }
  }

  async function reply(incoming: FastifyRequestLike, reply: FastifyReplyLike): Promise<unknown> {
    const request = toRequest(incoming.raw, incoming.body);
    if (request) return reply.send(await handler(request, incoming as Context));
    reply.code(400);
    return reply.send();
  }

  // Only a request of Fastify has a raw one.
  return (request: IncomingMessage | FastifyRequestLike, response: unknown) =>
    ('raw' in request
      ? reply(request, response as FastifyReplyLike)
      : listen(request, response as ServerResponse)) as Promise<never>;
}

/** Returns `undefined` if fetch has no such request. */
function toRequest(incoming: Incoming, body = incoming.body): Request | undefined {
  const url = urlOf(incoming);
  try {
    return url ? requestOf(incoming, url, body) : undefined;
  } catch (error) {
    // TRACE, and over HTTP/2 any other method that fetch does not have.
    if (!(error instanceof TypeError)) throw error;
    return undefined;
  }
}

/** Returns `undefined` for an invalid Host. */
function urlOf(incoming: Incoming): string | undefined {
  const encrypted = (incoming.socket as { encrypted?: boolean }).encrypted === true;
  const host = incoming.headers[':authority'] ?? incoming.headers.host ?? 'localhost';
  const path = incoming.originalUrl ?? incoming.url ?? '/';
  const base = `${encrypted ? 'https' : 'http'}://${host}`;
  // The URL of a Request must not contain credentials.
  if (!/^[\w.:[\]-]+$/.test(String(host)) || !URL.canParse(base)) return undefined;
  if (path.startsWith('/')) return base + path;
  // The absolute form of a proxy: RFC 9112 §3.2.2. `*` of OPTIONS has no path.
  if (!/^https?:/i.test(path) || !URL.canParse(path)) return `${base}/`;
  const { pathname, search } = new URL(path);
  return base + pathname + search;
}

function requestOf(incoming: Incoming, url: string, parsed: unknown): Request {
  const { method = 'GET', rawHeaders } = incoming;
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = rawHeaders.slice(i, i + 2);
    if (!name.startsWith(':')) headers.append(name, value);
  }
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers });
  return new Request(url, {
    method,
    headers,
    body: bodyOf(incoming, headers, parsed),
    duplex: 'half',
  });
}

function bodyOf(
  incoming: Incoming,
  headers: Headers,
  body: unknown,
): ReadableStream | Uint8Array | string {
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
