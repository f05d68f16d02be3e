/** Starts a server on a free port of 127.0.0.1. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A handler of node:http; also an application of Express, `app.callback()` of Koa and the like. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A server that listens. */
export interface LocalServer {
  /** Without a slash at its end. */
  readonly url: string;
  /** Whether the handler threw, or rejected, before it responded. */
  hasThrown(): boolean;
  close(): Promise<void>;
}

/** Serves a handler. An error of the handler is a 500 response, not the end of the process. */
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
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    hasThrown: () => hasThrown,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
