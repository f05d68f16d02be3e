/** What an explanation says about each check: the clause that it follows, and what the token has. */

import { ownClaim } from '../core/token/claim-checks.ts';
import type { CheckName } from '../core/token/named-check.ts';
import type { VerificationPlan } from '../core/verify/verify-token.ts';

/** The parsed token, and the time of the checks. */
export interface CheckFacts {
  readonly header: object;
  readonly claims: object;
  /** Seconds since 1970. */
  readonly now: number;
}

interface CheckRow {
  /** The clause. */
  readonly rfc: string;
  /** Reads from the token what the check compares. */
  readonly actual: (facts: CheckFacts) => unknown;
}

export const checkRows: Readonly<Record<CheckName, CheckRow>> = {
  token: row('RFC 7515 §7.1'),
  crit: parameter('crit', 'RFC 7515 §4.1.11'),
  typ: parameter('typ', 'RFC 8725 §3.11'),
  alg: parameter('alg', 'RFC 8725 §3.1'),
  signed: row('RFC 8725 §3.3'),
  kid: parameter('kid', 'RFC 7515 §4.1.4'),
  key: row('RFC 7515 §6'),
  signature: row('RFC 7515 §5.2'),
  payload: row('RFC 7519 §7.2'),
  nbf: claim('nbf', 'RFC 7519 §4.1.5'),
  exp: claim('exp', 'RFC 7519 §4.1.4'),
  aud: claim('aud', 'RFC 7519 §4.1.3'),
  iss: claim('iss', 'RFC 7519 §4.1.1'),
  sub: claim('sub', 'RFC 7519 §4.1.2'),
  jti: claim('jti', 'RFC 7519 §4.1.7'),
  nonce: claim('nonce', 'OpenID Connect Core §3.1.3.7'),
  iat: claim('iat', 'RFC 7519 §4.1.6'),
  maxAge: row('RFC 7519 §4.1.6', ({ claims, now }) => {
    const iat = ownClaim(claims, 'iat');
    return typeof iat === 'number' ? now - iat : undefined;
  }),
  required: row('RFC 7519 §4', ({ claims }) => Object.keys(claims)),
  kind: row('RFC 8725 §3.12'),
  schema: row('Standard Schema'),
};

/** The checks of a plan in their order, with what each allows. */
export function plannedChecks({ headerChecks, claimChecks, schema }: VerificationPlan) {
  const unlimited = (name: CheckName) => ({ name, expected: undefined });
  return [
    unlimited('token'),
    ...headerChecks,
    ...(['key', 'signature', 'payload'] as const).map(unlimited),
    ...claimChecks,
    ...(schema ? [unlimited('schema')] : []),
  ];
}

function row(rfc: string, actual: CheckRow['actual'] = () => undefined): CheckRow {
  return { rfc, actual };
}

function parameter(name: string, rfc: string): CheckRow {
  return { rfc, actual: ({ header }) => ownClaim(header, name) };
}

function claim(name: string, rfc: string): CheckRow {
  return { rfc, actual: ({ claims }) => ownClaim(claims, name) };
}
