import { createServer } from 'node:http';
import { withAuth } from '../../src/adapters/node.ts';
import { requireScopes } from '../../src/http/index.ts';
import { adapterContract, cookies, freshPair, type Harness } from './contract.ts';
import { listening } from './listening.ts';

const harness: Harness = {
  body: 'ours',
  start(options) {
    const scoped = requireScopes('admin');
    const guarded = withAuth(options, async (request, response, auth) => {
      if (request.url === '/scoped') scoped(request);
      response.setHeader('Content-Type', 'application/json');
      response.end(
        JSON.stringify({ sub: auth?.payload.sub, source: auth?.source, user: auth?.user }),
      );
    });
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
