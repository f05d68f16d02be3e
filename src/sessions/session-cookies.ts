/** Which session the cookies of a request name, and which refresh token belongs to it. */

import { copyOwnProperties } from '../core/option-rules.ts';
import { Fault } from '../core/token/fault.ts';
import { MAX_TOKEN_LENGTH, parseToken } from '../core/token/token.ts';
import { warnOnce } from '../core/warn-once.ts';
import { JsonWebTokenError, usageError } from '../errors.ts';
import { AuthError } from '../http/auth-error.ts';
import { cookieDetailsOf } from '../http/cookie-details.ts';
import type { RequestLike } from '../http/request.ts';
import type { TokenCookies } from '../http/token-cookies.ts';
import type { SessionName, Sessions } from './sessions.ts';

/**
 * The cookies of handlers: those of `tokenCookies`, or an object of your own.
 *
 * @example
 * ```ts
 * const cookies: SessionCookies = tokenCookies({ secure: 'auto' });
 * ```
 */
export type SessionCookies = Pick<TokenCookies, 'set' | 'clear' | 'read'> &
  Partial<Pick<TokenCookies, 'check'>>;

/** More than browsers have for one site, with two names and two paths. */
const MAX_TOKENS = 8;

interface Name {
  readonly uid: string;
  readonly sid: string;
}

export type PresentedCookies = ReturnType<typeof createPresentedCookies>;

/**
 * A subdomain can set the refresh cookie, but not an access cookie with the prefix `__Host-`. So the signed
 * `sid` of the access token decides which refresh cookie counts.
 */
export function createPresentedCookies(cookies: SessionCookies, sessions: Sessions) {
  const details = cookieDetailsOf(cookies);
  if (details?.access?.hasOwnLifetime) {
    const message =
      'the access cookie of sessions must not have a "lifetime": without it, no refresh cookie is accepted';
    throw usageError('ERR_OPTION_INVALID', message);
  }

  /** The access and refresh tokens of the request. */
  function read(request: RequestLike): { access: string[]; refresh: string[] } {
    if (details) {
      const { access, refresh } = details;
      return {
        access: firstFew(access?.readAll(request) ?? []),
        refresh: firstFew(refresh.readAll(request)),
      };
    }
    const { access, refresh } = cookies.read(request);
    return { access: access ? [access] : [], refresh: refresh ? [refresh] : [] };
  }

  const namesOf = (access: string[]): Name[] => {
    return access.map((token) => sessions.nameOf(token)).filter((name) => name !== undefined);
  };

  /** Without an access cookie there is nothing to compare with. */
  const isPaired = (access: string[]) => (details ? details.access : access.length > 0);

  return {
    /** Returns the newest refresh token of the session that the access cookie names. */
    refreshToken(request: RequestLike): string | undefined {
      const { access, refresh } = read(request);
      if (!isPaired(access)) return refresh[0];
      const names = namesOf(access);
      return refresh
        .map((token) => ({ token, claimed: claimedBy(token) }))
        .filter(({ claimed }) => claimed && names.some((name) => isSame(name, claimed)))
        .sort((a, b) => (b.claimed?.gen ?? 0) - (a.claimed?.gen ?? 0))[0]?.token;
    },

    /**
     * Returns the error of a refresh without a refresh token. Warns once if the access cookie is of a live
     * session: a proxy changed the path, so the browser does not send the other cookie.
     */
    async missingToken(request: RequestLike): Promise<AuthError> {
      const { access, refresh } = read(request);
      const [name] = refresh.length === 0 ? namesOf(access) : [];
      if (name && (await isLive(name))) warnOfPath(details?.refresh.path);
      return new AuthError('token_missing');
    },

    /** Whether a session that a cookie names is live. Unverified names can only keep cookies. */
    async nameLiveSession(request: RequestLike): Promise<boolean> {
      const { access, refresh } = read(request);
      const claimed = refresh.map(claimedBy).filter((name) => name !== undefined);
      const live = await Promise.all([...namesOf(access), ...claimed].map(isLive));
      return live.includes(true);
    },

    /** Ends every session that a cookie names. */
    async revokeAll(request: RequestLike): Promise<void> {
      const { access, refresh } = read(request);
      const names = namesOf(access);
      const others = refresh.filter((token) => {
        const claimed = claimedBy(token);
        return claimed && !names.some((name) => isSame(name, claimed));
      });
      for (const session of [...names, ...others]) await endSession(sessions, session);
    },
  };

  async function isLive({ uid, sid }: Name): Promise<boolean> {
    return !(await sessions.isRevoked({ payload: { sub: uid, sid } }));
  }
}

/** Ends a session. An invalid token names none. */
export async function endSession(sessions: Sessions, session: SessionName): Promise<void> {
  try {
    await sessions.revoke(session);
  } catch (error) {
    if (!(error instanceof JsonWebTokenError)) throw error;
  }
}

/** Without repetitions: each token of a long header would cost a look-up in the store. */
function firstFew(tokens: readonly string[]): string[] {
  return [...new Set(tokens)].slice(0, MAX_TOKENS);
}

function isSame(a: Name, b: Name): boolean {
  return a.uid === b.uid && a.sid === b.sid;
}

/** Reads the name in a refresh token that nothing has verified yet. */
function claimedBy(token: string): (Name & { gen: number }) | undefined {
  const parsed = parseToken(token, MAX_TOKEN_LENGTH);
  const claims = parsed instanceof Fault ? parsed : parsed.readClaims();
  if (claims instanceof Fault) return undefined;
  const { sub: uid, sid, gen } = copyOwnProperties(claims);
  const isName = typeof uid === 'string' && typeof sid === 'string' && typeof gen === 'number';
  return isName ? { uid, sid, gen } : undefined;
}

function warnOfPath(path: string | undefined): void {
  warnOnce(
    'JOTKIT_REFRESH_COOKIE_PATH',
    `A browser sent the access cookie of a live session without its refresh cookie${path ? `, whose path is "${path}"` : ''}. Set refresh.path of tokenCookies to the path that browsers see.`,
  );
}
