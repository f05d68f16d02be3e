import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { withAuth } from '../../src/adapters/fetch.ts';
import { requireScopes } from '../../src/http/index.ts';
import { adapterContract, cookies, freshPair, type Harness } from './contract.ts';
import { listening } from './listening.ts';

const harness: Harness = {
  body: 'ours',
  start(options) {
    const scoped = requireScopes('admin');
    const guarded = withAuth(options, async (request, auth) => {
      if (request.url.endsWith('/scoped')) scoped(request);
      return Response.json({ sub: auth?.payload.sub, source: auth?.source, user: auth?.user });
    });
    const listener = getRequestListener(async (request) => {
      const { pathname } = new URL(request.url);
      const headers = new Headers();
      if (pathname === '/login') {
        headers.append('Set-Cookie', 'theme=dark; Path=/');
        cookies.set(headers, freshPair());
      } else if (pathname === '/logout') cookies.clear(headers);
      else return guarded(request);
      return new Response(null, { headers });
    });
    return listening(createServer(listener));
  },
};

adapterContract('fetch', harness);
