/** Signs client assertions, and verifies them: RFC 7523 §3. */

import { createHash, randomUUID } from 'node:crypto';
import { readClock } from '../core/clock.ts';
import { parseDuration } from '../core/encoding/duration.ts';
import type { Algorithm } from '../core/keys/algorithms.ts';
import type { FoundKey, KeyInput } from '../core/keys/key-input.ts';
import * as option from '../core/option-rules.ts';
import { createSigner } from '../core/sign/create-signer.ts';
import { type Claims, ownClaim } from '../core/token/claim-checks.ts';
import { errorOf, Fault, orThrow } from '../core/token/fault.ts';
import type { JwtPayload, UnverifiedToken } from '../core/token/token.ts';
import { publishError } from '../core/verify/token-events.ts';
import type { VerificationResult } from '../core/verify/verification-result.ts';
import { runPlan, toResult } from '../core/verify/verify-token.ts';
import { hasMethod } from '../databases/client-shape.ts';
import { usageError, withCallerStack } from '../errors.ts';
import type { ReplayStore } from '../replay/store.ts';
import { useOnce } from '../replay/use-once.ts';
import {
  asKindCheck,
  compileProfile,
  type ProfileOptions,
  profileRules,
  requireOptions,
  signingAlgorithm,
  withoutRules,
} from './profile.ts';
import { clientAssertion } from './table.ts';

/**
 * Options of {@link createAssertionSigner}.
 *
 * @example
 * ```ts
 * const options: AssertionSignerOptions = { clientId: 'web', audience: 'https://id.example' };
 * ```
 */
export interface AssertionSignerOptions {
  /** Your client id: `iss` and `sub`. */
  clientId: string;
  /** The issuer of the authorization server. The URL of its token endpoint only if an old server requires it. */
  audience: string;
  /** As in `SignerOptions`. */
  algorithm?: Algorithm;
  /** `kid` of the header. */
  keyid?: string;
  /** Returns the time in milliseconds. Default: the `Date.now` of each call. */
  clock?: () => number;
}

/**
 * Options of {@link createAssertionVerifier}.
 *
 * @example
 * ```ts
 * const options: AssertionOptions = { audience: 'https://id.example', replay: false };
 * ```
 */
export interface AssertionOptions
  extends Omit<ProfileOptions, 'subject' | 'jwtid' | 'schema' | 'maxAge' | 'cache'> {
  /** Your issuer: the only accepted `aud`, or a list of them. */
  audience: string | readonly string[];
  /** Remembers each `jti` until its assertion expires. With `false`, an assertion can be used again. */
  replay: ReplayStore | false;
}

/**
 * The claims of a client assertion. `sub` is the client id, and so is `iss`.
 *
 * @example
 * ```ts
 * const clientOf = ({ sub }: AssertionClaims) => sub;
 * ```
 */
export interface AssertionClaims extends JwtPayload {
  iss: string;
  sub: string;
  aud: string;
  exp: number;
  jti: string;
}

/**
 * A function that verifies client assertions, made by {@link createAssertionVerifier}.
 *
 * @example
 * ```ts
 * const authenticate = async (verify: AssertionVerifier, form: URLSearchParams) => {
 *   const { sub } = await verify(form.get('client_assertion') ?? '');
 *   return sub;
 * };
 * ```
 */
export interface AssertionVerifier {
  (assertion: string): Promise<AssertionClaims>;
  /** Verifies without rejecting for an invalid assertion, as `verify.result` of `createVerifier`. */
  result(assertion: string): Promise<VerificationResult<AssertionClaims>>;
}

const LIFETIME_SECONDS = 60;
const MAX_LIFETIME_SECONDS = 300;

const signerRules: option.OptionRules = {
  clientId: option.string,
  audience: option.string,
  algorithm: signingAlgorithm,
  keyid: option.string,
  clock: option.callable,
};

const assertionRules: option.OptionRules = {
  ...withoutRules(profileRules, 'subject', 'jwtid', 'schema', 'maxAge', 'cache', 'issuer'),
  audience: option.stringOrList,
  replay: {
    expected: 'a replay store with the function "use", or false',
    test: (value) => value === false || hasMethod(value, 'use'),
  },
};

/**
 * Creates a function that returns a new client assertion at each call (RFC 7523 §2.2). An assertion expires after
 * 60 seconds and has a random `jti`: sign a new one for every request.
 *
 * Throws TypeError for invalid options, and for a key that is unreadable, too small or does not fit the algorithm.
 *
 * @example
 * ```ts
 * const { JWT_PRIVATE_KEY = '' } = process.env;
 * const options = { clientId: 'web', audience: 'https://id.example' };
 * const signAssertion = createAssertionSigner(JWT_PRIVATE_KEY, options);
 * const form = {
 *   client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
 *   client_assertion: signAssertion(),
 * };
 * ```
 */
export function createAssertionSigner(
  key: KeyInput,
  options: AssertionSignerOptions,
): () => string {
  return withCallerStack(createAssertionSigner, () => {
    const own = option.checkOptions(options, signerRules);
    requireOptions(own, ['clientId', 'audience']);
    const { clientId, ...others } = own as unknown as AssertionSignerOptions;
    const sign = createSigner(key, {
      ...others,
      issuer: clientId,
      subject: clientId,
      expiresIn: LIFETIME_SECONDS,
      jwtid: randomUUID,
      header: { typ: 'client-authentication+jwt' },
    });
    return () => sign({});
  });
}

/**
 * Creates a function that verifies client assertions and rejects every other kind of token (RFC 7523 §3). Checks
 * `options` once, now.
 *
 * `keysOf` returns the key or keys of a client, or `null` for an unknown one. It is called before the signature is
 * verified, only with a client id of at most 2,048 printable ASCII characters.
 *
 * Requires `iss` and `sub` to be the client id, `aud` to be one string, a `jti`, and a lifetime of at most five
 * minutes. The replay store is called last, so that invalid assertions fill no store.
 *
 * Rejects as `createVerifier` does, with JsonWebTokenError `ERR_TOKEN_KIND` for a token of another kind,
 * `ERR_PROOF_REPLAYED` for an assertion that was used before, and with ReplayStoreError if the store fails.
 * Throws TypeError for invalid options.
 *
 * @example
 * ```ts
 * const { JWT_PRIVATE_KEY = '', JWT_PUBLIC_KEY = '' } = process.env;
 * const audience = 'https://id.example';
 * const clients = new Map([['web', JWT_PUBLIC_KEY]]);
 * const verify = createAssertionVerifier((id) => clients.get(id), { audience, replay: false });
 *
 * const signAssertion = createAssertionSigner(JWT_PRIVATE_KEY, { clientId: 'web', audience });
 * const { sub } = await verify(signAssertion());
 * console.log(sub); // → web
 * ```
 */
export function createAssertionVerifier(
  keysOf: (clientId: string) => FoundKey | Promise<FoundKey>,
  options: AssertionOptions,
): AssertionVerifier {
  return withCallerStack(createAssertionVerifier, () => {
    const own = option.checkOptions(options, assertionRules);
    requireOptions(own, ['audience', 'replay']);
    if (typeof keysOf !== 'function') {
      const message = `"keysOf" must be a function, got ${option.typeNameOf(keysOf)}`;
      throw usageError('ERR_OPTION_INVALID', message);
    }
    const given = own as unknown as AssertionOptions;
    const { replay, ...others } = given;
    // Not of the rest, which inherits from Object.prototype.
    const { clock, clockTolerance } = given;
    const tolerance = parseDuration(clockTolerance)?.seconds ?? 0;
    const source = ({ payload }: UnverifiedToken) => {
      const iss = ownClaim(payload, 'iss');
      if (isClientId(iss) && iss === ownClaim(payload, 'sub')) return keysOf(iss);
      throw errorOf(OTHER_CLIENT);
    };
    const plan = compileProfile(source, others, { ...clientAssertion, check: checkAssertion });
    const run = async (assertion: string): Promise<unknown> => {
      let used: AssertionClaims | undefined;
      const lifetime = asKindCheck((claims, now) => {
        used = claims as unknown as AssertionClaims;
        return checkLifetime(claims, tolerance, now);
      });
      const claimChecks = [...plan.claimChecks, lifetime];
      const outcome = await runPlan({ ...plan, claimChecks }, assertion, undefined, true);
      if (outcome instanceof Fault || replay === false || !used) return outcome;
      const { sub, jti, exp } = used;
      const name = JSON.stringify([sub, jti]);
      const id = createHash('sha256').update(name).digest('base64url');
      const until = (exp + tolerance) * 1000;
      const isFirst = await useOnce(replay, [id, until, readClock(clock), sub]);
      return isFirst ? outcome : REPLAYED;
    };
    const verify = (assertion: string) => publishError(async () => orThrow(await run(assertion)));
    const result = (assertion: string) => publishError(async () => toResult(await run(assertion)));
    return Object.assign(verify, { result }) as AssertionVerifier;
  });
}

/** What RFC 6749 allows in a client id, which can be a URL. */
function isClientId(value: unknown): value is string {
  return typeof value === 'string' && /^[\x20-\x7e]{1,2048}$/.test(value);
}

const OTHER_CLIENT = new Fault(
  'ERR_CLAIM_INVALID',
  '"iss" and "sub" must be one client id, of at most 2048 printable ASCII characters',
  'iss',
);

const SEVERAL_AUDIENCES = new Fault('ERR_CLAIM_INVALID', '"aud" must be one string', 'aud');

const TOO_LONG = new Fault(
  'ERR_CLAIM_INVALID',
  `"exp" must be at most ${MAX_LIFETIME_SECONDS} seconds after "iat", and after now`,
  'exp',
);

const REPLAYED = new Fault('ERR_PROOF_REPLAYED', 'the assertion was used before', 'jti');

/** A second audience is a server that can use the assertion, too: how assertions were redirected. */
function checkAssertion(claims: Claims): Fault | undefined {
  return typeof claims['aud'] === 'string' ? undefined : SEVERAL_AUDIENCES;
}

/** A stolen assertion works until it expires, and the store keeps each one that long. */
function checkLifetime(claims: Claims, tolerance: number, now: number): Fault | undefined {
  const exp = claims['exp'] as number;
  const iat = ownClaim(claims, 'iat') as number | undefined;
  const isTooLong =
    exp > now + MAX_LIFETIME_SECONDS + tolerance ||
    (iat !== undefined && exp > iat + MAX_LIFETIME_SECONDS);
  return isTooLong ? TOO_LONG : undefined;
}
