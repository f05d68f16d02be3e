/** Compiles the verifier of one kind of token, which rejects the tokens of all others. */

import { allAlgorithms } from '../core/keys/algorithms.ts';
import * as option from '../core/option-rules.ts';
import { type ClaimCheck, type Claims, ownClaim } from '../core/token/claim-checks.ts';
import { Fault } from '../core/token/fault.ts';
import { mediaType } from '../core/token/header.ts';
import { verifierPlan } from '../core/verify/create-verifier.ts';
import { type VerifierOptions, verifierRules } from '../core/verify/verifier-options.ts';
import type { VerificationPlan } from '../core/verify/verify-token.ts';
import { usageError } from '../errors.ts';
import { type ClaimShape, type Mark, type TokenKind, table } from './table.ts';

/**
 * The options of `createVerifier` that every kind of token leaves open.
 *
 * @example
 * ```ts
 * const options: ProfileOptions = { algorithms: ['ES256'], clockTolerance: '5s' };
 * ```
 */
export interface ProfileOptions
  extends Omit<
    VerifierOptions,
    'issuer' | 'audience' | 'typ' | 'nonce' | 'ignoreExpiration' | 'complete' | 'async'
  > {}

/** Returns the rules without those of some options. */
export function withoutRules(rules: option.OptionRules, ...names: string[]): option.OptionRules {
  return Object.fromEntries(Object.entries(rules).filter(([name]) => !names.includes(name)));
}

/** Every kind of token is signed: RFC 9068 §4, RFC 7523 §3, OpenID Connect Back-Channel Logout §2.6. */
const signing: readonly string[] = allAlgorithms.filter((alg) => alg !== 'none');

export const signingAlgorithm: option.OptionRule = {
  expected: `one of ${signing.join(', ')}`,
  values: signing,
  test: (value) => signing.some((alg) => alg === value),
};

/** The rules of {@link ProfileOptions}, with an issuer and a signature that cannot be switched off. */
export const profileRules: option.OptionRules = {
  ...withoutRules(
    verifierRules,
    ...['audience', 'typ', 'nonce', 'ignoreExpiration', 'complete', 'async'],
  ),
  algorithms: {
    ...signingAlgorithm,
    expected: `a non-empty array of ${signing.join(', ')}`,
    test: option.isListOf(signingAlgorithm.test),
  },
  issuer: option.stringOrList,
};

/** Throws for the first of the options that is absent. */
export function requireOptions(own: Record<string, unknown>, names: readonly string[]): void {
  const missing = names.find((name) => own[name] === undefined);
  if (missing === undefined) return;
  throw usageError('ERR_OPTION_INVALID', `"${missing}" is missing`);
}

/** Compiles checked options of `createVerifier` with the row of a kind. */
export function compileProfile(
  key: unknown,
  own: VerifierOptions,
  kind: TokenKind,
): VerificationPlan {
  const others = table.filter(({ name }) => name !== kind.name);
  const ownTypes = others.flatMap((other) => other.ownTypes).map(mediaType);
  const typ = kind.types.filter((type) => type === null || !ownTypes.includes(mediaType(type)));
  const given = option.copyOwnProperties(own) as VerifierOptions;
  const requiredClaims = [...kind.required, ...(given.requiredClaims || [])];
  const { plan } = verifierPlan(key, { ...given, typ, requiredClaims, async: true });
  const checks = [
    (claims: Claims) => checkShapes(claims, kind.shapes),
    (claims: Claims) => kind.check?.(claims),
    rejectMarks(kind, others),
  ];
  return { ...plan, claimChecks: [...plan.claimChecks, ...checks.map(asKindCheck)] };
}

/** A rule about the kind of a token. */
export function asKindCheck(run: ClaimCheck['run']): ClaimCheck {
  return { name: 'kind', expected: undefined, run };
}

function checkShapes(
  claims: Claims,
  shapes: Readonly<Record<string, ClaimShape>>,
): Fault | undefined {
  for (const [name, { expected, test }] of Object.entries(shapes)) {
    const value = ownClaim(claims, name);
    if (value !== undefined && !test(value)) {
      return new Fault('ERR_CLAIM_INVALID', `"${name}" must be ${expected}`, name);
    }
  }
  return undefined;
}

/** No pair of kinds is written down: a row that is added excludes its tokens everywhere. */
function rejectMarks({ name, tolerated }: TokenKind, others: readonly TokenKind[]) {
  const rejected = others.flatMap((other) => {
    const marks = other.marks.filter(({ claim }) => !tolerated.includes(claim));
    return marks.map((mark) => ({ mark, fault: markFault(name, mark, other) }));
  });
  return (claims: Claims) => {
    return rejected.find(({ mark }) => hasMark(claims, mark))?.fault;
  };
}

function markFault(name: string, { claim }: Mark, other: TokenKind): Fault {
  const message = `jwt must be ${name}: "${claim}" marks ${other.name}`;
  return new Fault('ERR_TOKEN_KIND', message, claim);
}

/** Own claims only: a polluted Object.prototype marks no token. */
function hasMark(claims: Claims, { claim, test }: Mark): boolean {
  return Object.hasOwn(claims, claim) && test(claims[claim], claims);
}
