import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { type AuthVariables, jwt } from '../../src/adapters/hono.ts';
import { getAuth, getAuthError, requireScopes } from '../../src/http/index.ts';
import { adapterContract, cookies, freshPair, type Harness } from './contract.ts';
import { listening } from './listening.ts';

const harness: Harness = {
  body: 'ours',
  start(...options) {
    const app = new Hono<{ Variables: AuthVariables }>();
    app.post('/login', (c) => {
      c.header('Set-Cookie', 'theme=dark; Path=/', { append: true });
      cookies.set(c, freshPair());
      return c.body(null);
    });
    app.post('/logout', (c) => {
      cookies.clear(c);
      return c.body(null);
    });
    for (const each of options) app.use(jwt(each));
    app.options('/me', (c) => c.body(null, 204));
    app.on(['GET', 'POST'], '/me', (c) => {
      const auth = getAuth(c, { optional: true });
      const reason = getAuthError(c)?.reason;
      return c.json({ sub: auth?.payload.sub, source: auth?.source, user: c.get('user'), reason });
    });
    app.get('/scoped', requireScopes('admin'), (c) => c.json({}));
    return listening(createServer(getRequestListener(app.fetch)));
  },
};

adapterContract('Hono 4', harness);
