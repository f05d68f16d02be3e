import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { withAuth } from '../../src/adapters/fetch.ts';
import { getAuth, getAuthError, requireScopes } from '../../src/http/index.ts';
import { adapterContract, cookies, freshPair, type Harness } from './contract.ts';
import { listening } from './listening.ts';

const harness: Harness = {
  body: 'ours',
  start(...options) {
    const scoped = requireScopes('admin');
    const handler = async (request: Request) => {
      const auth = getAuth(request, { optional: true });
      if (request.url.endsWith('/scoped')) scoped(request);
      const reason = getAuthError(request)?.reason;
      return Response.json({
        sub: auth?.payload.sub,
        source: auth?.source,
        user: auth?.user,
        reason,
      });
    };
    const guarded = options.reduceRight(
      (next, each) => withAuth(each, (request) => next(request)),
      handler,
    );
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
