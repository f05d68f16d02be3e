/** Checks the claims of a verified token against the rules of the caller: RFC 7519 §4.1. */

import { types } from 'node:util';
import { addDuration, type Duration } from '../encoding/duration.ts';
import { isJsonObject } from '../encoding/strict-json.ts';
import { Fault } from './fault.ts';
import type { CheckName, NamedCheck } from './named-check.ts';

/** Longer strings are rejected before a RegExp of the caller runs over them. */
const MAX_MATCHED_LENGTH = 1024;

/** What is expected of the claims; an absent rule is not checked. Times are in seconds. */
export interface ClaimRules {
  readonly issuer: readonly string[] | undefined;
  readonly audience: AudienceRule | undefined;
  readonly subject: readonly string[] | undefined;
  readonly jwtid: readonly string[] | undefined;
  readonly nonce: readonly string[] | undefined;
  /** Null if the caller passed something that is not a timespan: rejected in the order of jsonwebtoken. */
  readonly maxAge: Duration | null | undefined;
  readonly tolerance: number;
  readonly ignoreExpiration: boolean;
  readonly ignoreNotBefore: boolean;
  readonly requiredClaims: readonly string[];
  /** Whether the types of registered claims are checked even if no rule needs them. */
  readonly strict: boolean;
}

/** A payload whose signature is valid: an object, or what else the classic API allows. */
export type Claims = Record<string, unknown>;

/** A rule about the claims of a token whose signature is valid. */
export type ClaimCheck = NamedCheck<[claims: Claims, now: number]>;

const NO_CLAIMS: Claims = Object.freeze(Object.create(null));

/** The claims of a payload; none if it is not an object. */
export function claimsOf(payload: unknown): Claims {
  return isJsonObject(payload) ? payload : NO_CLAIMS;
}

/** Expected audiences, as the caller wrote them and as they are compared. */
export interface AudienceRule {
  readonly expected: ReadonlyArray<string | RegExp>;
  readonly matchers: ReadonlyArray<string | RegExp>;
}

/** Copies each RegExp without `g`. With `y` it stays anchored, at the position 0 of every string. */
export function compileAudience(expected: ReadonlyArray<string | RegExp>): AudienceRule {
  const matchers = expected.flatMap((matcher: unknown) => {
    if (types.isRegExp(matcher)) return new RegExp(matcher.source, matcher.flags.replace('g', ''));
    return typeof matcher === 'string' ? matcher : [];
  });
  return { expected, matchers };
}

/** Compiles the rules, in the order in which jsonwebtoken checks them. */
export function compileClaimChecks(rules: ClaimRules): ClaimCheck[] {
  const { audience, maxAge, requiredClaims, strict } = rules;
  const checks: ClaimCheck[] = [];
  const add = (name: CheckName, run: ClaimCheck['run'], expected?: unknown) => {
    checks.push({ name, expected, run });
  };
  if (strict || !rules.ignoreNotBefore)
    add('nbf', (claims, now) => checkNotBefore(claims, rules, now));
  if (strict || !rules.ignoreExpiration)
    add('exp', (claims, now) => checkExpiration(claims, rules, now));
  if (audience) add('aud', (claims) => checkAudience(claims, audience, strict), audience.expected);
  for (const [name, option] of EQUAL_CLAIMS) {
    const expected = rules[option];
    if (expected) add(name, (claims) => checkEqual(claims, name, option, expected), expected);
  }
  if (strict) add('iat', (claims) => checkNumericDate(claims, 'iat'));
  if (maxAge !== undefined) {
    add('maxAge', (claims, now) => checkAge(claims, rules, maxAge, now), maxAge?.seconds);
  }
  if (requiredClaims.length > 0) {
    add('required', (claims) => checkRequired(claims, requiredClaims), requiredClaims);
  }
  return checks;
}

/** Claims that are one string, with the option that each is compared with. */
const EQUAL_CLAIMS = [
  ['iss', 'issuer'],
  ['sub', 'subject'],
  ['jti', 'jwtid'],
  ['nonce', 'nonce'],
] as const;

/** An own claim: a polluted Object.prototype adds none. */
export function ownClaim(claims: object, name: string): unknown {
  const value = (claims as Claims)[name];
  return value === undefined || Object.hasOwn(claims, name) ? value : undefined;
}

/** A NumericDate is a finite number; JSON can contain 1e400. */
function checkNumericDate(claims: Claims, name: string): Fault | undefined {
  const value = ownClaim(claims, name);
  if (value === undefined || Number.isFinite(value)) return undefined;
  return new Fault('ERR_CLAIM_INVALID', `invalid ${name} value`, name);
}

function checkNotBefore(claims: Claims, rules: ClaimRules, now: number): Fault | undefined {
  const { ignoreNotBefore, tolerance } = rules;
  const nbf = ownClaim(claims, 'nbf');
  if (nbf === undefined) return undefined;
  const fault = checkNumericDate(claims, 'nbf');
  if (fault || ignoreNotBefore || (nbf as number) <= now + tolerance) return fault;
  const notBefore = nbf as number;
  return new Fault('ERR_CLAIM_NOT_ACTIVE', 'jwt not active', 'nbf', { notBefore });
}

function checkExpiration(claims: Claims, rules: ClaimRules, now: number): Fault | undefined {
  const { ignoreExpiration, tolerance } = rules;
  const exp = ownClaim(claims, 'exp');
  if (exp === undefined) return undefined;
  const fault = checkNumericDate(claims, 'exp');
  if (fault || ignoreExpiration || now < (exp as number) + tolerance) return fault;
  const expiredAt = exp as number;
  return new Fault('ERR_CLAIM_EXPIRED', 'jwt expired', 'exp', { expiredAt });
}

function checkAge(
  claims: Claims,
  { tolerance, strict }: ClaimRules,
  maxAge: Duration | null,
  now: number,
): Fault | undefined {
  const iat = ownClaim(claims, 'iat');
  if (typeof iat !== 'number' || !Number.isFinite(iat)) {
    const code = iat === undefined ? 'ERR_CLAIM_MISSING' : 'ERR_CLAIM_INVALID';
    return new Fault(code, 'iat required when maxAge is specified', 'iat');
  }
  if (maxAge === null) {
    return new Fault(
      'ERR_OPTION_INVALID',
      '"maxAge" should be a number of seconds or string representing a timespan eg: "1d", "20h", 60',
    );
  }
  if (strict && iat > now + tolerance) {
    return new Fault('ERR_CLAIM_INVALID', '"iat" is in the future', 'iat');
  }
  const expiredAt = addDuration(iat, maxAge);
  if (now < expiredAt + tolerance) return undefined;
  return new Fault('ERR_CLAIM_TOO_OLD', 'maxAge exceeded', 'iat', { expiredAt });
}

function mismatch(
  name: string,
  option: string,
  expected: readonly unknown[],
  separator: string,
  actual: unknown,
): Fault {
  const code = actual === undefined ? 'ERR_CLAIM_MISSING' : 'ERR_CLAIM_MISMATCH';
  const message = `jwt ${option} invalid. expected: ${expected.join(separator)}`;
  return new Fault(code, message, name, { expected, actual });
}

/** One string, equal to one of the expected: no substring, and no list. */
function checkEqual(
  claims: Claims,
  name: string,
  option: string,
  expected: readonly string[],
): Fault | undefined {
  const value = ownClaim(claims, name);
  if (typeof value === 'string' && expected.includes(value)) return undefined;
  return mismatch(name, option, expected, ',', value);
}

function checkAudience(
  claims: Claims,
  { expected, matchers }: AudienceRule,
  strict: boolean,
): Fault | undefined {
  const value = ownClaim(claims, 'aud');
  const isExpected = Array.isArray(value)
    ? (!strict || value.every(isString)) && value.some((audience) => matches(matchers, audience))
    : matches(matchers, value);
  return isExpected ? undefined : mismatch('aud', 'audience', expected, ' or ', value);
}

const isString = (value: unknown) => typeof value === 'string';

function matches(matchers: AudienceRule['matchers'], audience: unknown): boolean {
  if (typeof audience !== 'string') return false;
  for (const matcher of matchers) {
    if (typeof matcher !== 'string') {
      // A sticky RegExp keeps its position from one token to the next.
      matcher.lastIndex = 0;
      if (audience.length <= MAX_MATCHED_LENGTH && matcher.test(audience)) return true;
    } else if (matcher === audience) return true;
  }
  return false;
}

/** A registered claim that is required also has the type that the result is declared with. */
function checkRequired(claims: Claims, names: readonly string[]): Fault | undefined {
  for (const name of names) {
    const value = ownClaim(claims, name);
    if (value === undefined || value === null || value === '') {
      return new Fault('ERR_CLAIM_MISSING', `jwt must have a "${name}" claim`, name);
    }
    const type = Object.hasOwn(CLAIM_TYPES, name) ? CLAIM_TYPES[name] : undefined;
    if (type && !type.test(value)) {
      return new Fault('ERR_CLAIM_INVALID', `"${name}" must be ${type.expected}`, name);
    }
  }
  return undefined;
}

interface ClaimType {
  readonly expected: string;
  test(value: unknown): boolean;
}

const STRING: ClaimType = { expected: 'a string', test: isString };

const STRINGS: ClaimType = {
  expected: 'a string or an array of strings',
  test: (value) => (Array.isArray(value) ? value.every(STRING.test) : STRING.test(value)),
};

const NUMERIC_DATE: ClaimType = { expected: 'a number of seconds', test: Number.isFinite };

/** RFC 7519 §4.1. */
const CLAIM_TYPES: Readonly<Record<string, ClaimType>> = {
  iss: STRING,
  sub: STRING,
  jti: STRING,
  aud: STRINGS,
  exp: NUMERIC_DATE,
  nbf: NUMERIC_DATE,
  iat: NUMERIC_DATE,
};
