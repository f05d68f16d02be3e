/**
 * Tokens that are bound to a key of the client: DPoP (RFC 9449) and certificates (RFC 8705).
 *
 * {@link createDpop} verifies proofs in an API, {@link createDpopProof} creates those of a client.
 * {@link clientCertificate} finds the certificate of a client that uses mutual TLS.
 *
 * @module jotkit/dpop
 */

export { clientCertificate } from './certificate.ts';
export { createDpopProof, type DpopProofOptions } from './client-proof.ts';
export { createDpop, type DpopOptions } from './dpop.ts';
export type { NonceOptions } from './nonce.ts';
