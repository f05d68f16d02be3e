/** Declares what confirms that the sender of a request has the key that its token is bound to (RFC 7800). */

import type { RequestLike } from './request.ts';

/**
 * What a proof must belong to.
 *
 * @example
 * ```ts
 * const bound = (auth: Auth<{ cnf: { jkt: string } }>): BoundToken => ({
 *   token: auth.token,
 *   jkt: auth.payload.cnf.jkt,
 * });
 * ```
 */
export interface BoundToken {
  /** The access token. */
  readonly token: string;
  /** Its `cnf.jkt`: the thumbprint of the key (RFC 7638, SHA-256, base64url). */
  readonly jkt: string;
  /** Origin of the resource, such as `https://api.example`, if the proof has no `origin` of its own. */
  readonly origin?: string | undefined;
}

/**
 * Verifies DPoP proofs (RFC 9449): what `createDpop` of `jotkit/dpop` returns.
 *
 * @example
 * ```ts
 * const algorithmsOf = (dpop: SenderProof) => dpop.algorithms.join(' ');
 * ```
 */
export interface SenderProof {
  /** The algorithms of proofs that it accepts, for `algs` of the challenge. */
  readonly algorithms: readonly string[];
  /** The origins that `htu` can name. Empty: the origin of the resource. */
  readonly origins: readonly string[];
  /** Whether requests with a bearer token are rejected. */
  readonly required: boolean;
  /**
   * Verifies the proof in the header `DPoP`. Rejects with JsonWebTokenError `ERR_PROOF_…` for the client's
   * error, and with KeySourceError if the proof cannot be checked now.
   */
  verify(request: RequestLike, bound: BoundToken): Promise<void>;
  /** Returns the nonce for `DPoP-Nonce` of a response; `undefined` if proofs need none. */
  nonce(): string | undefined;
}

/**
 * Returns `x5t#S256` of the client's certificate: the SHA-256 of its DER bytes in base64url (RFC 8705 §3.1).
 * Returns `undefined` without a certificate. `clientCertificate` of `jotkit/dpop` creates one.
 *
 * @example
 * ```ts
 * const none: CertificateSource = () => undefined;
 * ```
 */
export type CertificateSource = (request: RequestLike, context: unknown) => string | undefined;

/** Whether an option is one: its members, because any object can implement it. */
export function isSenderProof(value: unknown): boolean {
  const { verify, nonce, algorithms, origins } = Object(value) as Partial<SenderProof>;
  const lists = [algorithms, origins].every(Array.isArray);
  return typeof verify === 'function' && typeof nonce === 'function' && lists;
}
