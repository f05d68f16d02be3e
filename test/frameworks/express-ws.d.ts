declare module 'express-ws' {
  import type { Server } from 'node:http';
  import type { Express, Request } from 'express';
  import type { WebSocket } from 'ws';

  type Instance = {
    app: Express & {
      ws(path: string, handler: (socket: WebSocket, request: Request) => void): void;
    };
  };
  export default function expressWs(app: Express, server?: Server): Instance;
}
