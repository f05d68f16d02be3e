/** The two tokens of a session, each under its own key and of its own type. */

import type { KeySource } from '../core/keys/key-input.ts';
import { createSigner } from '../core/sign/create-signer.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { createVerifier } from '../core/verify/create-verifier.ts';
import type { Settings } from './options.ts';
import { type RefreshClaims, randomId, refreshClaims } from './refresh-token.ts';

/**
 * The claims of an access token.
 *
 * @example
 * ```ts
 * const { access } = await sessions.issue('ada');
 * const claims: AccessClaims = sessions.verifyAccess(access);
 * ```
 */
export type AccessClaims = JwtPayload & { sub: string; sid: string; jti: string; exp: number };

/** RFC 9068 §2.1 for access tokens; no verifier of those accepts the other. */
const ACCESS = 'at+jwt';
const REFRESH = 'rt+jwt';

/** Signs and verifies both. What it throws is the token's fault: JsonWebTokenError. */
export function tokensOf({ access, refresh, issuer, audience, clock }: Settings) {
  const signAccess = createSigner(access.signing, {
    ...signing(access, ACCESS),
    audience,
    issuer,
    expiresIn: access.expiresIn,
    jwtid: randomId,
    async: true,
  });
  const signRefresh = createSigner(refresh.signing, {
    ...signing(refresh, REFRESH),
    issuer,
    async: true,
  });
  const verifyAccess = createVerifier<AccessClaims>(keyOf(access), {
    ...verifying(access),
    typ: ACCESS,
    issuer,
    audience,
    requiredClaims: ['sub', 'sid', 'jti', 'exp'],
    clock,
  });
  const verifyRefresh = createVerifier(keyOf(refresh), {
    ...verifying(refresh),
    typ: REFRESH,
    issuer,
    requiredClaims: ['sub', 'sid', 'gen', 'jti', 'iat', 'exp'],
    // The store knows when the session ends. A token that was replaced and expired is still the trace of
    // a theft: its owner comes back from a journey, and the thief went on refreshing.
    ignoreExpiration: true,
    async: true,
    clock,
  });

  return {
    signAccess: (claims: object): Promise<string> => signAccess(claims),
    signRefresh: (claims: RefreshClaims): Promise<string> => signRefresh(claims),
    verifyAccess: (token: string): AccessClaims => verifyAccess(token),
    /** Of a token that may have expired. */
    verifyRefresh: async (token: string) => refreshClaims(await verifyRefresh(token)),
  };
}

type TokenKeys = Settings['access'] | Settings['refresh'];

function signing({ algorithm, keyid }: TokenKeys, typ: string) {
  return { header: { typ }, ...(algorithm && { algorithm }), ...(keyid && { keyid }) };
}

function verifying({ algorithm }: TokenKeys) {
  return algorithm ? { algorithms: [algorithm] } : {};
}

/** One key is checked once; several are tried in order. */
function keyOf({ signing, verifying }: TokenKeys) {
  const source: KeySource<typeof verifying> = () => verifying;
  return verifying.length > 1 ? source : signing;
}
