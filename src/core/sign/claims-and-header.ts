/** Claims and header of a token to be signed, put together: RFC 7519 §7.1. */

import { type ErrorCode, withCode } from '../../errors.ts';
import { addDuration, type Duration } from '../encoding/duration.ts';
import { copyOwnProperties } from '../option-rules.ts';

/** The claims an issuer adds by options. */
export interface ClaimSettings {
  notBefore?: Duration | undefined;
  expiresIn?: Duration | undefined;
  audience?: string | readonly string[] | undefined;
  issuer?: string | undefined;
  subject?: string | undefined;
  jwtid?: string | undefined;
  noTimestamp?: boolean | undefined;
}

type Payload = Record<string, unknown>;

/** Which claim an option writes, in the order in which they are written. */
const CLAIMS = {
  notBefore: 'nbf',
  expiresIn: 'exp',
  audience: 'aud',
  issuer: 'iss',
  subject: 'sub',
  jwtid: 'jti',
} as const;

export type ClaimOption = keyof typeof CLAIMS;

export const claimOptions = Object.keys(CLAIMS) as readonly ClaimOption[];

type MakeError = (code: ErrorCode, message: string) => Error;

/** A claim may stand in the payload or in the options, not in both. */
export function checkDuplicate(payload: Payload, option: ClaimOption, fault: MakeError): void {
  const claim = CLAIMS[option];
  if (!Object.hasOwn(payload, claim) || payload[claim] === undefined) return;
  const time = option === 'notBefore' || option === 'expiresIn';
  const joint = time ? 'option the' : 'option. The';
  throw fault(
    'ERR_CLAIM_INVALID',
    `Bad "options.${option}" ${joint} payload already has an "${claim}" property.`,
  );
}

/** RFC 7519 §2, NumericDate: a Date or a string in these claims would be refused by every verifier. */
export function checkNumericDates(
  payload: Payload,
  isNumber: (value: unknown) => boolean,
  fault: MakeError,
): void {
  for (const claim of Object.keys(payload)) {
    const isDate = claim === 'iat' || claim === 'exp' || claim === 'nbf';
    if (isDate && !isNumber(payload[claim])) {
      throw fault('ERR_CLAIM_INVALID', `"${claim}" should be a number of seconds`);
    }
  }
}

/** Writes `iat` and the claims of the options into the claims; a given `iat` is what they count from. */
export function addClaims(claims: Payload, settings: ClaimSettings, now: number): void {
  const given = Object.hasOwn(claims, 'iat') ? (claims['iat'] as number) : now;
  const base = Number.isNaN(given) ? now : given;
  if (settings.noTimestamp) delete claims['iat'];
  else claims['iat'] = base;

  for (const option of claimOptions) {
    const value = settings[option];
    if (value === undefined) continue;
    const isTime = option === 'notBefore' || option === 'expiresIn';
    claims[CLAIMS[option]] = isTime ? addDuration(base, value as Duration) : value;
  }
}

/** `alg`, `typ`, `kid`, then the rest; what the caller gives as header takes their place. */
export function composeHeader(
  alg: string,
  typ: string | undefined,
  kid: string | undefined,
  extra: object | undefined,
): Record<string, unknown> {
  return Object.assign(copyOwnProperties({ alg, typ, kid }), extra);
}

/** JSON text; undefined for what has none. A circular structure or a bigint is a TypeError. */
export function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // Anything else was thrown by somebody's toJSON.
    throw error instanceof TypeError ? withCode(error, 'ERR_PAYLOAD_INVALID') : error;
  }
}
