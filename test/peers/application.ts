/** A web application of openid-client that logs users in at the provider of these tests. */

import * as openid from 'openid-client';
import { Browser, clientKey, clients, type Provider, redirectUri } from './provider.ts';

export interface LoginOptions {
  readonly scope?: string;
  /** The key that the tokens are bound to. */
  readonly dpop?: openid.DPoPHandle;
}

export interface Login {
  readonly tokens: Awaited<ReturnType<typeof openid.authorizationCodeGrant>>;
  /** Has the session of the user at the provider. */
  readonly browser: Browser;
}

export class Application {
  readonly config: openid.Configuration;

  private constructor(config: openid.Configuration) {
    this.config = config;
  }

  static async discover({ issuer }: Provider): Promise<Application> {
    const { client_id, client_secret } = clients.app;
    const config = await openid.discovery(new URL(issuer), client_id, client_secret, undefined, {
      execute: [openid.allowInsecureRequests],
    });
    return new Application(config);
  }

  /** Logs in, and gets tokens for a resource. The ID token has the nonce `n`. */
  async logIn(resource: string, options: LoginOptions = {}): Promise<Login> {
    const { scope = 'openid tools:read', dpop } = options;
    const pkceCodeVerifier = openid.randomPKCECodeVerifier();
    const parameters = {
      redirect_uri: redirectUri,
      scope,
      resource,
      nonce: 'n',
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    };
    const browser = new Browser();
    const callback = await browser.logIn(openid.buildAuthorizationUrl(this.config, parameters));
    const checks = { pkceCodeVerifier, expectedNonce: 'n' };
    const more = dpop && { DPoP: dpop };
    const grant = openid.authorizationCodeGrant;
    const tokens = await grant(this.config, callback, checks, { resource }, more);
    return { tokens, browser };
  }

  /** Another client of the same provider. */
  as(clientId: string, auth: openid.ClientAuth): openid.Configuration {
    const config = new openid.Configuration(this.config.serverMetadata(), clientId, {}, auth);
    openid.allowInsecureRequests(config);
    return config;
  }
}

/** The key of the clients with private_key_jwt, for WebCrypto. */
export async function webKey(): Promise<openid.PrivateKey> {
  const der = clientKey().export({ format: 'der', type: 'pkcs8' });
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const key = await crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
  return { key, kid: 'client' };
}
