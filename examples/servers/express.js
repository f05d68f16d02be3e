// An API whose clients send their token in a header (npm run build && node examples/servers/express.js).
//   curl -X POST localhost:3000/login -d user=ada   then   curl -H "Authorization: Bearer …" localhost:3000/me
import { generateKeyPairSync } from 'node:crypto';
import express from 'express';
import { createSigner } from 'jotkit';
import { jwt } from 'jotkit/express';
import { getAuth, requireScopes } from 'jotkit/http';

// A real service loads its key: another process, and this one after a restart, shall know its tokens.
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const claims = { issuer: 'https://id.example', audience: 'orders' };
const sign = createSigner(privateKey, { ...claims, expiresIn: '10m', header: { typ: 'at+jwt' } });

const scopes = new Map([
  ['ada', 'orders:read orders:write'],
  ['bob', 'orders:read'],
]);
const orders = [];

const app = express();

app.post('/login', express.urlencoded(), (request, response) => {
  const scope = scopes.get(request.body?.user);
  if (scope === undefined) return void response.sendStatus(401);
  response.json({ token: sign({ sub: request.body.user, scope }) });
});

// From here on there is a user.
app.use(jwt({ key: publicKey, algorithms: ['EdDSA'], ...claims }));

app.get('/me', (request, response) => void response.json(getAuth(request).payload));
app.get('/orders', requireScopes('orders:read'), (_, response) => void response.json(orders));
app.post('/orders', requireScopes('orders:write'), express.json(), (request, response) => {
  orders.push({ ...request.body, by: getAuth(request).payload.sub });
  response.status(201).json(orders.at(-1));
});

const server = app.listen(process.env.PORT ?? 3000, 'localhost', () => {
  console.log(`http://localhost:${server.address().port}`);
});
