/**
 * Keys as documents (RFC 7517): JWK Sets at hand and on the network, rotation, conversion and thumbprints.
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
} from './conversion.ts';
export { type Discovered, discover, type IssuerMetadata } from './discovery.ts';
export type { ExternalSigner } from './external-signer.ts';
export { type GenerateKeyOptions, generateKey, type KeyAlgorithm } from './generation.ts';
export { createIssuers, type IssuerOptions } from './issuers.ts';
export { createLocalJwks, type Jwks, type LocalJwks } from './local.ts';
export { createRemoteJwks, type RemoteJwks, type RemoteJwksOptions } from './remote.ts';
export { createKeyRing, type KeyRing, type KeyRingOptions, type KeyStatus } from './ring.ts';
export type { RingKey } from './ring-key.ts';
export type { KeyState, KeyTimes } from './rotation.ts';
export type { SkippedKey } from './set.ts';
export { type ThumbprintHash, thumbprint, thumbprintUri } from './thumbprint.ts';
