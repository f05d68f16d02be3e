/** Checks the options of createSessions and fills in their defaults. */

import { readClock } from '../core/clock.ts';
import type { Timespan } from '../core/encoding/duration.ts';
import { algorithm } from '../core/keys/algorithm-rules.ts';
import type { Algorithm } from '../core/keys/algorithms.ts';
import { toKey } from '../core/keys/import-key.ts';
import { isSameKey, preparedKeyArgument } from '../core/keys/key.ts';
import type { KeyInput } from '../core/keys/key-input.ts';
import * as option from '../core/option-rules.ts';
import { isDurationWithin, milliseconds, timeLimit } from '../databases/time-limit.ts';
import { usageError } from '../errors.ts';
import type { SessionEvent } from './listener.ts';
import type { Session } from './session.ts';
import type { SessionStore } from './store.ts';

/**
 * A key of an authentication server, with its algorithm.
 *
 * @example
 * ```ts
 * const { JWT_SECRET = '' } = process.env;
 * const access: TokenKey = { key: JWT_SECRET, algorithm: 'HS256', keyid: '2026-11' };
 * ```
 */
export interface TokenKey {
  /**
   * A secret or a private key. In a list, the first key signs and all keys verify. To change a key, put the
   * new one first. Remove the old one when its last token has expired: with cookies, an access key `refresh.idle`
   * later, because an expired access token still says which refresh cookie counts.
   */
  key: KeyInput | readonly KeyInput[];
  /** Algorithm of every key in the list. Default: the one that the key implies, as in `createSigner`. */
  algorithm?: Algorithm;
  /** `kid` in the header of the tokens. */
  keyid?: string;
}

/**
 * Options of {@link createSessions}. An unknown option is a TypeError, and so is one that is `undefined`.
 *
 * @example
 * ```ts
 * const limits: Partial<SessionsOptions> = { policy: 'per-device', maxPerUser: 10 };
 * ```
 */
export interface SessionsOptions {
  /** Stores the sessions. */
  store: SessionStore;
  /** Access tokens: `expiresIn` in seconds or as a timespan with its unit. Default `'10m'`. */
  access: TokenKey & { expiresIn?: Timespan };
  /**
   * Refresh tokens, with a separate key. A session ends `idle` after its last refresh (default `'7d'`), and
   * `absolute` after the login (default `'30d'`), in seconds or as timespans with their unit.
   *
   * Within `grace` (`'0s'` to `'1d'`, default `'30s'`) a replaced refresh token yields the same successor
   * again, for two tabs or a lost response. With `'until-used'` it does until a client presents the
   * successor: for apps that retry much later. With `'0s'`, every second use ends the session as a theft.
   *
   * Refreshes within 30 seconds of each other (or `grace`, if shorter) are a burst. A token that was
   * replaced in it is rejected with `ERR_SESSION_SUPERSEDED`, and the session stays live.
   */
  refresh: TokenKey & { idle?: Timespan; absolute?: Timespan; grace?: Timespan | 'until-used' };
  /** `iss` of both tokens. */
  issuer: string;
  /** `aud` of access tokens. */
  audience: string | readonly string[];
  /**
   * Which other sessions of the user a login ends: none (`'many'`, the default), the one of the same device
   * (`'per-device'`, which requires `device`), or all (`'single'`).
   */
  policy?: 'many' | 'per-device' | 'single';
  /** Most sessions of a user. A login beyond it ends the least recently refreshed one. Default 100. */
  maxPerUser?: number;
  /**
   * Returns more claims for access tokens. Called at the login and at every refresh, so that a role you
   * removed is gone after the next one. If it throws, `issue` and `refresh` reject with its error, and the
   * session is unchanged.
   */
  claims?: (uid: string, session: { sid: string }) => object | Promise<object>;
  /**
   * Called before a refresh yields tokens, and before anything changes: `session` has the `meta` of the
   * refresh before, `refresh` the `meta` and `context` of this one. Throw `new AuthError('forbidden')`, or
   * any error, to reject the refresh. The session then stays as it was. Not called for a token that ends its
   * session. Costs one more read of the store, and two within the grace period.
   */
  beforeRefresh?: (session: Session, refresh: { meta: unknown; context: unknown }) => unknown;
  /** Receives every event, after the store changed. Without it, a failing store is a process warning. */
  on?: (event: SessionEvent) => unknown;
  /**
   * How long to wait for the store, `'1s'` to `'1m'`. Default `'5s'`. Then a call rejects with
   * `ERR_SESSION_UNAVAILABLE` and a `TimeoutError` as its `cause`.
   */
  storeTimeout?: Timespan;
  /** Purge at most 200 sessions after every hundredth login. Default: true. */
  autoPurge?: boolean;
  /**
   * Returns the time in milliseconds. Default: `Date.now`, looked up at each call, and for refreshes the
   * clock of the store.
   */
  clock?: () => number;
}

const TEN_YEARS_SECONDS = 315_576_000;
const ONE_DAY_SECONDS = 86_400;
const MAX_BURST_MS = 30_000;

/** Bounded, so that its sum with a time is still a valid `Date`. */
export const lifetime: option.OptionRule = {
  expected: `${option.duration.expected}, from one second to ten years`,
  test: (value) => isDurationWithin(value, 1, TEN_YEARS_SECONDS),
};

const gracePeriod: option.OptionRule = {
  expected: `'until-used', or ${option.duration.expected}, from 0 seconds to one day`,
  test: (value) => value === 'until-used' || isDurationWithin(value, 0, ONE_DAY_SECONDS),
};

const STORE_METHODS = ['issue', 'rotate', 'revoke', 'revokeAll', 'get', 'list'] as const;

const sessionStore: option.OptionRule = {
  expected: `a store with ${STORE_METHODS.join(', ')}`,
  test(value) {
    if (typeof value !== 'object' || value === null) return false;
    return STORE_METHODS.every((name) => typeof (value as SessionStore)[name] === 'function');
  },
};

const plainObject: option.OptionRule = { expected: 'an object', test: option.isPlainObject };

const keyOrKeys: option.OptionRule = {
  expected: 'a key, or a non-empty array of keys',
  test: (value) => value !== undefined && !(Array.isArray(value) && value.length === 0),
};

const tokenKeyRules = { key: keyOrKeys, algorithm, keyid: option.string };
const accessRules = { ...tokenKeyRules, expiresIn: lifetime };
const refreshRules = { ...tokenKeyRules, idle: lifetime, absolute: lifetime, grace: gracePeriod };

const sessionsRules: option.OptionRules = {
  store: sessionStore,
  access: plainObject,
  refresh: plainObject,
  issuer: option.string,
  audience: option.stringOrList,
  policy: {
    expected: "'many', 'per-device' or 'single'",
    test: (value) => value === 'many' || value === 'per-device' || value === 'single',
  },
  maxPerUser: option.positiveInteger,
  claims: option.callable,
  beforeRefresh: option.callable,
  on: option.callable,
  storeTimeout: timeLimit,
  autoPurge: option.boolean,
  clock: option.callable,
};

/** The checked options, with their defaults. */
export interface Settings {
  readonly store: SessionStore;
  readonly access: KeySettings & { readonly expiresIn: number };
  /** Durations in milliseconds. */
  readonly refresh: KeySettings & {
    readonly idle: number;
    readonly absolute: number;
    readonly grace: number;
    readonly burst: number;
  };
  readonly issuer: string;
  readonly audience: string | readonly string[];
  readonly policy: 'many' | 'per-device' | 'single';
  readonly maxPerUser: number;
  readonly claims: SessionsOptions['claims'];
  readonly beforeRefresh: SessionsOptions['beforeRefresh'];
  readonly on: SessionsOptions['on'];
  /** In milliseconds. */
  readonly storeTimeout: number;
  readonly autoPurge: boolean;
  /** The clock of this server, in whole milliseconds. */
  readonly clock: () => number;
  /** The clock of `rotate`: null is that of the store, which all servers share. */
  readonly rotateClock: () => number | null;
}

interface KeySettings {
  readonly signing: KeyInput;
  readonly verifying: readonly KeyInput[];
  readonly algorithm: Algorithm | undefined;
  readonly keyid: string | undefined;
}

/** Returns the settings. Throws TypeError for an invalid option. */
export function compileSettings(options: unknown): Settings {
  // From here on the values have the types that the rules check.
  const own = option.checkOptions(options, sessionsRules) as unknown as SessionsOptions;
  for (const name of ['store', 'access', 'refresh', 'issuer', 'audience'] as const) {
    if (own[name] === undefined) throw usageError('ERR_OPTION_INVALID', `"${name}" is missing`);
  }
  const access = option.checkOptions(own.access, accessRules) as unknown as typeof own.access;
  const refresh = option.checkOptions(own.refresh, refreshRules) as unknown as typeof own.refresh;
  const grace = graceMilliseconds(refresh.grace ?? '30s');
  // Stores hold whole milliseconds.
  const clock = () => Math.floor(readClock(own.clock));
  const settings: Settings = {
    store: own.store,
    access: {
      ...keySettings(access, 'access'),
      expiresIn: wholeSeconds(access.expiresIn ?? '10m'),
    },
    refresh: {
      ...keySettings(refresh, 'refresh'),
      idle: wholeSeconds(refresh.idle ?? '7d') * 1000,
      absolute: wholeSeconds(refresh.absolute ?? '30d') * 1000,
      grace,
      burst: Math.min(grace, MAX_BURST_MS),
    },
    issuer: own.issuer,
    audience: own.audience,
    policy: own.policy ?? 'many',
    maxPerUser: own.maxPerUser ?? 100,
    claims: own.claims,
    beforeRefresh: own.beforeRefresh,
    on: own.on,
    storeTimeout: milliseconds(own.storeTimeout ?? '5s'),
    autoPurge: own.autoPurge ?? true,
    clock,
    rotateClock: own.clock ? clock : () => null,
  };
  rejectSharedKeys(settings);
  return settings;
}

/** Times in tokens are whole seconds. */
export function wholeSeconds(timespan: Timespan): number {
  return Math.floor(milliseconds(timespan) / 1000);
}

/** No session lasts longer than ten years. */
function graceMilliseconds(grace: Timespan | 'until-used'): number {
  return grace === 'until-used' ? TEN_YEARS_SECONDS * 1000 : milliseconds(grace);
}

function keySettings({ key, algorithm, keyid }: TokenKey, name: string): KeySettings {
  const keys = (Array.isArray(key) ? key : [key]) as readonly KeyInput[];
  const [signing] = keys;
  if (signing === undefined) throw usageError('ERR_KEY_MISSING', `"${name}.key" must have a value`);
  return { signing, verifying: keys, algorithm, keyid };
}

/** With a shared secret, every server that verifies access tokens could sign refresh tokens. */
function rejectSharedKeys({ access, refresh }: Settings): void {
  const accessKeys = access.verifying.map((input) => keyObjectOf(input, 'access.key'));
  const refreshKeys = refresh.verifying.map((input) => keyObjectOf(input, 'refresh.key'));
  if (accessKeys.some((one) => refreshKeys.some((other) => isSameKey(one, other)))) {
    const message = '"refresh.key" must not be a key of "access.key": each token has its own';
    throw usageError('ERR_OPTION_INVALID', message);
  }
}

function keyObjectOf(input: KeyInput, name: string) {
  return toKey(input, preparedKeyArgument('verify', `"${name}"`)).object;
}
