/** Defines `createSigner`, which checks its options once and returns a function that signs. */

import { usageError, withCallerStack } from '../../errors.ts';
import { readClock } from '../clock.ts';
import { encodeBase64url } from '../encoding/base64url.ts';
import { parseDuration, type Timespan } from '../encoding/duration.ts';
import { algorithm } from '../keys/algorithm-rules.ts';
import { type Algorithm, checkAvailable } from '../keys/algorithms.ts';
import { requireKey } from '../keys/import-key.ts';
import { bind, type Key, NO_KEY, preparedKeyArgument } from '../keys/key.ts';
import { usableAlgorithms } from '../keys/key-checks.ts';
import type { KeyInput } from '../keys/key-input.ts';
import * as option from '../option-rules.ts';
import type { JwtPayload } from '../token/token.ts';
import {
  addClaims,
  addedClaims,
  areOrdinary,
  type ClaimSettings,
  checkDuplicate,
  checkNumericDates,
  claimOptions,
  composeHeader,
  createAppender,
  isAbsoluteTime,
  isMilliseconds,
  stringifyPayload,
  timeClaims,
} from './claims-and-header.ts';

/**
 * Options of {@link createSigner}. An option that is unknown, or present and `undefined`, is a TypeError.
 *
 * @example
 * ```ts
 * const { JWT_PRIVATE_KEY = '' } = process.env;
 * const options: SignerOptions = { issuer: 'https://id.example', expiresIn: '15m' };
 * const sign = createSigner(JWT_PRIVATE_KEY, options);
 * ```
 */
export interface SignerOptions {
  /** Default: the `alg` of a JWK, else by type of key: HS256, RS256, PS256, ES… of the curve, EdDSA. */
  algorithm?: Algorithm;
  /** `kid` of the header. */
  keyid?: string;
  /** More header parameters, such as `{ typ: 'at+jwt' }`. */
  header?: Readonly<Record<string, unknown>>;
  /** `exp`: seconds after `iat`, or a timespan with a unit. */
  expiresIn?: Timespan;
  /** `nbf`, in the form of `expiresIn`. */
  notBefore?: Timespan;
  /** `aud`. */
  audience?: string | readonly string[];
  /** `iss`. */
  issuer?: string;
  /** `sub`. */
  subject?: string;
  /** `jti`, or a function that returns one for each token. */
  jwtid?: string | (() => string);
  /** Omit `iat`. */
  noTimestamp?: boolean;
  /** Sign with secrets shorter than their hash and with RSA keys below 2048 bits. */
  allowInsecureKeySizes?: boolean;
  /** Return a promise, and create asymmetric signatures on the thread pool. */
  async?: boolean;
  /** Returns the time in milliseconds. Default: the `Date.now` of each call. */
  clock?: () => number;
}

/**
 * A function that signs claims. Throws TypeError for claims that it cannot sign.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const sign: Signer<string> = createSigner(JWT_SECRET, { algorithm: 'HS256' });
 * const token = sign({ sub: 'ada' });
 * ```
 */
export type Signer<Token> = (payload: JwtPayload) => Token;

const relativeDuration: option.OptionRule = {
  expected: `${option.duration.expected}, not a time`,
  test: (value) => option.duration.test(value) && !isAbsoluteTime(value),
};

const signerRules: option.OptionRules = {
  algorithm,
  keyid: option.string,
  header: option.headerParameters,
  expiresIn: relativeDuration,
  notBefore: relativeDuration,
  audience: option.stringOrList,
  issuer: option.string,
  subject: option.string,
  jwtid: option.stringOrFunction,
  noTimestamp: option.boolean,
  allowInsecureKeySizes: option.boolean,
  async: option.boolean,
  clock: option.callable,
};

const keyToSign = preparedKeyArgument('sign');

/**
 * Creates a function that signs claims (RFC 7519 §7.1). Checks `key` and `options` once, now.
 *
 * The claims are a plain object, to which the function adds `iat` and the claims of the options. It throws
 * TypeError for a claim that is in both, and for a time that is not a finite number of seconds.
 *
 * Throws TypeError for an unknown option, a value of the wrong type, and a key that is unreadable, too
 * small or does not fit the algorithm.
 *
 * @example
 * ```ts
 * const { JWT_PRIVATE_KEY = '' } = process.env;
 * const sign = createSigner(JWT_PRIVATE_KEY, { issuer: 'https://id.example', expiresIn: '15m' });
 * const token = sign({ sub: 'ada' });
 * ```
 */
export function createSigner<Async extends boolean = false>(
  key: null | undefined,
  options: SignerOptions & { algorithm: 'none'; async?: Async },
): Signer<Async extends true ? Promise<string> : string>;
export function createSigner<Async extends boolean = false>(
  key: KeyInput,
  options?: SignerOptions & { async?: Async },
): Signer<Async extends true ? Promise<string> : string>;
export function createSigner(
  input: KeyInput | null | undefined,
  options: SignerOptions = {},
): Signer<string | Promise<string>> {
  return withCallerStack(createSigner, () => compileSigner(input, options));
}

function compileSigner(input: unknown, options: unknown): Signer<string | Promise<string>> {
  // Checked: the values have the types of the rules.
  const own = option.checkOptions(options, signerRules) as SignerOptions;
  if (own.algorithm) checkAvailable(own.algorithm);
  const key = own.algorithm === 'none' ? requireNoKey(input) : requireKey(input, keyToSign);
  const alg = key === NO_KEY ? 'none' : algorithmFor(key, own);
  const boundKey = bind(alg, key);
  const inputOf = createInput(alg, own);

  if (own.async) {
    const signInput = boundKey.signAsync ?? boundKey.sign;
    return async (payload) => {
      const input = inputOf(payload);
      return `${input}.${await signInput(input)}`;
    };
  }
  return (payload) => {
    const input = inputOf(payload);
    return `${input}.${boundKey.sign(input)}`;
  };
}

/** Creates a function that returns the signing input of a payload. The options must be checked. */
export function createInput(alg: Algorithm, own: SignerOptions): (payload: unknown) => string {
  const header = JSON.stringify(composeHeader(alg, 'JWT', own.keyid, own.header));
  const prefix = `${encodeBase64url(header)}.`;
  const writeClaims = createClaimsWriter(own);
  return (payload) => prefix + encodeBase64url(writeClaims(payload));
}

/** An unsecured token has no key: a key beside "none" is an error of the caller. */
function requireNoKey(input: unknown): Key {
  if (input === undefined || input === null) return NO_KEY;
  throw usageError(
    'ERR_OPTION_INVALID',
    '"algorithm" may be "none" only with null or undefined as key',
  );
}

function algorithmFor(key: Key, { algorithm, allowInsecureKeySizes }: SignerOptions): Algorithm {
  const allowed = algorithm && [algorithm];
  // usableAlgorithms throws instead of returning an empty list.
  return usableAlgorithms(key, allowed, keyToSign, allowInsecureKeySizes)[0] as Algorithm;
}

/** Creates a function that writes a payload, with the claims of the options, as JSON. */
function createClaimsWriter(own: SignerOptions): (payload: unknown) => string {
  const { clock, jwtid } = own;
  const settings = {
    notBefore: parseDuration(own.notBefore),
    expiresIn: parseDuration(own.expiresIn),
    audience: typeof own.audience === 'object' ? [...own.audience] : own.audience,
    issuer: own.issuer,
    subject: own.subject,
    jwtid: typeof jwtid === 'string' ? jwtid : undefined,
    noTimestamp: own.noTimestamp,
  };
  const present = claimOptions.filter((name) => own[name] !== undefined);
  const added = addedClaims(present);
  const append = createAppender(settings);

  return (payload) => {
    if (!option.isPlainObject(payload)) {
      const typeName = option.typeNameOf(payload);
      throw usageError('ERR_PAYLOAD_INVALID', `payload must be a plain object, got ${typeName}`);
    }
    // The copy is checked and signed: a getter is read once.
    const claims = { ...payload };
    const isOrdinary = areOrdinary(claims, added);
    if (!isOrdinary) for (const name of present) checkDuplicate(claims, name, usageError);
    const now = Math.floor(readClock(clock) / 1000);
    const id = typeof jwtid === 'function' ? createJwtid(jwtid) : settings.jwtid;
    const text = isOrdinary ? append(claims, now, id) : undefined;
    return text ?? writeClaims(claims, { ...settings, jwtid: id }, now);
  };
}

/** Checks claims and writes them, whatever they are. */
function writeClaims(payload: object, settings: ClaimSettings, now: number): string {
  // The copy inherits no toJSON.
  const claims: Record<string, unknown> = Object.assign(option.copyOwnProperties({}), payload);
  checkClaimTypes(claims);
  checkNumericDates(claims, Number.isFinite, usageError);
  addClaims(claims, settings, now);
  // Again: the sum of iat and a duration can be infinite.
  checkNumericDates(claims, Number.isFinite, usageError);
  checkSeconds(claims);
  const text = stringifyPayload(claims);
  if (text?.startsWith('{')) return text;
  throw usageError(
    'ERR_PAYLOAD_INVALID',
    'payload must be a JSON object, but its toJSON returns another value',
  );
}

/** RFC 7519 §4.1: every verifier rejects these claims with other types. */
function checkClaimTypes(claims: Record<string, unknown>): void {
  for (const name of ['iss', 'sub', 'jti'] as const) {
    const value = claims[name];
    if (value !== undefined && !option.isString(value)) throw wrongClaim(name, 'a string', value);
  }
  const { aud } = claims;
  const isAudience = Array.isArray(aud) ? aud.every(option.isString) : option.isString(aud);
  if (aud !== undefined && !isAudience)
    throw wrongClaim('aud', 'a string or an array of these', aud);
}

function wrongClaim(name: string, expected: string, value: unknown): TypeError {
  // Not typeNameOf, which shows numbers: no message has the value of a claim.
  const type = value === null ? 'null' : Array.isArray(value) ? 'an array' : `type ${typeof value}`;
  return usageError('ERR_CLAIM_INVALID', `"${name}" must be ${expected}, got ${type}`);
}

function checkSeconds(claims: Record<string, unknown>): void {
  const wrong = timeClaims.find((name) => isMilliseconds(claims[name]));
  if (wrong === undefined) return;
  const message = `"${wrong}" must be a time in seconds, got milliseconds: divide by 1000`;
  throw usageError('ERR_CLAIM_INVALID', message);
}

function createJwtid(jwtid: () => string): string {
  const id: unknown = jwtid();
  if (typeof id === 'string' && id !== '') return id;
  const message = `"jwtid" must return a non-empty string, got ${option.typeNameOf(id)}`;
  throw usageError('ERR_OPTION_INVALID', message);
}
