/** Finds hints about claims: units and clocks, spellings of audience and issuer. */

import { quoteText } from '../core/encoding/printable.ts';
import { type Claims, claimsOf, ownClaim } from '../core/token/claim-checks.ts';
import { Fault } from '../core/token/fault.ts';
import type { CheckName } from '../core/token/named-check.ts';
import type { ErrorCode } from '../errors.ts';
import type { Hint } from './explanation.ts';
import { codeOf } from './reason.ts';
import type { Observation, Verification } from './watch-engine.ts';

/** From here on (the year 5138), a number is milliseconds passed as seconds. */
const MIN_MILLISECONDS = 1e11;

/** A token that misses a time by more has not met a wrong clock. */
const MAX_CLOCK_SECONDS = 300;

const MAX_VALUE_CHARS = 100;

export function findClaimHints({ plan }: Verification, observation: Observation): Hint[] {
  const { parsed, now, results } = observation;
  const payload = parsed && plan.readPayload(parsed);
  if (payload === undefined || payload instanceof Fault) return [];
  const claims = claimsOf(payload);
  const expectedOf = (name: CheckName) =>
    plan.claimChecks.find((check) => check.name === name)?.expected;
  return [
    ...unitHints(claims, results),
    ...clockHints(claims, now, results, expectedOf('maxAge')),
    ...spellingHints('aud', 'audience', ownClaim(claims, 'aud'), expectedOf('aud'), results),
    ...spellingHints('iss', 'issuer', ownClaim(claims, 'iss'), expectedOf('iss'), results),
  ];
}

/** Also for checks that passed: a token that expires in the year 50,000 is accepted. */
function unitHints(claims: Claims, results: Observation['results']): Hint[] {
  return (['nbf', 'exp', 'iat'] as const).flatMap((name) => {
    const check = name === 'iat' && !results.has('iat') ? 'maxAge' : name;
    const time = ownClaim(claims, name);
    const isTooLarge = Number.isFinite(time) && Math.abs(time as number) > MIN_MILLISECONDS;
    if (!isTooLarge || !results.has(check)) return [];
    const text = `"${name}" is in milliseconds, and RFC 7519 §2 counts seconds. Let the issuer divide Date.now() by 1000.`;
    return [{ hint: 'milliseconds', text, check }];
  });
}

function clockHints(
  claims: Claims,
  now: number,
  results: Observation['results'],
  maxAge: unknown,
): Hint[] {
  return (['nbf', 'exp', 'maxAge'] as const).flatMap((check) => {
    const missed = missedTime(codeOf(results.get(check)), check, claims, Number(maxAge));
    if (!missed || Math.abs(missed.time - now) > MAX_CLOCK_SECONDS) return [];
    const isFuture = missed.time > now;
    const seconds = isFuture ? Math.ceil(missed.time - now) : Math.floor(now - missed.time);
    // A token has expired from the second that "exp" names on.
    const needed = isFuture ? seconds : seconds + 1;
    const when = isFuture ? `in ${countSeconds(seconds)}` : `${countSeconds(seconds)} ago`;
    const text = `${missed.event} ${when}. If a clock is wrong, correct it, or set "clockTolerance" to ${needed} seconds or more.`;
    return [{ hint: 'clock', text, check }];
  });
}

/** The time that a check compares with now, if that is why it failed. */
function missedTime(
  code: ErrorCode | undefined,
  check: CheckName,
  claims: Claims,
  maxAge: number,
): { event: string; time: number } | undefined {
  const timeOf = (name: string) => ownClaim(claims, name) as number;
  if (code === 'ERR_CLAIM_NOT_ACTIVE') {
    return { event: 'The token becomes active', time: timeOf('nbf') };
  }
  if (code === 'ERR_CLAIM_EXPIRED') return { event: 'The token expired', time: timeOf('exp') };
  if (code === 'ERR_CLAIM_TOO_OLD') {
    return { event: 'The token became too old', time: timeOf('iat') + maxAge };
  }
  // With a number in "iat": it is in the future.
  const isAhead = check === 'maxAge' && code === 'ERR_CLAIM_INVALID';
  const iat: unknown = ownClaim(claims, 'iat');
  return isAhead && typeof iat === 'number'
    ? { event: 'The token was issued', time: iat }
    : undefined;
}

const countSeconds = (seconds: number) => `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;

function spellingHints(
  check: 'aud' | 'iss',
  option: string,
  actual: unknown,
  expected: unknown,
  results: Observation['results'],
): Hint[] {
  if (codeOf(results.get(check)) !== 'ERR_CLAIM_MISMATCH' || !Array.isArray(expected)) return [];
  const wanted = expected.filter((item): item is string => typeof item === 'string');
  const values = [actual].flat().filter((item): item is string => typeof item === 'string');
  const text =
    nearHint(check, option, values, wanted) ?? listHint(check, option, actual, values, wanted);
  if (text) return [{ hint: 'near', text, check }];
  const other = check === 'iss' && typeof actual === 'string' && otherHost(actual, wanted);
  return other ? [{ hint: 'other-issuer', text: other, check }] : [];
}

/** A list where one string is expected, one string where a list is meant, or a list of other things. */
function listHint(
  check: string,
  option: string,
  actual: unknown,
  values: readonly string[],
  wanted: readonly string[],
): string | undefined {
  // Sets, because both lists can be long.
  const [known, present] = [new Set(wanted), new Set(values)];
  const isIn = (list: readonly string[]) => list.some((item) => known.has(item));
  if (Array.isArray(actual) && isIn(values)) {
    return check === 'iss'
      ? '"iss" is an array. RFC 7519 §4.1.1 allows one string: let the issuer write it.'
      : `"${check}" has items that are not strings. Let the issuer write strings only.`;
  }
  if (typeof actual === 'string' && isIn(splitList(actual))) {
    const form = check === 'aud' ? 'an array of strings' : 'one string';
    return `"${check}" is one string that holds a list. Let the issuer write ${form}.`;
  }
  if (wanted.some((item) => splitList(item).some((part) => present.has(part)))) {
    return `"${option}" is one string that holds a list. Pass an array of strings.`;
  }
  return undefined;
}

/** The items of a list that is written as one string. Empty for a string that is no list. */
function splitList(text: string): readonly string[] {
  const items = text
    .slice(0, MAX_LIST_CHARS)
    .split(/[\s,;"'[\]]+/)
    .filter((item) => item !== '');
  return items.length > 1 || items[0] !== text ? items : [];
}

const MAX_LIST_CHARS = 1024;

/** In what two strings differ, and how each is removed. */
const DIFFERENCES: ReadonlyArray<readonly [name: string, remove: (text: string) => string]> = [
  ['white space', (text) => text.trim()],
  ['a trailing slash', (text) => text.replace(/\/$/, '')],
  ['the scheme', (text) => text.replace(/^https?:\/\//i, '')],
  ['case', (text) => text.toLowerCase()],
];

function nearHint(
  check: string,
  option: string,
  values: readonly string[],
  wanted: readonly string[],
): string | undefined {
  // A token can hold thousands of values: each is looked up, and not compared with each expected one.
  const bareValues = new Map(values.map((value) => [withoutAll(DIFFERENCES, value), value]));
  for (const expected of wanted) {
    const value = bareValues.get(withoutAll(DIFFERENCES, expected));
    const names = value === undefined ? undefined : differencesOf(value, expected);
    if (!names) continue;
    const shown = quoteText(expected, MAX_VALUE_CHARS);
    return `"${check}" differs from ${shown} only in ${names.join(' and ')}. Spell "${option}" as the token does.`;
  }
  return undefined;
}

const withoutAll = (differences: typeof DIFFERENCES, text: string) =>
  differences.reduce((rest, [, remove]) => remove(rest), text);

/** Undefined if two strings are equal, or differ in more. */
function differencesOf(left: string, right: string): readonly string[] | undefined {
  const isEqualWithout = (differences: typeof DIFFERENCES) => {
    const [a, b] = [left, right].map((text) => withoutAll(differences, text));
    return a === b && a !== '';
  };
  if (left === right || !isEqualWithout(DIFFERENCES)) return undefined;
  return DIFFERENCES.filter(
    (difference) => !isEqualWithout(DIFFERENCES.filter((other) => other !== difference)),
  ).map(([name]) => name);
}

function otherHost(actual: string, wanted: readonly string[]): string | undefined {
  const host = hostOf(actual);
  const hosts = wanted.flatMap((issuer) => hostOf(issuer) ?? []);
  if (host === undefined || hosts.length === 0 || hosts.includes(host)) return undefined;
  const expected = quoteText(hosts[0] as string, MAX_VALUE_CHARS);
  return `The token is of an issuer at ${quoteText(host, MAX_VALUE_CHARS)}, and you expect one at ${expected}. Is it from another environment?`;
}

function hostOf(issuer: string): string | undefined {
  try {
    return new URL(issuer).host || undefined;
  } catch {
    return undefined;
  }
}
