/** Composes the claims and the header of a token to sign (RFC 7519 §7.1). */

import { type ErrorCode, withCode } from '../../errors.ts';
import { addDuration, type Duration } from '../encoding/duration.ts';
import { copyOwnProperties } from '../option-rules.ts';

/** The claims that options add. */
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

/** The claim that each option writes, in the order of writing. */
const CLAIM_BY_OPTION = {
  notBefore: 'nbf',
  expiresIn: 'exp',
  audience: 'aud',
  issuer: 'iss',
  subject: 'sub',
  jwtid: 'jti',
} as const;

export type ClaimOption = keyof typeof CLAIM_BY_OPTION;

export const claimOptions = Object.keys(CLAIM_BY_OPTION) as readonly ClaimOption[];

type MakeError = (code: ErrorCode, message: string) => Error;

/** Rejects a claim that is in both the payload and the options. */
export function checkDuplicate(payload: Payload, option: ClaimOption, makeError: MakeError): void {
  const claim = CLAIM_BY_OPTION[option];
  if (!Object.hasOwn(payload, claim) || payload[claim] === undefined) return;
  const isTime = option === 'notBefore' || option === 'expiresIn';
  // jsonwebtoken omits the full stop for times.
  const separator = isTime ? 'option the' : 'option. The';
  throw makeError(
    'ERR_CLAIM_INVALID',
    `Bad "options.${option}" ${separator} payload already has an "${claim}" property.`,
  );
}

/** Rejects times that are not NumericDates (RFC 7519 §2): every verifier would reject the token. */
export function checkNumericDates(
  payload: Payload,
  isNumber: (value: unknown) => boolean,
  makeError: MakeError,
): void {
  for (const claim of Object.keys(payload)) {
    if (isTimeClaim(claim) && !isNumber(payload[claim])) {
      throw makeError('ERR_CLAIM_INVALID', `"${claim}" should be a number of seconds`);
    }
  }
}

/** As milliseconds this is 1973, as seconds the year 5138: a larger time is in milliseconds. */
const MAX_TIME_S = 1e11;

/** As a duration this is 31 years, as a time 2001: a larger duration is a time. */
const MAX_DURATION_S = 1e9;

/** Whether the number of a claim is a time in milliseconds. */
export function isMilliseconds(time: unknown): boolean {
  return typeof time === 'number' && time >= MAX_TIME_S;
}

/** Whether a number is a time in seconds, which JSON can represent. */
function isSeconds(time: unknown): boolean {
  return Number.isFinite(time) && !isMilliseconds(time);
}

/** Whether a number as duration is a time. Not strings: `'100y'` is one on purpose. */
export function isAbsoluteTime(duration: unknown): boolean {
  return typeof duration === 'number' && duration >= MAX_DURATION_S;
}

/** The claims that are times. */
export const timeClaims = ['iat', 'exp', 'nbf'] as const;

/** Adds `iat` and the claims of the options. Times count from the `iat` of the payload, if it has one. */
export function addClaims(claims: Payload, settings: ClaimSettings, now: number): void {
  const iat = Object.hasOwn(claims, 'iat') ? (claims['iat'] as number) : now;
  const base = Number.isNaN(iat) ? now : iat;
  if (settings.noTimestamp) delete claims['iat'];
  else claims['iat'] = base;

  for (const option of claimOptions) {
    const value = settings[option];
    if (value === undefined) continue;
    const isTime = option === 'notBefore' || option === 'expiresIn';
    claims[CLAIM_BY_OPTION[option]] = isTime ? addDuration(base, value as Duration) : value;
  }
}

/**
 * Whether registered claims have their types and none is in `added`. The exact checks have the messages for
 * others, and for what is rare.
 */
export function areOrdinary(claims: Payload, added: readonly string[]): boolean {
  for (const name in claims) {
    if (added.includes(name)) return false;
    const value = claims[name];
    switch (name) {
      case 'iss':
      case 'sub':
      case 'aud':
      case 'jti':
        if (typeof value !== 'string') return false;
        break;
      case 'exp':
      case 'nbf':
      case 'iat':
        if (!isSeconds(value)) return false;
    }
  }
  return true;
}

/** The claims that options add. */
export function addedClaims(options: readonly ClaimOption[]): string[] {
  return ['iat', ...options.map((option) => CLAIM_BY_OPTION[option])];
}

/**
 * Compiles options to a function that appends their claims to the JSON of a payload which has none of them:
 * an object with more members would take twice as long. Undefined for claims with a `toJSON` and for times that
 * are not seconds.
 */
export function createAppender(settings: ClaimSettings) {
  const { noTimestamp, notBefore, expiresIn } = settings;
  const { audience: aud, issuer: iss, subject: sub } = settings;
  // A copy that inherits no toJSON.
  const fixed = JSON.stringify(copyOwnProperties({ aud, iss, sub })).slice(1, -1);
  const tail = fixed && `,${fixed}`;
  return (claims: Payload, now: number, jwtid: string | undefined): string | undefined => {
    // Now: the clock or a `jwtid` of the caller can have added it.
    if ('toJSON' in claims) return undefined;
    const nbf = notBefore ? addDuration(now, notBefore) : now;
    const exp = expiresIn ? addDuration(now, expiresIn) : now;
    if (!isSeconds(now) || !isSeconds(nbf) || !isSeconds(exp)) return undefined;
    let added = noTimestamp ? '' : `,"iat":${now}`;
    if (notBefore) added += `,"nbf":${nbf}`;
    if (expiresIn) added += `,"exp":${exp}`;
    added += tail;
    if (jwtid !== undefined) added += `,"jti":${JSON.stringify(jwtid)}`;
    const text = stringifyPayload(claims) as string;
    return `${text.slice(0, -1)}${text === '{}' ? added.slice(1) : added}}`;
  };
}

/** Returns `alg`, `typ`, `kid`, then the other members, which can override these three. */
export function composeHeader(
  alg: string,
  typ: string | undefined,
  kid: string | undefined,
  extra: object | undefined,
): Record<string, unknown> {
  return Object.assign(copyOwnProperties({ alg, typ, kid }), extra);
}

function isTimeClaim(name: string): boolean {
  return (timeClaims as readonly string[]).includes(name);
}

/** Writes JSON; `undefined` for values that have none. Throws TypeError for cycles and bigints. */
export function stringifyPayload(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // A toJSON of the caller can throw anything else.
    throw error instanceof TypeError ? withCode(error, 'ERR_PAYLOAD_INVALID') : error;
  }
}
