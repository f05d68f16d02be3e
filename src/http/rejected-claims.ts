/** Says why a claim was rejected, with its value only for `iss`, `aud` and times. */

import { readClock } from '../core/clock.ts';
import { ownClaim } from '../core/token/claim-checks.ts';
import type { VerifierOptions } from '../core/verify/verifier-options.ts';
import type { JsonWebTokenError } from '../errors.ts';
import { quoted, shown, shownList, shownTime, typeOnly } from './printable.ts';

/** What the sentences are written from. The engine rejects claims only after the signature. */
export interface ClaimFacts {
  readonly inner: JsonWebTokenError;
  readonly claims: object;
  readonly options: VerifierOptions;
}

export function expiredSentence(facts: ClaimFacts): string {
  return `${timeAndNow(facts, 'exp')}: expired ${distance(facts, 'exp')} ago`;
}

export function notActiveSentence(facts: ClaimFacts): string {
  return `${timeAndNow(facts, 'nbf')}: active in ${distance(facts, 'nbf')}`;
}

export function tooOldSentence(facts: ClaimFacts): string {
  const { maxAge } = facts.options;
  const limit = `"maxAge"${maxAge === undefined ? '' : ` is ${shown(maxAge)}`}`;
  return `${timeAndNow(facts, 'iat')}: issued ${distance(facts, 'iat')} ago, ${limit}`;
}

export function missingSentence({ inner }: ClaimFacts): string {
  const { claim = '', message, expected } = inner;
  const option = optionOf(claim);
  if (option && /^jwt \w+ invalid/.test(message)) {
    return `"${claim}" is absent, ${expectation(claim, option, expected)}`;
  }
  const isForAge = message === 'iat required when maxAge is specified';
  const rule = isForAge ? 'maxAge' : 'requiredClaims';
  return `${quoted(claim)} is absent, but required by "${rule}"`;
}

export function mismatchSentence({ inner, claims }: ClaimFacts): string {
  const { claim = '', expected } = inner;
  const isPublic = claim === 'iss' || claim === 'aud';
  const actual = isPublic ? shown(ownClaim(claims, claim)) : 'another value';
  return `${quoted(claim)} is ${actual}, ${expectation(claim, optionOf(claim) ?? claim, expected)}`;
}

export function invalidSentence(facts: ClaimFacts): string {
  const { claim = '' } = facts.inner;
  const value = ownClaim(facts.claims, claim);
  if (claim === 'exp' || claim === 'nbf' || claim === 'iat') {
    // Of the times, only `iat` is rejected as a number.
    return Number.isFinite(value)
      ? `${timeAndNow(facts, claim)}: issued in the future`
      : `"${claim}" is ${shown(value)}, expected a number of seconds`;
  }
  const expected = claim === 'aud' ? 'a string or an array of strings' : 'a string';
  return `${quoted(claim)} is ${typeOnly(value)}, expected ${expected}`;
}

/** The option's value is printed where the claim's is: for `sub` it can be personal, too. */
function expectation(claim: string, option: string, expected: unknown): string {
  const isPublic = claim === 'iss' || claim === 'aud';
  if (isPublic && Array.isArray(expected)) return `expected ${shownList(expected)}`;
  // createIssuers has no list in its error.
  return claim === 'iss' ? 'expected a registered issuer' : `expected that of "${option}"`;
}

function optionOf(claim: string): string | undefined {
  return OPTIONS.find(([name]) => name === claim)?.[1];
}

const OPTIONS = [
  ['aud', 'audience'],
  ['iss', 'issuer'],
  ['sub', 'subject'],
  ['jti', 'jwtid'],
  ['nonce', 'nonce'],
] as const;

function timeAndNow({ claims, options }: ClaimFacts, claim: string): string {
  return `"${claim}" is ${shownTime(ownClaim(claims, claim))}, now is ${shownTime(nowOf(options))}`;
}

function distance({ claims, options }: ClaimFacts, claim: string): string {
  return `${Math.abs(nowOf(options) - Math.floor(Number(ownClaim(claims, claim))))} s`;
}

function nowOf({ clock }: VerifierOptions): number {
  return Math.floor(readClock(clock) / 1000);
}
