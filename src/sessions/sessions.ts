/** Creates sessions on any store: login, refresh and logout. */

import type { JwtPayload } from '../core/token/token.ts';
import {
  type IssueOptions,
  isSid,
  type RefreshOptions,
  readCurrent,
  readExcept,
  readIds,
  readLimit,
  readLogin,
  readRefresh,
  readUserId,
  type UserId,
} from './arguments.ts';
import { SessionError } from './error.ts';
import { createIntrospection, type Introspection } from './introspection.ts';
import { createTokenSteps, type IssuedTokens } from './issued-tokens.ts';
import { createNotifier } from './listener.ts';
import { compileSettings, type SessionsOptions } from './options.ts';
import {
  digestOf,
  openSuccessor,
  type RefreshClaims,
  randomId,
  sealSuccessor,
} from './refresh-token.ts';
import { type Session, toSession } from './session.ts';
import { createStoreCalls } from './store-calls.ts';
import { type AccessClaims, createSessionTokens } from './tokens.ts';

/**
 * Names a session: one of its refresh tokens, or its ids.
 *
 * @example
 * ```ts
 * const name: SessionName = { uid: 'ada', sid: 'unknown' };
 * const logOut = (sessions: Sessions) => sessions.revoke(name);
 * ```
 */
export type SessionName = string | { readonly uid: UserId; readonly sid: string };

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
  issue(uid: UserId, options?: IssueOptions): Promise<IssuedTokens>;
  /**
   * Replaces a refresh token and signs a new access token. Rejects with JsonWebTokenError if the token is
   * not valid, and with SessionError if its session has ended or concurrent refreshes replaced the token.
   */
  refresh(token: string, options?: RefreshOptions): Promise<IssuedTokens>;
  /**
   * Ends a session: a logout. Accepts the ids, or a refresh token of the session, which may be replaced or
   * expired. Resolves to whether a session ended. Rejects with JsonWebTokenError if the token is not valid.
   */
  revoke(session: SessionName): Promise<boolean>;
  /** Ends all sessions of a user except `except`. Resolves to their number. */
  revokeAll(uid: UserId, options?: { except?: string }): Promise<number>;
  /**
   * Resolves to the live sessions of a user, the most recently refreshed first. `current` is a token of
   * either kind, whose session is marked. Rejects with JsonWebTokenError if that token is not valid.
   */
  list(uid: UserId, options?: { current?: string }): Promise<Session[]>;
  /** Returns the claims of an access token without the store. Throws as `createVerifier` does. */
  verifyAccess(token: string): AccessClaims;
  /**
   * Returns the session of an access token, which may have expired; `undefined` for any other string. Does not
   * call the store. A key of `access` must stay in its list for `refresh.idle` after it signed its last token.
   */
  nameOf(access: string): { uid: string; sid: string } | undefined;
  /**
   * Resolves to whether the session of verified claims has ended: one look-up, for routes that cannot wait
   * until the access token expires.
   */
  isRevoked(auth: { readonly payload: JwtPayload }): Promise<boolean>;
  /**
   * Resolves to the state of a token, for servers that cannot verify it: RFC 7662. A refresh token is active
   * only with the hint `'refresh_token'`, because servers that receive one check `active` alone.
   */
  introspect(
    token: string,
    options?: { hint?: 'access_token' | 'refresh_token' },
  ): Promise<Introspection>;
  /**
   * Removes at most `limit` (default 1,000) sessions whose absolute end has passed. Resolves to their
   * number.
   */
  purge(options?: { limit?: number }): Promise<number>;
}

const LOGINS_PER_PURGE = 100;
const PURGE_LIMIT = 200;

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
 * Every call of the store that fails, or takes longer than `storeTimeout`, rejects with a
 * {@link SessionError} of status 503. Throws TypeError for invalid options, and if both tokens share a key.
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
  const { policy, clock } = settings;
  const hasDevice = policy === 'per-device';
  const tokens = createSessionTokens(settings);
  const { signAccess, checkLength, offer, issueTokens } = createTokenSteps(settings, tokens);
  const notify = createNotifier(settings.on);
  const callStore = createStoreCalls(settings, notify);
  let logins = 0;

  async function purge(limit: number): Promise<number> {
    const now = clock();
    return callStore('purge', async (store) => (await store.purge?.(now, limit)) ?? 0);
  }

  /** Not awaited: the login has succeeded, and a failure is an event. */
  function purgeAfterLogins(): void {
    if (!settings.autoPurge || ++logins % LOGINS_PER_PURGE !== 0) return;
    purge(PURGE_LIMIT).catch(() => {});
  }

  /** Calls `beforeRefresh` for the current token, or for the replaced one of which `rotate` has approved. */
  async function checkRefresh(
    { sub, sid, gen }: RefreshClaims,
    given: { meta: unknown; context: unknown },
    isReplaced: boolean,
  ) {
    const { beforeRefresh } = settings;
    if (!beforeRefresh) return;
    // The time 0, because the clock of the store decides whether the session has expired.
    const stored = await callStore('get', (store) => store.get(sub, sid, 0));
    // Any other token must reach the store, which may end its session.
    if (!isReplaced && stored?.generation !== gen) return;
    if (!stored) throw new SessionError('ERR_SESSION_UNKNOWN');
    await beforeRefresh(toSession(stored, { hasDevice, current: true }), given);
  }

  /** Resolves to the outcome, and to the `jti` that an earlier refresh gave to the successor. */
  function rotate({ sub: uid, sid, gen, jti }: RefreshClaims, next: string, meta: string | null) {
    const { idle, grace, burst } = settings.refresh;
    const request = {
      ...{ uid, sid, generation: gen, presented: digestOf(jti), next: digestOf(next) },
      ...{ sealed: sealSuccessor(next, jti, sid), now: settings.rotateClock() },
      ...{ grace, burst, idle, meta },
    };
    return callStore('rotate', async (store, signal) => {
      const outcome = await store.rotate(request, signal);
      // Reported here, because the store may have ended the session after the time limit.
      if (outcome.kind === 'reuse') notify({ type: 'reuse', uid, sid, behind: outcome.behind });
      if (outcome.kind === 'ahead') notify({ type: 'ahead', uid, sid });
      if (outcome.kind !== 'grace') return outcome;
      return { ...outcome, jti: openSuccessor(outcome.sealed, jti, sid) };
    });
  }

  async function namedBy(token: string) {
    const { sub: uid, sid } = await tokens.verifyRefresh(token);
    return { uid, sid };
  }

  const sessions: Sessions = {
    ...createIntrospection(settings, tokens, callStore),

    async issue(user, options = {}) {
      const uid = readUserId(user);
      const [sid, jti] = [randomId(), randomId()];
      const { accept, login, persist, absolute, ...own } = readLogin(options, settings, sid);
      const { access, now } = await signAccess(uid, sid, login);
      // Whole seconds, so that the row and the claim agree.
      const end = Math.floor((now + absolute) / 1000);
      const claims = { sub: uid, sid, gen: 1, jti, end, persist, login };
      await checkLength(claims);
      await offer(accept, access, claims);
      const endsAt = end * 1000;
      const idleEndsAt = Math.min(now + own.idle, endsAt);
      const issued = await issueTokens(access, claims, { refreshedAt: now, idleEndsAt, late: 0 });
      const session = { uid, sid, current: digestOf(jti), idleEndsAt, endsAt, ...own };
      // 'single' also ends sessions that another policy left in other slots.
      const limits = { now, max: policy === 'single' ? 1 : settings.maxPerUser };
      const { evicted } = await callStore('issue', (store) => store.issue(session, limits));
      notify({ type: 'issue', uid, sid });
      for (const ended of evicted) notify({ type: 'evict', uid, sid: ended });
      purgeAfterLogins();
      return issued;
    },

    async refresh(token, options = {}) {
      const { accept, metaText, ...given } = readRefresh(options);
      const presented = await tokens.verifyRefresh(token);
      await checkRefresh(presented, given, false);
      const { sub: uid, sid, login } = presented;
      const { access } = await signAccess(uid, sid, login);
      const successor = { ...presented, gen: presented.gen + 1, jti: randomId() };
      await offer(accept, access, successor);
      const outcome = await rotate(presented, successor.jti, metaText);
      switch (outcome.kind) {
        case 'rotated':
          notify({ type: 'refresh', uid, sid, again: false });
          return issueTokens(access, successor, { ...outcome, late: 0 });
        case 'grace':
          await checkRefresh(presented, given, true);
          notify({ type: 'refresh', uid, sid, again: true, late: outcome.late });
          return issueTokens(access, { ...successor, jti: outcome.jti }, outcome);
        case 'superseded':
          throw new SessionError('ERR_SESSION_SUPERSEDED');
        case 'reuse':
          throw new SessionError('ERR_SESSION_REUSED');
        case 'ahead':
          throw new SessionError('ERR_SESSION_AHEAD');
        case 'revoked':
          throw new SessionError('ERR_SESSION_REVOKED');
        default:
          throw new SessionError('ERR_SESSION_UNKNOWN');
      }
    },

    async revoke(session) {
      const { uid, sid } = typeof session === 'string' ? await namedBy(session) : readIds(session);
      const ended = isSid(sid) && (await callStore('revoke', (store) => store.revoke(uid, sid)));
      if (ended) notify({ type: 'revoke', uid, sid });
      return ended;
    },

    async revokeAll(user, options = {}) {
      const uid = readUserId(user);
      const except = readExcept(options);
      const ended = await callStore('revokeAll', (store) => store.revokeAll(uid, except));
      notify({ type: 'revoke', uid, ...(except !== undefined && { except }) });
      return ended;
    },

    async list(user, options = {}) {
      const uid = readUserId(user);
      const token = readCurrent(options);
      const own = token === undefined ? undefined : (await tokens.verifyEither(token)).claims;
      const now = clock();
      const stored = await callStore('list', (store) => store.list(uid, now));
      return stored.map((session) => {
        const current = own?.sub === uid && own.sid === session.sid;
        return toSession(session, { hasDevice, current });
      });
    },

    verifyAccess: tokens.verifyAccess,

    nameOf: tokens.nameOf,

    purge: async (options = {}) => purge(readLimit(options)),
  };
  graceByRefresh.set(sessions.refresh, settings.refresh.grace);
  return sessions;
}

/** By function, so that a copy with other methods replaced has it too. */
const graceByRefresh = new WeakMap<Sessions['refresh'], number>();

/** Returns `refresh.grace` in milliseconds; `undefined` for an object that is not of {@link createSessions}. */
export function graceOf(sessions: Sessions): number | undefined {
  return graceByRefresh.get(sessions.refresh);
}
