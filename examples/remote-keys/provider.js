// An identity provider: signs tokens and publishes its public keys at a URL.
import { createServer } from 'node:http';
import { createKeyRing, generateKey } from 'jotkit/jwk';
import { toListener } from 'jotkit/node';

const issuer = 'http://localhost:4000';
const ring = createKeyRing([{ key: await generateKey('ES256') }], {
  issuer,
  audience: 'api',
  expiresIn: '15m',
});

const routes = {
  'GET /.well-known/openid-configuration': () =>
    Response.json({ issuer, jwks_uri: `${issuer}/jwks.json` }),
  'GET /jwks.json': (request) => ring.response(request),
  'POST /token': async () => new Response(await ring.sign({ sub: 'ada' })),
  // Signs with a new key at once. Without activate() the key first is published for an hour.
  'POST /rotate': async () => {
    ring.activate(ring.publish({ key: await generateKey('ES256') }).kid);
    return new Response(null, { status: 204 });
  },
  // The provider is down from now on.
  'POST /stop': () => {
    setImmediate(() => server.close().closeAllConnections());
    return new Response(null, { status: 204 });
  },
};

const server = createServer(
  toListener((request) => {
    const serve = routes[`${request.method} ${new URL(request.url).pathname}`];
    return serve ? serve(request) : new Response(null, { status: 404 });
  }),
);
await new Promise((resolve) => server.listen(4000, resolve));
