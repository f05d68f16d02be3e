/** Signs and verifies the two tokens of a session, each with its own key and `typ`. */

import type { KeySource } from '../core/keys/key-input.ts';
import { createSigner } from '../core/sign/create-signer.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { createVerifier } from '../core/verify/create-verifier.ts';
import type { Settings } from './options.ts';
import { type RefreshClaims, randomId, readRefreshClaims } from './refresh-token.ts';

/**
 * The claims of an access token.
 *
 * @example
 * ```ts
 * const userOf = ({ sub, sid }: AccessClaims) => ({ uid: sub, sid });
 * ```
 */
export type AccessClaims = JwtPayload & { sub: string; sid: string; jti: string; exp: number };

/** RFC 9068 §2.1 for access tokens. A verifier that expects one rejects the other. */
const ACCESS_TYP = 'at+jwt';
const REFRESH_TYP = 'rt+jwt';

export type SessionTokens = ReturnType<typeof createSessionTokens>;

/** Creates the four functions. A verifier throws JsonWebTokenError for an invalid token. */
export function createSessionTokens({ access, refresh, issuer, audience, clock }: Settings) {
  const signAccess = createSigner(access.signing, {
    ...signerOptions(access, ACCESS_TYP),
    audience,
    issuer,
    expiresIn: access.expiresIn,
    jwtid: randomId,
    async: true,
  });
  const signRefresh = createSigner(refresh.signing, {
    ...signerOptions(refresh, REFRESH_TYP),
    issuer,
    async: true,
  });
  const verifyAccess = createVerifier<AccessClaims>(verificationKey(access), {
    ...verifierOptions(access),
    typ: ACCESS_TYP,
    issuer,
    audience,
    requiredClaims: ['sub', 'sid', 'jti', 'exp'],
    clock,
  });
  const verifyRefresh = createVerifier(verificationKey(refresh), {
    ...verifierOptions(refresh),
    typ: REFRESH_TYP,
    issuer,
    requiredClaims: ['sub', 'sid', 'gen', 'jti', 'iat', 'exp'],
    // The store decides when a session ends. A replaced token still proves a theft after it expired: its
    // owner may use it after an absence longer than `idle`, while the thief kept refreshing.
    ignoreExpiration: true,
    async: true,
    clock,
  });

  return {
    signAccess: (claims: object): Promise<string> => signAccess(claims),
    signRefresh: (claims: RefreshClaims): Promise<string> => signRefresh(claims),
    verifyAccess: (token: string): AccessClaims => verifyAccess(token),
    /** Accepts expired tokens. */
    verifyRefresh: async (token: string) => readRefreshClaims(await verifyRefresh(token)),
  };
}

type TokenKeys = Settings['access'] | Settings['refresh'];

function signerOptions({ algorithm, keyid }: TokenKeys, typ: string) {
  return { header: { typ }, ...(algorithm && { algorithm }), ...(keyid && { keyid }) };
}

function verifierOptions({ algorithm }: TokenKeys) {
  return algorithm ? { algorithms: [algorithm] } : {};
}

/** A single key is imported once; several keys are tried in order. */
function verificationKey({ signing, verifying }: TokenKeys) {
  const source: KeySource<typeof verifying> = () => verifying;
  return verifying.length > 1 ? source : signing;
}
