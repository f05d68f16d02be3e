// A gateway for the tokens of two issuers (npm run build && node examples/servers/gateway.js).
//   curl -X POST localhost:3000/token/staff   then   curl -H "Authorization: Bearer …" localhost:3000/
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createSigner } from 'jotkit';
import { createIssuers } from 'jotkit/jwk';
import { withAuth } from 'jotkit/node';

// Stand-ins for two identity providers; real ones have their keys at an address: createRemoteJwks, discover.
const staff = generateKeyPairSync('ed25519');
const partner = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const issuers = {
  staff: { issuer: 'https://staff.example', key: staff.privateKey },
  partner: { issuer: 'https://partner.example', key: partner.privateKey },
  // Signs for the staff with the key of the partner, which is refused.
  forger: { issuer: 'https://staff.example', key: partner.privateKey },
  stranger: { issuer: 'https://stranger.example', key: staff.privateKey },
};

// Each issuer has its own keys and rules; the keys of one verify no token of another.
const verifier = createIssuers({
  'https://staff.example': { key: staff.publicKey, audience: 'gateway' },
  'https://partner.example': { key: partner.publicKey, audience: 'gateway', maxAge: '1h' },
});

const guarded = withAuth({ verifier }, (_request, response, { payload }) => {
  // What the services behind are told, in place of the token.
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ user: `${payload.sub} of ${payload.iss}` }));
});

const server = createServer((request, response) => {
  const [, path, name] = (request.url ?? '').split('/');
  if (request.method !== 'POST' || path !== 'token') return guarded(request, response);
  if (!Object.hasOwn(issuers, name ?? '')) return response.writeHead(404).end();
  const { issuer, key } = issuers[name];
  response.end(
    createSigner(key, { issuer, audience: 'gateway', expiresIn: '10m' })({ sub: 'ada' }),
  );
});

server.listen(process.env.PORT ?? 3000, 'localhost', () => {
  console.log(`http://localhost:${server.address().port}`);
});
