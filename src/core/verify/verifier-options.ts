/** Defines the options of `createVerifier` and the rule for each. */

import type { Timespan } from '../encoding/duration.ts';
import { algorithmList } from '../keys/algorithm-rules.ts';
import type { Algorithm } from '../keys/algorithms.ts';
import * as option from '../option-rules.ts';
import type { StandardSchema } from '../token/standard-schema.ts';
import type { CacheOptions } from './token-cache.ts';

/**
 * Options of `createVerifier`. You can omit an option, or turn a check off with `false`. An option
 * that is undefined, empty, misspelt or of another type is a TypeError.
 *
 * @example
 * ```ts
 * const { JWT_PUBLIC_KEY = '' } = process.env;
 * const options: VerifierOptions = { algorithms: ['EdDSA'], issuer: 'https://id.example' };
 * const verify = createVerifier(JWT_PUBLIC_KEY, options);
 * ```
 */
export interface VerifierOptions<Name extends string = string> {
  /** The algorithms to accept. Default: `alg` of the key, else HS256, RS256, PS256, ES… by curve, or EdDSA. */
  algorithms?: readonly Algorithm[];
  /** Accepted `iss`. */
  issuer?: string | readonly string[] | false;
  /** Accepted `aud`; one of the token's audiences must match one of these. */
  audience?: string | RegExp | ReadonlyArray<string | RegExp> | false;
  /** Accepted `sub`. */
  subject?: string | false;
  /** Accepted `jti`. */
  jwtid?: string | false;
  /** Accepted `nonce` (OpenID Connect Core §2). */
  nonce?: string | false;
  /** Accepted `typ` of the header, as a media type; null in a list allows it to be absent. */
  typ?: string | ReadonlyArray<string | null> | false;
  /** Claims that must be present and neither null nor ''. */
  requiredClaims?: readonly Name[] | false;
  /** A Standard Schema validator; its output becomes the result. */
  schema?: StandardSchema | false;
  /** Longest time since `iat`, in seconds or a timespan with unit. */
  maxAge?: Timespan | false;
  /** Allowed clock difference, in seconds or a timespan with unit. Default 0. */
  clockTolerance?: Timespan;
  /** Accept an expired token. */
  ignoreExpiration?: boolean;
  /** Accept a token that is not active yet. */
  ignoreNotBefore?: boolean;
  /** Return `{ header, payload, signature }` instead of the claims. */
  complete?: boolean;
  /** Longest accepted token, in characters. Default 65,536. */
  maxTokenLength?: number;
  /**
   * Accept tokens whose parts are padded with `=`, as AWS load balancers write them, and only these: a token
   * still has one spelling. Default: false.
   */
  allowPadding?: boolean;
  /** Accept secrets shorter than their hash and RSA keys below 2048 bits. */
  allowInsecureKeySizes?: boolean;
  /**
   * Cache verified tokens, so that a token that is used again needs no second signature check. Its claims
   * are checked at every call. The claims that such a verifier returns and passes to its schema are deeply
   * frozen. Default: false.
   */
  cache?: boolean | CacheOptions;
  /** Return a promise, and verify asymmetric signatures on the thread pool. */
  async?: boolean;
  /** The time in milliseconds. Default: `Date.now`, looked up at each call. */
  clock?: () => number;
}

/** The rule for each option. */
export const verifierRules: option.OptionRules = {
  algorithms: algorithmList,
  issuer: option.orFalse(option.stringOrList),
  audience: option.orFalse(option.matcherOrList),
  subject: option.orFalse(option.string),
  jwtid: option.orFalse(option.string),
  nonce: option.orFalse(option.string),
  typ: option.orFalse(option.mediaTypeOrList),
  requiredClaims: option.orFalse(option.stringList),
  schema: option.orFalse(option.schema),
  maxAge: option.orFalse(option.positiveDuration),
  clockTolerance: option.positiveDuration,
  ignoreExpiration: option.boolean,
  ignoreNotBefore: option.boolean,
  complete: option.boolean,
  maxTokenLength: option.positiveInteger,
  allowPadding: option.boolean,
  cache: option.cache,
  allowInsecureKeySizes: option.boolean,
  async: option.boolean,
  clock: option.callable,
};
