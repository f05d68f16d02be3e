// Protects the routes of an Express server with tokens in the Authorization header.
import express from 'express';
import { createSigner } from 'jotkit';
import { jwt } from 'jotkit/express';
import { getAuth, requireScopes } from 'jotkit/http';

const { JWT_PRIVATE_KEY = '', JWT_PUBLIC_KEY = '' } = process.env;
const issuer = 'https://id.example';
const audience = 'orders';
const sign = createSigner(JWT_PRIVATE_KEY, { issuer, audience, expiresIn: '10m' });

const scopes = new Map([
  ['ada', 'orders:read orders:write'],
  ['bob', 'orders:read'],
]);
const orders = [];

const app = express();

app.post('/login', express.urlencoded(), (request, response) => {
  // Check the password here.
  const { user } = request.body ?? {};
  if (!scopes.has(user)) return response.sendStatus(401);
  response.send(sign({ sub: user, scope: scopes.get(user) }));
});

// Routes above this line are public. Routes below it require a token.
app.use(jwt({ key: JWT_PUBLIC_KEY, algorithms: ['EdDSA'], issuer, audience }));

app.get('/me', (request, response) => {
  response.json({ user: getAuth(request).payload.sub });
});

app.get('/orders', requireScopes('orders:read'), (_request, response) => {
  response.json(orders);
});

app.post('/orders', requireScopes('orders:write'), express.json(), (request, response) => {
  orders.push({ ...request.body, by: getAuth(request).payload.sub });
  response.status(201).json(orders.at(-1));
});

app.listen(3000, () => console.log('http://localhost:3000'));
