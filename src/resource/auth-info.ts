/** `toAuthInfo`: converts a verified token to what MCP servers expect. */

import { ownClaim } from '../core/token/claim-checks.ts';
import type { JwtPayload } from '../core/token/token.ts';
import type { Auth } from '../http/auth.ts';

/**
 * `AuthInfo` of the MCP SDK.
 *
 * @example
 * ```ts
 * const mayRead = (info: AuthInfo) => info.scopes.includes('tools:read');
 * ```
 */
export interface AuthInfo {
  /** The access token. */
  token: string;
  /** `client_id`, else `azp`, else `cid`, of the claims; empty without them. */
  clientId: string;
  /** The scopes, with those that they imply. */
  scopes: string[];
  /** `exp`: seconds since 1970. */
  expiresAt?: number;
  /** The URL of the resource, if a resource verified the token. */
  resource?: URL;
  /** The URL of its metadata. */
  resourceMetadataUrl?: string;
  /** The claims. */
  extra: Record<string, unknown>;
}

/** What a challenge and the SDK need of the resource that verified a token. */
interface Verifying {
  readonly resource: string;
  readonly metadataUrl: string;
}

/** By the claims, which each resource creates itself. */
const verifiedBy = new WeakMap<object, Verifying>();

/** Stores which resource verified these claims. */
export function rememberResource(claims: object, resource: Verifying): void {
  verifiedBy.set(claims, resource);
}

/**
 * Converts a verified token to the `AuthInfo` of the MCP SDK, to pass it to the transport of an MCP server. Claims
 * of the user, such as `sub`, are in `extra`.
 *
 * @example
 * ```ts
 * const authInfoOf = (request: RequestLike) => toAuthInfo(getAuth(request));
 * ```
 */
export function toAuthInfo(auth: Auth<object, unknown>): AuthInfo {
  const payload: JwtPayload = auth.payload;
  const { exp } = Object.assign(Object.create(null), payload) as JwtPayload;
  const resource = verifiedBy.get(auth.payload);
  return {
    token: auth.token,
    clientId: clientOf(payload),
    scopes: [...auth.scopes],
    ...(typeof exp === 'number' && { expiresAt: exp }),
    ...(resource && {
      resource: new URL(resource.resource),
      resourceMetadataUrl: resource.metadataUrl,
    }),
    extra: { ...payload },
  };
}

function clientOf(payload: object): string {
  for (const name of ['client_id', 'azp', 'cid']) {
    const value = ownClaim(payload, name);
    if (typeof value === 'string') return value;
  }
  return '';
}
