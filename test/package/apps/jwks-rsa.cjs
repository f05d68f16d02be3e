const express = require('express');
const { expressjwt } = require('express-jwt');
const jwksRsa = require('jwks-rsa');
const jwt = require('jsonwebtoken');

const { PRIVATE_KEY, JWKS } = process.env;
const app = express();
let client;

app.get('/.well-known/jwks.json', (_request, response) => {
  response.type('json').send(JWKS);
});

app.post('/login', (_request, response) => {
  const options = { algorithm: 'RS256', keyid: 'first', audience: 'api', expiresIn: '15m' };
  response.json({ token: jwt.sign({ sub: 'ada' }, PRIVATE_KEY, options) });
});

// As jwks-rsa's guide shows it: the key function of verify, then express-jwt.
app.get('/me', (request, response) => {
  const [, token] = (request.headers.authorization ?? '').split(' ');
  const findKey = (header, callback) => {
    client.getSigningKey(header.kid, (error, key) => callback(error, key?.getPublicKey()));
  };
  jwt.verify(token, findKey, { algorithms: ['RS256'], audience: 'api' }, (error, claims) => {
    if (error) response.status(401).json({ message: error.message });
    else response.json({ sub: claims.sub });
  });
});

const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const jwksUri = `http://127.0.0.1:${port}/.well-known/jwks.json`;
  client = jwksRsa({ jwksUri });
  app.get(
    '/me-too',
    expressjwt({
      secret: jwksRsa.expressJwtSecret({ jwksUri }),
      algorithms: ['RS256'],
      audience: 'api',
    }),
    (request, response) => response.json({ sub: request.auth.sub }),
  );
  app.use((error, _request, response, _next) => {
    response.status(error.status ?? 500).json({ message: error.message });
  });
  console.log(port);
});
