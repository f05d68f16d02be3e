/**
 * Sessions of an authentication server: access tokens, and refresh tokens that a store knows.
 *
 * @module jotkit/sessions
 */

export {
  createSessionHandlers,
  type SessionHandlers,
  type SessionHandlersOptions,
} from './handlers.ts';
export type { IssueOptions } from './login.ts';
export { SessionError, type SessionErrorCode } from './session-error.ts';
export type { SessionEvent } from './session-events.ts';
export type { SessionsOptions, TokenKey } from './session-options.ts';
export {
  createSessions,
  type Introspection,
  type Session,
  type SessionName,
  type Sessions,
  type TokenPair,
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
