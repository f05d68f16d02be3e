/** Serves an application while it is attacked. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type LoopbackServer, listenOnLoopback } from '../loopback-server.ts';

/** A handler of node:http; also an application of Express, `app.callback()` of Koa and the like. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A server of an application. */
export interface LocalServer extends LoopbackServer {
  /** Whether the handler threw, or rejected, before it responded. */
  readonly hasThrown: () => boolean;
}

/** Serves a handler on a free port. An error of the handler is a 500 response, not the end of the process. */
export async function serveLocally(handler: RequestHandler): Promise<LocalServer> {
  let hasThrown = false;
  const server = createServer(async (request, response) => {
    try {
      await handler(request, response);
    } catch {
      if (response.headersSent) return void response.destroy();
      hasThrown = true;
      response.writeHead(500).end();
    }
  });
  return { ...(await listenOnLoopback(server)), hasThrown: () => hasThrown };
}
