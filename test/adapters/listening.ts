/** Starts servers on loopback. */

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Running {
  origin: string;
  close(): unknown;
}

/** Listens on a free port. */
export function listening(server: Server): Promise<Running> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      const close = () => {
        server.closeAllConnections();
        server.close();
      };
      resolve({ origin: `http://127.0.0.1:${port}`, close });
    });
  });
}
