/** Compiles the options of `verify`, with jsonwebtoken's order of checks. */

import { usageError } from '../../errors.ts';
import { parseClassicDuration, parseTimespan } from '../encoding/duration.ts';
import { isJsonObject, NOT_JSON, parseJson } from '../encoding/strict-json.ts';
import {
  allAlgorithms,
  checkAvailable,
  isAlgorithm,
  unknownAlgorithm,
} from '../keys/algorithms.ts';
import { bind, classicVerifyingKey, NO_KEY } from '../keys/key.ts';
import { cachedKeys } from '../keys/key-cache.ts';
import {
  checkKind,
  checkSizeClassic,
  checkType,
  classicAlgorithms,
  isCompatible,
} from '../keys/key-checks.ts';
import type { KeySource } from '../keys/key-input.ts';
import * as option from '../option-rules.ts';
import { type ClaimRules, compileAudience, compileClaimChecks } from '../token/claim-checks.ts';
import { Fault } from '../token/fault.ts';
import { mediaType } from '../token/header.ts';
import {
  algCheck,
  critCheck,
  headerCheck,
  kidCheck,
  signedCheck,
  typCheck,
} from '../token/header-checks.ts';
import {
  INVALID_PAYLOAD,
  MAX_TOKEN_LENGTH,
  type ParsedToken,
  payloadFault,
} from '../token/token.ts';
import { classicOptions, invalidOption, type VerifyOptions } from './classic-options.ts';
import { keysFromSource } from './key-source.ts';
import type { FoundKeys, KeyFinder, VerificationPlan } from './verify-token.ts';

/** Where the key comes from: an argument, a `(header, callback)` function, or a {@link KeySource}. */
export type ClassicKey =
  | { from: 'argument'; key: unknown }
  | { from: 'lookUp'; lookUp: (token: ParsedToken) => Promise<unknown> }
  | { from: 'source'; source: KeySource };

/** Compiles the options of `verify`. Errors come in the order of jsonwebtoken. */
export function classicPlan(key: ClassicKey, options: unknown): VerificationPlan {
  const own = classicOptions(options);
  const algorithms = algorithmNames(own.algorithms);
  const finder = keyFinder(key, algorithms, own);
  const types = expectedTypes(own.typ);
  return {
    maxTokenLength: own.maxTokenLength ?? MAX_TOKEN_LENGTH,
    allowPadding: own.allowPadding === true,
    headerChecks: [critCheck, ...(types ? [typCheck(types)] : []), ...finder.headerChecks],
    findKeys: finder.findKeys,
    canThrow: finder.canThrow,
    readPayload(token) {
      const payload = readClassicPayload(token);
      return payload === null ? INVALID_PAYLOAD : payload;
    },
    claimChecks: compileClaimChecks(claimRules(own)),
    schema: own.schema || undefined,
    complete: own.complete === true,
    cache: undefined,
    now: () => own.clockTimestamp || Math.floor(Date.now() / 1000),
  };
}

function keyFinder(
  key: ClassicKey,
  algorithms: readonly string[] | undefined,
  own: VerifyOptions,
): KeyFinder {
  if (key.from === 'source') {
    const checkKeySize = own.allowInsecureKeySizes === true ? undefined : checkSizeClassic;
    return keysFromSource(
      key.source,
      algorithms?.filter(isAlgorithm) ?? allAlgorithms,
      checkKeySize,
    );
  }
  if (key.from === 'argument') {
    const { key: input } = key;
    return {
      // Before what a wrong key throws.
      headerChecks: [headerCheck('signed', (token) => checkPresence(token, input, algorithms))],
      findKeys: (token) => resolveKey(token, input, algorithms, own),
      canThrow: true,
    };
  }
  return {
    headerChecks: algorithms ? [kidCheck, algCheck(algorithms)] : [kidCheck],
    findKeys: (token) => {
      return key.lookUp(token).then((found) => {
        // That the look-up finds no key for this token does not mean that the token needs none.
        const fault = signedCheck.run(token) ?? checkPresence(token, found, algorithms);
        return fault ?? resolveKey(token, found, algorithms, own);
      });
    },
    canThrow: true,
  };
}

/** An unsigned token is accepted only without a key, and only if the caller names its algorithms. */
function checkPresence(
  token: ParsedToken,
  key: unknown,
  algorithms: readonly string[] | undefined,
): Fault | undefined {
  if (token.isSigned) return key ? undefined : NO_KEY_GIVEN;
  if (key) return signedCheck.run(token);
  return algorithms ? undefined : UNSIGNED_NOT_ALLOWED;
}

const NO_KEY_GIVEN = new Fault('ERR_KEY_MISSING', classicVerifyingKey.missing);

const UNSIGNED_NOT_ALLOWED = new Fault(
  'ERR_SIGNATURE_MISSING',
  'please specify "none" in "algorithms" to verify unsigned tokens',
);

function resolveKey(
  token: ParsedToken,
  input: unknown,
  algorithms: readonly string[] | undefined,
  own: VerifyOptions,
): FoundKeys {
  const { alg } = token;
  if (isAlgorithm(alg) && algorithms?.includes(alg)) checkAvailable(alg);
  const isAbsent = input === undefined || input === null || input === '';
  const keys = isAbsent ? [NO_KEY] : cachedKeys(input, classicVerifyingKey);
  const fault = algCheck(algorithms ?? keys.flatMap(classicAlgorithms)).run(token);
  if (fault) return fault;
  if (!isAlgorithm(alg)) throw unknownAlgorithm(String(alg));
  // Of several keys in one PEM those that fit; if none does, the first says why.
  const fitting = keys.length > 1 ? keys.filter((key) => isCompatible(alg, key, 'verify')) : keys;
  return (fitting.length > 0 ? fitting : keys).map((key) => {
    checkKind(alg, key, classicVerifyingKey);
    if (own.allowInsecureKeySizes !== true) checkSizeClassic(alg, key, classicVerifyingKey);
    checkType(alg, key, classicVerifyingKey, own.allowInvalidAsymmetricKeyTypes);
    return bind(alg, key);
  });
}

/**
 * The payload as jsonwebtoken reads it: any JSON value if the header says `typ: JWT`, else an object or
 * array if it is one, else the string. Fails for a payload that is invalid or could be read in two ways.
 */
export function readClassicPayload(token: ParsedToken, forceJson = false): unknown {
  const text = token.readPayloadText();
  if (text instanceof Fault) return text;
  const value = parseJson(text);
  const asJson = forceJson || isTypJwt(token);
  const fault = payloadFault(value);
  if (fault) return fault;
  if (asJson && value === NOT_JSON) return INVALID_PAYLOAD;
  return asJson || isJsonObject(value) || Array.isArray(value) ? value : text;
}

function isTypJwt({ header }: ParsedToken): boolean {
  return Object.hasOwn(header, 'typ') && header.typ === 'JWT';
}

/** A string is one name: jsonwebtoken's substring test accepts HS256 for 'HS2567'. */
function algorithmNames(algorithms: unknown): readonly string[] | undefined {
  if (algorithms === undefined) return undefined;
  if (typeof algorithms === 'string') return [algorithms];
  if (Array.isArray(algorithms)) return [...algorithms];
  throw usageError(
    'ERR_OPTION_INVALID',
    `"algorithms" must be an array, got ${option.typeNameOf(algorithms)}`,
  );
}

/** An expected `JWT` allows an absent `typ`: jsonwebtoken does not check it (RFC 7519 §5.1). */
function expectedTypes(typ: VerifyOptions['typ']): Array<string | null> | undefined {
  if (!typ) return undefined;
  const types = [typ].flat();
  const allowsJwt = types.some((type) => type !== null && mediaType(type) === 'jwt');
  return allowsJwt ? [...types, null] : types;
}

function claimRules(own: VerifyOptions): ClaimRules {
  const { audience, issuer, subject, jwtid, nonce, requiredClaims } = own;
  return {
    issuer: issuer === undefined ? undefined : [issuer].flat(),
    audience: audience === undefined ? undefined : compileAudience([audience].flat()),
    subject: subject === undefined ? undefined : [subject],
    jwtid: jwtid === undefined ? undefined : [jwtid],
    nonce: nonce === undefined ? undefined : [nonce],
    maxAge: maxAgeRule(own.maxAge),
    tolerance: toleranceOf(own.clockTolerance),
    ignoreExpiration: own.ignoreExpiration ?? false,
    ignoreNotBefore: own.ignoreNotBefore ?? false,
    requiredClaims: requiredClaims || [],
    strict: false,
  };
}

function maxAgeRule(maxAge: unknown): ClaimRules['maxAge'] {
  if (maxAge === undefined || maxAge === false) return undefined;
  const duration = parseClassicDuration(maxAge);
  return duration && Number.isFinite(duration.seconds) ? duration : null;
}

/** Seconds, also for a string without a unit. */
function toleranceOf(tolerance: unknown): number {
  if (tolerance === undefined || tolerance === false) return 0;
  if (typeof tolerance === 'number' && Number.isFinite(tolerance)) return tolerance;
  const span = typeof tolerance === 'string' ? parseTimespan(tolerance) : undefined;
  if (!span) throw invalidOption('clockTolerance must be a number');
  return span.unit ? span.seconds : Number(tolerance);
}
