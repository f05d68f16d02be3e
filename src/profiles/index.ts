/**
 * Verifiers of one kind of token each, which reject the tokens of every other kind.
 *
 * An API accepts access tokens and no ID tokens. A login accepts ID tokens and no access tokens.
 *
 * @module jotkit/profiles
 */

export {
  type AccessTokenClaims,
  type AccessTokenOptions,
  type AccessTokenProfile,
  createAccessTokenVerifier,
} from './access-token.ts';
export {
  type AssertionClaims,
  type AssertionOptions,
  type AssertionSignerOptions,
  type AssertionVerifier,
  createAssertionSigner,
  createAssertionVerifier,
} from './assertion.ts';
export {
  createIdTokenVerifier,
  type IdTokenClaims,
  type IdTokenLogin,
  type IdTokenOptions,
  type IdTokenVerifier,
} from './id-token.ts';
export {
  createLogoutTokenVerifier,
  type LogoutTokenClaims,
  type LogoutTokenOptions,
} from './logout-token.ts';
export {
  createProfileVerifier,
  type ProfileClaims,
  type ProfileName,
  type ProfileVerifierOptions,
} from './named.ts';
export type { ProfileOptions } from './profile.ts';
