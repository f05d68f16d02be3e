/** Checks what an introspection response says of a token, as the claims of a JWT are checked (RFC 7662 §2.2). */

import { deepFreeze, isJsonObject } from '../core/encoding/strict-json.ts';
import { isString } from '../core/option-rules.ts';
import {
  type Claims,
  compileAudience,
  compileClaimChecks,
  ownClaim,
} from '../core/token/claim-checks.ts';
import { Fault } from '../core/token/fault.ts';

/** What is expected of the claims. */
export interface ExpectedClaims {
  readonly issuer: string;
  /** `undefined`: not checked. */
  readonly audience: readonly string[] | undefined;
  /** Seconds. */
  readonly tolerance: number;
}

const INACTIVE = new Fault('ERR_TOKEN_INACTIVE', 'the token is not active');

const isStringOrList = (value: unknown): boolean =>
  isString(value) || (Array.isArray(value) && value.every(isString));

/** RFC 7800 §3.1. Proofs compare these members, so another type must not pass for an absent one. */
const isConfirmation = (value: unknown) =>
  isJsonObject(value) &&
  ['jkt', 'x5t#S256'].every((name) => !Object.hasOwn(value, name) || isString(value[name]));

/** RFC 7662 §2.2. A list of scopes is what Cloud Foundry UAA sends. */
const SHAPES: ReadonlyArray<
  readonly [name: string, expected: string, test: (value: unknown) => boolean]
> = [
  ['scope', 'a string or an array of strings', isStringOrList],
  ['client_id', 'a string', isString],
  ['username', 'a string', isString],
  ['sub', 'a string', isString],
  ['jti', 'a string', isString],
  ['cnf', 'an object in which jkt and x5t#S256 are strings', isConfirmation],
];

/** The members that name the kind of a token, with what they are for an access token. */
const KINDS: ReadonlyArray<readonly [name: string, values: RegExp]> = [
  ['token_type', /^(bearer|dpop)$/i],
  ['token_use', /^access(_token)?$/],
];

/**
 * Compiles the check of a response, of which `active` is a boolean. The check returns the claims, deeply frozen,
 * with `iss` also if the server omits it, or why the token is rejected. `now` is in seconds since 1970.
 */
export function compileResponseCheck({ issuer, audience, tolerance }: ExpectedClaims) {
  const checks = compileClaimChecks({
    issuer: [issuer],
    audience: audience && compileAudience(audience),
    subject: undefined,
    jwtid: undefined,
    nonce: undefined,
    maxAge: undefined,
    tolerance,
    ignoreExpiration: false,
    ignoreNotBefore: false,
    requiredClaims: [],
    strict: true,
  });
  return (response: Claims, now: number): Readonly<Claims> | Fault => {
    // An own member: a polluted Object.prototype makes no token active.
    if (ownClaim(response, 'active') !== true) return INACTIVE;
    const claims: Claims = { iss: issuer };
    // JSON libraries write absent members as null.
    for (const [name, value] of Object.entries(response)) {
      if (value !== null) claims[name] = value;
    }
    for (const { run } of checks) {
      const fault = run(claims, now);
      if (fault) return fault;
    }
    return wrongShape(claims) ?? wrongKind(claims) ?? deepFreeze(claims);
  };
}

function wrongShape(claims: Claims): Fault | undefined {
  const wrong = SHAPES.find(([name, , test]) => Object.hasOwn(claims, name) && !test(claims[name]));
  if (!wrong) return undefined;
  const [name, expected] = wrong;
  return new Fault('ERR_CLAIM_INVALID', `"${name}" must be ${expected}`, name);
}

/** Refresh tokens are active, too: they must not pass for access tokens. */
function wrongKind(claims: Claims): Fault | undefined {
  const wrong = KINDS.find(([name, values]) => {
    if (!Object.hasOwn(claims, name)) return false;
    const value = claims[name];
    return !(typeof value === 'string' && values.test(value));
  });
  if (!wrong) return undefined;
  return new Fault('ERR_TOKEN_KIND', `"${wrong[0]}" must be that of an access token`, wrong[0]);
}
