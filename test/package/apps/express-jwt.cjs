const express = require('express');
const { expressjwt } = require('express-jwt');
const jwt = require('jsonwebtoken');

const secret = process.env.SECRET;
const app = express();

app.post('/login', (_request, response) => {
  const token = jwt.sign({ sub: 'ada' }, secret, { audience: 'api', expiresIn: '15m' });
  response.json({ token });
});

app.get(
  '/me',
  expressjwt({ secret, algorithms: ['HS256'], audience: 'api' }),
  (request, response) => {
    response.json({ sub: request.auth.sub });
  },
);

app.use((error, _request, response, _next) => {
  response.status(error.status ?? 500).json({ message: error.message });
});

const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
