/** A resource server with DPoP, opaque tokens and kinds of tokens in this runtime. Prints what each request got. */

import { createSigner } from 'jotkit';
import { createDpop, createDpopProof } from 'jotkit/dpop';
import { createAuthenticator } from 'jotkit/http';
import { exportJwk, generateKey, thumbprint } from 'jotkit/jwk';
import { createIdTokenVerifier } from 'jotkit/profiles';
import { createMemoryReplayStore } from 'jotkit/replay';
import { createResource } from 'jotkit/resource';

const [issuer, url] = ['https://id.example', 'https://api.example/orders'];
const issuerKey = await generateKey('ES256');
const publicKey = exportJwk(issuerKey, { type: 'public' });
const dpopKey = await generateKey('ES256');

const introspect = async (_url, { body }) => {
  const active = new URLSearchParams(body).get('token') === 'opaque';
  return Response.json({ active, ...(active && { sub: 'ada', aud: url, scope: 'orders:admin' }) });
};
const auth = { clientId: 'api', clientSecret: 'the secret of this API' };
const endpoint = `${issuer}/introspect`;
const resource = createResource({
  resource: url,
  issuers: { [issuer]: { key: publicKey } },
  introspection: { issuer, endpoint, auth, fetch: introspect },
  implies: { 'orders:admin': 'orders:read' },
  dpop: createDpop({ replay: createMemoryReplayStore(), nonce: { key: 'n'.repeat(32) } }),
});
const authenticate = createAuthenticator({ resource, scopes: 'orders:read' });

const claims = {
  iss: issuer,
  sub: 'ada',
  aud: url,
  client_id: 'web',
  jti: '1',
  scope: 'orders:read',
};
const sign = (typ, more) =>
  createSigner(issuerKey, { expiresIn: '5m', header: { typ } })({ ...claims, ...more });
const bearer = sign('at+jwt');
const bound = sign('at+jwt', { cnf: { jkt: thumbprint(dpopKey) } });

async function request(authorization, dpop) {
  const headers = { host: 'api.example', authorization, ...(dpop && { dpop }) };
  const outcome = await authenticate({ method: 'GET', url: '/orders?page=2', headers });
  const { auth, error } = outcome;
  const found = auth ? `${auth.kind} ${auth.payload.sub} ${auth.scopes}` : error.reason;
  return { found, nonce: (outcome.headers ?? error.headers)['DPoP-Nonce'] };
}
const proofFor = (nonce) => {
  const given = { method: 'GET', url, accessToken: bound, ...(nonce && { nonce }) };
  return createDpopProof(dpopKey, given);
};

const { nonce } = await request(`DPoP ${bound}`, proofFor());
const proof = proofFor(nonce);
const idToken = createIdTokenVerifier(publicKey, { issuer, clientId: url });
const document = resource.serve({ method: 'GET', url: new URL(resource.metadataUrl).pathname });

console.log(
  JSON.stringify({
    document: (await document.json()).resource,
    bearer: (await request(`Bearer ${bearer}`)).found,
    idToken: (await request(`Bearer ${sign('JWT', { nonce: 'n' })}`)).found,
    opaque: (await request('Bearer opaque')).found,
    inactive: (await request('Bearer other')).found,
    stolen: (await request(`Bearer ${bound}`)).found,
    withoutNonce: (await request(`DPoP ${bound}`, proofFor())).found,
    proof: (await request(`DPoP ${bound}`, proof)).found,
    replay: (await request(`DPoP ${bound}`, proof)).found,
    kind: (await idToken.result(sign('JWT'), { nonce: false })).code,
  }),
);
resource.close();
