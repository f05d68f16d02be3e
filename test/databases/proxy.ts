/** A TCP proxy on loopback, which loses, delays or redirects what passes. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pipeline, Transform } from 'node:stream';

const MAX_CONNECTIONS = 200;

type Direction = 'requests' | 'responses';

export interface TcpProxy {
  readonly port: number;
  /** Port of the server for the connections that follow. */
  target: number;
  /** Whether connections that follow are closed at once. */
  isDown: boolean;
  /** Called for each response. If it returns true, the response is lost, and its connection with it. */
  loses: () => boolean | Promise<boolean>;
  /** How many responses were lost. */
  readonly losses: number;
  /**
   * Delays one direction, at most a buffer of each connection, until `release`. A connection that closes
   * meanwhile loses what was held.
   */
  hold(direction: Direction): void;
  release(): void;
  /** Closes every connection, and loses what was held. */
  cut(): void;
  close(): Promise<void>;
}

/** Starts a proxy to a port of loopback. */
export async function startProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const waiting: Partial<Record<Direction, Promise<void>>> = {};
  let endWait = () => {};
  const server = createServer((client) => {
    if (proxy.isDown) return client.destroy();
    const upstream = connect(proxy.target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay());
      socket.once('close', () => sockets.delete(socket));
    }
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    const requests = passing('requests');
    const responses = passing('responses', async (response) => {
      if (!(await proxy.loses())) return false;
      losses++;
      // Half of every second one arrives.
      if (losses % 2) end();
      else client.write(response.subarray(0, response.length / 2), end);
      return true;
    });
    pipeline(client, requests, upstream, responses, client, end);
  });
  server.maxConnections = MAX_CONNECTIONS;
  let losses = 0;

  function passing(direction: Direction, loses?: (chunk: Buffer) => Promise<boolean>): Transform {
    return new Transform({
      async transform(chunk: Buffer, _, done) {
        await waiting[direction];
        if (!(await loses?.(chunk))) done(null, chunk);
      },
    });
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: TcpProxy = {
    port: (server.address() as AddressInfo).port,
    target,
    isDown: false,
    loses: () => false,
    get losses() {
      return losses;
    },
    hold(direction) {
      proxy.release();
      waiting[direction] = new Promise((resolve) => {
        endWait = () => {
          delete waiting[direction];
          resolve();
        };
      });
    },
    release: () => endWait(),
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      proxy.release();
      const closed = once(server, 'close');
      server.close();
      proxy.cut();
      await closed;
    },
  };
  return proxy;
}
