// Protects a handler of node:http, without a framework.
import { createServer } from 'node:http';
import { createSigner } from 'jotkit';
import { withAuth } from 'jotkit/node';

const { JWT_SECRET = '' } = process.env;
const sign = createSigner(JWT_SECRET, { audience: 'api', expiresIn: '10m' });
const options = { key: JWT_SECRET, algorithms: ['HS256'], audience: 'api' };

const routes = {
  'POST /login': (_request, response) => {
    // Check the password here.
    response.end(sign({ sub: 'ada' }));
  },
  // The handler runs only with a valid token, and receives its claims.
  'GET /me': withAuth(options, (_request, response, { payload }) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ user: payload.sub }));
  }),
};

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const handler = routes[`${request.method} ${pathname}`];
  if (handler) handler(request, response);
  else response.writeHead(404).end();
});

server.listen(3000, () => console.log('http://localhost:3000'));
