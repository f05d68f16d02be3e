/** Reports whether a session is live: introspection of tokens, and revocation of verified claims. */

import { copyOwnProperties } from '../core/option-rules.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { JsonWebTokenError } from '../errors.ts';
import { isSid, readHint } from './arguments.ts';
import type { Settings } from './options.ts';
import type { CallStore } from './store-calls.ts';
import type { SessionTokens, TokenUse } from './tokens.ts';

/**
 * The result of {@link Sessions.introspect}: RFC 7662 §2.2. `token_use` is the kind of the token.
 *
 * @example
 * ```ts
 * const isActive = ({ active }: Introspection) => active;
 * const check = async (sessions: Sessions, token: string) => isActive(await sessions.introspect(token));
 * ```
 */
export type Introspection =
  | { active: false }
  | (JwtPayload & {
      active: true;
      sub: string;
      sid: string;
      exp: number;
      token_use: 'access_token' | 'refresh_token';
    });

/** Creates the functions of {@link Sessions} that look a session up and change nothing. */
export function createIntrospection(
  { issuer, clock }: Settings,
  tokens: SessionTokens,
  callStore: CallStore,
) {
  async function hasLiveSession(uid: unknown, sid: unknown, gen?: number): Promise<boolean> {
    if (typeof uid !== 'string' || !isSid(sid)) return false;
    const now = clock();
    const session = await callStore('get', (store) => store.get(uid, sid, now));
    // A store in JavaScript can resolve to undefined: no session must then count as live.
    if (!session) return false;
    return gen === undefined || gen === session.generation;
  }

  /** Returns undefined unless the session of the token is live. */
  async function activeClaims(token: string, hint: TokenUse | undefined) {
    const { use, claims } = await tokens.verifyEither(token);
    const { sub, sid } = claims;
    if (use === 'access_token') {
      if (!(await hasLiveSession(sub, sid))) return undefined;
      return { ...claims, token_type: 'Bearer', token_use: use };
    }
    // A server that receives tokens checks `active` alone, and must not accept a refresh token.
    if (hint !== use || !(await hasLiveSession(sub, sid, claims.gen))) return undefined;
    const { jti, iat, exp } = claims;
    return { sub, sid, jti, iat, exp, iss: issuer, token_use: use };
  }

  return {
    async isRevoked({ payload }: { readonly payload: JwtPayload }): Promise<boolean> {
      const { sub, sid } = copyOwnProperties(payload);
      return !(await hasLiveSession(sub, sid));
    },

    async introspect(token: string, options: object = {}): Promise<Introspection> {
      const hint = readHint(options);
      try {
        const claims = await activeClaims(token, hint);
        return claims ? { ...claims, active: true } : { active: false };
      } catch (error) {
        if (!(error instanceof JsonWebTokenError)) throw error;
        return { active: false };
      }
    },
  };
}
