// Protects a Koa server and responds to errors with JSON.
import { createSigner } from 'jotkit';
import { AuthError, getAuth } from 'jotkit/http';
import { jwt } from 'jotkit/koa';
import Koa from 'koa';

const { JWT_SECRET = '' } = process.env;
const sign = createSigner(JWT_SECRET, { audience: 'api', expiresIn: '10m' });

const app = new Koa();

// Koa responds with text. This middleware responds with the JSON of the error.
app.use(async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    ctx.status = error.status;
    ctx.set(error.headers);
    ctx.body = error.toJSON();
  }
});

app.use(async (ctx, next) => {
  if (ctx.path !== '/login' || ctx.method !== 'POST') return next();
  // Check the password here.
  ctx.body = sign({ sub: 'ada' });
});

// Middleware above this line is public. Middleware below it requires a token.
app.use(jwt({ key: JWT_SECRET, algorithms: ['HS256'], audience: 'api' }));

app.use((ctx) => {
  if (ctx.path === '/me') ctx.body = { user: getAuth(ctx).payload.sub };
});

app.listen(3000, () => console.log('http://localhost:3000'));
