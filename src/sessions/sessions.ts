/** Creates sessions on any store: login, refresh and logout. */

import { typeNameOf } from '../core/option-rules.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { usageError } from '../errors.ts';
import {
  checkUserId,
  type IssueOptions,
  isSid,
  readExcept,
  readHookClaims,
  readLimit,
  readLogin,
  readMeta,
} from './arguments.ts';
import { callStore, SessionError } from './error.ts';
import { createIntrospection, type Introspection } from './introspection.ts';
import { createNotifier } from './listener.ts';
import { compileSettings, type SessionsOptions, type Settings } from './options.ts';
import {
  digestOf,
  openSuccessor,
  type RefreshClaims,
  randomId,
  sealSuccessor,
} from './refresh-token.ts';
import type { StoredSession } from './store.ts';
import { type AccessClaims, createSessionTokens } from './tokens.ts';

/**
 * The tokens of a login or a refresh, for the client.
 *
 * @example
 * ```ts
 * const print = ({ access, refresh, expiresIn }: IssuedTokens) => console.log(access, refresh, expiresIn);
 * ```
 */
export interface IssuedTokens {
  /** The access token. */
  readonly access: string;
  /** The refresh token. */
  readonly refresh: string;
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
  readonly uid: string;
  readonly sid: string;
}

/**
 * A session as its user can see it.
 *
 * @example
 * ```ts
 * const deviceOf = ({ sid, meta, refreshedAt }: Session) => ({ sid, meta, refreshedAt });
 * ```
 */
export interface Session {
  readonly sid: string;
  /** Only with the policy `'per-device'`. */
  readonly device?: string;
  readonly createdAt: Date;
  readonly refreshedAt: Date;
  /** When it ends unless refreshed. */
  readonly expiresAt: Date;
  /** The last `meta` of `issue` or `refresh`; null if absent. */
  readonly meta: unknown;
}

/**
 * Names a session: one of its refresh tokens, or its ids.
 *
 * @example
 * ```ts
 * const name: SessionName = { uid: 'ada', sid: 'unknown' };
 * const logOut = (sessions: Sessions) => sessions.revoke(name);
 * ```
 */
export type SessionName = string | { readonly uid: string; readonly sid: string };

/**
 * See {@link createSessions}.
 *
 * @example
 * ```ts
 * const logOut = (sessions: Sessions, token: string) => sessions.revoke(token);
 * ```
 */
export interface Sessions {
  /** Starts a session of the user: a login. Authenticate the user before you call it. */
  issue(uid: string, options?: IssueOptions): Promise<IssuedTokens>;
  /**
   * Replaces a refresh token and signs a new access token. Rejects with JsonWebTokenError if the token is
   * not valid, and with SessionError if its session has ended.
   */
  refresh(token: string, options?: { meta?: unknown }): Promise<IssuedTokens>;
  /**
   * Ends a session: a logout. Accepts the ids, or a refresh token of the session, which may be replaced or
   * expired. Resolves to whether a session ended. Rejects with JsonWebTokenError if the token is not valid.
   */
  revoke(session: SessionName): Promise<boolean>;
  /** Ends all sessions of a user except `except`. Resolves to their number. */
  revokeAll(uid: string, options?: { except?: string }): Promise<number>;
  /** Resolves to the live sessions of a user, the most recently refreshed first. */
  list(uid: string): Promise<Session[]>;
  /** Returns the claims of an access token without the store. Throws as `createVerifier` does. */
  verifyAccess(token: string): AccessClaims;
  /**
   * Resolves to whether the session of verified claims has ended: one look-up, for routes that cannot wait
   * until the access token expires.
   */
  isRevoked(auth: { readonly payload: JwtPayload }): Promise<boolean>;
  /** Resolves to the state of either token, for servers that cannot verify it: RFC 7662. */
  introspect(token: string): Promise<Introspection>;
  /**
   * Removes at most `limit` (default 1,000) sessions whose absolute end has passed. Resolves to their
   * number.
   */
  purge(options?: { limit?: number }): Promise<number>;
}

/**
 * Creates the sessions of an authentication server. Access tokens expire soon, and every server with the
 * access key verifies them alone. Refresh tokens are single use, as long as the store holds their session.
 *
 * Access tokens have the type of RFC 9068 and all of its claims except `client_id`. If you have clients,
 * name the client in the `claims` of a login.
 *
 * A replaced refresh token that is used again ends its session, because one of its two holders stole it
 * (RFC 9700 §4.14.2). Within `refresh.grace` it yields the same successor instead.
 *
 * Every call of the store that fails rejects with a {@link SessionError} of status 503. Throws TypeError
 * for invalid options, and if both tokens share a key.
 *
 * @example
 * ```ts
 * import { createSessions } from 'jotkit/sessions';
 * import { createMemoryStore } from 'jotkit/sessions/memory';
 * import { randomBytes } from 'node:crypto';
 *
 * const sessions = createSessions({
 *   store: createMemoryStore(),
 *   access: { key: randomBytes(32), expiresIn: '10m' },
 *   refresh: { key: randomBytes(32), idle: '7d', absolute: '30d' },
 *   issuer: 'https://id.example',
 *   audience: 'api',
 * });
 *
 * const first = await sessions.issue('ada');
 * const second = await sessions.refresh(first.refresh);
 * console.log(sessions.verifyAccess(second.access).sub); // → ada
 * ```
 */
export function createSessions(options: SessionsOptions): Sessions {
  const settings = compileSettings(options);
  const { store, refresh, policy, clock } = settings;
  const tokens = createSessionTokens(settings);
  const notify = createNotifier(settings.on);

  /**
   * Runs before the store changes, so that the client can try again if it fails. Reads the clock after the
   * hook has returned: a slow hook must not shorten the grace period.
   */
  async function signAccess(uid: string, sid: string, login: object | undefined) {
    const added = settings.claims ? readHookClaims(await settings.claims(uid, { sid })) : {};
    const now = clock();
    const claims = { ...login, ...added, sub: uid, sid, iat: epochSeconds(now) };
    return { access: await tokens.signAccess(claims), now };
  }

  /** Returns the same token for the same arguments if the signatures of the algorithm are deterministic. */
  async function signRefresh(
    claims: Omit<RefreshClaims, 'iat' | 'exp'>,
    refreshedAt: number,
    endsAt: number,
  ) {
    const exp = epochSeconds(Math.min(refreshedAt + refresh.idle, endsAt));
    return tokens.signRefresh({ ...claims, iat: epochSeconds(refreshedAt), exp });
  }

  const { expiresIn } = settings.access;

  async function namedBy(token: string) {
    const { sub: uid, sid } = await tokens.verifyRefresh(token);
    return { uid, sid };
  }

  return {
    ...createIntrospection(settings, tokens),

    async issue(uid, options = {}) {
      checkUserId(uid);
      const [sid, jti] = [randomId(), randomId()];
      const { slot, meta, login } = readLogin(options, policy, sid);
      const { access, now } = await signAccess(uid, sid, login);
      const endsAt = now + refresh.absolute;
      const claims = { sub: uid, sid, gen: 1, jti, ...(login && { login }) };
      const token = await signRefresh(claims, now, endsAt);
      const idleEndsAt = Math.min(now + refresh.idle, endsAt);
      const session = { sid, uid, slot, current: digestOf(jti), idleEndsAt, endsAt, meta };
      // 'single' also ends sessions that another policy left in other slots.
      const limits = { now, max: policy === 'single' ? 1 : settings.maxPerUser };
      const { evicted } = await callStore(() => store.issue(session, limits));
      notify({ type: 'issue', uid, sid });
      for (const ended of evicted) notify({ type: 'evict', uid, sid: ended });
      return { access, refresh: token, expiresIn, uid, sid };
    },

    async refresh(token, options = {}) {
      const meta = readMeta(options);
      const { iat, exp, ...claims } = await tokens.verifyRefresh(token);
      const { sub: uid, sid, gen, jti: presented } = claims;
      const fresh = randomId();
      const { access, now } = await signAccess(uid, sid, claims.login);
      const sealed = sealSuccessor(fresh, presented, sid);
      const outcome = await callStore(() =>
        store.rotate({
          ...{
            uid,
            sid,
            generation: gen,
            presented: digestOf(presented),
            next: digestOf(fresh),
            sealed,
            meta,
          },
          ...{ now, grace: refresh.grace, idleEndsAt: now + refresh.idle },
        }),
      );
      switch (outcome.kind) {
        case 'rotated':
        case 'grace': {
          const again = outcome.kind === 'grace';
          const jti = again
            ? await callStore(async () => openSuccessor(outcome.sealed, presented, sid))
            : fresh;
          const successor = { ...claims, gen: gen + 1, jti };
          const signed = await signRefresh(successor, outcome.refreshedAt, outcome.endsAt);
          notify({ type: 'refresh', uid, sid, again });
          return { access, refresh: signed, expiresIn, uid, sid };
        }
        case 'reuse':
          notify({ type: 'reuse', uid, sid });
          throw new SessionError('ERR_SESSION_REUSED');
        case 'ahead':
          notify({ type: 'ahead', uid, sid });
          throw new SessionError('ERR_SESSION_AHEAD');
        case 'revoked':
          throw new SessionError('ERR_SESSION_REVOKED');
        default:
          throw new SessionError('ERR_SESSION_UNKNOWN');
      }
    },

    async revoke(session) {
      const name = typeof session === 'string' ? await namedBy(session) : checkIds(session);
      const { uid, sid } = name;
      const ended = isSid(sid) && (await callStore(() => store.revoke(uid, sid)));
      if (ended) notify({ type: 'revoke', uid, sid });
      return ended;
    },

    async revokeAll(uid, options = {}) {
      checkUserId(uid);
      const except = readExcept(options);
      const ended = await callStore(() => store.revokeAll(uid, except));
      notify({ type: 'revoke', uid, ...(except !== undefined && { except }) });
      return ended;
    },

    async list(uid) {
      checkUserId(uid);
      const now = clock();
      const sessions = await callStore(() => store.list(uid, now));
      return sessions.map((session) => toSession(session, policy));
    },

    verifyAccess: tokens.verifyAccess,

    async purge(options = {}) {
      const [limit, now] = [readLimit(options), clock()];
      return (await callStore(async () => store.purge?.(now, limit))) ?? 0;
    },
  };
}

function checkIds(session: SessionName): { uid: string; sid: string } {
  const { uid, sid } = Object(session) as { uid: unknown; sid: unknown };
  if (typeof sid === 'string') return { uid: checkUserId(uid), sid };
  const message = `"sid" must be a string, got ${typeNameOf(sid)}: name a session by uid and sid`;
  throw usageError('ERR_OPTION_INVALID', message);
}

function epochSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

function toSession(session: StoredSession, policy: Settings['policy']): Session {
  return {
    sid: session.sid,
    ...(policy === 'per-device' && { device: session.slot }),
    createdAt: new Date(session.createdAt),
    refreshedAt: new Date(session.refreshedAt),
    expiresAt: new Date(Math.min(session.idleEndsAt, session.endsAt)),
    meta: session.meta === null ? null : JSON.parse(session.meta),
  };
}
