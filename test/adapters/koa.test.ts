import { createServer } from 'node:http';
import Koa from 'koa';
import Koa2 from 'koa2';
import { jwt } from '../../src/adapters/koa.ts';
import { getAuth, getAuthError, requireScopes } from '../../src/http/index.ts';
import { adapterContract, cookies, freshPair, type Harness } from './contract.ts';
import { listening } from './listening.ts';

const majors = { 'Koa 2': Koa2, 'Koa 3': Koa };

const harness = (Framework: typeof Koa): Harness => ({
  body: 'theirs',
  start(...options) {
    const app = new Framework();
    const scoped = requireScopes('admin');
    app.use((ctx, next) => {
      if (ctx.path === '/login') {
        ctx.append('Set-Cookie', 'theme=dark; Path=/');
        cookies.set(ctx, freshPair());
      } else if (ctx.path === '/logout') cookies.clear(ctx);
      else return next();
      ctx.body = '';
      return undefined;
    });
    for (const each of options) app.use(jwt(each));
    app.use(async (ctx, next) => {
      if (ctx.path === '/scoped') {
        await scoped(ctx, next);
        ctx.body = {};
      } else if (ctx.method === 'OPTIONS') ctx.status = 204;
      else {
        const auth = getAuth(ctx, { optional: true });
        const reason = getAuthError(ctx)?.reason;
        const { user } = ctx.state;
        ctx.body = { sub: auth?.payload.sub, source: auth?.source, user, reason };
      }
    });
    return listening(createServer(app.callback()));
  },
});

for (const [name, Framework] of Object.entries(majors)) adapterContract(name, harness(Framework));
