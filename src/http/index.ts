/**
 * Authentication of HTTP requests with JSON Web Tokens, for every framework.
 *
 * {@link createAuthenticator} finds and verifies the token of a request. The adapters (`jotkit/express`,
 * `jotkit/fastify` and others) connect it to a framework.
 *
 * @module jotkit/http
 */

export { type Auth, getAuth, getAuthError, setAuth } from './auth.ts';
export {
  AuthError,
  type AuthErrorBody,
  type AuthErrorExtensions,
  type AuthErrorOptions,
  type DpopChallenge,
} from './auth-error.ts';
export type { AuthReason } from './auth-reasons.ts';
export { type Authenticator, createAuthenticator, type Outcome } from './authenticator.ts';
export type {
  AuthenticatorOptions,
  AuthenticatorSettings,
  KeyOrVerifier,
} from './authenticator-options.ts';
export type { CookieStore, CookieTarget } from './cookie-target.ts';
export { type CsrfOptions, checkCsrf } from './csrf.ts';
export { type ExpiryOptions, onExpiry } from './expiry.ts';
export {
  bearer,
  cookie,
  type Extractor,
  header,
  query,
  type TokenSource,
  wsProtocol,
} from './extractors.ts';
export type { GrantSource } from './grants.ts';
export {
  type Guard,
  requireAll,
  requireAny,
  requireAnyRole,
  requireAnyScope,
  requireAuth,
  requireClaims,
  requireRoles,
  requireScopes,
  rolesOf,
} from './guards.ts';
export type { ImpliedScopes } from './implied-scopes.ts';
export type { Origins } from './origins.ts';
export type { ProtectedResource, ResourceMetadata } from './protected-resource.ts';
export type { HeadersLike, RequestLike } from './request.ts';
export { scopesOf } from './requirements.ts';
export type { BoundToken, CertificateSource, SenderProof } from './sender-proof.ts';
export type { CookieAttributes, CookieOptions } from './set-cookie.ts';
export {
  type CookieTokens,
  type RefreshCookie,
  serializeTokenCookie,
  type TokenCookieOptions,
  type TokenCookies,
  type TokenCookiesOptions,
  tokenCookies,
} from './token-cookies.ts';
export type { TokenVerifier } from './token-verifier.ts';
