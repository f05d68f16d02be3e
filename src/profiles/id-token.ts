/** Verifies ID tokens: OpenID Connect Core §3.1.3.7. */

import { createHash } from 'node:crypto';
import { addDuration, parseDuration, type Timespan } from '../core/encoding/duration.ts';
import { isAlgorithm, rowOf } from '../core/keys/algorithms.ts';
import type { KeyInput, KeySource } from '../core/keys/key-input.ts';
import * as option from '../core/option-rules.ts';
import { type ClaimCheck, type Claims, ownClaim } from '../core/token/claim-checks.ts';
import { Fault } from '../core/token/fault.ts';
import { algOf } from '../core/token/header.ts';
import type { StandardSchema } from '../core/token/standard-schema.ts';
import { type JwtPayload, reparseToken } from '../core/token/token.ts';
import type { VerificationResult } from '../core/verify/verification-result.ts';
import { resultOfAsync, verifyTokenAsync } from '../core/verify/verify-token.ts';
import { usageError, withCallerStack } from '../errors.ts';
import {
  asKindCheck,
  compileProfile,
  type ProfileOptions,
  profileRules,
  requireOptions,
  withoutRules,
} from './profile.ts';
import { idToken } from './table.ts';

/**
 * Options of {@link createIdTokenVerifier}.
 *
 * @example
 * ```ts
 * const options: IdTokenOptions = { issuer: 'https://id.example', clientId: 'web' };
 * ```
 */
export interface IdTokenOptions extends Omit<ProfileOptions, 'maxAge'> {
  /** Accepted `iss`. */
  issuer: string | readonly string[];
  /** Your client id at the provider, or one for each of your applications: accepted `aud` and `azp`. */
  clientId: string | readonly string[];
  /** Other accepted `azp`: clients that request ID tokens for yours, such as an Android app at Google. */
  authorizedParties?: readonly string[];
}

/**
 * What the login expects of its ID token.
 *
 * @example
 * ```ts
 * const login: IdTokenLogin = { nonce: 'n-0S6_WzA2Mj', maxAge: '5m' };
 * ```
 */
export interface IdTokenLogin {
  /** The `nonce` of the authentication request. `false` only if the request had none. */
  nonce: string | false;
  /** The access token of the same response: requires `at_hash`. */
  accessToken?: string;
  /** The code of the same response: requires `c_hash`. */
  code?: string;
  /** Longest time since the user authenticated, in seconds or a timespan: requires `auth_time`. */
  maxAge?: Timespan;
}

/**
 * The claims of an ID token.
 *
 * @example
 * ```ts
 * const userOf = ({ iss, sub }: IdTokenClaims) => `${iss} ${sub}`;
 * ```
 */
export interface IdTokenClaims extends JwtPayload {
  iss: string;
  sub: string;
  aud: string | string[];
  exp: number;
  iat: number;
}

/**
 * A function that verifies the ID token of a login, made by {@link createIdTokenVerifier}.
 *
 * @example
 * ```ts
 * const logIn = async (verify: IdTokenVerifier<IdTokenClaims>, token: string, nonce: string) => {
 *   const { sub } = await verify(token, { nonce });
 *   return sub;
 * };
 * ```
 */
export interface IdTokenVerifier<Result> {
  (token: string, login: IdTokenLogin, context?: unknown): Promise<Result>;
  /** Verifies a token without rejecting for an invalid one, as `verify.result` of `createVerifier`. */
  result(
    token: string,
    login: IdTokenLogin,
    context?: unknown,
  ): Promise<VerificationResult<Result>>;
}

const idTokenRules: option.OptionRules = {
  ...withoutRules(profileRules, 'maxAge'),
  clientId: option.stringOrList,
  authorizedParties: option.stringList,
};

const loginRules: option.OptionRules = {
  nonce: option.orFalse(option.string),
  accessToken: option.string,
  code: option.string,
  maxAge: option.positiveDuration,
};

/**
 * Creates a function that verifies ID tokens and rejects every other kind of token of the same issuer, such as an
 * access token (OpenID Connect Core §3.1.3.7). Checks `key` and `options` once, now.
 *
 * Takes the options of `createVerifier` except `audience`, `typ`, `nonce`, `maxAge`, `ignoreExpiration`,
 * `complete` and `async`. The second argument of the function is what the login expects: a call without `nonce`
 * rejects with TypeError, because a login that forgets it accepts the token of another one.
 *
 * Rejects with JsonWebTokenError as `createVerifier` does, and with `ERR_TOKEN_KIND` for a token of another kind.
 * `at_hash` and `c_hash` use the SHA-2 of the algorithm, and SHA-512 for Ed25519. A token of any other algorithm
 * is rejected if its hash is required.
 *
 * Throws TypeError for invalid options.
 *
 * @example
 * ```ts
 * const { JWT_PRIVATE_KEY = '', JWT_PUBLIC_KEY = '' } = process.env;
 * const issuer = 'https://id.example';
 * const verify = createIdTokenVerifier(JWT_PUBLIC_KEY, { issuer, clientId: 'web' });
 *
 * const sign = createSigner(JWT_PRIVATE_KEY, { issuer, audience: 'web', expiresIn: '5m' });
 * const claims = await verify(sign({ sub: 'ada', nonce: 'n-0S6' }), { nonce: 'n-0S6' });
 * console.log(claims.sub); // → ada
 * ```
 */
export function createIdTokenVerifier<Output>(
  key: KeyInput | KeySource,
  options: IdTokenOptions & { schema: StandardSchema<Output> },
): IdTokenVerifier<Output>;
export function createIdTokenVerifier(
  key: KeyInput | KeySource,
  options: IdTokenOptions,
): IdTokenVerifier<IdTokenClaims>;
export function createIdTokenVerifier(
  key: KeyInput | KeySource,
  options: IdTokenOptions,
): IdTokenVerifier<never> {
  return withCallerStack(createIdTokenVerifier, () => {
    const own = option.checkOptions(options, idTokenRules);
    requireOptions(own, ['issuer', 'clientId']);
    const given = own as unknown as IdTokenOptions;
    const { clientId, authorizedParties = [], ...others } = given;
    const plan = compileProfile(key, { ...others, audience: clientId }, idToken);
    const parties = [clientId, authorizedParties].flat();
    // Not of the rest, which inherits from Object.prototype.
    const tolerance = parseDuration(given.clockTolerance)?.seconds ?? 0;
    const planFor = (token: string, login: unknown) => {
      const loginChecks = compileLogin(token, readLogin(login), tolerance);
      const checks = [(claims: Claims) => checkParty(claims, parties), ...loginChecks];
      return { ...plan, claimChecks: [...plan.claimChecks, ...checks.map(asKindCheck)] };
    };
    const verify = async (token: string, login: IdTokenLogin, context?: unknown) =>
      verifyTokenAsync(planFor(token, login), token, context);
    const result = async (token: string, login: IdTokenLogin, context?: unknown) =>
      resultOfAsync(planFor(token, login), token, context);
    return Object.assign(verify, { result }) as IdTokenVerifier<never>;
  });
}

function readLogin(login: unknown): IdTokenLogin {
  const own = option.checkOptions(login, loginRules);
  if (Object.hasOwn(own, 'nonce')) return own as unknown as IdTokenLogin;
  const message = '"nonce" is missing: pass the nonce of the login, or false if it had none';
  throw usageError('ERR_OPTION_INVALID', message);
}

/** The party that requested the token: required if the token is for several. */
function checkParty(claims: Claims, parties: readonly string[]): Fault | undefined {
  const { aud } = claims;
  const azp = ownClaim(claims, 'azp');
  if (azp === undefined) {
    const isAmbiguous = Array.isArray(aud) && aud.length > 1;
    return isAmbiguous ? PARTY_MISSING : undefined;
  }
  if (typeof azp === 'string' && parties.includes(azp)) return undefined;
  const details = { expected: parties, actual: azp };
  return new Fault('ERR_CLAIM_MISMATCH', '"azp" is not an authorized party', 'azp', details);
}

const PARTY_MISSING = new Fault(
  'ERR_CLAIM_MISSING',
  'jwt must have an "azp" claim, because it has several audiences',
  'azp',
);

/** The checks of one login. */
function compileLogin(
  token: string,
  { nonce, accessToken, code, maxAge }: IdTokenLogin,
  tolerance: number,
): Array<ClaimCheck['run']> {
  const checks: Array<ClaimCheck['run']> = [];
  if (nonce !== false) checks.push((claims) => checkNonce(claims, nonce));
  if (accessToken !== undefined) {
    checks.push((claims) => checkHash(claims, 'at_hash', accessToken, token));
  }
  if (code !== undefined) checks.push((claims) => checkHash(claims, 'c_hash', code, token));
  if (maxAge !== undefined) {
    checks.push((claims, now) => checkAuthTime(claims, maxAge, tolerance, now));
  }
  return checks;
}

function checkNonce(claims: Claims, expected: string): Fault | undefined {
  const actual = ownClaim(claims, 'nonce');
  if (actual === expected) return undefined;
  const code = actual === undefined ? 'ERR_CLAIM_MISSING' : 'ERR_CLAIM_MISMATCH';
  return new Fault(code, '"nonce" is not that of the login', 'nonce', { expected, actual });
}

/** OpenID Connect Core §3.1.3.6, §3.3.2.11: the left half of the hash that the algorithm uses. */
function checkHash(
  claims: Claims,
  name: 'at_hash' | 'c_hash',
  value: string,
  token: string,
): Fault | undefined {
  const actual = ownClaim(claims, name);
  if (actual === undefined) {
    return new Fault('ERR_CLAIM_MISSING', `jwt must have a "${name}" claim`, name);
  }
  const bits = hashBits(algOf(reparseToken(token).header));
  if (bits === 0) {
    const message = `"${name}" cannot be checked: no hash is defined for the algorithm`;
    return new Fault('ERR_CLAIM_INVALID', message, name);
  }
  const digest = createHash(`sha${bits}`).update(value).digest();
  if (actual === digest.subarray(0, bits / 16).toString('base64url')) return undefined;
  const other = name === 'at_hash' ? 'access token' : 'code';
  return new Fault('ERR_CLAIM_MISMATCH', `"${name}" is not the hash of the ${other}`, name);
}

/** Bits of the hash; 0 if none is defined. `EdDSA` is Ed25519: with Ed448, no issuer uses SHA-512. */
function hashBits(alg: string | undefined): number {
  if (alg === 'EdDSA' || alg === 'Ed25519') return 512;
  return isAlgorithm(alg) ? rowOf(alg).bits : 0;
}

function checkAuthTime(
  claims: Claims,
  maxAge: Timespan,
  tolerance: number,
  now: number,
): Fault | undefined {
  const authTime = ownClaim(claims, 'auth_time');
  if (authTime === undefined) {
    const message = 'jwt must have an "auth_time" claim, because the login has a "maxAge"';
    return new Fault('ERR_CLAIM_MISSING', message, 'auth_time');
  }
  if (typeof authTime !== 'number' || !Number.isFinite(authTime) || authTime > now + tolerance) {
    const message = '"auth_time" must be a number of seconds, and not in the future';
    return new Fault('ERR_CLAIM_INVALID', message, 'auth_time');
  }
  const duration = parseDuration(maxAge);
  // The rule has checked that it is one.
  const expiredAt = duration ? addDuration(authTime, duration) : Number.NEGATIVE_INFINITY;
  if (now < expiredAt + tolerance) return undefined;
  const message = 'the user authenticated before "maxAge"';
  return new Fault('ERR_CLAIM_TOO_OLD', message, 'auth_time', { expiredAt });
}
