/** What a caller says about a user, a login and a session, checked. */

import * as option from '../core/option-rules.ts';
import { stringifyPayload } from '../core/sign/claims-and-header.ts';
import { usageError } from '../errors.ts';
import type { Settings } from './options.ts';

/**
 * Details of a login.
 *
 * @example
 * ```ts
 * const login: IssueOptions = { meta: { agent: 'Firefox' }, claims: { amr: ['pwd'] } };
 * const pair = await sessions.issue('ada', login);
 * ```
 */
export interface IssueOptions {
  /** Which device it is; with the policy `'per-device'`, and only there. */
  device?: string;
  /** For the list of sessions: a value whose JSON has at most 4,096 characters. */
  meta?: unknown;
  /**
   * What is true of this login for as long as its session lasts, such as `{ auth_time, amr }`: in every
   * access token of the session. It travels in the refresh token, where its holder can read it.
   */
  claims?: Record<string, unknown>;
}

const MAX_TEXT = 255;
const MAX_META = 4096;

/** Text that every database keeps as it is: short, no NUL, no half of a surrogate pair. */
function isKeepable(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= MAX_TEXT &&
    !/[\0\p{Surrogate}]/u.test(value)
  );
}

const keepable: option.OptionRule = {
  expected: `a non-empty, well-formed string of at most ${MAX_TEXT} characters without U+0000`,
  test: isKeepable,
};

/** Whether it can be the name of a session at all. */
export function isSid(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{1,64}$/.test(value);
}

const sessionId: option.OptionRule = { expected: 'a session id', test: isSid };

/** The user id, or TypeError. */
export function userId(uid: unknown): string {
  if (isKeepable(uid)) return uid;
  throw usageError(
    'ERR_OPTION_INVALID',
    `the user id must be ${keepable.expected}, got ${option.typeNameOf(uid)}`,
  );
}

const meta: option.OptionRule = {
  expected: `a value whose JSON has at most ${MAX_META} characters`,
  test(value) {
    const text = stringifyPayload(value);
    return text !== undefined && text.length <= MAX_META;
  },
};

const claims: option.OptionRule = {
  expected: 'an object without the claims that every access token has',
  test: (value) =>
    option.isPlainObject(value) && !RESERVED.some((name) => Object.hasOwn(value, name)),
};

/** The claims that say whose token it is, and for how long. */
const RESERVED = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sid'];

const onlyMeta = { meta };
const loginRules = { device: keepable, meta, claims };
const exceptRules = { except: sessionId };
const purgeRules = { limit: option.positiveInteger };

/** Of a login: where it goes, and what is kept and repeated. */
export function readLogin(options: unknown, policy: Settings['policy'], sid: string) {
  const own = option.checkOptions(options, loginRules) as IssueOptions;
  if (policy === 'per-device' && own.device === undefined) {
    throw usageError('ERR_OPTION_INVALID', '"device" is needed with the policy "per-device"');
  }
  if (policy !== 'per-device' && own.device !== undefined) {
    throw usageError(
      'ERR_OPTION_INVALID',
      '"device" has a meaning with the policy "per-device" only',
    );
  }
  const slots = { many: sid, 'per-device': own.device ?? '', single: '' };
  return { slot: slots[policy], meta: metaText(own), login: own.claims };
}

/** What a refresh says about the session from now on; null where it says nothing. */
export function readMeta(options: unknown): string | null {
  return metaText(option.checkOptions(options, onlyMeta));
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

/** What the application answers for a user: claims of its own. */
export function freshClaims(answer: unknown): object {
  if (claims.test(answer)) return answer as object;
  throw usageError(
    'ERR_PAYLOAD_INVALID',
    `"claims" must answer with ${claims.expected}, got ${option.typeNameOf(answer)}`,
  );
}
