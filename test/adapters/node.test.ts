import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { withAuth } from '../../src/adapters/node.ts';
import { getAuth, getAuthError, requireScopes } from '../../src/http/index.ts';
import { adapterContract, cookies, freshPair, type Harness } from './contract.ts';
import { listening } from './listening.ts';

const harness: Harness = {
  body: 'ours',
  start(...options) {
    const scoped = requireScopes('admin');
    const handler = async (request: IncomingMessage, response: ServerResponse) => {
      const auth = getAuth(request, { optional: true });
      if (request.url === '/scoped') scoped(request);
      response.setHeader('Content-Type', 'application/json');
      response.end(
        JSON.stringify({
          sub: auth?.payload.sub,
          source: auth?.source,
          user: auth?.user,
          reason: getAuthError(request)?.reason,
        }),
      );
    };
    const guarded = options.reduceRight(
      (next, each) => withAuth(each, (request, response) => next(request, response)),
      handler,
    );
    const server = createServer((request, response) => {
      if (request.url === '/login') {
        response.setHeader('Set-Cookie', 'theme=dark; Path=/');
        cookies.set(response, freshPair());
        response.end();
      } else if (request.url === '/logout') {
        cookies.clear(response);
        response.end();
      } else guarded(request, response);
    });
    return listening(server);
  },
};

adapterContract('node:http', harness);
