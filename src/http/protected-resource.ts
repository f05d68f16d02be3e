/** Declares a protected resource (RFC 9728), and what an authenticator reads from it. */

import type { JwtPayload } from '../core/token/token.ts';
import type { RejectedToken } from '../core/verify/verification-result.ts';
import type { VerifierOptions } from '../core/verify/verifier-options.ts';
import type { Auth } from './auth.ts';
import type { RequestLike } from './request.ts';
import type { CertificateSource, SenderProof } from './sender-proof.ts';

/**
 * Metadata of a protected resource (RFC 9728 §2). Deeply frozen.
 *
 * @example
 * ```ts
 * const resourceOf = (metadata: ResourceMetadata) => metadata.resource;
 * ```
 */
export interface ResourceMetadata {
  readonly resource: string;
  readonly authorization_servers?: readonly string[];
  readonly scopes_supported?: readonly string[];
  readonly [member: string]: unknown;
}

/**
 * An API that accepts tokens of other servers: what `createResource` of `jotkit/resource` returns. Pass it to
 * an adapter as the option `resource`.
 *
 * @example
 * ```ts
 * const urlOf = (resource: ProtectedResource) => resource.metadataUrl;
 * ```
 */
export interface ProtectedResource {
  /** The document that clients fetch to find the authorization server. */
  readonly metadata: ResourceMetadata;
  /** Its URL, which challenges name as `resource_metadata` (RFC 9728 §3.1). */
  readonly metadataUrl: string;
  /**
   * Verifies a token. Rejects with {@link AuthError}. A token that is bound to a key needs `request`, which
   * contains the proof.
   */
  verify(token: string, request?: RequestLike): Promise<Auth<JwtPayload, JwtPayload>>;
  /** Returns the response to a request for the document; `undefined` for every other URL. */
  serve(request: RequestLike): Response | undefined;
  /** Ends timers and requests to authorization servers. */
  close(): void;
}

/** A verified token of a resource. */
export interface AcceptedByResource {
  readonly ok: true;
  /** The claims: of the JWT, or of the introspection response. */
  readonly value: object;
  /** `opaque`: the token is no JWT, the authorization server described it. */
  readonly kind: 'jwt' | 'opaque';
  /** Adds the scopes that the scopes of this issuer imply. */
  readonly widen?: ((scopes: readonly string[]) => readonly string[]) | undefined;
}

/** What an authenticator reads from a resource; not public. */
export interface ResourcePlan {
  /** Rejects only with KeySourceError, or for an error of the caller. */
  verify(
    token: unknown,
    request: RequestLike | undefined,
  ): Promise<AcceptedByResource | RejectedToken>;
  readonly origin: string;
  readonly realm?: string | undefined;
  readonly dpop?: SenderProof | undefined;
  readonly mtls?: CertificateSource | undefined;
}

/** Registered, because the bundle of a resource and that of an adapter do not share objects. */
const key = Symbol.for('jotkit.resource');

/** Adds the plan to a resource, as a hidden member. */
export function withPlan<Resource extends object>(
  resource: Resource,
  plan: ResourcePlan,
): Resource {
  // Without a prototype, which could be polluted.
  const value = Object.assign(Object.create(null), plan);
  const descriptor = { __proto__: null, value };
  return Object.defineProperty(resource, key, descriptor);
}

/** Returns the plan of a resource; `undefined` for every other value. */
export function planOf(resource: unknown): ResourcePlan | undefined {
  const isObject = typeof resource === 'object' && resource !== null;
  return isObject && Object.hasOwn(resource, key) ? Reflect.get(resource, key) : undefined;
}

/** Options of an authenticator that a resource decides. */
export type NeverBesideResource = {
  [Name in
    | keyof Omit<VerifierOptions, 'complete'>
    | 'key'
    | 'verifier'
    | 'dpop'
    | 'mtls'
    | 'allowUnconfirmed']?: never;
};

/** Where to set what cannot be set beside a resource. */
const placesOfResource = [
  { place: 'createResource()', names: ['audience', 'dpop', 'mtls', 'clock', 'clockTolerance'] },
  {
    place: '"issuers" of createResource()',
    names: ['key', 'issuer', 'algorithms', 'requiredClaims'],
  },
];

/** Describes an option that cannot be set beside a resource, and where to set it. */
export function besideResource(name: string): string {
  const found = placesOfResource.find(({ names }) => names.includes(name));
  return found
    ? `"${name}" cannot be combined with "resource"; set it in ${found.place}`
    : `"${name}" cannot be combined with "resource", which decides it`;
}
