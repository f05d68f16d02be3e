/** Writes an explanation from what the engine did. */

import { types } from 'node:util';
import { isPlainValue, typeNameOf } from '../core/option-rules.ts';
import { claimsOf } from '../core/token/claim-checks.ts';
import { Fault } from '../core/token/fault.ts';
import type { NamedCheck } from '../core/token/named-check.ts';
import { defineHidden, JsonWebTokenError } from '../errors.ts';
import { type CheckFacts, checkRows, plannedChecks } from './checks.ts';
import type { ExplainedCheck, Explanation, Hint } from './explanation.ts';
import { type Reason, reasonOf } from './reason.ts';
import type { Observation, Rejection, Verification } from './watch-engine.ts';

export function writeExplanation(
  { plan, keys }: Verification,
  observation: Observation,
  hints: readonly Hint[],
): Explanation {
  const { error, isAccepted, parsed, isVerified, now, results } = observation;
  const payload = parsed && plan.readPayload(parsed);
  const claims = payload instanceof Fault ? undefined : payload;
  const facts = parsed && { header: parsed.header, claims: claimsOf(claims), now };
  const { code, message, claim } =
    keys === 'none' && error === undefined ? NO_KEY : reasonOf(error);
  const explanation = {
    outcome: isAccepted ? 'accepted' : error instanceof JsonWebTokenError ? 'rejected' : 'failed',
    code,
    message,
    claim,
    verified: isVerified,
    header: parsed?.header,
    payload: claims,
    at: now,
    checks: plannedChecks(plan).map((check) => explainCheck(check, results.get(check.name), facts)),
    hints,
  } as const;
  defineHidden(explanation as never, 'error', error);
  return explanation as typeof explanation & Pick<Explanation, 'error'>;
}

function explainCheck(
  { name, expected }: Pick<NamedCheck<never>, 'name' | 'expected'>,
  result: Rejection | null | undefined,
  facts: CheckFacts | undefined,
): ExplainedCheck {
  const { rfc, actual } = checkRows[name];
  const { code, message } = reasonOf(result);
  return {
    check: name,
    status: result === undefined ? 'skipped' : result === null ? 'passed' : 'failed',
    ...present('expected', asPlainData(expected)),
    ...present('actual', facts && actual(facts)),
    ...present('code', code),
    ...present('message', message),
    rfc,
  };
}

const NO_KEY: Reason = {
  code: undefined,
  message: 'no key was passed: the signature is not verified',
  claim: undefined,
};

/** Absent instead of undefined: a check is then short in JSON and in logs. */
function present<Name extends string, Value>(name: Name, value: Value | undefined) {
  return (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: Value };
}

/** A RegExp is an empty object in JSON, and what else the lists of {@link VerifyOptions} can hold may have none. */
function asPlainData(expected: unknown): unknown {
  if (!Array.isArray(expected)) return expected;
  return expected.map((item: unknown) => {
    if (types.isRegExp(item)) return String(item);
    return item === null || isPlainValue(item) ? item : typeNameOf(item);
  });
}
