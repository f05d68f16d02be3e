/** Proofs of other clients are valid here, and ours are valid at another server. */

import { DpopSession } from '@modelcontextprotocol/client';
import * as dpop from 'dpop';
import { createDpop, createDpopProof } from 'jotkit/dpop';
import { generateKey, thumbprint } from 'jotkit/jwk';
import { createMemoryReplayStore } from 'jotkit/replay';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rejectionOf } from '../fixtures/outcome.ts';
import { Browser, type Provider, redirectUri, startProvider, user } from './provider.ts';

const origin = 'https://api.example';
const url = `${origin}/mcp/a%2Fb?page=2`;
const accessToken = 'an opaque token';
const key = 'a secret of 32 bytes, for nonces';

const verifier = () => createDpop({ replay: createMemoryReplayStore(), origin, nonce: { key } });
const requestWith = (proof: string, method = 'POST') => ({
  method,
  url: '/mcp/a%2Fb?page=2',
  headers: { dpop: proof },
});

interface Client {
  readonly jkt: string;
  prove(nonce: string | undefined): Promise<string>;
}

/** What oauth4webapi sends to a resource, and the nonce that it got before. */
async function oauthClient(alg: string): Promise<Client> {
  const pair = await oauth.generateKeyPair(alg);
  const handle = oauth.DPoP({ [oauth.clockSkew]: 0 }, pair);
  const send = async (respond: (proof: string) => Response) => {
    await oauth.protectedResourceRequest(accessToken, 'POST', new URL(url), undefined, undefined, {
      DPoP: handle,
      [oauth.customFetch]: async (_: string, init: { headers: Record<string, string> }) =>
        respond(new Headers(init.headers).get('dpop') ?? ''),
    });
  };
  return {
    jkt: await handle.calculateThumbprint(),
    async prove(nonce) {
      if (nonce) await send(() => new Response(null, { headers: { 'dpop-nonce': nonce } }));
      let sent = '';
      await send((proof) => {
        sent = proof;
        return new Response();
      });
      return sent;
    },
  };
}

async function dpopClient(alg: dpop.JWSAlgorithm): Promise<Client> {
  const pair = await dpop.generateKeyPair(alg);
  const target = url.split('?')[0] ?? '';
  return {
    jkt: await dpop.calculateThumbprint(pair.publicKey),
    prove: (nonce) => dpop.generateProof(pair, target, 'POST', nonce, accessToken),
  };
}

async function mcpClient(alg: string): Promise<Client> {
  const session = await DpopSession.create({ alg: alg as never });
  return {
    jkt: session.thumbprint,
    async prove(nonce) {
      return session.buildProof({ htm: 'POST', htu: url, accessToken, ...(nonce && { nonce }) });
    },
  };
}

const clients: ReadonlyArray<readonly [string, string, (alg: never) => Promise<Client>]> = [
  ...['ES256', 'Ed25519', 'RS256', 'PS256'].map((alg) => ['dpop', alg, dpopClient] as const),
  ...['ES256', 'Ed25519', 'RS256', 'PS256'].map(
    (alg) => ['oauth4webapi', alg, oauthClient] as const,
  ),
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'RS512', 'PS384'].map(
    (alg) => ['@modelcontextprotocol/client', alg, mcpClient] as const,
  ),
];

describe.each(clients)('proofs of %s with %s', (_, alg, create) => {
  it('are accepted once, with the nonce of the server', async () => {
    const { verify, nonce } = verifier();
    const { jkt, prove } = await create(alg as never);
    const bound = { token: accessToken, jkt };
    const without = await rejectionOf(verify(requestWith(await prove(undefined)), bound));
    expect(without.code).toBe('ERR_PROOF_NONCE');
    const proof = await prove(nonce());
    await verify(requestWith(proof), bound);
    expect(await rejectionOf(verify(requestWith(proof), bound))).toMatchObject({
      code: 'ERR_PROOF_REPLAYED',
    });
  });

  it('are rejected for another method, token or key', async () => {
    const { verify, nonce } = verifier();
    const { jkt, prove } = await create(alg as never);
    const proof = await prove(nonce());
    const bound = { token: accessToken, jkt };
    const faults = [
      [requestWith(proof, 'GET'), bound],
      [{ ...requestWith(proof), url: '/mcp' }, bound],
      [requestWith(proof), { ...bound, token: 'another token' }],
      [requestWith(proof), { ...bound, jkt: thumbprint(await generateKey('ES256')) }],
    ] as const;
    const codes = [];
    for (const [request, of] of faults) codes.push((await rejectionOf(verify(request, of))).code);
    expect(codes).toEqual([
      'ERR_PROOF_INVALID',
      'ERR_PROOF_INVALID',
      'ERR_PROOF_INVALID',
      'ERR_PROOF_MISMATCH',
    ]);
  });
});

describe('our proofs at oidc-provider', () => {
  let provider: Provider;
  beforeAll(async () => {
    provider = await startProvider({ nonces: true });
  });
  afterAll(() => provider.close());

  it.each(['ES256', 'EdDSA'] as const)('get a token with %s, and the user of it', async (alg) => {
    const { issuer } = provider;
    const dpopKey = await generateKey(alg);
    const [tokenUrl, userUrl] = [`${issuer}/token`, `${issuer}/me?any=query`];
    const body = await codeRequest(issuer, thumbprint(dpopKey));
    const post = (proof: string) =>
      fetch(tokenUrl, { method: 'POST', headers: { dpop: proof }, body });

    const first = await post(createDpopProof(dpopKey, { method: 'POST', url: tokenUrl }));
    expect([first.status, await first.json()]).toMatchObject([400, { error: 'use_dpop_nonce' }]);
    const nonce = first.headers.get('dpop-nonce') ?? '';
    const second = await post(createDpopProof(dpopKey, { method: 'POST', url: tokenUrl, nonce }));
    const tokens = (await second.json()) as { token_type: string; access_token: string };
    expect(tokens.token_type).toBe('DPoP');

    const { access_token: token } = tokens;
    const proof = createDpopProof(dpopKey, {
      method: 'GET',
      url: userUrl,
      accessToken: token,
      nonce,
    });
    const headers = { authorization: `DPoP ${token}`, dpop: proof };
    const response = await fetch(userUrl, { headers });
    expect(await response.json()).toMatchObject({ sub: user });
    const replayed = await fetch(userUrl, { headers });
    expect(replayed.status).toBe(401);
  });
});

/** Registers a client, logs in, and returns the body of the request for its token. */
async function codeRequest(issuer: string, jkt: string): Promise<URLSearchParams> {
  const registered = await fetch(`${issuer}/reg`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' }),
  });
  const { client_id } = (await registered.json()) as { client_id: string };
  const code_verifier = oauth.generateRandomCodeVerifier();
  const url = new URL('/auth', issuer);
  url.search = `${new URLSearchParams({
    client_id,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: redirectUri,
    dpop_jkt: jkt,
    code_challenge: await oauth.calculatePKCECodeChallenge(code_verifier),
    code_challenge_method: 'S256',
  })}`;
  const code = (await new Browser().logIn(url)).searchParams.get('code') ?? '';
  const grant_type = 'authorization_code';
  return new URLSearchParams({
    client_id,
    grant_type,
    code,
    redirect_uri: redirectUri,
    code_verifier,
  });
}
