/** Rules about claims, compiled to one check: RFC 7519 §4.1. */

import { types } from 'node:util';
import { NotBeforeError, TokenExpiredError, tokenError, withCode } from '../../errors.ts';
import { addDuration, type Duration } from '../encoding/duration.ts';
import { isJsonObject } from '../encoding/strict-json.ts';

/** Strings beyond this are refused before a RegExp of the caller sees them. */
const MAX_MATCHED_LENGTH = 1024;

/** What is expected of the claims; what is absent is not checked. Times are in seconds. */
export interface ClaimRules {
  issuer?: readonly string[] | undefined;
  audience?: ReadonlyArray<string | RegExp> | undefined;
  subject?: string | undefined;
  jwtid?: string | undefined;
  nonce?: string | undefined;
  /** Null where the caller gave something that is no timespan: refused when its turn comes. */
  maxAge?: Duration | null | undefined;
  tolerance: number;
  ignoreExpiration: boolean;
  ignoreNotBefore: boolean;
  requiredClaims: readonly string[];
  /** Judges the types of registered claims that no rule asks about, too. */
  strict: boolean;
}

/** A payload that passed the signature: an object, or what else the classic call lets stand. */
export type Claims = Record<string, unknown>;

/** `now` in seconds. Throws JsonWebTokenError. */
export type ClaimCheck = (claims: Claims, now: number) => void;

export function compileClaims(rules: ClaimRules): ClaimCheck {
  const { issuer, audience, subject, jwtid, nonce, maxAge, tolerance, strict } = rules;
  const checks: ClaimCheck[] = [];

  if (strict || !rules.ignoreNotBefore) checks.push(notBefore(rules));
  if (strict || !rules.ignoreExpiration) checks.push(expiration(rules));
  if (audience) checks.push(audienceCheck(audience, strict));
  if (issuer) checks.push(equality('iss', 'issuer', issuer));
  if (subject !== undefined) checks.push(equality('sub', 'subject', [subject]));
  if (jwtid !== undefined) checks.push(equality('jti', 'jwtid', [jwtid]));
  if (nonce !== undefined) checks.push(equality('nonce', 'nonce', [nonce]));
  if (strict) checks.push((claims) => void numericDate(claims, 'iat'));
  if (maxAge !== undefined) checks.push(age(maxAge, tolerance));
  for (const claim of rules.requiredClaims) checks.push(presence(claim));

  return (claims, now) => {
    for (const check of checks) check(claims, now);
  };
}

/** Own claims of an object only: neither Object.prototype nor the length of a text is in the token. */
function claimOf(claims: Claims, name: string): unknown {
  return isJsonObject(claims) && Object.hasOwn(claims, name) ? claims[name] : undefined;
}

/** A finite number where the claim is present: JSON can say 1e400. */
function numericDate(claims: Claims, name: string): number | undefined {
  const value = claimOf(claims, name);
  if (value === undefined || Number.isFinite(value)) return value as number | undefined;
  throw tokenError('ERR_CLAIM_INVALID', `invalid ${name} value`, name);
}

function notBefore({ tolerance, ignoreNotBefore }: ClaimRules): ClaimCheck {
  return (claims, now) => {
    const nbf = numericDate(claims, 'nbf');
    if (nbf === undefined || ignoreNotBefore || nbf <= now + tolerance) return;
    const error = new NotBeforeError('jwt not active', new Date(nbf * 1000));
    throw withCode(error, 'ERR_CLAIM_NOT_ACTIVE', 'nbf');
  };
}

function expiration({ tolerance, ignoreExpiration }: ClaimRules): ClaimCheck {
  return (claims, now) => {
    const exp = numericDate(claims, 'exp');
    if (exp === undefined || ignoreExpiration || now < exp + tolerance) return;
    const error = new TokenExpiredError('jwt expired', new Date(exp * 1000));
    throw withCode(error, 'ERR_CLAIM_EXPIRED', 'exp');
  };
}

function age(maxAge: Duration | null, tolerance: number): ClaimCheck {
  return (claims, now) => {
    const iat = claimOf(claims, 'iat');
    if (typeof iat !== 'number' || !Number.isFinite(iat)) {
      const code = iat === undefined ? 'ERR_CLAIM_MISSING' : 'ERR_CLAIM_INVALID';
      throw tokenError(code, 'iat required when maxAge is specified', 'iat');
    }
    if (maxAge === null) {
      throw tokenError(
        'ERR_OPTION_INVALID',
        '"maxAge" should be a number of seconds or string representing a timespan eg: "1d", "20h", 60',
      );
    }
    const end = addDuration(iat, maxAge);
    if (now < end + tolerance) return;
    const error = new TokenExpiredError('maxAge exceeded', new Date(end * 1000));
    throw withCode(error, 'ERR_CLAIM_TOO_OLD', 'iat');
  };
}

function mismatch(value: unknown, name: string, option: string, expected: string): Error {
  const code = value === undefined ? 'ERR_CLAIM_MISSING' : 'ERR_CLAIM_MISMATCH';
  return tokenError(code, `jwt ${option} invalid. expected: ${expected}`, name);
}

/** One string, equal to one of the expected: no part of it, and no list. */
function equality(name: string, option: string, expected: readonly string[]): ClaimCheck {
  return (claims) => {
    const value = claimOf(claims, name);
    if (typeof value !== 'string' || !expected.includes(value)) {
      throw mismatch(value, name, option, expected.join(','));
    }
  };
}

function audienceCheck(expected: ReadonlyArray<string | RegExp>, strict: boolean): ClaimCheck {
  const matchers = expected.map((matcher) => {
    if (!types.isRegExp(matcher)) return (text: string) => text === matcher;
    // Without g and y a RegExp keeps no position from one token to the next.
    const pattern = new RegExp(matcher.source, matcher.flags.replace(/[gy]/g, ''));
    return (text: string) => text.length <= MAX_MATCHED_LENGTH && pattern.test(text);
  });
  return (claims) => {
    const value = claimOf(claims, 'aud');
    const list: unknown[] = Array.isArray(value) ? value : [value];
    const texts = list.filter((text): text is string => typeof text === 'string');
    const sound = !strict || texts.length === list.length;
    if (!sound || !texts.some((text) => matchers.some((matches) => matches(text)))) {
      throw mismatch(value, 'aud', 'audience', expected.join(' or '));
    }
  };
}

function presence(name: string): ClaimCheck {
  return (claims) => {
    const value = claimOf(claims, name);
    if (value === undefined || value === null || value === '') {
      throw tokenError('ERR_CLAIM_MISSING', `jwt must have a "${name}" claim`, name);
    }
  };
}
