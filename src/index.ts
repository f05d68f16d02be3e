/**
 * JSON Web Tokens (RFC 7519) for Node.js.
 *
 * {@link sign}, {@link verify} and {@link decode} are compatible with jsonwebtoken. {@link createSigner}
 * and {@link createVerifier} check a key and options once, and fail closed.
 *
 * @module jotkit
 */

export type { Timespan } from './core/encoding/duration.ts';
export type { Algorithm } from './core/keys/algorithms.ts';
export { clearKeyCache } from './core/keys/key-cache.ts';
export type { FoundKey, Jwk, KeyDescriptor, KeyInput, KeySource } from './core/keys/key-input.ts';
export { createSigner, type Signer, type SignerOptions } from './core/sign/create-signer.ts';
export type { JwtHeader } from './core/token/header.ts';
export type { StandardSchema } from './core/token/standard-schema.ts';
export type { Jwt, JwtPayload, UnverifiedToken } from './core/token/token.ts';
export {
  createVerifier,
  type ResultOf,
  type Verified,
  type Verifier,
  type WithClaims,
} from './core/verify/create-verifier.ts';
export type { CacheOptions } from './core/verify/token-cache.ts';
export type {
  AcceptedToken,
  RejectedToken,
  VerificationResult,
} from './core/verify/verification-result.ts';
export type { VerifierOptions } from './core/verify/verifier-options.ts';
export { type DecodeOptions, decode } from './decode.ts';
export {
  type ErrorCode,
  JsonWebTokenError,
  KeySourceError,
  NotBeforeError,
  TokenExpiredError,
} from './errors.ts';
export {
  type PrivateKey,
  type Secret,
  type SignCallback,
  type SigningKeySource,
  type SignOptions,
  sign,
  signAsync,
} from './sign.ts';
export {
  type GetPublicKeyOrSecret,
  type PublicKey,
  type SigningKeyCallback,
  type VerifyCallback,
  type VerifyErrors,
  type VerifyOptions,
  verify,
  verifyAsync,
} from './verify.ts';
