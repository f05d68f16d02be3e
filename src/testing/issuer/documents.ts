/** Responds with the metadata and the JWK Set of a test issuer. */

import type { KeyRing } from '../../jwk/ring/key-ring.ts';

/** The URLs that an issuer has. */
export interface IssuerUrls {
  readonly origin: string;
  readonly jwksUri: string;
  /** The paths of its metadata: OpenID Connect Discovery §4, RFC 8414 §3.1. */
  readonly metadataPaths: readonly string[];
  readonly authorization: string;
  readonly token: string;
}

/** Returns the URLs for the name of an issuer, which can have a path. */
export function urlsOf(issuer: string): IssuerUrls {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return {
    origin,
    jwksUri: `${origin}${path}/.well-known/jwks.json`,
    metadataPaths: [
      `${path}/.well-known/openid-configuration`,
      `/.well-known/oauth-authorization-server${path}`,
    ],
    authorization: `${origin}${path}/authorize`,
    token: `${origin}${path}/token`,
  };
}

/** As long as the JWK Set of a ring. */
const CACHE_CONTROL = 'public, max-age=1800';

/** Returns a function that responds to GET and HEAD. */
export function createDocuments(
  issuer: string,
  algorithm: string,
  ring: KeyRing,
): (request: Request) => Response {
  const urls = urlsOf(issuer);
  // What OpenID Connect Discovery §3 requires; the endpoints of users do not exist.
  const metadata = JSON.stringify({
    issuer,
    authorization_endpoint: urls.authorization,
    token_endpoint: urls.token,
    jwks_uri: urls.jwksUri,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [algorithm],
  });
  return (request) => {
    if (!['GET', 'HEAD'].includes(request.method)) {
      return explain(405, 'only GET and HEAD are allowed', { allow: 'GET, HEAD' });
    }
    const { pathname, origin } = new URL(request.url);
    if (origin + pathname === urls.jwksUri) return ring.response(request);
    if (!urls.metadataPaths.includes(pathname)) {
      return explain(404, `a test issuer serves only ${[...urls.metadataPaths, urls.jwksUri]}`);
    }
    const headers = { 'cache-control': CACHE_CONTROL, 'content-type': 'application/json' };
    return new Response(metadata, { headers });
  };
}

function explain(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(text, { status, headers: { ...headers, 'content-type': 'text/plain' } });
}
