// The main server has the data. It verifies access tokens with the public key, and calls no other server.
import { createServer } from 'node:http';
import { bearer, tokenCookies } from 'jotkit/http';
import { withAuth } from 'jotkit/node';

const { JWT_PUBLIC_KEY = '', PORT = '3000' } = process.env;

const orders = withAuth(
  {
    key: JWT_PUBLIC_KEY,
    algorithms: ['EdDSA'],
    issuer: 'https://id.example',
    audience: 'shop',
    // An app sends the token in the Authorization header, a browser in a cookie.
    from: [bearer(), tokenCookies({ secure: 'auto' }).access],
  },
  (_request, response, { payload }) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ orders: ['a book'], user: payload.sub }));
  },
);

const server = createServer((request, response) => {
  // The demo checks which cookies arrive here.
  process.send?.({ cookie: request.headers.cookie ?? '' });
  return orders(request, response);
});

server.listen(PORT, 'localhost', () => {
  const url = `http://localhost:${server.address().port}`;
  if (process.send) process.send({ url });
  else console.log(url);
});
