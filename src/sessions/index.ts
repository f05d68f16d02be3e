/**
 * Sessions of an authentication server: short access tokens, and refresh tokens that rotate.
 *
 * @module jotkit/sessions
 */

export type { IssueOptions, PendingTokens, RefreshOptions, UserId } from './arguments.ts';
export {
  type BackchannelLogoutOptions,
  createBackchannelLogout,
} from './backchannel-logout.ts';
export { SessionError, type SessionErrorCode } from './error.ts';
export type {
  LoginOptions,
  LoginResult,
  SessionHandlersOptions,
} from './handler-options.ts';
export { createSessionHandlers, type SessionHandlers } from './handlers.ts';
export type { Introspection } from './introspection.ts';
export type { IssuedTokens } from './issued-tokens.ts';
export type { SessionEvent } from './listener.ts';
export type { SessionsOptions, TokenKey } from './options.ts';
export type { Renewal } from './renewal.ts';
export { type Rotation, rotateRow } from './rotate-row.ts';
export type { Session } from './session.ts';
export type { SessionCookies } from './session-cookies.ts';
export { createSessions, type SessionName, type Sessions } from './sessions.ts';
export type {
  NewSession,
  RotateOutcome,
  RotateRequest,
  SessionRow,
  SessionStore,
  StoredSession,
} from './store.ts';
export type { AccessClaims } from './tokens.ts';
