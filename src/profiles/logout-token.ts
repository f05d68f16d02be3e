/** Verifies logout tokens: OpenID Connect Back-Channel Logout §2.6. */

import type { Timespan } from '../core/encoding/duration.ts';
import { isJsonObject } from '../core/encoding/strict-json.ts';
import type { KeyInput, KeySource } from '../core/keys/key-input.ts';
import * as option from '../core/option-rules.ts';
import { type Claims, ownClaim } from '../core/token/claim-checks.ts';
import { Fault } from '../core/token/fault.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { type Verifier, verifierOf } from '../core/verify/create-verifier.ts';
import { withCallerStack } from '../errors.ts';
import {
  compileProfile,
  type ProfileOptions,
  profileRules,
  requireOptions,
  withoutRules,
} from './profile.ts';
import { logoutToken } from './table.ts';

/**
 * Options of {@link createLogoutTokenVerifier}.
 *
 * @example
 * ```ts
 * const options: LogoutTokenOptions = { issuer: 'https://id.example', clientId: 'web' };
 * ```
 */
export interface LogoutTokenOptions extends Omit<ProfileOptions, 'schema'> {
  /** Accepted `iss`. */
  issuer: string | readonly string[];
  /** Your client id at the provider: accepted `aud`. */
  clientId: string | readonly string[];
  /** Longest time since `iat`, in seconds or a timespan. Default `'5m'`. */
  maxAge?: Timespan;
  /**
   * Allowed clock difference, in seconds or a timespan. Default `'30s'`: a provider does not repeat a logout that
   * was rejected because its clock is ahead.
   */
  clockTolerance?: Timespan;
}

/**
 * The claims of a logout token. `sub`, `sid` or both are present.
 *
 * @example
 * ```ts
 * const sessionOf = ({ sub, sid }: LogoutTokenClaims) => ({ sub, sid });
 * ```
 */
export interface LogoutTokenClaims extends JwtPayload {
  iss: string;
  aud: string | string[];
  exp: number;
  iat: number;
  jti: string;
  events: Record<string, unknown>;
  /** The session at the provider. */
  sid?: string;
}

const logoutTokenRules: option.OptionRules = {
  ...withoutRules(profileRules, 'schema'),
  clientId: option.stringOrList,
  maxAge: option.positiveDuration,
};

/**
 * Creates a function that verifies logout tokens and rejects every other kind of token of the same issuer, such as
 * an ID token (OpenID Connect Back-Channel Logout §2.6). Checks `key` and `options` once, now.
 *
 * Takes the options of `createVerifier` except `audience`, `typ`, `nonce`, `schema`, `ignoreExpiration`, `complete`
 * and `async`. The function returns a promise. It rejects as one of `createVerifier` does, and with JsonWebTokenError
 * `ERR_TOKEN_KIND` for a token of another kind, such as one with a `nonce`.
 *
 * Throws TypeError for invalid options.
 *
 * @example
 * ```ts
 * const { JWT_PRIVATE_KEY = '', JWT_PUBLIC_KEY = '' } = process.env;
 * const issuer = 'https://id.example';
 * const verify = createLogoutTokenVerifier(JWT_PUBLIC_KEY, { issuer, clientId: 'web' });
 *
 * const header = { typ: 'logout+jwt' };
 * const sign = createSigner(JWT_PRIVATE_KEY, { header, issuer, audience: 'web', expiresIn: '2m' });
 * const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
 * const claims = await verify(sign({ sid: '08a5019c', jti: '1', events }));
 * console.log(claims.sid); // → 08a5019c
 * ```
 */
export function createLogoutTokenVerifier(
  key: KeyInput | KeySource,
  options: LogoutTokenOptions,
): Verifier<Promise<LogoutTokenClaims>> {
  return withCallerStack(createLogoutTokenVerifier, () => {
    const own = option.checkOptions(options, logoutTokenRules);
    requireOptions(own, ['issuer', 'clientId']);
    const { clientId, ...others } = own as unknown as LogoutTokenOptions;
    const defaults = { maxAge: '5m', clockTolerance: '30s' } as const;
    const kind = { ...logoutToken, check: checkLogout };
    const plan = compileProfile(key, { ...defaults, ...others, audience: clientId }, kind);
    return verifierOf(plan, true) as Verifier<Promise<LogoutTokenClaims>>;
  });
}

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

const NO_EVENT = new Fault(
  'ERR_CLAIM_INVALID',
  `"events" must have an object as its member "${EVENT}"`,
  'events',
);

const NO_NAME = new Fault('ERR_CLAIM_MISSING', 'jwt must have a "sub" or "sid" claim', 'sid');

function checkLogout(claims: Claims): Fault | undefined {
  // The shape has been checked.
  if (!isJsonObject(ownClaim(claims['events'] as object, EVENT))) return NO_EVENT;
  const names = ['sub', 'sid'].filter((name) => ownClaim(claims, name) !== undefined);
  const wrong = names.find((name) => typeof claims[name] !== 'string' || claims[name] === '');
  if (wrong !== undefined) {
    return new Fault('ERR_CLAIM_INVALID', `"${wrong}" must be a non-empty string`, wrong);
  }
  return names.length > 0 ? undefined : NO_NAME;
}
