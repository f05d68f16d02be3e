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

declare module 'passport' {
  import type { RequestHandler } from 'express';

  class Passport {
    use(strategy: object): void;
    authenticate(
      name: string,
      options: object,
      done: (error: unknown, user: object | false) => void,
    ): RequestHandler;
  }
  const passport: { Passport: typeof Passport };
  export default passport;
}

declare module 'passport-http-bearer' {
  type Done = (error: null, user: object | false) => void;
  export class Strategy {
    constructor(verify: (token: string, done: Done) => void);
  }
}

declare module '@koa/cors' {
  import type { Middleware } from 'koa';

  export default function cors(options: object): Middleware;
}
