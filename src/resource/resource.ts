/** `createResource`: an API that accepts tokens of other servers, and says which (RFC 9728). */

import { isJsonObject } from '../core/encoding/strict-json.ts';
import { type Claims, ownClaim } from '../core/token/claim-checks.ts';
import { Fault } from '../core/token/fault.ts';
import { type JwtPayload, MAX_TOKEN_LENGTH } from '../core/token/token.ts';
import { publishError } from '../core/verify/token-events.ts';
import type { RejectedToken } from '../core/verify/verification-result.ts';
import { toResult } from '../core/verify/verify-token.ts';
import { withCallerStack } from '../errors.ts';
import type { Auth } from '../http/auth.ts';
import { createAuthenticator } from '../http/authenticator.ts';
import { compileImplies, type Widen } from '../http/implied-scopes.ts';
import {
  type AcceptedByResource,
  type ProtectedResource,
  type ResourcePlan,
  withPlan,
} from '../http/protected-resource.ts';
import type { RequestLike } from '../http/request.ts';
import { createIssuerSelector } from '../jwk/jwks/issuer-verifier.ts';
import { rememberResource } from './auth-info.ts';
import { compileIntrospection, type IntrospectionServer } from './introspection-servers.ts';
import { createDocumentServer, createMetadata, metadataUrlOf, readResource } from './metadata.ts';
import { authorizationServersOf, checkResource, type ResourceOptions } from './resource-options.ts';
import { compileIssuers } from './trusted-issuers.ts';

/**
 * Creates a resource: an API or MCP server that accepts access tokens of other servers. Pass it to an adapter as
 * the option `resource`, and serve its document with `protectedResource` of the adapter or with `serve`.
 *
 * A token must name one of `issuers` in `iss` and the resource in `aud`. By default it is an access token of RFC
 * 9068, so ID tokens, refresh tokens and tokens for other APIs are rejected. An issuer without `key` is discovered
 * with its first token. An opaque token is described by the server in `introspection` (RFC 7662). Nothing is
 * fetched from a URL in a token.
 *
 * `verify` rejects with AuthError. Throws TypeError for invalid options: a `resource` that is not a normalized
 * `https:` URL (`http:` on this machine) or has a query or fragment, `offline_access` in `scopes`, a function as
 * `issuers` without `authorizationServers`, and several servers in `introspection` without prefixes.
 *
 * @example
 * ```ts
 * const api = createResource({
 *   resource: 'https://mcp.example/mcp',
 *   issuers: 'https://id.example',
 *   scopes: ['tools:read'],
 * });
 * console.log(api.metadataUrl); // → https://mcp.example/.well-known/oauth-protected-resource/mcp
 * ```
 */
export function createResource(options: ResourceOptions): ProtectedResource {
  return withCallerStack(createResource, () => compileResource(checkResource(options)));
}

function compileResource(own: ResourceOptions): ProtectedResource {
  const url = readResource(own.resource);
  const { origin } = url;
  // One URI: RFC 3986 §6.2.3. MCP clients always ask for the form with the slash.
  const audience = own.audience ?? (url.pathname === '/' ? [origin, `${origin}/`] : own.resource);
  const metadata = createMetadata({
    resource: own.resource,
    authorizationServers: authorizationServersOf(own),
    scopes: own.scopes,
    dpop: own.dpop,
    hasCertificates: own.mtls !== undefined,
    more: own.metadata,
  });
  const metadataUrl = metadataUrlOf(url);
  const issuers = compileIssuers(own, audience);
  const servers = compileIntrospection(own, audience, issuers.registered);
  const selectIssuer = createIssuerSelector(issuers.find, MAX_TOKEN_LENGTH);
  const names = { resource: own.resource, metadataUrl };
  const widenAll = own.implies && compileImplies(own.implies);

  function accept(value: object, kind: 'jwt' | 'opaque', widen: Widen | undefined): Result {
    rememberResource(value, names);
    return { ok: true, value, kind, widen };
  }

  async function verifyOpaque(
    token: string,
    request: RequestLike | undefined,
    { issuer, engine }: IntrospectionServer,
  ): Promise<Result> {
    const claims = await publishError(() => engine.ask(token, request));
    if (claims instanceof Fault) return toRejected(claims);
    return accept(claims, 'opaque', issuers.registered(issuer)?.widen ?? widenAll);
  }

  async function verifyJwt(token: string, request: RequestLike | undefined): Promise<Result> {
    const issuer = await publishError(async () => selectIssuer(token));
    if (issuer instanceof Fault) return toRejected(issuer);
    const result = await issuer.verifier.result(token, request);
    if (!result.ok) return result;
    const server = servers.serverOfJwts(issuer.issuer);
    if (!server) return accept(result.value, 'jwt', issuer.widen);
    const described = await publishError(() => server.engine.ask(token, request));
    if (described instanceof Fault) return toRejected(described);
    return accept(withBinding(result.value, described), 'jwt', issuer.widen);
  }

  const plan: ResourcePlan = {
    verify: (token, request) => {
      const server = servers.serverOf(token);
      return server
        ? verifyOpaque(token as string, request, server)
        : verifyJwt(token as string, request);
    },
    origin,
    realm: own.realm,
    dpop: own.dpop,
    mtls: own.mtls,
  };
  const resource: ProtectedResource = {
    metadata,
    metadataUrl,
    verify: (token, request) => verifyWith(authenticate, token, request),
    serve: createDocumentServer(metadata, metadataUrl),
    close: () => {
      issuers.close();
      servers.close();
    },
  };
  withPlan(resource, plan);
  const authenticate = createAuthenticator({ resource });
  return Object.freeze(resource);
}

type Result = AcceptedByResource | RejectedToken;

const toRejected = (fault: Fault) => toResult<never>(fault) as RejectedToken;

/** A binding that only the response has counts, too: without it, a stolen token would be a bearer token. */
function withBinding(claims: object, described: Claims): object {
  const own = ownClaim(claims, 'cnf') ?? {};
  const more = ownClaim(described, 'cnf');
  if (!isJsonObject(own) || !isJsonObject(more)) return claims;
  return { ...claims, cnf: { ...more, ...own } };
}

async function verifyWith(
  authenticate: ReturnType<typeof createAuthenticator<JwtPayload>>,
  token: string,
  request: RequestLike | undefined,
): Promise<Auth<JwtPayload, JwtPayload>> {
  const outcome = await authenticate.verify(token, request, request);
  // Without `credentialsRequired: false`, a token is accepted or rejected.
  if (outcome.status === 'authenticated') return outcome.auth;
  throw outcome.error;
}
