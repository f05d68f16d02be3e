/** createSessions: a login, a refresh and a logout, on any store. */

import { copyOwnProperties, typeNameOf } from '../core/option-rules.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { JsonWebTokenError, usageError } from '../errors.ts';
import {
  freshClaims,
  type IssueOptions,
  isSid,
  readExcept,
  readLimit,
  readLogin,
  readMeta,
  userId,
} from './arguments.ts';
import { callStore, SessionError } from './error.ts';
import { createNotifier } from './listener.ts';
import { type SessionsOptions, type Settings, settingsOf } from './options.ts';
import { digest, open, type RefreshClaims, randomId, seal } from './refresh-token.ts';
import type { StoredSession } from './store.ts';
import { type AccessClaims, tokensOf } from './tokens.ts';

/**
 * What a login or a refresh gives the client.
 *
 * @example
 * ```ts
 * const { access, refresh, expiresIn }: IssuedTokens = await sessions.issue('ada');
 * ```
 */
export interface IssuedTokens {
  /** The access token. */
  readonly access: string;
  /** The refresh token. */
  readonly refresh: string;
  /** Seconds until the access token ends. */
  readonly expiresIn: number;
  readonly uid: string;
  readonly sid: string;
}

/**
 * A session as its user may see it.
 *
 * @example
 * ```ts
 * const devices: Session[] = await sessions.list('ada');
 * ```
 */
export interface Session {
  readonly sid: string;
  /** With the policy `'per-device'`. */
  readonly device?: string;
  readonly createdAt: Date;
  readonly refreshedAt: Date;
  /** When it ends unless it is refreshed. */
  readonly expiresAt: Date;
  /** What `issue` or `refresh` were given last. */
  readonly meta: unknown;
}

/**
 * The answer of {@link Sessions.introspect}, RFC 7662 §2.2.
 *
 * @example
 * ```ts
 * const answer: Introspection = await sessions.introspect('nonsense');
 * console.log(answer.active); // → false
 * ```
 */
export type Introspection = { active: false } | (JwtPayload & { active: true; sid: string });

/**
 * A name of a session: a refresh token of it, or the ids.
 *
 * @example
 * ```ts
 * const name: SessionName = { uid: 'ada', sid: 'unknown' };
 * console.log(await sessions.revoke(name)); // → false
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
  /** A login: starts a session of the user. Who that is has to be proved before. */
  issue(uid: string, options?: IssueOptions): Promise<IssuedTokens>;
  /**
   * A refresh: a new access token, and the refresh token that takes the place of this one.
   * Rejects with JsonWebTokenError where the token is not good, SessionError where its session is not.
   */
  refresh(token: string, options?: { meta?: unknown }): Promise<IssuedTokens>;
  /**
   * A logout, by a refresh token, which may be an old one, or by the ids. Says whether a session ended.
   * Rejects with JsonWebTokenError where the token is not one of ours.
   */
  revoke(session: SessionName): Promise<boolean>;
  /** Ends all sessions of a user but perhaps one; says how many. */
  revokeAll(uid: string, options?: { except?: string }): Promise<number>;
  /** The live sessions of a user, the most recently refreshed first. */
  list(uid: string): Promise<Session[]>;
  /** The claims of an access token; no store is asked. Throws as the function of `createVerifier`. */
  verifyAccess(token: string): AccessClaims;
  /**
   * Whether the session of verified claims has ended: one look-up, for routes that cannot wait until the
   * access token expires.
   */
  isRevoked(auth: { readonly payload: JwtPayload }): Promise<boolean>;
  /** What either token is worth right now, for servers that cannot verify it: RFC 7662. */
  introspect(token: string): Promise<Introspection>;
  /** Removes sessions whose absolute end has passed, at most `limit` (default 1,000); says how many. */
  purge(options?: { limit?: number }): Promise<number>;
}

/**
 * Sessions of an authentication server: short-lived access tokens that every server with the access key
 * verifies by itself, and refresh tokens that are good once, for as long as the store knows their session.
 *
 * Access tokens have the type of RFC 9068, and all of its claims but `client_id`: where there are clients,
 * `claims` of a login say which one it was.
 *
 * A refresh token that was replaced and comes again ends its session, because one of its two holders must
 * have stolen it (RFC 9700 §4.14.2). Within `refresh.grace` the answer is the same successor again.
 *
 * Whatever asks the store rejects with a {@link SessionError} of status 503 where that fails. Throws
 * TypeError for wrong options, and where both tokens would share a key.
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
  const settings = settingsOf(options);
  const { store, refresh, policy, clock } = settings;
  const tokens = tokensOf(settings);
  const tell = createNotifier(settings.on);

  /**
   * Signed before anything happens to the session: what fails here can be tried again. The clock is read
   * when the application has answered: what it waits for must not be taken from the grace.
   */
  async function signAccess(uid: string, sid: string, login: object | undefined) {
    const fresh = settings.claims ? freshClaims(await settings.claims(uid, { sid })) : {};
    const now = clock();
    const claims = { ...login, ...fresh, sub: uid, sid, iat: seconds(now) };
    return { access: await tokens.signAccess(claims), now };
  }

  /** The same token for the same arguments, wherever the signatures of the algorithm are. */
  async function signRefresh(
    claims: Omit<RefreshClaims, 'iat' | 'exp'>,
    rotatedAt: number,
    absExp: number,
  ) {
    const exp = seconds(Math.min(rotatedAt + refresh.idle, absExp));
    return tokens.signRefresh({ ...claims, iat: seconds(rotatedAt), exp });
  }

  function pair(access: string, refresh: string, uid: string, sid: string): IssuedTokens {
    return { access, refresh, expiresIn: settings.access.expiresIn, uid, sid };
  }

  async function isLive(uid: unknown, sid: unknown, gen?: number): Promise<boolean> {
    if (typeof uid !== 'string' || !isSid(sid)) return false;
    const now = clock();
    const session = await callStore(() => store.get(uid, sid, now));
    return session !== null && (gen === undefined || gen === session.gen);
  }

  return {
    async issue(uid, options = {}) {
      userId(uid);
      const [sid, jti] = [randomId(), randomId()];
      const { slot, meta, login } = readLogin(options, policy, sid);
      const { access, now } = await signAccess(uid, sid, login);
      const absExp = now + refresh.absolute;
      const claims = { sub: uid, sid, gen: 1, jti, ...(login && { login }) };
      const token = await signRefresh(claims, now, absExp);
      const idleExp = Math.min(now + refresh.idle, absExp);
      const session = { sid, uid, slot, cur: digest(jti), idleExp, absExp, meta };
      // With 'single' also the sessions that another policy left, in slots of their own.
      const limits = { now, max: policy === 'single' ? 1 : settings.maxPerUser };
      const { evicted } = await callStore(() => store.issue(session, limits));
      tell({ type: 'issue', uid, sid });
      for (const ended of evicted) tell({ type: 'evict', uid, sid: ended });
      return pair(access, token, uid, sid);
    },

    async refresh(token, options = {}) {
      const meta = readMeta(options);
      const { iat, exp, ...claims } = await tokens.verifyRefresh(token);
      const { sub: uid, sid, gen, jti: presented } = claims;
      const fresh = randomId();
      const { access, now } = await signAccess(uid, sid, claims.login);
      const sealed = seal(fresh, presented, sid);
      const outcome = await callStore(() =>
        store.rotate({
          ...{ uid, sid, gen, presented: digest(presented), next: digest(fresh), sealed, meta },
          ...{ now, grace: refresh.grace, idleExp: now + refresh.idle },
        }),
      );
      switch (outcome.kind) {
        case 'rotated':
        case 'grace': {
          const again = outcome.kind === 'grace';
          const jti = again
            ? await callStore(async () => open(outcome.sealed, presented, sid))
            : fresh;
          const successor = { ...claims, gen: gen + 1, jti };
          const text = await signRefresh(successor, outcome.rotatedAt, outcome.absExp);
          tell({ type: 'refresh', uid, sid, again });
          return pair(access, text, uid, sid);
        }
        case 'reuse':
          tell({ type: 'reuse', uid, sid });
          throw new SessionError('ERR_SESSION_REUSED');
        case 'ahead':
          tell({ type: 'ahead', uid, sid });
          throw new SessionError('ERR_SESSION_AHEAD');
        case 'revoked':
          throw new SessionError('ERR_SESSION_REVOKED');
        default:
          throw new SessionError('ERR_SESSION_UNKNOWN');
      }
    },

    async revoke(session) {
      const { uid, sid } = typeof session === 'string' ? await nameIn(session) : givenName(session);
      const ended = isSid(sid) && (await callStore(() => store.revoke(uid, sid)));
      if (ended) tell({ type: 'revoke', uid, sid });
      return ended;
    },

    async revokeAll(uid, options = {}) {
      userId(uid);
      const except = readExcept(options);
      const ended = await callStore(() => store.revokeAll(uid, except));
      tell({ type: 'revoke', uid, ...(except !== undefined && { except }) });
      return ended;
    },

    async list(uid) {
      userId(uid);
      const now = clock();
      const sessions = await callStore(() => store.list(uid, now));
      return sessions.map((session) => shown(session, policy));
    },

    verifyAccess: tokens.verifyAccess,

    async isRevoked({ payload }) {
      const { sub, sid } = copyOwnProperties(payload);
      return !(await isLive(sub, sid));
    },

    async introspect(token) {
      try {
        const access = tokens.verifyAccess(token);
        if (!(await isLive(access.sub, access.sid))) return { active: false };
        return { ...access, active: true, token_type: 'Bearer' };
      } catch (error) {
        if (!(error instanceof JsonWebTokenError)) throw error;
      }
      try {
        const { sub, sid, gen, jti, iat, exp } = await tokens.verifyRefresh(token);
        if (!(await isLive(sub, sid, gen))) return { active: false };
        return { active: true, sub, sid, jti, iat, exp, iss: settings.issuer };
      } catch (error) {
        if (!(error instanceof JsonWebTokenError)) throw error;
        return { active: false };
      }
    },

    async purge(options = {}) {
      const [limit, now] = [readLimit(options), clock()];
      return (await callStore(async () => store.purge?.(now, limit))) ?? 0;
    },
  };

  async function nameIn(token: string) {
    const { sub: uid, sid } = await tokens.verifyRefresh(token);
    return { uid, sid };
  }
}

function givenName(session: SessionName): { uid: string; sid: string } {
  const { uid, sid } = Object(session) as { uid: unknown; sid: unknown };
  if (typeof sid === 'string') return { uid: userId(uid), sid };
  const came = typeNameOf(sid);
  throw usageError('ERR_OPTION_INVALID', `a session is named by uid and sid; "sid" is ${came}`);
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

function shown(session: StoredSession, policy: Settings['policy']): Session {
  return {
    sid: session.sid,
    ...(policy === 'per-device' && { device: session.slot }),
    createdAt: new Date(session.createdAt),
    refreshedAt: new Date(session.rotatedAt),
    expiresAt: new Date(Math.min(session.idleExp, session.absExp)),
    meta: session.meta === null ? null : JSON.parse(session.meta),
  };
}
