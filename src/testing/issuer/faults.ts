/** The faults that a token of a test issuer can have. */

import { addDuration, type Duration } from '../../core/encoding/duration.ts';
import * as option from '../../core/option-rules.ts';
import { usageError } from '../../errors.ts';

/**
 * What is wrong with a token.
 *
 * - `expired`: `exp` passed an hour ago.
 * - `notActive`: `nbf` is in an hour.
 * - `wrongAudience`, `wrongIssuer`: `aud` or `iss` has another value.
 * - `wrongKey`: the `kid` is that of the issuer, the signature is by another key.
 * - `unknownKid`: the `kid` and the signature are of a key that is not in the set.
 * - `noKid`: no `kid`, a valid signature. Verifiers that try each key of the set accept it, as jotkit does.
 * - `unsigned`: `alg` is `none`, without a signature.
 * - `tampered`: the payload was changed after it was signed.
 *
 * @example
 * ```ts
 * const faults: TokenFault[] = ['expired', 'wrongAudience'];
 * const issuer = await createTestIssuer({ audience: 'api' });
 * const token = await issuer.token({ sub: 'ada' }, faults);
 * ```
 */
export type TokenFault =
  | 'expired'
  | 'notActive'
  | 'wrongKey'
  | 'wrongAudience'
  | 'wrongIssuer'
  | 'unknownKid'
  | 'noKid'
  | 'unsigned'
  | 'tampered';

/** What a token will be: each fault changes one part. */
export interface TokenPlan {
  claims: Record<string, unknown>;
  /** Whose `kid` is in the header. A stranger is a key that is not in the set. */
  kid: 'issuer' | 'stranger' | 'none';
  /** Whose key signs. */
  key: 'issuer' | 'stranger' | 'none';
  /** Whether the claims change after they were signed. */
  isTampered: boolean;
  /** Seconds since 1970. */
  readonly now: number;
  readonly lifetime: Duration;
}

/** More than any clock tolerance. */
const HOUR_SECONDS = 3600;

/** In the order in which they apply: a later one replaces what an earlier one set. */
const effects: Record<TokenFault, (plan: TokenPlan) => void> = {
  notActive({ claims, now, lifetime }) {
    claims['nbf'] = now + HOUR_SECONDS;
    claims['exp'] = addDuration(now + HOUR_SECONDS, lifetime);
  },
  expired({ claims, now, lifetime }) {
    claims['exp'] = now - HOUR_SECONDS;
    claims['iat'] = Math.floor(now - HOUR_SECONDS - lifetime.seconds);
  },
  wrongAudience({ claims }) {
    claims['aud'] = 'https://wrong-audience.test';
  },
  wrongIssuer({ claims }) {
    claims['iss'] = 'https://wrong-issuer.test';
  },
  wrongKey(plan) {
    plan.key = 'stranger';
  },
  unknownKid(plan) {
    plan.kid = 'stranger';
    plan.key = 'stranger';
  },
  noKid(plan) {
    plan.kid = 'none';
  },
  unsigned(plan) {
    plan.key = 'none';
  },
  tampered(plan) {
    plan.isTampered = true;
  },
};

const names = Object.keys(effects) as TokenFault[];

const faultRules: option.OptionRules = {
  faults: {
    expected: `one or an array of ${names.join(', ')}`,
    values: names,
    test: (value) => [value].flat().every((name) => names.some((known) => known === name)),
  },
};

/** Each makes the other invisible. */
const contradictions: ReadonlyArray<readonly [TokenFault, TokenFault]> = [
  ['unsigned', 'wrongKey'],
  ['unsigned', 'tampered'],
  ['noKid', 'unknownKid'],
];

/** Changes the plan. Throws TypeError for an unknown fault, and for two that contradict each other. */
export function applyFaults(plan: TokenPlan, faults: TokenFault | readonly TokenFault[]): void {
  option.checkOption('faults', faults, faultRules);
  const wanted = new Set([faults].flat());
  const pair = contradictions.find((each) => each.every((name) => wanted.has(name)));
  if (pair) {
    const message = `"faults" must not have both ${pair.join(' and ')}: omit one of them`;
    throw usageError('ERR_OPTION_INVALID', message);
  }
  for (const name of names) if (wanted.has(name)) effects[name](plan);
}
