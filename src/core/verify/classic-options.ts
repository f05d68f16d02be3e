/** Defines the options of `verify` and checks them in the order of jsonwebtoken. */

import { types } from 'node:util';
import { tokenError } from '../../errors.ts';
import type { Algorithm } from '../keys/algorithms.ts';
import * as option from '../option-rules.ts';
import type { StandardSchema } from '../token/standard-schema.ts';

/**
 * Options of `verify`; unknown names are ignored, as jsonwebtoken does.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const options: VerifyOptions = { algorithms: ['HS256'], audience: 'api', maxAge: '1h' };
 * verify(sign({ aud: 'api' }, JWT_SECRET), JWT_SECRET, options);
 * ```
 */
export interface VerifyOptions<Name extends string = string> {
  /** The algorithms to accept. Default: those of the type of the key. */
  algorithms?: Algorithm[] | undefined;
  /** Accepted `aud`; one of the token's audiences must match one of these. */
  audience?: string | RegExp | [string | RegExp, ...(string | RegExp)[]] | undefined;
  /** Accepted `iss`. */
  issuer?: string | [string, ...string[]] | undefined;
  /** Accepted `sub`. */
  subject?: string | undefined;
  /** Accepted `jti`. */
  jwtid?: string | undefined;
  /** Accepted `nonce` (OpenID Connect Core §2). */
  nonce?: string | undefined;
  /** Longest time since `iat`: seconds, or a timespan such as `'1h'`. */
  maxAge?: string | number | undefined;
  /** The time in seconds. Default: the clock. */
  clockTimestamp?: number | undefined;
  /** Allowed clock difference in seconds. */
  clockTolerance?: number | undefined;
  /** Accept an expired token. */
  ignoreExpiration?: boolean | undefined;
  /** Accept a token that is not active yet. */
  ignoreNotBefore?: boolean | undefined;
  /** Return `{ header, payload, signature }` instead of the payload. */
  complete?: boolean | undefined;
  /** Skip the check that the type of the key fits the algorithm. */
  allowInvalidAsymmetricKeyTypes?: boolean | undefined;
  /** Accept RSA keys below 2048 bits. */
  allowInsecureKeySizes?: boolean | undefined;
  /** Accepted `typ` of the header, as a media type; null in a list allows it to be absent. */
  typ?: string | ReadonlyArray<string | null> | false | undefined;
  /** Claims that must be present and neither null nor ''. */
  requiredClaims?: readonly Name[] | false | undefined;
  /** A Standard Schema validator; its output becomes the result. */
  schema?: StandardSchema | false | undefined;
  /** Longest accepted token, in characters. Default 65,536. */
  maxTokenLength?: number | undefined;
  /**
   * Accept tokens whose parts are padded with `=`, as AWS load balancers write them, and only these: a token
   * still has one spelling. Default: false.
   */
  allowPadding?: boolean | undefined;
}

const isStringOrList = (value: unknown) => option.isString(value) || Array.isArray(value);
const isBoolean = (value: unknown) => typeof value === 'boolean';
const isMatcher = (value: unknown) => isStringOrList(value) || types.isRegExp(value);

/** Options that jsonwebtoken does not have: a wrong value is a TypeError. */
const newRules: option.OptionRules = {
  typ: option.orFalse(option.mediaTypeOrList),
  requiredClaims: option.orFalse(option.stringList),
  schema: option.orFalse(option.schema),
  maxTokenLength: option.positiveInteger,
  allowPadding: option.boolean,
};
const newNames = Object.keys(newRules);

/** The own options, each of its type: a wrong type never turns a check off. */
export function classicOptions(options: unknown): VerifyOptions {
  const own = option.copyOwnProperties(Object(options ?? {}));
  const { clockTimestamp, nonce, allowInvalidAsymmetricKeyTypes } = own;
  if (clockTimestamp !== undefined && !Number.isFinite(clockTimestamp)) {
    throw invalidOption('clockTimestamp must be a number');
  }
  if (nonce !== undefined && !(typeof nonce === 'string' && nonce.trim())) {
    throw invalidOption('nonce must be a non-empty string');
  }
  if (
    allowInvalidAsymmetricKeyTypes !== undefined &&
    typeof allowInvalidAsymmetricKeyTypes !== 'boolean'
  ) {
    throw invalidOption('allowInvalidAsymmetricKeyTypes must be a boolean');
  }
  expectOption(own, 'ignoreExpiration', isBoolean, 'a boolean');
  expectOption(own, 'ignoreNotBefore', isBoolean, 'a boolean');
  expectOption(own, 'audience', isMatcher, 'a string, RegExp or array');
  expectOption(own, 'issuer', isStringOrList, 'a string or array');
  expectOption(own, 'subject', option.isString, 'a string');
  expectOption(own, 'jwtid', option.isString, 'a string');
  for (const name of newNames) {
    if (own[name] !== undefined) option.checkOption(name, own[name], newRules);
  }
  return own as VerifyOptions;
}

export function invalidOption(message: string): Error {
  return tokenError('ERR_OPTION_INVALID', message);
}

/** Absent, undefined and false turn a check off; anything else must be of the type. */
function expectOption(
  own: Record<string, unknown>,
  name: string,
  test: (value: unknown) => boolean,
  expected: string,
): void {
  const value = own[name];
  if (value === false) own[name] = undefined;
  else if (value !== undefined && !test(value))
    throw invalidOption(`"${name}" must be ${expected}`);
}
