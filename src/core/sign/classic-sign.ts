/** Prepares `sign`: the options of jsonwebtoken, checked in its order. */

import { plainError, usageError } from '../../errors.ts';
import { type Duration, parseClassicDuration, type Timespan } from '../encoding/duration.ts';
import {
  type Algorithm,
  type BoundKey,
  checkAvailable,
  isAlgorithm,
  unknownAlgorithm,
} from '../keys/algorithms.ts';
import { bind, classicSigningKey, type Key, NO_KEY } from '../keys/key.ts';
import { cachedKey } from '../keys/key-cache.ts';
import { checkKind, checkSizeClassic, checkType } from '../keys/key-checks.ts';
import {
  boolean,
  copyOwnProperties,
  isPlainObject,
  isString,
  type OptionRule,
  type OptionRules,
  ruleOf,
} from '../option-rules.ts';
import type { JwtHeader } from '../token/header.ts';
import { signingInput } from '../token/token.ts';
import { warnOnce } from '../warn-once.ts';
import {
  addClaims,
  checkDuplicate,
  checkNumericDates,
  composeHeader,
  isAbsoluteTime,
  isMilliseconds,
  stringifyPayload,
  timeClaims,
} from './claims-and-header.ts';

/**
 * Options of `sign`. An option that is present and `undefined` is an error, as in jsonwebtoken.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const options: SignOptions = { algorithm: 'HS256', subject: 'ada', expiresIn: '15m' };
 * sign({}, JWT_SECRET, options);
 * ```
 */
export interface SignOptions {
  /** Default HS256. */
  algorithm?: Algorithm | undefined;
  /** `kid` of the header. */
  keyid?: string | undefined;
  /** `exp`: seconds after `iat`, or a timespan such as `'15m'`. A string without a unit is milliseconds. */
  expiresIn?: Timespan | `${number}`;
  /** `nbf`, in the form of `expiresIn`. */
  notBefore?: Timespan | `${number}` | undefined;
  /** `aud`. */
  audience?: string | string[] | undefined;
  /** `sub`. */
  subject?: string | undefined;
  /** `iss`. */
  issuer?: string | undefined;
  /** `jti`. */
  jwtid?: string | undefined;
  /** Write the claims into the payload object itself. */
  mutatePayload?: boolean | undefined;
  /** Omit `iat`. */
  noTimestamp?: boolean | undefined;
  /** More header parameters. They override `alg`, `typ` and `kid`. */
  header?: JwtHeader | (Partial<JwtHeader> & Record<string, unknown>) | undefined;
  /** Encoding of a payload that is a string. Default UTF-8. */
  encoding?: string | undefined;
  /** Sign with RSA keys below 2048 bits. */
  allowInsecureKeySizes?: boolean | undefined;
  /** Do not check that the type of the key fits the algorithm. */
  allowInvalidAsymmetricKeyTypes?: boolean | undefined;
}

/** The checked arguments: the signature of `input` by `key` is missing. */
export interface ClassicSigning {
  key: BoundKey;
  input: string;
}

/** Does everything before the signature, with the checks in the order of jsonwebtoken. */
export function prepareClassicSigning(
  payload: unknown,
  keyInput: unknown,
  options: unknown,
): ClassicSigning {
  const optionsOrNone = options || {};
  const own: SignOptions = copyOwnProperties(optionsOrNone as object);
  const isObject = typeof payload === 'object' && !Buffer.isBuffer(payload);
  const header = composeHeader(
    own.algorithm || 'HS256',
    isObject ? 'JWT' : undefined,
    own.keyid,
    own.header,
  );

  const key = signingKey(header['alg'], keyInput, own);
  checkClassicPayload(payload, own);
  checkSignOptions(optionsOrNone);
  const alg = header['alg'];
  if (isAlgorithm(alg)) checkType(alg, key, classicSigningKey, own.allowInvalidAsymmetricKeyTypes);

  const claims = isObject ? composeClaims(payload as Record<string, unknown>, own) : undefined;
  checkAlgorithm(alg, own);
  const text = claims ? (stringifyPayload(claims) ?? '') : textOf(payload);
  const encoding = encodingOf(own);
  const bytes = encoding === 'utf8' ? text : Buffer.from(text, encoding);
  return { key: bind(alg, alg === 'none' ? NO_KEY : key), input: signingInput(header, bytes) };
}

function signingKey(alg: unknown, input: unknown, own: SignOptions): Key {
  if (!input && own.algorithm !== 'none')
    throw plainError('ERR_KEY_MISSING', classicSigningKey.missing);
  if (isAlgorithm(alg)) checkAvailable(alg);
  const absent = input === undefined || input === null || input === '';
  const key = absent ? NO_KEY : cachedKey(input, classicSigningKey);
  if (isAlgorithm(alg)) {
    checkKind(alg, key, classicSigningKey);
    if (!own.allowInsecureKeySizes) checkSizeClassic(alg, key, classicSigningKey);
  }
  return key;
}

/** Only `algorithm: 'none'` creates an unsigned token: `header` is data, which may come from a client. */
function checkAlgorithm(alg: unknown, own: SignOptions): asserts alg is Algorithm {
  if (!isAlgorithm(alg)) throw unknownAlgorithm(String(alg));
  if (alg === 'none' && own.algorithm !== 'none') {
    const message = 'an unsigned token needs "algorithm": "none", not only "header.alg"';
    throw plainError('ERR_OPTION_INVALID', message);
  }
}

function encodingOf({ encoding }: SignOptions): BufferEncoding {
  const name = encoding || 'utf8';
  if (Buffer.isEncoding(name)) return name;
  throw usageError('ERR_OPTION_INVALID', `Unknown encoding: ${name}`);
}

function checkClassicPayload(payload: unknown, own: SignOptions): void {
  if (payload === undefined) throw plainError('ERR_PAYLOAD_INVALID', 'payload is required');
  if (typeof payload !== 'object' || Buffer.isBuffer(payload)) {
    checkNoClaimOptions(payload, own);
  } else if (isPlainObject(payload)) {
    checkNumericDates(payload, (value) => typeof value === 'number', plainError);
    if (own.expiresIn !== undefined) checkDuplicate(payload, 'expiresIn', plainError);
    if (own.notBefore !== undefined) checkDuplicate(payload, 'notBefore', plainError);
  } else {
    throw plainError('ERR_PAYLOAD_INVALID', 'Expected "payload" to be a plain object.');
  }
}

/** The options that write claims, in the order of the message. */
const CLAIM_OPTIONS = [
  'expiresIn',
  'notBefore',
  'noTimestamp',
  'audience',
  'issuer',
  'subject',
  'jwtid',
] as const;

function checkNoClaimOptions(payload: unknown, own: SignOptions): void {
  const names = CLAIM_OPTIONS.filter((name) => own[name] !== undefined);
  if (names.length > 0) {
    const message = `invalid ${names.join(',')} option for ${typeof payload} payload`;
    throw plainError('ERR_OPTION_INVALID', message);
  }
}

const durationRule: OptionRule = {
  expected: 'a number of seconds or string representing a timespan',
  test: (value) => Number.isInteger(value) || (isString(value) && value !== ''),
};
const stringRule: OptionRule = { expected: 'a string', test: isString };

/** The options of `sign`, in the words of jsonwebtoken. */
const classicRules: OptionRules = {
  algorithm: { expected: 'a valid string enum value', test: isAlgorithm },
  expiresIn: durationRule,
  notBefore: durationRule,
  audience: {
    expected: 'a string or array',
    test: (value) => isString(value) || Array.isArray(value),
  },
  issuer: stringRule,
  subject: stringRule,
  jwtid: stringRule,
  keyid: stringRule,
  encoding: stringRule,
  header: { expected: 'an object', test: isPlainObject },
  noTimestamp: boolean,
  mutatePayload: boolean,
  allowInsecureKeySizes: boolean,
  allowInvalidAsymmetricKeyTypes: boolean,
};

function checkSignOptions(options: unknown): void {
  if (!isPlainObject(options)) {
    throw plainError('ERR_OPTION_INVALID', 'Expected "options" to be a plain object.');
  }
  for (const name of Object.keys(options)) {
    const rule = ruleOf(name, classicRules);
    if (!rule) throw plainError('ERR_OPTION_INVALID', `"${name}" is not allowed in "options"`);
    if (rule.test(options[name])) continue;
    const verb = rule === durationRule ? 'should' : 'must';
    throw plainError('ERR_OPTION_INVALID', `"${name}" ${verb} be ${rule.expected}`);
  }
}

function composeClaims(
  payload: Record<string, unknown>,
  own: SignOptions,
): Record<string, unknown> {
  // The copy inherits no toJSON.
  const claims = own.mutatePayload ? payload : copyOwnProperties(payload);
  const notBefore = durationOf('notBefore', own.notBefore);
  const expiresIn = durationOf('expiresIn', own.expiresIn);
  const { audience, issuer, subject, jwtid, noTimestamp } = own;
  for (const name of ['audience', 'issuer', 'subject', 'jwtid'] as const) {
    if (own[name] !== undefined) checkDuplicate(claims, name, plainError);
  }
  const now = Math.floor(Date.now() / 1000);
  const settings = { notBefore, expiresIn, audience, issuer, subject, jwtid, noTimestamp };
  addClaims(claims, settings, now);
  warnOfUnits(claims, own);
  return claims;
}

/** jsonwebtoken signs these silently: tokens that expire in the year 50,000, or after the next 50 years. */
function warnOfUnits(claims: Record<string, unknown>, { expiresIn, notBefore }: SignOptions): void {
  if (timeClaims.some((claim) => Object.hasOwn(claims, claim) && isMilliseconds(claims[claim]))) {
    warnOnce(
      'JOTKIT_TIME_UNIT',
      'A token has an "exp", "nbf" or "iat" in milliseconds. These claims are seconds since 1970: divide by 1000.',
    );
  }
  if (isAbsoluteTime(expiresIn) || isAbsoluteTime(notBefore)) {
    warnOnce(
      'JOTKIT_ABSOLUTE_DURATION',
      'A token has an "expiresIn" or "notBefore" that is a time. Both are durations after "iat": write the time to the claim "exp" or "nbf".',
    );
  }
}

function durationOf(name: string, value: unknown): Duration | undefined {
  if (value === undefined) return undefined;
  const duration = parseClassicDuration(value);
  if (duration) return duration;
  const message = `"${name}" should be ${durationRule.expected} eg: "1d", "20h", 60`;
  throw plainError('ERR_OPTION_INVALID', message);
}

/** Returns the text of a payload that is not an object: a string as it is, anything else as JSON. */
function textOf(payload: unknown): string {
  if (typeof payload === 'string') return payload;
  if (typeof payload === 'number' || Buffer.isBuffer(payload)) return payload.toString();
  const text = stringifyPayload(payload);
  if (text !== undefined) return text;
  throw usageError('ERR_PAYLOAD_INVALID', `payload must be JSON, got a ${typeof payload}`);
}
