/**
 * Verifiers of one kind of token each, which reject the tokens of every other kind.
 *
 * An API accepts access tokens and no ID tokens; a login accepts ID tokens and no access tokens.
 *
 * @module jotkit/profiles
 */

export {
  type AccessTokenClaims,
  type AccessTokenOptions,
  type AccessTokenProfile,
  createAccessTokenVerifier,
} from './access-token.ts';
export type { ProfileOptions } from './profile.ts';
