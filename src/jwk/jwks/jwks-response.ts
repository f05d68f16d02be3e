/** Creates the HTTP response of a JWK Set, with cache headers: RFC 9110 §13, RFC 9111. */

import { createHash } from 'node:crypto';
import type { Jwks } from './local.ts';

/** Responds with 304 if the client has this set. `maxAge` in seconds. */
export function jwksResponse(jwks: Jwks, maxAge: number, request: Request | undefined): Response {
  const body = JSON.stringify(jwks);
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
  const headers = {
    'cache-control': `public, max-age=${maxAge}`,
    'content-type': 'application/jwk-set+json',
    etag,
  };
  const knownTags = request?.headers.get('if-none-match')?.split(',') ?? [];
  // RFC 9110 §13.1.2: the comparison is weak.
  const isKnown = knownTags.some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
  return isKnown
    ? new Response(null, { status: 304, headers })
    : new Response(body, { status: 200, headers });
}
