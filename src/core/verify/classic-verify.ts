/** jsonwebtoken's options and order of checks for verification, as a Policy. */

import { types } from 'node:util';
import { tokenError, usageError } from '../../errors.ts';
import { parseClassicDuration, parseTimespan } from '../encoding/duration.ts';
import { isJsonObject, NOT_JSON, NOT_SAFE, parseJson } from '../encoding/strict-json.ts';
import {
  type Algorithm,
  type BoundKey,
  checkAvailable,
  isAlgorithm,
  unknownAlgorithm,
} from '../keys/algorithms.ts';
import { bind, classicVerifyingKey, NO_KEY } from '../keys/key.ts';
import { cachedKey } from '../keys/key-cache.ts';
import { checkKind, checkSizeClassic, checkType, classicAlgorithms } from '../keys/key-checks.ts';
import type { KeySource } from '../keys/key-input.ts';
import * as option from '../option-rules.ts';
import { type ClaimRules, compileClaims } from '../token/claim-checks.ts';
import { algOf, checkAlg, checkKid } from '../token/header-checks.ts';
import type { StandardSchema } from '../token/standard-schema.ts';
import { invalidPayload, MAX_TOKEN_LENGTH, type ParsedToken } from '../token/token.ts';
import { sourceRules } from './key-source.ts';
import type { VerificationPlan } from './verify-token.ts';

/**
 * Options of `verify`; unknown names are ignored, as jsonwebtoken does.
 *
 * @example
 * ```ts
 * const options: VerifyOptions = { algorithms: ['HS256'], audience: 'api', maxAge: '1h' };
 * verify(token, secret, options);
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
  /** Allowed difference of clocks in seconds. */
  clockTolerance?: number | undefined;
  /** Accept an expired token. */
  ignoreExpiration?: boolean | undefined;
  /** Accept a token that is not active yet. */
  ignoreNotBefore?: boolean | undefined;
  /** Answer with `{ header, payload, signature }` instead of the payload. */
  complete?: boolean | undefined;
  /** Do not hold the type of the key against the algorithm. */
  allowInvalidAsymmetricKeyTypes?: boolean | undefined;
  /** Accept RSA keys below 2048 bits. */
  allowInsecureKeySizes?: boolean | undefined;
  /** Accepted `typ` of the header, as a media type; null in a list lets it be absent. */
  typ?: string | ReadonlyArray<string | null> | false | undefined;
  /** Claims that must be there, and be neither null nor ''. */
  requiredClaims?: readonly Name[] | false | undefined;
  /** A Standard Schema validator; what it answers with becomes the result. */
  schema?: StandardSchema | false | undefined;
  /** Longest token that is looked at, in characters. Default 65,536. */
  maxTokenLength?: number | undefined;
}

const keyArgument = classicVerifyingKey;

/** Where the key comes from: an argument, a `(header, callback)` function, or a {@link KeySource}. */
export type ClassicKey =
  | { from: 'argument'; key: unknown }
  | { from: 'lookUp'; lookUp: (token: ParsedToken) => Promise<unknown> }
  | { from: 'source'; source: KeySource };

/** Compiles the options of the classic call. Faults are found in the order of jsonwebtoken. */
export function classicPlan(key: ClassicKey, options: unknown): VerificationPlan {
  const own = classicOptions(options);
  const algorithms = algorithmNames(own.algorithms);
  const { seek, beforeSeek, lists, admit } = keyRules(key, algorithms, own);
  return {
    seek,
    beforeSeek,
    lists,
    admit,
    maxTokenLength: own.maxTokenLength ?? MAX_TOKEN_LENGTH,
    typ: own.typ ? [own.typ].flat() : undefined,
    readPayload(token) {
      const payload = readClassicPayload(token);
      if (payload === null) throw invalidPayload();
      return payload;
    },
    checkClaims: compileClaims(claimRules(own)),
    schema: own.schema || undefined,
    cache: undefined,
    complete: own.complete === true,
    now: () => own.clockTimestamp || Math.floor(Date.now() / 1000),
  };
}

function keyRules(
  key: ClassicKey,
  algorithms: readonly string[] | undefined,
  own: VerifyOptions,
): Pick<VerificationPlan, 'seek' | 'lists' | 'beforeSeek' | 'admit'> {
  if (key.from === 'source') {
    const names = algorithms?.filter(isAlgorithm);
    const judgeSize = own.allowInsecureKeySizes === true ? undefined : checkSizeClassic;
    return sourceRules(key.source, names, judgeSize);
  }
  if (key.from === 'lookUp') {
    return {
      seek: key.lookUp,
      lists: false,
      beforeSeek(token) {
        checkKid(token.header);
        if (algorithms) checkAlg(algOf(token.header), algorithms);
      },
      admit(token, answer) {
        // That nobody knows a key for this token does not mean that none is needed.
        if (!token.signature) throw unsigned();
        checkPresence(token, answer, algorithms);
        return admit(token, answer, algorithms, own);
      },
    };
  }
  return {
    seek: undefined,
    beforeSeek: undefined,
    lists: false,
    admit(token) {
      checkPresence(token, key.key, algorithms);
      return admit(token, key.key, algorithms, own);
    },
  };
}

/** An unsigned token passes only without a key, and only where the caller names its algorithms. */
function checkPresence(
  { signature }: ParsedToken,
  key: unknown,
  algorithms: readonly string[] | undefined,
): void {
  if (signature && !key) throw tokenError('ERR_KEY_MISSING', keyArgument.missing);
  if (!signature && key) throw unsigned();
  if (!signature && !algorithms) {
    throw tokenError(
      'ERR_SIGNATURE_MISSING',
      'please specify "none" in "algorithms" to verify unsigned tokens',
    );
  }
}

function unsigned(): Error {
  return tokenError('ERR_SIGNATURE_MISSING', 'jwt signature is required');
}

function admit(
  token: ParsedToken,
  input: unknown,
  algorithms: readonly string[] | undefined,
  own: VerifyOptions,
): BoundKey {
  const alg = algOf(token.header);
  if (isAlgorithm(alg) && algorithms?.includes(alg)) checkAvailable(alg);
  const absent = input === undefined || input === null || input === '';
  const key = absent ? NO_KEY : cachedKey(input, keyArgument);
  checkAlg(alg, algorithms ?? classicAlgorithms(key));
  if (!isAlgorithm(alg)) throw unknownAlgorithm(alg);
  checkKind(alg, key, keyArgument);
  if (own.allowInsecureKeySizes !== true) checkSizeClassic(alg, key, keyArgument);
  checkType(alg, key, keyArgument, own.allowInvalidAsymmetricKeyTypes);
  return bind(alg, key);
}

/**
 * The payload as jsonwebtoken reads it: any JSON where the header says `typ: JWT`, else an object where
 * it is one and the bare text where it is not. Throws JsonWebTokenError for a payload that is not what
 * it should be, or could be read in two ways.
 */
export function readClassicPayload(token: ParsedToken, forceJson = false): unknown {
  const text = token.readPayloadText();
  const value = parseJson(text);
  const asJson = forceJson || isTypJwt(token);
  if (value === NOT_SAFE || (asJson && value === NOT_JSON)) throw invalidPayload();
  return asJson || isJsonObject(value) || Array.isArray(value) ? value : text;
}

function isTypJwt({ header }: ParsedToken): boolean {
  return Object.hasOwn(header, 'typ') && header.typ === 'JWT';
}

const isText = (value: unknown) => typeof value === 'string';
const isTextOrList = (value: unknown) => isText(value) || Array.isArray(value);
const isMatcher = (value: unknown) => isTextOrList(value) || types.isRegExp(value);

/** Options that jsonwebtoken does not have: their mistakes are the programmer's. */
const newRules: option.OptionRules = {
  typ: option.orFalse(option.mediaTypeOrList),
  requiredClaims: option.orFalse(option.stringList),
  schema: option.orFalse(option.schema),
  maxTokenLength: option.positiveInteger,
};
const newNames = Object.keys(newRules);

/** The own options, with the types that the rules below name; a wrong one is never an open gate. */
function classicOptions(options: unknown): VerifyOptions {
  const own = option.copyOwnProperties(Object(options ?? {}));
  const { clockTimestamp, nonce, allowInvalidAsymmetricKeyTypes } = own;
  if (clockTimestamp && typeof clockTimestamp !== 'number') {
    throw invalid('clockTimestamp must be a number');
  }
  if (nonce !== undefined && !(typeof nonce === 'string' && nonce.trim())) {
    throw invalid('nonce must be a non-empty string');
  }
  if (
    allowInvalidAsymmetricKeyTypes !== undefined &&
    typeof allowInvalidAsymmetricKeyTypes !== 'boolean'
  ) {
    throw invalid('allowInvalidAsymmetricKeyTypes must be a boolean');
  }
  expectOption(own, 'audience', isMatcher, 'a string, RegExp or array');
  expectOption(own, 'issuer', isTextOrList, 'a string or array');
  expectOption(own, 'subject', isText, 'a string');
  expectOption(own, 'jwtid', isText, 'a string');
  for (const name of newNames) {
    if (own[name] !== undefined) option.checkOption(name, own[name], newRules);
  }
  return own as VerifyOptions;
}

function invalid(message: string): Error {
  return tokenError('ERR_OPTION_INVALID', message);
}

/** Absent, undefined or false is off; anything else must be of the type. */
function expectOption(
  own: Record<string, unknown>,
  name: string,
  test: (value: unknown) => boolean,
  expected: string,
): void {
  const value = own[name];
  if (value === false) own[name] = undefined;
  else if (value !== undefined && !test(value)) throw invalid(`"${name}" must be ${expected}`);
}

/** A string is one name: as jsonwebtoken's substring test it would let 'HS256' through for 'HS2567'. */
function algorithmNames(algorithms: unknown): readonly string[] | undefined {
  if (algorithms === undefined || algorithms === null) return undefined;
  if (typeof algorithms === 'string') return [algorithms];
  if (Array.isArray(algorithms)) return [...algorithms];
  throw usageError(
    'ERR_OPTION_INVALID',
    `"algorithms" must be an array, got ${option.typeNameOf(algorithms)}`,
  );
}

function claimRules(own: VerifyOptions): ClaimRules {
  const { audience, issuer, subject, jwtid, nonce, requiredClaims } = own;
  return {
    issuer: issuer === undefined ? undefined : [issuer].flat(),
    audience: audience === undefined ? undefined : [audience].flat(),
    subject,
    jwtid,
    nonce,
    maxAge: maxAgeOf(own.maxAge),
    tolerance: toleranceOf(own.clockTolerance),
    ignoreExpiration: Boolean(own.ignoreExpiration),
    ignoreNotBefore: Boolean(own.ignoreNotBefore),
    requiredClaims: requiredClaims || [],
    strict: false,
  };
}

function maxAgeOf(maxAge: unknown): ClaimRules['maxAge'] {
  const isOff = maxAge === undefined || maxAge === null || maxAge === false;
  return isOff ? undefined : (parseClassicDuration(maxAge) ?? null);
}

/** Seconds; in text without a unit, too, where a number of milliseconds was never meant. */
function toleranceOf(tolerance: unknown): number {
  if (tolerance === undefined || tolerance === null || tolerance === false) return 0;
  if (typeof tolerance === 'number') return tolerance || 0;
  const span = typeof tolerance === 'string' ? parseTimespan(tolerance) : undefined;
  if (!span) throw invalid('clockTolerance must be a number');
  return span.unit ? span.seconds : Number(tolerance);
}
