/** Kinds of tokens of a real provider, and client assertions of other libraries. */

import { randomBytes } from 'node:crypto';
import { createRemoteJwks } from 'jotkit/jwk';
import {
  createAccessTokenVerifier,
  createAssertionSigner,
  createAssertionVerifier,
  createIdTokenVerifier,
  createLogoutTokenVerifier,
} from 'jotkit/profiles';
import { createMemoryReplayStore } from 'jotkit/replay';
import { createBackchannelLogout, createSessions } from 'jotkit/sessions';
import { createMemoryStore } from 'jotkit/sessions/memory';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ec } from '../fixtures/keys.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { Application, type Login, webKey } from './application.ts';
import {
  Browser,
  clientKey,
  clients,
  type Provider,
  redirectUri,
  startProvider,
  user,
} from './provider.ts';

const resource = 'https://api.example/mcp';
const clientId = clients.app.client_id;
let provider: Provider;
let app: Application;
let login: Login;

beforeAll(async () => {
  provider = await startProvider();
  provider.protect(resource, 'jwt');
  app = await Application.discover(provider);
  login = await app.logIn(resource);
});
afterAll(() => provider.close());

function verifiers() {
  const keys = createRemoteJwks(`${provider.issuer}/jwks`);
  const { issuer } = provider;
  return {
    access: createAccessTokenVerifier(keys, { issuer, audience: resource }),
    id: createIdTokenVerifier(keys, { issuer, clientId }),
    logout: createLogoutTokenVerifier(keys, { issuer, clientId }),
  };
}

/** Logs out at the provider, and resolves to the token that it sent. */
async function logoutToken(): Promise<string> {
  let token = '';
  provider.onLogout(async (request) => {
    token = new URLSearchParams(await request.text()).get('logout_token') ?? '';
    return new Response();
  });
  const { browser } = await app.logIn(resource);
  await browser.logOut(provider.issuer);
  return token;
}

describe('tokens of oidc-provider', () => {
  it('are accepted by the verifier of their kind', async () => {
    const { access_token: accessToken, id_token: idToken = '' } = login.tokens;
    const { access, id, logout } = verifiers();
    expect(await access(accessToken)).toMatchObject({ sub: user, client_id: clientId });
    expect(await id(idToken, { nonce: 'n' })).toMatchObject({ sub: user });
    expect(await logout(await logoutToken())).toMatchObject({
      sub: user,
      sid: expect.any(String),
    });
  });

  it('are rejected by the verifiers of the other kinds', async () => {
    const { access_token: accessToken, id_token: idToken = '' } = login.tokens;
    const sent = await logoutToken();
    const { access, id, logout } = verifiers();
    const nonce = false as const;
    const rejected = [
      access(idToken),
      access(sent),
      id(accessToken, { nonce }),
      id(sent, { nonce }),
      logout(accessToken),
      logout(idToken),
    ];
    const stages = [];
    for (const promise of rejected) stages.push((await rejectionOf(promise)).code);
    expect(stages).toEqual(Array(6).fill('ERR_HEADER_TYP'));
  });

  it('are rejected with the nonce of another login', async () => {
    const { id_token: idToken = '' } = login.tokens;
    expect(await rejectionOf(verifiers().id(idToken, { nonce: 'm' }))).toMatchObject({
      code: 'ERR_CLAIM_MISMATCH',
      claim: 'nonce',
    });
  });
});

describe('an ID token of oidc-provider', () => {
  it('belongs to the code of its response, by c_hash', async () => {
    const url = openid.buildAuthorizationUrl(app.config, {
      response_type: 'code id_token',
      redirect_uri: redirectUri,
      scope: 'openid',
      nonce: 'n',
    });
    const { hash } = await new Browser().logIn(url);
    const response = new URLSearchParams(hash.slice(1));
    const [idToken = '', code = ''] = ['id_token', 'code'].map((name) => response.get(name) ?? '');
    const { id } = verifiers();
    expect(await id(idToken, { nonce: 'n', code })).toMatchObject({ sub: user });
    expect(await rejectionOf(id(idToken, { nonce: 'n', code: `${code}x` }))).toMatchObject({
      code: 'ERR_CLAIM_MISMATCH',
      claim: 'c_hash',
    });
  });

  it('has no at_hash, so that it is rejected if that is wanted', async () => {
    const { access_token: accessToken, id_token: idToken = '' } = login.tokens;
    const rejection = rejectionOf(verifiers().id(idToken, { nonce: 'n', accessToken }));
    expect(await rejection).toMatchObject({ code: 'ERR_CLAIM_MISSING', claim: 'at_hash' });
  });
});

describe('a logout at oidc-provider', () => {
  const sessions = createSessions({
    store: createMemoryStore(),
    access: { key: randomBytes(32) },
    refresh: { key: randomBytes(32) },
    issuer: 'https://app.example',
    audience: 'api',
  });
  beforeEach(async () => {
    for (const { uid, sid } of await sessions.list(user)) await sessions.revoke({ uid, sid });
  });

  it('ends the session of that login, and no other', async () => {
    const handle = createBackchannelLogout({ verify: verifiers().logout, sessions });
    const statuses: number[] = [];
    provider.onLogout(async (request) => {
      const response = await handle(request);
      statuses.push(response.status);
      return response;
    });
    const [first, second] = [await app.logIn(resource), await app.logIn(resource)];
    for (const { tokens } of [first, second]) {
      await sessions.issue(user, { upstream: `${tokens.claims()?.sid}` });
    }
    await first.browser.logOut(provider.issuer);
    expect(statuses).toEqual([200]);
    expect((await sessions.list(user)).map(({ upstream }) => upstream)).toEqual([
      second.tokens.claims()?.sid,
    ]);
  });
});

describe('our client assertions', () => {
  it.each([
    ['its issuer', () => provider.issuer],
    ['its token endpoint', () => `${provider.issuer}/token`],
  ])('get a token of oidc-provider with %s as audience', async (_, audienceOf) => {
    const { client_id: service } = clients.service;
    const options = { clientId: service, audience: audienceOf(), keyid: 'client' };
    const sign = createAssertionSigner(clientKey(), options);
    const post = (assertion: string) =>
      fetch(`${provider.issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: assertion,
          resource,
        }),
      });
    const assertion = sign();
    expect(await (await post(assertion)).json()).toMatchObject({ token_type: 'Bearer' });
    expect((await post(assertion)).status).toBe(401);
    expect((await post(sign())).status).toBe(200);
  });
});

describe.each([
  ['oauth4webapi', () => oauth.PrivateKeyJwt],
  ['openid-client', () => openid.PrivateKeyJwt],
] as const)('a client assertion of %s', (_, authOf) => {
  const audience = 'https://id.example';
  const client = { client_id: 'service' };

  async function assertion(): Promise<string> {
    const body = new URLSearchParams();
    const server = { issuer: audience, token_endpoint: `${audience}/token` };
    const authenticate = authOf()(await webKey());
    await authenticate(server, client, body, new Headers());
    return body.get('client_assertion') ?? '';
  }

  const keysOf = (id: string) => (id === client.client_id ? ec().publicKey : null);

  it('authenticates its client once', async () => {
    const verify = createAssertionVerifier(keysOf, { audience, replay: createMemoryReplayStore() });
    const sent = await assertion();
    expect(await verify(sent)).toMatchObject({ iss: 'service', sub: 'service', aud: audience });
    expect(await rejectionOf(verify(sent))).toMatchObject({ claim: 'jti' });
  });

  it('is rejected by another server, and with the key of another client', async () => {
    const elsewhere = { audience: 'https://other.example', replay: false } as const;
    const verify = createAssertionVerifier(keysOf, elsewhere);
    expect(await rejectionOf(verify(await assertion()))).toMatchObject({ claim: 'aud' });
    const others = createAssertionVerifier(() => ec('P-384').publicKey, {
      audience,
      replay: false,
    });
    expect((await rejectionOf(others(await assertion()))).code).toBe('ERR_HEADER_ALG');
  });
});
