/**
 * Sessions of an authentication server: short access tokens, and refresh tokens that rotate.
 *
 * @module jotkit/sessions
 */

export type { IssueOptions } from './arguments.ts';
export { SessionError, type SessionErrorCode } from './error.ts';
export {
  createSessionHandlers,
  type SessionHandlers,
  type SessionHandlersOptions,
} from './handlers.ts';
export type { Introspection } from './introspection.ts';
export type { SessionEvent } from './listener.ts';
export type { SessionsOptions, TokenKey } from './options.ts';
export {
  createSessions,
  type IssuedTokens,
  type Session,
  type SessionName,
  type Sessions,
} from './sessions.ts';
export type {
  NewSession,
  RotateOutcome,
  RotateRequest,
  SessionRow,
  SessionStore,
  StoredSession,
} from './store.ts';
export type { AccessClaims } from './tokens.ts';
