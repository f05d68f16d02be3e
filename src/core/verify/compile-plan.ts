/** Compiles the options of a verifier, apart from its key, so that it loads no node:crypto. */

import { readClock } from '../clock.ts';
import { parseDuration } from '../encoding/duration.ts';
import { compileAudience, compileClaimChecks } from '../token/claim-checks.ts';
import { critCheck, typCheck } from '../token/header-checks.ts';
import { MAX_TOKEN_LENGTH } from '../token/token.ts';
import { createTokenCache } from './token-cache.ts';
import type { VerifierOptions } from './verifier-options.ts';
import type { KeyFinder, VerificationPlan } from './verify-token.ts';

/** Compiles checked options. `finder` finds the key. */
export function compilePlan(finder: KeyFinder, own: VerifierOptions): VerificationPlan {
  const { clock } = own;
  return {
    maxTokenLength: own.maxTokenLength ?? MAX_TOKEN_LENGTH,
    allowPadding: own.allowPadding ?? false,
    headerChecks: [
      critCheck,
      ...(own.typ ? [typCheck(asList(own.typ))] : []),
      ...finder.headerChecks,
    ],
    findKeys: finder.findKeys,
    canThrow: finder.canThrow || clock !== undefined,
    readPayload: (token) => token.readClaims(),
    claimChecks: compileClaimChecks({
      issuer: own.issuer ? asList(own.issuer) : undefined,
      audience: own.audience ? compileAudience(asList(own.audience)) : undefined,
      subject: own.subject ? [own.subject] : undefined,
      jwtid: own.jwtid ? [own.jwtid] : undefined,
      nonce: own.nonce ? [own.nonce] : undefined,
      maxAge: own.maxAge === false ? undefined : parseDuration(own.maxAge),
      tolerance: parseDuration(own.clockTolerance)?.seconds ?? 0,
      ignoreExpiration: own.ignoreExpiration ?? false,
      ignoreNotBefore: own.ignoreNotBefore ?? false,
      requiredClaims: own.requiredClaims ? [...own.requiredClaims] : [],
      strict: true,
    }),
    schema: own.schema || undefined,
    complete: own.complete ?? false,
    cache: own.cache ? createTokenCache(own.cache) : undefined,
    now: () => Math.floor(readClock(clock) / 1000),
  };
}

/** A copy, so that the caller's array cannot change the plan later. */
function asList<Item>(value: Item | readonly Item[]): Item[] {
  return Array.isArray(value) ? [...value] : [value as Item];
}
