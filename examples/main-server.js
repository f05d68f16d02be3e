// A server that does the work. Of the authentication server it knows the access key, and nothing else.
// Started by demo.js, or by hand: npm run build && ACCESS_KEY=… PORT=4001 node examples/main-server.js
import { createServer } from 'node:http';
import { bearer, tokenCookies } from 'jotkit/http';
import { withAuth } from 'jotkit/node';

const { ACCESS_KEY, PORT = '0' } = process.env;

const protect = withAuth(
  {
    key: Buffer.from(ACCESS_KEY ?? '', 'base64url'),
    issuer: 'https://id.example',
    audience: 'shop',
    from: [bearer(), tokenCookies({ secure: 'auto' }).access],
  },
  (_request, response, auth) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ orders: ['a book'], of: auth.payload.sub }));
  },
);

const server = createServer(protect).listen(Number(PORT), '127.0.0.1', () => {
  const { port } = server.address();
  if (process.send) process.send({ port });
  else console.log(`http://127.0.0.1:${port}`);
});
