/**
 * Keys as documents (RFC 7517): local and remote JWK Sets, rotation, conversion and thumbprints.
 *
 * {@link createLocalJwks} and {@link createRemoteJwks} are key sources for a verifier;
 * {@link createKeyRing} holds the keys of an issuer.
 *
 * @module jotkit/jwk
 */

export {
  exportJwk,
  exportPem,
  importKey,
  type KeyType,
  type KeyTypeOptions,
} from './convert.ts';
export { type GenerateKeyOptions, generateKey, type KeyAlgorithm } from './generate.ts';
export type { FoundIssuersOptions } from './jwks/found-issuers.ts';
export { createIssuers, type FindIssuer, type IssuerOptions } from './jwks/issuers.ts';
export type { SkippedKey } from './jwks/jwk-set.ts';
export { createLocalJwks, type Jwks, type LocalJwks } from './jwks/local.ts';
export {
  createRemoteJwks,
  type RemoteJwks,
  type RemoteJwksOptions,
} from './remote/create-remote-jwks.ts';
export { createDiscoveredJwks, type DiscoveredJwks } from './remote/discovered.ts';
export { type Discovered, discover, type IssuerMetadata } from './remote/discovery.ts';
export type { ExternalSigner } from './ring/external-signer.ts';
export {
  createKeyRing,
  type KeyRing,
  type KeyRingOptions,
  type KeyStatus,
} from './ring/key-ring.ts';
export type { RingKey } from './ring/ring-key.ts';
export type { KeyState, KeyTimes } from './ring/rotation-schedule.ts';
export { type ThumbprintHash, thumbprint, thumbprintUri } from './thumbprint.ts';
