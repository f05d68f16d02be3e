/** Signs the tokens of a login or a refresh. */

import { MAX_TOKEN_LENGTH } from '../core/token/token.ts';
import { usageError } from '../errors.ts';
import { type PendingTokens, readHookClaims } from './arguments.ts';
import type { Settings } from './options.ts';
import type { RefreshClaims } from './refresh-token.ts';
import type { SessionTokens } from './tokens.ts';

/**
 * The tokens of a login or a refresh, for the client. `set` of `tokenCookies` accepts them as they are.
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
  /** Seconds until the refresh token expires, and the session with it unless refreshed. */
  readonly refreshExpiresIn: number;
  /** False if the session ends with the browser: then its cookies have no Max-Age. */
  readonly persistent: boolean;
  readonly uid: string;
  readonly sid: string;
}

/** When a refresh token became current, and when it expires, in milliseconds since 1970. */
interface TokenTimes {
  readonly refreshedAt: number;
  readonly idleEndsAt: number;
  /** Milliseconds since `refreshedAt`. */
  readonly late: number;
}

/** Creates the steps that `issue` and `refresh` share, in their order. */
export function createTokenSteps(settings: Settings, tokens: SessionTokens) {
  return {
    /** Reads the clock after the hook has returned: a slow hook must not shorten the session. */
    async signAccess(uid: string, sid: string, login: object | undefined) {
      const added = settings.claims ? readHookClaims(await settings.claims(uid, { sid })) : {};
      const now = settings.clock();
      const claims = { ...login, ...added, sub: uid, sid, iat: epochSeconds(now) };
      return { access: await tokens.signAccess(claims), now };
    },

    /** Rejects claims with which no later refresh token of the session could be verified. */
    async checkLength(claims: RefreshClaims) {
      const longest = await tokens.measureRefresh({ ...claims, gen: Number.MAX_SAFE_INTEGER });
      if (longest <= MAX_TOKEN_LENGTH) return;
      const message = `"claims" make refresh tokens of ${longest} characters: at most ${MAX_TOKEN_LENGTH} are accepted`;
      throw usageError('ERR_OPTION_INVALID', message);
    },

    /** Calls `accept` with what the client would receive. */
    async offer(
      accept: ((pending: PendingTokens) => unknown) | undefined,
      access: string,
      claims: RefreshClaims,
    ) {
      await accept?.({ access, refreshBytes: await tokens.measureRefresh(claims) });
    },

    /** Signs the same refresh token for the same claims and times if the algorithm is deterministic. */
    async issueTokens(
      access: string,
      claims: RefreshClaims,
      { refreshedAt, idleEndsAt, late }: TokenTimes,
    ): Promise<IssuedTokens> {
      const times = { iat: epochSeconds(refreshedAt), exp: epochSeconds(idleEndsAt) };
      return {
        access,
        refresh: await tokens.signRefresh({ ...claims, ...times }),
        expiresIn: settings.access.expiresIn,
        refreshExpiresIn: epochSeconds(idleEndsAt - refreshedAt - late),
        persistent: claims.persist !== false,
        uid: claims.sub,
        sid: claims.sid,
      };
    },
  };
}

function epochSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
