const Koa = require('koa');
const koaJwt = require('koa-jwt');
const jwt = require('jsonwebtoken');

const secret = process.env.SECRET;
const app = new Koa();

app.use(async (context, next) => {
  try {
    await next();
  } catch (error) {
    context.status = error.status ?? 500;
    context.body = { message: error.message };
  }
});

app.use(async (context, next) => {
  if (context.path !== '/login') return next();
  context.body = { token: jwt.sign({ sub: 'ada', aud: 'api' }, secret, { expiresIn: 900 }) };
});

app.use(koaJwt({ secret, algorithms: ['HS256'], audience: 'api', debug: true }));

app.use((context) => {
  context.body = { sub: context.state.user.sub };
});

const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
