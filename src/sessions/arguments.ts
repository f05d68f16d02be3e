/** Checks the arguments of the functions of Sessions. */

import type { Timespan } from '../core/encoding/duration.ts';
import * as option from '../core/option-rules.ts';
import { stringifyPayload } from '../core/sign/claims-and-header.ts';
import { usageError } from '../errors.ts';
import { lifetime, type Settings, wholeSeconds } from './options.ts';
import type { TokenUse } from './tokens.ts';

/**
 * The id of a user. A number must be a safe integer. Numbers and bigints become strings: the user `5` is the
 * user `'5'`.
 *
 * @example
 * ```ts
 * const rowId: UserId = 9007199254740993n;
 * const logIn = (sessions: Sessions) => sessions.issue(rowId);
 * ```
 */
export type UserId = string | number | bigint;

/**
 * The tokens of a login or a refresh that has not happened yet.
 *
 * @example
 * ```ts
 * const accept = ({ access, refreshBytes }: PendingTokens) => {
 *   if (access.length + refreshBytes > 8000) throw new Error('the tokens do not fit into the headers');
 * };
 * ```
 */
export interface PendingTokens {
  /** The signed access token. */
  readonly access: string;
  /** The length in bytes of the refresh token. */
  readonly refreshBytes: number;
}

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
  /**
   * Your second name of the session, for `list`: such as the `sid` of an identity provider, by which its
   * logout finds the session. At most 255 characters.
   */
  upstream?: string;
  /** Seconds or a timespan: a shorter `refresh.idle` for this session. */
  idle?: Timespan;
  /** Seconds or a timespan: a shorter `refresh.absolute` for this session. */
  absolute?: Timespan;
  /** With `false`, cookies of the session end with the browser, also after refreshes. Default: true. */
  persistent?: boolean;
  /**
   * Called with the tokens before the session exists. If it throws, `issue` rejects with its error, and
   * nothing has changed.
   */
  accept?: (pending: PendingTokens) => unknown;
}

/**
 * Options of {@link Sessions.refresh}.
 *
 * @example
 * ```ts
 * const update: RefreshOptions = { meta: { agent: 'Firefox' } };
 * const refresh = (sessions: Sessions, token: string) => sessions.refresh(token, update);
 * ```
 */
export interface RefreshOptions {
  /** Replaces the `meta` of the session. */
  meta?: unknown;
  /**
   * Called with the tokens before the presented token is replaced. If it throws, `refresh` rejects with its
   * error, and nothing has changed.
   */
  accept?: (pending: PendingTokens) => unknown;
  /** Any value for `beforeRefresh`, such as the request. */
  context?: unknown;
}

const MAX_ID_CHARACTERS = 255;
const MAX_META_CHARACTERS = 4096;

/** Reports whether every database stores the string unchanged: short, no NUL, no lone surrogate. */
export function isStorable(value: unknown): value is string {
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

/** Returns the user id as a string. Throws TypeError for any other value. */
export function readUserId(uid: unknown): string {
  const id = typeof uid === 'bigint' || Number.isSafeInteger(uid) ? String(uid) : uid;
  if (isStorable(id)) return id;
  throw usageError(
    'ERR_OPTION_INVALID',
    `the user id must be a safe integer or ${storableString.expected}, got ${option.typeNameOf(uid)}`,
  );
}

/** Returns the ids of a session. Throws TypeError for any other value. */
export function readIds(session: unknown): { uid: string; sid: string } {
  const { uid, sid } = option.copyOwnProperties(Object(session));
  if (typeof sid === 'string') return { uid: readUserId(uid), sid };
  const message = `"sid" must be a string, got ${option.typeNameOf(sid)}: name a session by uid and sid`;
  throw usageError('ERR_OPTION_INVALID', message);
}

/** Reports whether stores hold the value as `meta`. */
export function isMetaValue(value: unknown): boolean {
  return jsonLength(value) <= MAX_META_CHARACTERS;
}

/** Returns the length of the JSON; infinite for what JSON cannot represent, such as a cycle or a bigint. */
export function jsonLength(value: unknown): number {
  try {
    return stringifyPayload(value)?.length ?? Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

const metaValue: option.OptionRule = {
  expected: `a value whose JSON has at most ${MAX_META_CHARACTERS} characters`,
  test: isMetaValue,
};

const addedClaims: option.OptionRule = {
  expected: 'an object without the claims that every access token has',
  test: (value) =>
    option.isPlainObject(value) && !ACCESS_TOKEN_CLAIMS.some((name) => Object.hasOwn(value, name)),
};

/** The claims that name the holder of a token and its lifetime. A hook must not replace them. */
const ACCESS_TOKEN_CLAIMS = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sid'];

const anyValue: option.OptionRule = { expected: 'any value', test: () => true };

export const loginRules = {
  device: storableString,
  meta: metaValue,
  claims: addedClaims,
  upstream: storableString,
  idle: lifetime,
  absolute: lifetime,
  persistent: option.boolean,
  accept: option.callable,
};
const refreshRules = { meta: metaValue, accept: option.callable, context: anyValue };
const exceptRules = { except: sessionId };
const listRules = { current: option.string };
const hintRules = {
  hint: {
    expected: "'access_token' or 'refresh_token'",
    test: (value: unknown) => value === 'access_token' || value === 'refresh_token',
  },
};
const purgeRules = { limit: option.positiveInteger };

/** Returns what a login stores, with its lifetimes in milliseconds. */
export function readLogin(options: unknown, { policy, refresh }: Settings, sid: string) {
  const own = option.checkOptions(options, loginRules) as IssueOptions;
  if (policy === 'per-device' && own.device === undefined) {
    throw usageError('ERR_OPTION_INVALID', '"device" is required with the policy "per-device"');
  }
  if (policy !== 'per-device' && own.device !== undefined) {
    const message = '"device" is allowed only with the policy "per-device"';
    throw usageError('ERR_OPTION_INVALID', message);
  }
  const slots = { many: sid, 'per-device': own.device ?? '', single: '' };
  return {
    slot: slots[policy],
    meta: metaText(own),
    login: own.claims,
    upstream: own.upstream ?? null,
    idle: shorterLifetime('idle', own.idle, refresh.idle),
    absolute: shorterLifetime('absolute', own.absolute, refresh.absolute),
    persist: own.persistent === false ? (false as const) : undefined,
    accept: own.accept,
  };
}

function shorterLifetime(name: string, given: Timespan | undefined, configured: number): number {
  if (given === undefined) return configured;
  const [seconds, most] = [wholeSeconds(given), configured / 1000];
  if (seconds <= most) return seconds * 1000;
  const message = `"${name}" must be at most ${most} seconds, as "refresh.${name}" of createSessions, got ${seconds}`;
  throw usageError('ERR_OPTION_INVALID', message);
}

/** Returns the options of a refresh: `meta` as JSON, null if absent, and as it was given. */
export function readRefresh(options: unknown) {
  const own = option.checkOptions(options, refreshRules) as RefreshOptions;
  const { meta, accept, context } = own;
  return { metaText: metaText(own), meta, accept, context };
}

function metaText(own: { meta?: unknown }): string | null {
  return Object.hasOwn(own, 'meta') ? (stringifyPayload(own.meta) ?? null) : null;
}

export function readExcept(options: unknown): string | undefined {
  return (option.checkOptions(options, exceptRules) as { except?: string }).except;
}

export function readCurrent(options: unknown): string | undefined {
  return (option.checkOptions(options, listRules) as { current?: string }).current;
}

export function readHint(options: unknown): TokenUse | undefined {
  return (option.checkOptions(options, hintRules) as { hint?: TokenUse }).hint;
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
