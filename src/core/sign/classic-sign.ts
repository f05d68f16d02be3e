/** jsonwebtoken's options and order of checks for signing. */

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
import { copyOwnProperties, isPlainObject } from '../option-rules.ts';
import { type JwtHeader, signingInput } from '../token/token.ts';
import {
  addClaims,
  checkDuplicate,
  checkNumericDates,
  composeHeader,
  jsonText,
} from './claims-and-header.ts';

/**
 * Options of `sign`. One that is present with the value undefined is refused.
 *
 * @example
 * ```ts
 * const options: SignOptions = { algorithm: 'HS512', subject: 'ada', expiresIn: '15m' };
 * sign({}, secret, options);
 * ```
 */
export interface SignOptions {
  /** Default HS256. */
  algorithm?: Algorithm | undefined;
  /** `kid` of the header. */
  keyid?: string | undefined;
  /** `exp`: seconds, or a timespan such as `'15m'`, from `iat`. Text without a unit is milliseconds. */
  expiresIn?: Timespan | `${number}`;
  /** `nbf`: as `expiresIn`. */
  notBefore?: Timespan | `${number}` | undefined;
  /** `aud`. */
  audience?: string | string[] | undefined;
  /** `sub`. */
  subject?: string | undefined;
  /** `iss`. */
  issuer?: string | undefined;
  /** `jti`. */
  jwtid?: string | undefined;
  /** Write the claims into the object that was given. */
  mutatePayload?: boolean | undefined;
  /** Leave `iat` out. */
  noTimestamp?: boolean | undefined;
  /** More members of the header; `alg`, `typ` and `kid` in it take the place of the usual ones. */
  header?: JwtHeader | (Partial<JwtHeader> & Record<string, unknown>) | undefined;
  /** Encoding of the payload text. Default UTF-8. */
  encoding?: string | undefined;
  /** Sign with RSA keys below 2048 bits. */
  allowInsecureKeySizes?: boolean | undefined;
  /** Do not hold the type of the key against the algorithm. */
  allowInvalidAsymmetricKeyTypes?: boolean | undefined;
}

const keyArgument = classicSigningKey;

/** What is left to do: sign `input` with `key`. */
export interface ClassicSigning {
  key: BoundKey;
  input: string;
}

/** All that comes before the signature, in the order in which jsonwebtoken finds faults. */
export function prepareClassicSigning(
  payload: unknown,
  keyInput: unknown,
  options: unknown,
): ClassicSigning {
  const given = options || {};
  const own: SignOptions = copyOwnProperties(given as object);
  const isObject = typeof payload === 'object' && !Buffer.isBuffer(payload);
  const header = composeHeader(
    own.algorithm || 'HS256',
    isObject ? 'JWT' : undefined,
    own.keyid,
    own.header,
  );

  const key = keyFor(header['alg'], keyInput, own);
  checkPayload(payload, own);
  checkSignOptions(given);
  const alg = header['alg'];
  if (isAlgorithm(alg)) checkType(alg, key, keyArgument, own.allowInvalidAsymmetricKeyTypes);

  const claims = isObject ? composeClaims(payload as Record<string, unknown>, own) : undefined;
  checkAlgorithm(alg, own);
  const text = claims ? (jsonText(claims) ?? '') : plainText(payload);
  const bytes = Buffer.from(text, encodingOf(own));
  return { key: bind(alg, alg === 'none' ? NO_KEY : key), input: signingInput(header, bytes) };
}

function keyFor(alg: unknown, input: unknown, own: SignOptions): Key {
  const unsecured = own.algorithm === 'none';
  if (!input && !unsecured) throw plainError('ERR_KEY_MISSING', keyArgument.missing);
  if (isAlgorithm(alg)) checkAvailable(alg);
  const absent = input === undefined || input === null || input === '';
  const key = absent ? NO_KEY : cachedKey(input, keyArgument);
  if (isAlgorithm(alg)) {
    checkKind(alg, key, keyArgument);
    if (!own.allowInsecureKeySizes) checkSizeClassic(alg, key, keyArgument);
  }
  return key;
}

/** Only `algorithm: 'none'` makes an unsigned token: a header is data, and may come from elsewhere. */
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

function checkPayload(payload: unknown, own: SignOptions): void {
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

/** Options that write claims, in the order in which the message names them. */
const FOR_CLAIMS = [
  'expiresIn',
  'notBefore',
  'noTimestamp',
  'audience',
  'issuer',
  'subject',
  'jwtid',
] as const;

function checkNoClaimOptions(payload: unknown, own: SignOptions): void {
  const names = FOR_CLAIMS.filter((name) => own[name] !== undefined);
  if (names.length > 0) {
    const message = `invalid ${names.join(',')} option for ${typeof payload} payload`;
    throw plainError('ERR_OPTION_INVALID', message);
  }
}

const isText = (value: unknown) => typeof value === 'string';
const isFlag = (value: unknown) => typeof value === 'boolean';
const isSpan = (value: unknown) => Number.isInteger(value) || (isText(value) && value !== '');
const SPAN = 'should be a number of seconds or string representing a timespan';

/** What each option may be, with the words of jsonwebtoken. */
const rules: Readonly<Record<string, readonly [test: (value: unknown) => boolean, words: string]>> =
  {
    algorithm: [isAlgorithm, 'must be a valid string enum value'],
    expiresIn: [isSpan, SPAN],
    notBefore: [isSpan, SPAN],
    audience: [(value) => isText(value) || Array.isArray(value), 'must be a string or array'],
    issuer: [isText, 'must be a string'],
    subject: [isText, 'must be a string'],
    jwtid: [isText, 'must be a string'],
    keyid: [isText, 'must be a string'],
    encoding: [isText, 'must be a string'],
    header: [isPlainObject, 'must be an object'],
    noTimestamp: [isFlag, 'must be a boolean'],
    mutatePayload: [isFlag, 'must be a boolean'],
    allowInsecureKeySizes: [isFlag, 'must be a boolean'],
    allowInvalidAsymmetricKeyTypes: [isFlag, 'must be a boolean'],
  };

function checkSignOptions(options: unknown): void {
  if (!isPlainObject(options)) {
    throw plainError('ERR_OPTION_INVALID', 'Expected "options" to be a plain object.');
  }
  for (const name of Object.keys(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) throw plainError('ERR_OPTION_INVALID', `"${name}" is not allowed in "options"`);
    const [test, words] = rule;
    if (!test(options[name])) throw plainError('ERR_OPTION_INVALID', `"${name}" ${words}`);
  }
}

function composeClaims(
  payload: Record<string, unknown>,
  own: SignOptions,
): Record<string, unknown> {
  // The copy has no prototype that could bring a toJSON.
  const claims = own.mutatePayload ? payload : copyOwnProperties(payload);
  const notBefore = spanOf('notBefore', own.notBefore);
  const expiresIn = spanOf('expiresIn', own.expiresIn);
  const { audience, issuer, subject, jwtid, noTimestamp } = own;
  for (const name of ['audience', 'issuer', 'subject', 'jwtid'] as const) {
    if (own[name] !== undefined) checkDuplicate(claims, name, plainError);
  }
  const now = Math.floor(Date.now() / 1000);
  const settings = { notBefore, expiresIn, audience, issuer, subject, jwtid, noTimestamp };
  addClaims(claims, settings, now);
  return claims;
}

function spanOf(name: string, value: unknown): Duration | undefined {
  if (value === undefined) return undefined;
  const span = parseClassicDuration(value);
  if (span) return span;
  throw plainError('ERR_OPTION_INVALID', `"${name}" ${SPAN} eg: "1d", "20h", 60`);
}

/** A payload that is no object, as text: a string as it is, anything else as JSON writes it. */
function plainText(payload: unknown): string {
  if (typeof payload === 'string') return payload;
  if (typeof payload === 'number' || Buffer.isBuffer(payload)) return payload.toString();
  const text = jsonText(payload);
  if (text !== undefined) return text;
  throw usageError('ERR_PAYLOAD_INVALID', `payload must be JSON, got a ${typeof payload}`);
}
