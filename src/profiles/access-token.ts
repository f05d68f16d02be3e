/** Verifies access tokens: of RFC 9068, and of providers that do not follow it. */

import type { KeyInput, KeySource } from '../core/keys/key-input.ts';
import * as option from '../core/option-rules.ts';
import type { ClaimCheck } from '../core/token/claim-checks.ts';
import { Fault } from '../core/token/fault.ts';
import type { StandardSchema } from '../core/token/standard-schema.ts';
import type { JwtPayload } from '../core/token/token.ts';
import { type Verifier, verifierOf } from '../core/verify/create-verifier.ts';
import { withCallerStack } from '../errors.ts';
import { compileProfile, type ProfileOptions, profileRules, requireOptions } from './profile.ts';
import { accessTokenKinds } from './table.ts';

/**
 * Who issues the access tokens. `rfc9068` is every server that follows RFC 9068.
 *
 * @example
 * ```ts
 * const profile: AccessTokenProfile = 'keycloak';
 * ```
 */
export type AccessTokenProfile = 'rfc9068' | 'auth0' | 'cognito' | 'entra' | 'keycloak';

/**
 * Options of {@link createAccessTokenVerifier}.
 *
 * @example
 * ```ts
 * const options: AccessTokenOptions = { issuer: 'https://id.example', audience: 'https://api.example' };
 * ```
 */
export interface AccessTokenOptions extends ProfileOptions {
  /** Accepted `iss`. */
  issuer: string | readonly string[];
  /** Your API: accepted `aud`. For Cognito without `aud` the app clients: accepted `client_id`. */
  audience: string | readonly string[];
  /** Who issues the tokens. Default `'rfc9068'`. */
  profile?: AccessTokenProfile;
}

/**
 * The claims of an access token. With the profile `rfc9068`, `client_id`, `iat` and `jti` are present, too.
 *
 * @example
 * ```ts
 * const ownerOf = ({ sub }: AccessTokenClaims) => sub;
 * ```
 */
export interface AccessTokenClaims extends JwtPayload {
  iss: string;
  sub: string;
  exp: number;
}

const profiles = Object.keys(accessTokenKinds);

const accessTokenRules: option.OptionRules = {
  ...profileRules,
  audience: option.stringOrList,
  profile: {
    expected: `one of ${profiles.join(', ')}`,
    values: profiles,
    test: (value) => profiles.includes(value as string),
  },
};

/**
 * Creates a function that verifies access tokens and rejects every other kind of token of the same issuer, such
 * as an ID token (RFC 9068 §4, RFC 8725 §3.12). Checks `key` and `options` once, now.
 *
 * Takes the options of `createVerifier` except `typ`, `nonce`, `ignoreExpiration`, `complete` and `async`.
 * The function returns a promise. It rejects as one of `createVerifier` does, and with JsonWebTokenError
 * `ERR_TOKEN_KIND` for a token of another kind.
 *
 * With `profile: 'rfc9068'`, the default, the `typ` is `at+jwt`, and `client_id`, `iat` and `jti` are required.
 * The profile of a provider accepts its `typ` and requires the claim that only its access tokens have.
 *
 * Throws TypeError for invalid options.
 *
 * @example
 * ```ts
 * const { JWT_PRIVATE_KEY = '', JWT_PUBLIC_KEY = '' } = process.env;
 * const issuer = 'https://id.example';
 * const audience = 'https://api.example';
 * const verify = createAccessTokenVerifier(JWT_PUBLIC_KEY, { issuer, audience });
 *
 * const header = { typ: 'at+jwt' };
 * const sign = createSigner(JWT_PRIVATE_KEY, { header, issuer, audience, expiresIn: '5m' });
 * const claims = await verify(sign({ sub: 'ada', client_id: 'web', jti: '1' }));
 * console.log(claims.sub); // → ada
 * ```
 */
export function createAccessTokenVerifier<Output>(
  key: KeyInput | KeySource,
  options: AccessTokenOptions & { schema: StandardSchema<Output> },
): Verifier<Promise<Output>>;
export function createAccessTokenVerifier(
  key: KeyInput | KeySource,
  options: AccessTokenOptions,
): Verifier<Promise<AccessTokenClaims>>;
export function createAccessTokenVerifier(
  key: KeyInput | KeySource,
  options: AccessTokenOptions,
): Verifier<Promise<never>> {
  return withCallerStack(createAccessTokenVerifier, () => {
    const own = option.checkOptions(options, accessTokenRules);
    requireOptions(own, ['issuer', 'audience']);
    const { profile = 'rfc9068', ...others } = own as unknown as AccessTokenOptions;
    const plan = compileProfile(key, others, accessTokenKinds[profile]);
    const claimChecks =
      profile === 'cognito' ? plan.claimChecks.map(readClientId) : plan.claimChecks;
    return verifierOf({ ...plan, claimChecks }, true) as Verifier<Promise<never>>;
  });
}

/** Compares the audience with `client_id` if a token of Cognito has no `aud`. */
function readClientId(check: ClaimCheck): ClaimCheck {
  if (check.name !== 'aud') return check;
  const run: ClaimCheck['run'] = (claims, now) => {
    if (Object.hasOwn(claims, 'aud')) return check.run(claims, now);
    const aud = Object.hasOwn(claims, 'client_id') ? claims['client_id'] : undefined;
    const fault = check.run(Object.assign(Object.create(null), { aud }), now);
    return fault && new Fault(fault.code, fault.message, 'client_id', fault.details);
  };
  return { ...check, run };
}
