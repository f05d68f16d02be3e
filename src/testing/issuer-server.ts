/** Serves a test issuer over HTTP on 127.0.0.1. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that listens. */
export interface IssuerServer {
  /** Its URL without a path. */
  readonly origin: string;
  /** Responds to each request. The connection closes if `respond` throws. */
  readonly serve: (respond: (request: Request) => Promise<Response>) => void;
  /** Ends all connections. */
  readonly close: () => Promise<void>;
}

/** Listens on a port, or on a free one if it is 0. Throws the Error of Node.js if the port is in use. */
export async function listenOnLoopback(port: number): Promise<IssuerServer> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const { origin } = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return {
    origin,
    serve(respond) {
      server.on('request', (incoming, outgoing) => {
        serve(incoming, outgoing, origin, respond).catch(() => outgoing.destroy());
      });
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(
  { method = 'GET', url = '/', headers }: IncomingMessage,
  outgoing: ServerResponse,
  origin: string,
  respond: (request: Request) => Promise<Response>,
): Promise<void> {
  const { host } = new URL(origin);
  // A page of another site can let its own name resolve to 127.0.0.1 (DNS rebinding).
  if (![host, host.replace('127.0.0.1', 'localhost')].includes(headers.host ?? '')) {
    outgoing.writeHead(421, { 'content-type': 'text/plain' });
    outgoing.end(`the Host header must be ${host}`);
    return;
  }
  const aborter = new AbortController();
  outgoing.once('close', () => aborter.abort());
  const { signal } = aborter;
  // Throws for targets that are not a path, such as those for proxies.
  const request = new Request(origin + url, { method, headers: headers as never, signal });
  const response = await respond(request);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  // Waits for each write: if the body fails, what is still in the buffer is lost.
  for await (const chunk of response.body ?? []) {
    await new Promise((resolve) => outgoing.write(chunk, resolve));
  }
  outgoing.end();
}
