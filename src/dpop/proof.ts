/** Checks a DPoP proof against its request and access token, the cheapest rules first (RFC 9449 §4.3). */

import { parseDuration, type Timespan } from '../core/encoding/duration.ts';
import type { Algorithm } from '../core/keys/algorithms.ts';
import {
  type ClaimCheck,
  type ClaimRules,
  type Claims,
  compileClaimChecks,
  ownClaim,
} from '../core/token/claim-checks.ts';
import { Fault } from '../core/token/fault.ts';
import { algCheck, critCheck, signedCheck, typCheck } from '../core/token/header-checks.ts';
import { type ParsedToken, parseToken } from '../core/token/token.ts';
import type { RequestLike } from '../http/request.ts';
import { digestOf } from './digest.ts';
import { invalidProof, invalidToken } from './invalid-proof.ts';
import type { FindProofKey } from './proof-key.ts';
import { isOneOf, requestUrls, type Target } from './target.ts';

/** What a proof is checked against. */
export interface ProofContext {
  readonly request: RequestLike;
  readonly targets: readonly Target[];
  /** The access token, and the thumbprint of the key that it is bound to. */
  readonly token: string;
  readonly jkt: string;
  /** Seconds since 1970. */
  readonly now: number;
}

/** The rules of a resource. */
export interface ProofRules {
  readonly algorithms: readonly Algorithm[];
  readonly tolerance: Timespan;
  readonly maxAge: Timespan;
  readonly findKey: FindProofKey;
}

/** The claims of a proof whose signature, method, URL and token are verified. Its time is not. */
export interface Proof {
  readonly jti: string;
  readonly iat: number;
  readonly nonce: unknown;
}

export interface ProofChecks {
  /** Checks all but the time and the first use. */
  check(text: string | undefined, context: ProofContext): Proof | Fault;
  /** Checks `iat` against `maxAge`. */
  checkAge(proof: Proof, now: number): Fault | undefined;
}

const MAX_PROOF_CHARS = 8192;
const MAX_JTI_CHARS = 256;

const MISSING = new Fault('ERR_PROOF_MISSING', 'the request has no "DPoP" header');
const SEVERAL = invalidProof('the request must have one "DPoP" header');
const TOO_LONG = invalidProof(`it is longer than ${MAX_PROOF_CHARS} characters`);
const BAD_SIGNATURE = invalidProof('invalid signature');
const BAD_JTI = invalidProof(`"jti" must be a string of 1 to ${MAX_JTI_CHARS} characters`, 'jti');
const OTHER_METHOD = invalidProof('"htm" must be the method of the request', 'htm');
const OTHER_TOKEN = invalidProof('"ath" must be the hash of the access token', 'ath');

const REQUIRED_CLAIMS = ['jti', 'htm', 'htu', 'iat', 'ath'];

/** Compiles the rules. */
export function compileProofChecks(rules: ProofRules): ProofChecks {
  const headerChecks = [critCheck, typCheck(['dpop+jwt']), algCheck(rules.algorithms), signedCheck];
  const claimChecks = compileChecks(rules, { requiredClaims: REQUIRED_CLAIMS });
  const ageChecks = compileChecks(rules, { maxAge: parseDuration(rules.maxAge) });

  const open = (text: string | undefined): ParsedToken | Fault => {
    if (text === undefined) return MISSING;
    if (text.length > MAX_PROOF_CHARS) return TOO_LONG;
    // Node.js and fetch join repeated headers.
    if (text.includes(',')) return SEVERAL;
    const token = parseToken(text, MAX_PROOF_CHARS);
    if (token instanceof Fault) return invalidToken(token);
    for (const { run } of headerChecks) {
      const fault = run(token);
      if (fault) return invalidToken(fault);
    }
    return token;
  };

  return {
    check(text, context) {
      const token = open(text);
      if (token instanceof Fault) return token;
      const key = rules.findKey(token, context.jkt);
      if (key instanceof Fault) return key;
      if (!key.verify(token.signed)) return BAD_SIGNATURE;
      const claims = token.readClaims();
      if (claims instanceof Fault) return invalidToken(claims);
      const fault = firstFault(claimChecks, claims, context.now);
      return fault ?? checkBinding(claims, context) ?? proofOf(claims);
    },
    checkAge: (proof, now) => firstFault(ageChecks, { iat: proof.iat }, now),
  };
}

/** The rules of every token about `nbf`, `exp` and `iat`, and those that are given. */
function compileChecks(rules: ProofRules, more: Partial<ClaimRules>): ClaimCheck[] {
  return compileClaimChecks({
    issuer: undefined,
    audience: undefined,
    subject: undefined,
    jwtid: undefined,
    nonce: undefined,
    maxAge: undefined,
    tolerance: parseDuration(rules.tolerance)?.seconds ?? 0,
    ignoreExpiration: false,
    ignoreNotBefore: false,
    requiredClaims: [],
    strict: true,
    ...more,
  });
}

function firstFault(checks: readonly ClaimCheck[], claims: Claims, now: number): Fault | undefined {
  for (const { run } of checks) {
    const fault = run(claims, now);
    if (fault) return invalidToken(fault);
  }
  return undefined;
}

/** What binds the proof to one request and one token. */
function checkBinding(
  claims: Claims,
  { request, token, targets }: ProofContext,
): Fault | undefined {
  const { length } = claims['jti'] as string;
  if (length > MAX_JTI_CHARS) return BAD_JTI;
  if (ownClaim(claims, 'htm') !== request.method) return OTHER_METHOD;
  const ath = digestOf(token);
  if (ownClaim(claims, 'ath') !== ath) return OTHER_TOKEN;
  const actual = ownClaim(claims, 'htu');
  const expected = requestUrls(request, targets);
  if (isOneOf(expected, actual)) return undefined;
  // Behind a proxy the usual cause is `origin`: comparing the two shows it.
  return invalidProof('"htu" must be the URL of the request', 'htu', { expected, actual });
}

function proofOf(claims: Claims): Proof {
  const { jti, iat } = claims as { jti: string; iat: number };
  return { jti, iat, nonce: ownClaim(claims, 'nonce') };
}
