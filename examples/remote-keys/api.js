// An API that knows nothing about the provider except its URL.
import { createServer } from 'node:http';
import { createVerifier } from 'jotkit';
import { discover } from 'jotkit/jwk';
import { withAuth } from 'jotkit/node';

// Reads the metadata of the provider once. The keys are fetched with the first token, and refreshed.
const { issuer, jwks } = await discover('http://localhost:4000');
const verifier = createVerifier(jwks, { issuer, audience: 'api' });

const server = createServer(
  withAuth({ verifier }, (_request, response, { payload }) => {
    response.end(`${payload.sub}\n`);
  }),
);
server.listen(3000, () => console.log('http://localhost:3000'));
