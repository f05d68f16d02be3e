// A gateway that accepts tokens of two issuers and forwards requests to a service, without the token.
import { createServer, request as forward } from 'node:http';
import { createIssuers } from 'jotkit/jwk';
import { withAuth } from 'jotkit/node';
import { partnerKeys, signAs, staffKey } from './issuers.js';

const service = new URL('http://localhost:3001');

// Each issuer has its own keys and rules. A key of one issuer verifies no token of another.
const verifier = createIssuers({
  'https://staff.example': { key: staffKey, algorithms: ['EdDSA'], audience: 'gateway' },
  'https://partner.example': {
    // A key source: receives the unverified token, returns its key or a promise. Look it up wherever you like.
    key: async ({ header }) => partnerKeys.get(header.kid),
    algorithms: ['ES256'],
    audience: 'gateway',
    maxAge: '1h',
  },
});

const guarded = withAuth({ verifier }, (request, response, { payload }) => {
  const { authorization, ...headers } = request.headers;
  // Replaces a header of the same name that the client sent.
  headers['x-user'] = `${payload.sub} of ${payload.iss}`;
  const { hostname, port } = service;
  const { method, url: path } = request;
  const forwarded = forward({ hostname, port, method, path, headers }, (received) => {
    response.writeHead(received.statusCode, received.headers);
    received.pipe(response);
  });
  forwarded.on('error', () => response.writeHead(502).end());
  request.pipe(forwarded);
});

const gateway = createServer((request, response) => {
  const [, path, name] = request.url.split('/');
  if (request.method !== 'POST' || path !== 'token') return guarded(request, response);
  // In place of the issuers, so that this example runs alone.
  const token = signAs(name);
  if (token) response.end(token);
  else response.writeHead(404).end();
});

// The service trusts the gateway: nothing else can reach it.
const internal = createServer((request, response) => {
  const { authorization = 'no token', 'x-user': user } = request.headers;
  response.end(`${request.method} ${request.url}: ${user}, ${authorization}\n`);
});

internal.listen(3001, 'localhost', () => {
  gateway.listen(3000, () => console.log('http://localhost:3000'));
});
