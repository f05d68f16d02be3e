/** Starts oidc-provider on loopback, with a user who logs in without a browser. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CookieJar } from 'tough-cookie';
import { ec, rsa } from '../fixtures/keys.ts';
import { load } from './load.ts';

// oidc-provider calls it, and the first releases of Node.js 20 do not have it.
URL.parse ??= (url, base) => (URL.canParse(url, base) ? new URL(url, base) : null);

export type Format = 'jwt' | 'opaque';

/** The user of every login. */
export const user = 'ada';
export const scopes = ['tools:read', 'tools:write'];
export const redirectUri = 'https://app.example/callback';
const logoutUri = 'https://app.example/logout';
const resourceScope = scopes.join(' ');

/** Clients that the provider knows from the start; others register themselves. */
export const clients = {
  /** A web application that logs users in and receives logout tokens. */
  app: { client_id: 'app', client_secret: 'the secret of the application' },
  /** A resource server. Its credentials change if they are not form-encoded (RFC 6749 §2.3.1). */
  api: { client_id: 'api:main', client_secret: 'a+b%20c:d&e=f/ g' },
  /** A resource server that receives signed introspection responses (RFC 9701). */
  signedApi: { client_id: 'signed-api', client_secret: 'the secret of the signed api' },
  /** A resource server with its credentials in the body. */
  postApi: { client_id: 'post-api', client_secret: 'the secret of the post api' },
  /** A resource server with a key in place of a secret. */
  keyApi: { client_id: 'key-api' },
  /** An MCP client that is registered: one that registers itself can only get the scopes of that time. */
  mcp: { client_id: 'mcp' },
  /** A program that acts for itself: client credentials with private_key_jwt. */
  service: { client_id: 'service' },
} as const;

/** The private key of `keyApi` and `service`. */
export const clientKey = () => ec().privateKey;

export interface ProviderOptions {
  /** Whether proofs at the token endpoint need a nonce. */
  readonly nonces?: boolean;
  /** Algorithm of JWT access tokens. */
  readonly algorithm?: 'RS256' | 'ES256';
}

export interface Provider extends AsyncDisposable {
  readonly issuer: string;
  /** Issues access tokens of this format for a resource from now on. */
  protect(resource: string, format: Format): void;
  /** Receives the POST of a back-channel logout of `clients.app`. */
  onLogout(receive: (request: Request) => Promise<Response>): void;
  /** Paths of the requests until now. */
  readonly paths: string[];
  close(): Promise<void>;
}

/** Starts a provider at a free port. */
export async function startProvider(options: ProviderOptions = {}): Promise<Provider> {
  const { nonces = false, algorithm = 'RS256' } = options;
  const OidcProvider = await load('oidc-provider');
  const formats = new Map<string, Format>();
  const paths: string[] = [];
  let receiveLogout: ((request: Request) => Promise<Response>) | undefined;

  const listener = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    paths.push(path);
    if (path.startsWith('/interaction/')) void finishLogin(provider, request, response);
    else provider.callback()(request, response);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const issuer = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;

  const provider = new OidcProvider(issuer, {
    clients: staticClients(),
    jwks: { keys: [privateJwk('RS256'), privateJwk('ES256')] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    scopes: ['openid', 'offline_access', ...scopes],
    clientBasedCORS: () => true,
    renderError: (ctx: { body: unknown }, out: unknown) => {
      ctx.body = out;
    },
    findAccount: (_: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ sub: accountId }),
    }),
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    issueRefreshToken: (_: unknown, client: { grantTypeAllowed(type: string): boolean }) =>
      client.grantTypeAllowed('refresh_token'),
    fetch: (url: URL | string, init: RequestInit) => {
      const request = new Request(url, init);
      if (!receiveLogout || request.url !== logoutUri) throw new Error(`no server at ${url}`);
      return receiveLogout(request);
    },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      ClientCredentials: 600,
      Grant: 3600,
      IdToken: 3600,
      Interaction: 600,
      RefreshToken: 3600,
      Session: 3600,
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => nonces },
      backchannelLogout: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      jwtIntrospection: { enabled: true },
      registration: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx: { body: string }, form: string) => {
          ctx.body = form;
        },
        postLogoutSuccessSource: (ctx: { body: string }) => {
          ctx.body = 'logged out';
        },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_ctx: unknown, _client: unknown, oneOf?: string) => oneOf,
        getResourceServerInfo: (_: unknown, resource: string) => {
          const accessTokenFormat =
            formats.get(resource) ?? formats.get(`${resource}`.slice(0, -1));
          if (!accessTokenFormat) throw new OidcProvider.errors.InvalidTarget();
          const jwt = { sign: { alg: algorithm } };
          return { scope: resourceScope, audience: resource, accessTokenFormat, jwt };
        },
      },
    },
  });

  async function close() {
    listener.closeAllConnections();
    listener.close();
    await once(listener, 'close');
  }

  return {
    issuer,
    paths,
    protect: (resource, format) => void formats.set(resource, format),
    onLogout: (receive) => {
      receiveLogout = receive;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const privateJwk = (alg: 'RS256' | 'ES256') => {
  const { privateKey } = alg === 'RS256' ? rsa() : ec('P-256');
  return { ...privateKey.export({ format: 'jwk' }), kid: alg, alg, use: 'sig' };
};

function staticClients(): object[] {
  const jwks = { keys: [{ ...ec().publicKey.export({ format: 'jwk' }), kid: 'client' }] };
  const grants = ['authorization_code', 'implicit', 'refresh_token'];
  const login = { grant_types: grants, response_types: ['code', 'code id_token'] };
  const machine = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] };
  const keyed = { token_endpoint_auth_method: 'private_key_jwt', jwks };
  return [
    {
      ...clients.app,
      ...login,
      redirect_uris: [redirectUri],
      backchannel_logout_uri: logoutUri,
      backchannel_logout_session_required: true,
    },
    { ...clients.mcp, redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' },
    { ...clients.api, ...machine },
    { ...clients.signedApi, ...machine, introspection_signed_response_alg: 'RS256' },
    { ...clients.postApi, ...machine, token_endpoint_auth_method: 'client_secret_post' },
    { ...clients.keyApi, ...machine, ...keyed },
    { ...clients.service, ...machine, ...keyed, scope: resourceScope },
  ];
}

/** Logs the user in, and grants all scopes of the requested resources. */
// biome-ignore lint/suspicious/noExplicitAny: oidc-provider has no types
async function finishLogin(provider: any, request: IncomingMessage, response: ServerResponse) {
  const details = await provider.interactionDetails(request, response);
  const { client_id: clientId } = details.params;
  const grant = new provider.Grant({ accountId: user, clientId });
  // Scopes of resources are among those of the provider, so that clients can register with them.
  grant.addOIDCScope(`openid offline_access ${resourceScope}`);
  for (const resource of [details.params.resource ?? []].flat()) {
    grant.addResourceScope(resource, resourceScope);
  }
  const consent = { grantId: await grant.save() };
  const login = { accountId: user };
  await provider.interactionFinished(request, response, { login, consent });
}

/** A browser with cookies. Follows redirects until one leaves the provider, and returns that URL. */
export class Browser {
  readonly #jar = new CookieJar();

  async logIn(authorizationUrl: URL | string): Promise<URL> {
    let url = new URL(authorizationUrl);
    const { origin } = url;
    for (let redirects = 0; url.origin === origin; redirects++) {
      if (redirects > 10) throw new Error(`too many redirects, the last to ${url}`);
      const response = await this.fetch(url);
      const location = response.headers.get('location');
      if (!location)
        throw new Error(`${response.status} of ${url.pathname}: ${await response.text()}`);
      url = new URL(location, url);
    }
    return url;
  }

  /** Ends the session at the provider: opens the page of the logout, and confirms it. */
  async logOut(issuer: string): Promise<Response> {
    const page = await (await this.fetch(new URL('/session/end', issuer))).text();
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const body = new URLSearchParams({ xsrf, logout: 'yes' });
    const confirm = new URL('/session/end/confirm', issuer);
    const response = await this.fetch(confirm, { method: 'POST', body });
    const next = response.headers.get('location');
    return next ? this.fetch(new URL(next, issuer)) : response;
  }

  async fetch(url: URL, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('cookie', await this.#jar.getCookieString(url.href));
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) await this.#jar.setCookie(line, url.href);
    return response;
  }
}
