/** Serves a test issuer over HTTP on 127.0.0.1. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type LoopbackServer, listenOnLoopback } from '../loopback-server.ts';

/** A server of a test issuer. */
export interface IssuerServer extends LoopbackServer {
  /** Responds to each request. The connection closes if `respond` throws. */
  readonly serve: (respond: (request: Request) => Promise<Response>) => void;
}

/** Listens on a port, or on a free one if it is 0. Throws the Error of Node.js if the port is in use. */
export async function listenForIssuer(port: number): Promise<IssuerServer> {
  const server = createServer();
  const { origin, close } = await listenOnLoopback(server, port);
  return {
    origin,
    close,
    serve(respond) {
      server.on('request', (incoming, outgoing) => {
        serve(incoming, outgoing, origin, respond).catch(() => outgoing.destroy());
      });
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
