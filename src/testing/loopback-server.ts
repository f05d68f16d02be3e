/** Listens on 127.0.0.1 for the tools of tests. */

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that listens. */
export interface LoopbackServer {
  /** Its URL without a path. */
  readonly origin: string;
  /** Ends all connections. */
  readonly close: () => Promise<void>;
}

/** Listens on a port, or on a free one if it is 0. Throws the Error of Node.js if the port is in use. */
export async function listenOnLoopback(server: Server, port = 0): Promise<LoopbackServer> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const { origin } = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return {
    origin,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
