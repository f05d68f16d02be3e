/** Reports whether a session is live: introspection of tokens, and revocation of verified claims. */

import { copyOwnProperties } from '../core/option-rules.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { JsonWebTokenError } from '../errors.ts';
import { isSid } from './arguments.ts';
import { callStore } from './error.ts';
import type { Settings } from './options.ts';
import type { SessionTokens } from './tokens.ts';

/**
 * The result of {@link Sessions.introspect}: RFC 7662 §2.2.
 *
 * @example
 * ```ts
 * const isActive = ({ active }: Introspection) => active;
 * const check = async (sessions: Sessions, token: string) => isActive(await sessions.introspect(token));
 * ```
 */
export type Introspection = { active: false } | (JwtPayload & { active: true; sid: string });

/** Creates the functions of {@link Sessions} that look a session up and change nothing. */
export function createIntrospection({ store, issuer, clock }: Settings, tokens: SessionTokens) {
  async function hasLiveSession(uid: unknown, sid: unknown, gen?: number): Promise<boolean> {
    if (typeof uid !== 'string' || !isSid(sid)) return false;
    const now = clock();
    const session = await callStore(() => store.get(uid, sid, now));
    return session !== null && (gen === undefined || gen === session.generation);
  }

  return {
    async isRevoked({ payload }: { readonly payload: JwtPayload }): Promise<boolean> {
      const { sub, sid } = copyOwnProperties(payload);
      return !(await hasLiveSession(sub, sid));
    },

    async introspect(token: string): Promise<Introspection> {
      try {
        const access = tokens.verifyAccess(token);
        if (!(await hasLiveSession(access.sub, access.sid))) return { active: false };
        return { ...access, active: true, token_type: 'Bearer' };
      } catch (error) {
        if (!(error instanceof JsonWebTokenError)) throw error;
      }
      try {
        const { sub, sid, gen, jti, iat, exp } = await tokens.verifyRefresh(token);
        if (!(await hasLiveSession(sub, sid, gen))) return { active: false };
        return { active: true, sub, sid, jti, iat, exp, iss: issuer };
      } catch (error) {
        if (!(error instanceof JsonWebTokenError)) throw error;
        return { active: false };
      }
    },
  };
}
