/** Signs and verifies the two tokens of a session, each with its own key and `typ`. */

import type { KeySource } from '../core/keys/key-input.ts';
import { createSigner } from '../core/sign/create-signer.ts';
import { Fault } from '../core/token/fault.ts';
import { type JwtPayload, MAX_TOKEN_LENGTH, parseToken } from '../core/token/token.ts';
import { createVerifier } from '../core/verify/create-verifier.ts';
import type { Settings } from './options.ts';
import {
  type RefreshClaims,
  randomId,
  readRefreshClaims,
  type TimedClaims,
} from './refresh-token.ts';

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

/** `token_use` of an introspection. */
export type TokenUse = 'access_token' | 'refresh_token';

export type SessionTokens = ReturnType<typeof createSessionTokens>;

/** Creates the functions. A verifier throws JsonWebTokenError for an invalid token. */
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
  const accessKey = verificationKey(access);
  const accessOptions = { ...verifierOptions(access), typ: ACCESS_TYP, issuer, audience, clock };
  const verifyAccess = createVerifier<AccessClaims>(accessKey, {
    ...accessOptions,
    requiredClaims: ['sub', 'sid', 'jti', 'exp'],
  });
  /** For the name of a session alone, which an expired token still proves. */
  const verifyAccessName = createVerifier<AccessClaims>(accessKey, {
    ...accessOptions,
    requiredClaims: ['sub', 'sid'],
    ignoreExpiration: true,
  });
  const verifyRefresh = createVerifier(verificationKey(refresh), {
    ...verifierOptions(refresh),
    typ: REFRESH_TYP,
    issuer,
    requiredClaims: ['sub', 'sid', 'gen', 'jti', 'end', 'iat', 'exp'],
    // The store decides when a session ends. A replaced token still proves a theft after it expired: its
    // owner may use it after an absence longer than `idle`, while the thief kept refreshing.
    ignoreExpiration: true,
    async: true,
    clock,
  });

  /** Accepts expired tokens. */
  const readRefresh = async (token: string) => readRefreshClaims(await verifyRefresh(token));
  /** Bytes of the header, the signature and both dots: the same in every refresh token of a key. */
  let frameBytes: number | undefined;

  async function measureFrame(): Promise<number> {
    const [header = '', , signature = ''] = (await signRefresh({})).split('.');
    return header.length + signature.length + 2;
  }

  return {
    signAccess: (claims: object): Promise<string> => signAccess(claims),
    signRefresh: (claims: TimedClaims): Promise<string> => signRefresh({ ...claims }),
    verifyAccess: (token: string): AccessClaims => verifyAccess(token),
    verifyRefresh: readRefresh,

    nameOf(token: string): { uid: string; sid: string } | undefined {
      const result = verifyAccessName.result(token);
      return result.ok ? { uid: result.value.sub, sid: result.value.sid } : undefined;
    },

    /** Verifies a token of either kind. */
    async verifyEither(token: string) {
      const parsed = parseToken(token, MAX_TOKEN_LENGTH);
      const isRefresh = !(parsed instanceof Fault) && parsed.header.typ === REFRESH_TYP;
      return isRefresh
        ? { use: 'refresh_token' as const, claims: await readRefresh(token) }
        : { use: 'access_token' as const, claims: verifyAccess(token) };
    },

    /** Returns the length in bytes of the refresh token with these claims, without a signature of it. */
    async measureRefresh(claims: RefreshClaims): Promise<number> {
      frameBytes ??= await measureFrame();
      // Until the year 2286, `iat` and `exp` have as many digits as `end`.
      const times = { iat: claims.end, exp: claims.end };
      const payload = JSON.stringify({ ...claims, ...times, iss: issuer });
      return frameBytes + Math.ceil((Buffer.byteLength(payload) * 4) / 3);
    },
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
