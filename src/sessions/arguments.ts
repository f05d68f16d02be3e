/** Checks the arguments of `issue`, `refresh`, `revokeAll` and `purge`. */

import * as option from '../core/option-rules.ts';
import { stringifyPayload } from '../core/sign/claims-and-header.ts';
import { usageError } from '../errors.ts';
import type { Settings } from './options.ts';

/**
 * Options of {@link Sessions.issue}.
 *
 * @example
 * ```ts
 * const login: IssueOptions = { meta: { agent: 'Firefox' }, claims: { amr: ['pwd'] } };
 * const logIn = (sessions: Sessions) => sessions.issue('ada', login);
 * ```
 */
export interface IssueOptions {
  /** The device of the login. Required with the policy `'per-device'`, an error with any other. */
  device?: string;
  /** Data for the list of sessions: a value whose JSON has at most 4,096 characters. */
  meta?: unknown;
  /**
   * Claims of this login, such as `{ auth_time, amr }`, for every access token of the session. The refresh
   * token carries them, readable by its holder.
   */
  claims?: Record<string, unknown>;
}

const MAX_ID_CHARACTERS = 255;
const MAX_META_CHARACTERS = 4096;

/** Reports whether every database stores the string unchanged: short, no NUL, no lone surrogate. */
function isStorable(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= MAX_ID_CHARACTERS &&
    !/[\0\p{Surrogate}]/u.test(value)
  );
}

const storableString: option.OptionRule = {
  expected: `a non-empty, well-formed string of at most ${MAX_ID_CHARACTERS} characters without U+0000`,
  test: isStorable,
};

/** Reports whether the value has the form of a session id. */
export function isSid(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{1,64}$/.test(value);
}

const sessionId: option.OptionRule = { expected: 'a session id', test: isSid };

/** Returns the user id. Throws TypeError for any other value. */
export function checkUserId(uid: unknown): string {
  if (isStorable(uid)) return uid;
  throw usageError(
    'ERR_OPTION_INVALID',
    `the user id must be ${storableString.expected}, got ${option.typeNameOf(uid)}`,
  );
}

const metaValue: option.OptionRule = {
  expected: `a value whose JSON has at most ${MAX_META_CHARACTERS} characters`,
  test(value) {
    const json = stringifyPayload(value);
    return json !== undefined && json.length <= MAX_META_CHARACTERS;
  },
};

const addedClaims: option.OptionRule = {
  expected: 'an object without the claims that every access token has',
  test: (value) =>
    option.isPlainObject(value) && !ACCESS_TOKEN_CLAIMS.some((name) => Object.hasOwn(value, name)),
};

/** The claims that name the holder of a token and its lifetime. A hook must not replace them. */
const ACCESS_TOKEN_CLAIMS = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sid'];

const metaRules = { meta: metaValue };
export const loginRules = { device: storableString, meta: metaValue, claims: addedClaims };
const exceptRules = { except: sessionId };
const purgeRules = { limit: option.positiveInteger };

/** Returns the slot, the meta and the claims of a login. */
export function readLogin(options: unknown, policy: Settings['policy'], sid: string) {
  const own = option.checkOptions(options, loginRules) as IssueOptions;
  if (policy === 'per-device' && own.device === undefined) {
    throw usageError('ERR_OPTION_INVALID', '"device" is required with the policy "per-device"');
  }
  if (policy !== 'per-device' && own.device !== undefined) {
    const message = '"device" is allowed only with the policy "per-device"';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  const slots = { many: sid, 'per-device': own.device ?? '', single: '' };
  return { slot: slots[policy], meta: metaText(own), login: own.claims };
}

/** Returns the meta of a refresh as JSON; null if absent. */
export function readMeta(options: unknown): string | null {
  return metaText(option.checkOptions(options, metaRules));
}

function metaText(own: { meta?: unknown }): string | null {
  return Object.hasOwn(own, 'meta') ? (stringifyPayload(own.meta) ?? null) : null;
}

export function readExcept(options: unknown): string | undefined {
  return (option.checkOptions(options, exceptRules) as { except?: string }).except;
}

export function readLimit(options: unknown): number {
  return (option.checkOptions(options, purgeRules) as { limit?: number }).limit ?? 1000;
}

/** Returns the claims that the `claims` hook returned. Throws TypeError for any other value. */
export function readHookClaims(claims: unknown): object {
  if (addedClaims.test(claims)) return claims as object;
  throw usageError(
    'ERR_PAYLOAD_INVALID',
    `"claims" must return ${addedClaims.expected}, got ${option.typeNameOf(claims)}`,
  );
}
