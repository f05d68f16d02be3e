/** Removes the values of claims from an explanation. */

import { isJsonObject } from '../core/encoding/strict-json.ts';
import type { CheckName } from '../core/token/named-check.ts';
import { defineHidden } from '../errors.ts';
import type { ExplainedCheck, Explanation } from './explanation.ts';

/** The claims to redact. `true`: all but times, `iss` and `aud`. */
export type Redact = true | readonly string[];

/** In the place of a value. */
export const REDACTED = '[redacted]';

/** Values that `true` keeps, and only in the form that RFC 7519 §4.1 gives them. */
const KEPT: Readonly<Record<string, (value: unknown) => boolean>> = {
  exp: Number.isFinite,
  nbf: Number.isFinite,
  iat: Number.isFinite,
  iss: isString,
  aud: (value) => [value].flat().every(isString),
};

/** RFC 7515 §4.1, RFC 7797. Others can be claims that are replicated in the header (RFC 7519 §5.3). */
const HEADER_PARAMETERS: ReadonlySet<string> = new Set(
  'alg typ cty crit b64 kid jku jwk x5u x5c x5t x5t#S256'.split(' '),
);

/** The claim whose value a check shows. */
const CLAIM_OF_CHECK: { readonly [Check in CheckName]?: string } = {
  nbf: 'nbf',
  exp: 'exp',
  aud: 'aud',
  iss: 'iss',
  sub: 'sub',
  jti: 'jti',
  nonce: 'nonce',
  iat: 'iat',
  maxAge: 'iat',
};

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

/**
 * Returns an explanation without the values of claims, also without those in messages. `error` stays.
 * `isKeyErrorForeign`: whether a function of the caller wrote the message of the check `key`.
 */
export function redactExplanation(
  explanation: Explanation,
  redact: Redact,
  isKeyErrorForeign: boolean,
): Explanation {
  const { header, payload, message, code, checks, hints, error } = explanation;
  const isHidden = (claim: string, value: unknown) => isRedacted(redact, claim, value);
  const claimValue = (claim: string) =>
    isJsonObject(payload) && Object.hasOwn(payload, claim) ? payload[claim] : undefined;
  const isHiddenCheck = (check: CheckName) => {
    const claim = CLAIM_OF_CHECK[check];
    return claim !== undefined && isHidden(claim, claimValue(claim));
  };
  const redactCheck = (check: ExplainedCheck): ExplainedCheck => {
    const result = { ...check };
    if (isHiddenCheck(check.check)) {
      for (const name of ['expected', 'actual'] as const) {
        if (Object.hasOwn(result, name)) Object.assign(result, { [name]: REDACTED });
      }
    }
    if (result.message === undefined) return result;
    return { ...result, message: redactMessage(check, isHiddenCheck, isKeyErrorForeign) };
  };
  const cause = checks.find((check) => check.message === message && check.code === code);
  const result = {
    ...explanation,
    message: cause ? redactCheck(cause).message : message,
    header:
      header &&
      redactMembers(header, (name, value) => {
        return !HEADER_PARAMETERS.has(name) && isHidden(name, value);
      }),
    payload: isJsonObject(payload)
      ? redactMembers(payload, isHidden)
      : redactWhole(payload, redact),
    checks: checks.map(redactCheck),
    hints: hints.filter(({ check }) => !isHiddenCheck(check)),
  };
  defineHidden(result as never, 'error', error);
  return result;
}

function isRedacted(redact: Redact, claim: string, value: unknown): boolean {
  if (redact !== true) return redact.includes(claim);
  const isKept = Object.hasOwn(KEPT, claim) ? KEPT[claim] : undefined;
  return !(isKept && (value === undefined || isKept(value)));
}

/** Only `true` is about a payload without claims. */
function redactWhole(payload: unknown, redact: Redact): unknown {
  return redact === true && payload !== undefined ? REDACTED : payload;
}

function redactMembers(
  members: Readonly<Record<string, unknown>>,
  isHidden: (name: string, value: unknown) => boolean,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      name,
      isHidden(name, value) ? REDACTED : value,
    ]),
  );
}

function redactMessage(
  { check, code, message = '' }: ExplainedCheck,
  isHiddenCheck: (check: CheckName) => boolean,
  isKeyErrorForeign: boolean,
): string {
  // A path can name a member of a record, such as an address.
  if (check === 'schema') {
    return code === 'ERR_CLAIM_SCHEMA' ? message.replace(/:.*/s, '') : REDACTED;
  }
  if (check === 'key' && isKeyErrorForeign) return REDACTED;
  return isHiddenCheck(check) ? message.replace(/expected: .*/s, `expected: ${REDACTED}`) : message;
}
