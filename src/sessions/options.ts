/** The options of createSessions: what they may be, and what they may not be together. */

import { parseDuration, type Timespan } from '../core/encoding/duration.ts';
import type { Algorithm } from '../core/keys/algorithms.ts';
import { toKey } from '../core/keys/import-key.ts';
import type { KeyArgument } from '../core/keys/key.ts';
import type { KeyInput } from '../core/keys/key-input.ts';
import * as option from '../core/option-rules.ts';
import { usageError } from '../errors.ts';
import type { SessionEvent } from './listener.ts';
import type { SessionStore } from './store.ts';

/**
 * A key of an authentication server, and the algorithm it is for.
 *
 * @example
 * ```ts
 * const access: TokenKey = { key: secret, algorithm: 'HS512', keyid: '2026-11' };
 * ```
 */
export interface TokenKey {
  /**
   * A secret or a private key. Of a list the first one signs and all verify: put a new key in front, and
   * take the old one away when its last token has expired.
   */
  key: KeyInput | readonly KeyInput[];
  /** Of all keys of the list. Default: what each demands, as in `createSigner`. */
  algorithm?: Algorithm;
  /** `kid` of the header. */
  keyid?: string;
}

/**
 * Options of {@link createSessions}. One that is present and undefined, or misspelt, is a TypeError.
 *
 * @example
 * ```ts
 * const limits: Partial<SessionsOptions> = { policy: 'per-device', maxPerUser: 10 };
 * ```
 */
export interface SessionsOptions {
  /** Where sessions are kept. */
  store: SessionStore;
  /** Access tokens: `expiresIn` in seconds or as a timespan with its unit. Default `'10m'`. */
  access: TokenKey & { expiresIn?: Timespan };
  /**
   * Refresh tokens, under a key of their own. A session ends `idle` after its last refresh (default
   * `'7d'`), and `absolute` after the login (default `'30d'`), in seconds or as timespans with their unit.
   *
   * Within `grace` (default 30 seconds, at most 300) a refresh token that was replaced is answered with
   * the same successor again: two tabs, or an answer that was lost. With 0, every second use is a theft.
   */
  refresh: TokenKey & { idle?: Timespan; absolute?: Timespan; grace?: Timespan };
  /** `iss` of both tokens. */
  issuer: string;
  /** `aud` of access tokens. */
  audience: string | readonly string[];
  /**
   * What a login does to the user's other sessions: nothing (`'many'`, the default), replace the one of
   * the same device (`'per-device'`, which makes `device` mandatory), or replace them all (`'single'`).
   */
  policy?: 'many' | 'per-device' | 'single';
  /** Sessions that a user may have; a login beyond ends the least recently refreshed. Default 100. */
  maxPerUser?: number;
  /**
   * More claims for access tokens, asked for at the login and at every refresh: a role that was taken
   * away is gone with the next one. What it throws is what `issue` and `refresh` throw, and nothing has
   * happened to the session.
   */
  claims?: (uid: string, session: { sid: string }) => object | Promise<object>;
  /** Is told what happened to a session, after it happened. */
  on?: (event: SessionEvent) => unknown;
  /** The time in milliseconds. Default: `Date.now`, looked up at each call. */
  clock?: () => number;
}

const TEN_YEARS = 315_576_000;

/** Between one second and ten years: every sum of it and a time stays a time. */
const lifetime: option.OptionRule = {
  expected: `${option.duration.expected}, from one second to ten years`,
  test: (value) => within(value, 1, TEN_YEARS),
};

const graceTime: option.OptionRule = {
  expected: `${option.duration.expected}, from 0 to 300 seconds`,
  test: (value) => within(value, 0, 300),
};

function within(value: unknown, least: number, most: number): boolean {
  const seconds = parseDuration(value)?.seconds ?? Number.NaN;
  return seconds >= least && seconds <= most;
}

const METHODS = ['issue', 'rotate', 'revoke', 'revokeAll', 'get', 'list'] as const;

const store: option.OptionRule = {
  expected: `a store with ${METHODS.join(', ')}`,
  test(value) {
    if (typeof value !== 'object' || value === null) return false;
    return METHODS.every((name) => typeof (value as SessionStore)[name] === 'function');
  },
};

const object: option.OptionRule = { expected: 'an object', test: option.isPlainObject };

const key: option.OptionRule = {
  expected: 'a key, or a non-empty array of keys',
  test: (value) => value !== undefined && !(Array.isArray(value) && value.length === 0),
};

const tokenKey = { key, algorithm: option.algorithm, keyid: option.string };
const accessRules = { ...tokenKey, expiresIn: lifetime };
const refreshRules = { ...tokenKey, idle: lifetime, absolute: lifetime, grace: graceTime };

const rules: option.OptionRules = {
  store,
  access: object,
  refresh: object,
  issuer: option.string,
  audience: option.stringOrList,
  policy: {
    expected: "'many', 'per-device' or 'single'",
    test: (value) => value === 'many' || value === 'per-device' || value === 'single',
  },
  maxPerUser: option.positiveInteger,
  claims: option.callable,
  on: option.callable,
  clock: option.callable,
};

/** The options, checked, with everything that was left out. */
export interface Settings {
  readonly store: SessionStore;
  readonly access: KeySettings & { readonly expiresIn: number };
  /** Durations in milliseconds. */
  readonly refresh: KeySettings & {
    readonly idle: number;
    readonly absolute: number;
    readonly grace: number;
  };
  readonly issuer: string;
  readonly audience: string | readonly string[];
  readonly policy: 'many' | 'per-device' | 'single';
  readonly maxPerUser: number;
  readonly claims: SessionsOptions['claims'];
  readonly on: SessionsOptions['on'];
  readonly clock: () => number;
}

interface KeySettings {
  readonly signing: KeyInput;
  readonly verifying: readonly KeyInput[];
  readonly algorithm: Algorithm | undefined;
  readonly keyid: string | undefined;
}

/** Refuses what cannot be meant; answers with what is. */
export function settingsOf(options: unknown): Settings {
  // From here on the values have the types that the rules name.
  const own = option.checkOptions(options, rules) as unknown as SessionsOptions;
  for (const name of ['store', 'access', 'refresh', 'issuer', 'audience'] as const) {
    if (own[name] === undefined) throw usageError('ERR_OPTION_INVALID', `"${name}" is missing`);
  }
  const access = option.checkOptions(own.access, accessRules) as unknown as typeof own.access;
  const refresh = option.checkOptions(own.refresh, refreshRules) as unknown as typeof own.refresh;
  const settings: Settings = {
    store: own.store,
    access: { ...keysOf(access, 'access'), expiresIn: seconds(access.expiresIn ?? '10m') },
    refresh: {
      ...keysOf(refresh, 'refresh'),
      idle: seconds(refresh.idle ?? '7d') * 1000,
      absolute: seconds(refresh.absolute ?? '30d') * 1000,
      grace: Math.floor((parseDuration(refresh.grace ?? 30)?.seconds ?? 0) * 1000),
    },
    issuer: own.issuer,
    audience: own.audience,
    policy: own.policy ?? 'many',
    maxPerUser: own.maxPerUser ?? 100,
    claims: own.claims,
    on: own.on,
    clock: milliseconds(own.clock),
  };
  refuseSharedKeys(settings);
  return settings;
}

function seconds(span: Timespan): number {
  // The rule has seen to it that this is a span. Tokens count in whole seconds.
  return Math.floor(parseDuration(span)?.seconds ?? Number.NaN);
}

function milliseconds(clock: (() => number) | undefined): () => number {
  return () => {
    const now = clock ? clock() : Date.now();
    if (Number.isFinite(now) && now >= 0) return Math.floor(now);
    const came = option.typeNameOf(now);
    throw usageError('ERR_OPTION_INVALID', `"clock" must answer with milliseconds, got ${came}`);
  };
}

function keysOf({ key, algorithm, keyid }: TokenKey, name: string): KeySettings {
  const list = (Array.isArray(key) ? key : [key]) as readonly KeyInput[];
  const [signing] = list;
  if (signing === undefined) throw usageError('ERR_KEY_MISSING', `"${name}.key" must have a value`);
  return { signing, verifying: list, algorithm, keyid };
}

/** One key for both, and whoever is trusted with access tokens could make refresh tokens. */
function refuseSharedKeys({ access, refresh }: Settings): void {
  const forAccess = access.verifying.map((input) => understood(input, 'access.key'));
  const forRefresh = refresh.verifying.map((input) => understood(input, 'refresh.key'));
  if (forAccess.some((one) => forRefresh.some((other) => one.equals(other)))) {
    const message = '"refresh.key" must not be a key of "access.key": each token has its own';
    throw usageError('ERR_OPTION_INVALID', message);
  }
}

function understood(input: KeyInput, name: string) {
  const argument: KeyArgument = {
    role: 'verify',
    name: `"${name}"`,
    missing: `"${name}" must have a value`,
    invalid: usageError,
    mismatch: usageError,
  };
  return toKey(input, argument).object;
}
