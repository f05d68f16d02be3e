// An OpenID provider that logs Ada in without a password, and grants every scope without her consent.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { generateKey } from 'jotkit/jwk';
import Provider from 'oidc-provider';

const issuer = 'http://localhost:4000';
const scope = 'tools:read tools:write';
const key = await generateKey('RS256');

const provider = new Provider(issuer, {
  jwks: { keys: [{ ...key, use: 'sig' }] },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  scopes: ['openid', 'offline_access', ...scope.split(' ')],
  findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  interactions: { url: (_context, { uid }) => `/login/${uid}` },
  ttl: { AccessToken: 600, Grant: 3600, IdToken: 600, Interaction: 600, Session: 3600 },
  features: {
    devInteractions: { enabled: false },
    // MCP clients register themselves.
    registration: { enabled: true },
    resourceIndicators: {
      defaultResource: (_context, _client, resource) => resource,
      // A JWT for the API that the client names. By default oidc-provider issues opaque tokens.
      getResourceServerInfo: (_context, resource) => ({
        audience: resource,
        scope,
        accessTokenFormat: 'jwt',
      }),
    },
  },
});

async function logIn(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId: 'ada', clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  grant.addResourceScope(params.resource, params.scope);
  const result = { login: { accountId: 'ada' }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(request, response, result);
}

const handle = provider.callback();
const server = createServer((request, response) => {
  if (request.url.startsWith('/login/')) logIn(request, response);
  else handle(request, response);
});
await new Promise((resolve) => server.listen(4000, resolve));
